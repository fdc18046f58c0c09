"""Reads whole clusters back: every topic of every prefix in one pass."""
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

import contract
from support import Record

# Seconds without news after which a partition is given up: longer than Kafka needs to end the
# transaction of a process that was killed.
SILENCE = 25.0


def topics_of(kafka, names):
    """prefix.NAME for the wanted names, of all prefixes."""
    known = kafka.admin().list_topics(timeout=20).topics
    return {topic: (topic.removesuffix(f".{name}"), len(found.partitions))
            for topic, found in known.items() for name in names if topic.endswith(f".{name}")}


def read_all(kafka, counts):
    """Every committed record of these topics: {topic: count of partitions}."""
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": "everything",
                         "enable.auto.commit": False, "isolation.level": "read_committed",
                         "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    wanted = {(topic, number) for topic, count in counts.items() for number in range(count)}
    try:
        consumer.assign([TopicPartition(topic, number, 0) for topic, number in wanted])
        end = time.monotonic() + SILENCE
        while wanted:
            if time.monotonic() > end:  # what a test left open hides what comes after it
                return print(f"not read to the end: {sorted(wanted)}")
            message = consumer.poll(1.0)
            if message is None:
                continue
            end = time.monotonic() + SILENCE
            if message.error():
                if message.error().name() != "_PARTITION_EOF":
                    raise KafkaException(message.error())
                wanted.discard((message.topic(), message.partition()))
                continue
            key = message.key()
            yield Record(message.topic(), message.partition(), message.offset(),
                         message.timestamp()[1], key.decode() if key is not None else None,
                         message.value(), tuple(message.headers() or ()))
    finally:
        consumer.close()


def check_events(kafka):
    """Fails when an event or a quarantined record that any test left in the cluster is not as the
    strict schemas have it. Topics are named after the tests that wrote them.
    """
    topics = topics_of(kafka, [*contract.SIGNALS, "quarantine"])
    wrong, seen = [], 0
    for record in read_all(kafka, {topic: count for topic, (_, count) in topics.items()}):
        seen += 1
        wrong += contract.problems(record, topics[record.topic][0])
    print(f"{seen} records of {len(topics)} topics judged by the strict schemas")
    assert not wrong, "\n".join(wrong[:50])
