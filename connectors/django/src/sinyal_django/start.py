"""Everything that must be right before the first event, each wrong thing as one sentence."""
import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from django.db import Error

from .conf import Options
from .dead_letters import DeadLetters
from .models import InboxEvent
from .receiver import Complaints, Receiver
from .signals import SIGNALS, topic_of

DEAD_LETTERS_MS = 90 * 24 * 60 * 60 * 1000  # the broker's own default for its quarantine
# Passing: a cluster that has just started, or is moving the group to another broker.
COORDINATOR_MOVES = {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE,
                     KafkaError.COORDINATOR_LOAD_IN_PROGRESS, KafkaError._WAIT_COORD}


class CannotStart(Exception):
    """The sentence says what to change."""


def prepare(options: Options) -> Receiver:
    """A receiver that has subscribed, of a cluster and a database that are as they must be."""
    signals = signals_with_receivers(options)
    require_inbox(options)
    complaints = Complaints()
    connection = {"client.id": "sinyal_django", **options.kafka,
                  "bootstrap.servers": options.bootstrap_servers,
                  "error_cb": complaints, "log_level": 2}
    try:
        consumer = Consumer({
            "auto.offset.reset": "earliest", **connection, "group.id": options.group,
            "isolation.level": "read_committed", "enable.auto.commit": False})
    except (KafkaException, ValueError, TypeError) as error:
        raise CannotStart(f"SINYAL['KAFKA']: {reason(error)}") from None
    topics = [f"{options.topic_prefix}.{topic_of(name)}" for name in signals]
    try:
        require_topics(options, consumer, topics, complaints)
        require_group(options, consumer, topics)
        receiver = Receiver(options, consumer, dead_letters_of(options, connection, consumer))
    except CannotStart:
        consumer.close()
        raise
    complaints.logging = True
    receiver.subscribe(topics)
    return receiver


def reason(error: Exception) -> str:
    told = error.args[0] if error.args else error
    return told.str() if hasattr(told, "str") else str(told)


def signals_with_receivers(options: Options) -> Sequence[str]:
    connected = [name for name, signal in SIGNALS.items() if signal.is_heard()]
    if not connected:
        raise CannotStart("no receiver is connected to any signal. Hint: import your handlers in "
                          "your AppConfig.ready, and have that app in INSTALLED_APPS")
    idle = [name for name in options.signals if name not in connected]
    if idle:
        raise CannotStart(f"no receiver is connected to {', '.join(idle)}: their events would "
                          "pass by for good")
    return options.signals or connected


def require_inbox(options: Options) -> None:
    try:
        InboxEvent.objects.using(options.database).exists()
    except Error as error:
        raise CannotStart(f"the inbox in database {options.database!r} cannot be read: "
                          f"{str(error).strip()}. Hint: is it up, and has `manage.py migrate "
                          f"--database {options.database}` run?") from None


def require_topics(options: Options, consumer: Consumer, topics: Sequence[str],
                   complaints: Complaints) -> None:
    try:
        there = consumer.list_topics(timeout=options.start_timeout_s).topics
    except KafkaException as error:
        consumer.poll(0)  # lets it say what it has met
        raise CannotStart(
            f"Kafka did not answer at {options.bootstrap_servers} within "
            f"{options.start_timeout_s:g} s: {complaints.newest or reason(error)}. Hint: are "
            "BOOTSTRAP_SERVERS and the security properties in SINYAL['KAFKA'] right?") from None
    missing = [topic for topic in topics if topic not in there]
    if missing:
        raise CannotStart(
            f"{options.bootstrap_servers} has no topic {', '.join(missing)}, or does not show "
            "it to this user. Hint: is TOPIC_PREFIX right? `sinyal topics apply` creates them")


def require_group(options: Options, consumer: Consumer, topics: Sequence[str]) -> None:
    end = time.monotonic() + options.start_timeout_s
    while True:
        try:
            left = max(end - time.monotonic(), 0.1)
            (found,) = consumer.committed([TopicPartition(topics[0], 0)], left)
            if found.error:
                raise KafkaException(found.error)
            return
        except KafkaException as error:
            if error.args[0].code() in COORDINATOR_MOVES and time.monotonic() < end:
                time.sleep(0.1)
                continue
            raise CannotStart(f"group {options.group!r} cannot be used: {reason(error)}. Hint: "
                              "the user needs Describe and Read on the group") from None


def dead_letters_of(options: Options, connection: dict[str, Any],
                    consumer: Consumer) -> DeadLetters | None:
    topic = options.dead_letter_topic
    if not topic:
        return None
    there = consumer.list_topics(timeout=options.start_timeout_s).topics
    if topic not in there:
        create(options, connection, topic)
    return DeadLetters(connection, topic, options.group)


def create(options: Options, connection: dict[str, Any], topic: str) -> None:
    """With the cluster's own defaults for partitions and copies, but not for how long: a dead
    letter is there until somebody has looked, and holds customers' data."""
    admin = AdminClient(connection)
    wanted = NewTopic(topic, num_partitions=-1, replication_factor=-1,
                      config={"retention.ms": str(DEAD_LETTERS_MS)})
    made = admin.create_topics([wanted], operation_timeout=options.start_timeout_s,
                               request_timeout=options.start_timeout_s)
    try:
        made[topic].result()  # ends: request_timeout
    except Exception as error:  # pylint: disable=broad-exception-caught
        if "TOPIC_ALREADY_EXISTS" in repr(error):  # another receiver was quicker
            return
        raise CannotStart(
            f"the dead-letter topic {topic} is missing and cannot be created: {reason(error)}. "
            "Hint: create it, or set DEAD_LETTER_TOPIC to another topic, or to None to stop at "
            "the first event that fails") from None
