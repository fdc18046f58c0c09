"""The loop: Kafka's records in, handlers called, offsets committed after their effects.

Each partition is a lane. A record that fails holds its own lane back until its next attempt is
due, and no other; the lane is paused meanwhile and Kafka still polled, so that the group does not
take the receiver for dead. Offsets are committed once a second and when a partition goes: what is
delivered again because of that finds its inbox row.
"""
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from django.db import connections

from .conf import Options
from .dead_letters import message_of
from .event import Event, Record, Unknown, decode
from .fields import Malformed
from .inbox import DatabaseDown, handle

BATCH_RECORDS_MAX = 200  # taken from Kafka at a time
# Decoded at a time: one by one, between two events' handlers, takes more than twice as long, and
# the objects of a whole batch outgrow the processor's caches and set the garbage collector off.
DECODED_MAX = 20
TURN_S = 5.0  # handlers may work before Kafka is polled again; a single one may take longer
POLL_S = 0.5  # how long a stop may go unnoticed while nothing arrives
COMMIT_INTERVAL_S = 1.0
REPORT_INTERVAL_S = 60.0
REFUSED = {KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED,
           KafkaError.UNKNOWN_TOPIC_OR_PART}

logger = logging.getLogger("sinyal_django")


class Complaints:
    """What librdkafka says of its connections: the newest is kept, one in a while is logged."""

    INTERVAL_S = 30.0

    def __init__(self) -> None:
        self.newest, self._logged = "", 0.0
        self.logging = False  # at the start the newest becomes part of one message instead

    def __call__(self, error: KafkaError) -> None:
        self.newest = error.str()
        if self.logging and time.monotonic() - self._logged > self.INTERVAL_S:
            self._logged = time.monotonic()
            logger.warning("Kafka: %s", self.newest)


class Stopped(Exception):
    """The receiver cannot go on; the sentence says why and what to change."""


class Sink(Protocol):
    """Where dead letters go."""

    def add(self, record: Record, stage: str, error: BaseException, attempts: int) -> None: ...


@dataclass
class Lane:
    """One partition: what is in hand of it, and when the first of that may be tried (again)."""

    backlog: deque[Record] = field(default_factory=deque)
    told: deque[Event | Unknown | Malformed] = field(default_factory=deque)  # by its first ones
    attempts: int = 0  # failed ones of the first record
    due: float = 0.0
    paused: bool = False

    def first(self) -> tuple[Record, Event | Unknown | Malformed]:
        """What is wrong with a record waits for its turn."""
        if not self.told:
            self.told.extend(map(told_by, islice(self.backlog, DECODED_MAX)))
        return self.backlog[0], self.told[0]

    def done(self) -> Record:
        self.attempts, self.due = 0, 0.0
        self.told.popleft()
        return self.backlog.popleft()


class Receiver:
    def __init__(self, options: Options, consumer: Consumer, dead_letters: Sink | None,
                 call: Callable[[Event, str, str], bool] = handle) -> None:
        self._options, self._consumer, self._call = options, consumer, call
        self._dead_letters = dead_letters
        self._lanes: dict[tuple[str, int], Lane] = {}
        self._positions: dict[tuple[str, int], int] = {}  # to commit: the next offset
        self._committed = self._reported = time.monotonic()
        self._database_due, self._database_failures = 0.0, 0
        self.counts: Counter[str] = Counter()

    def subscribe(self, topics: Sequence[str]) -> None:
        self._consumer.subscribe(list(topics), on_revoke=self._on_revoke, on_lost=self._on_lost)

    def run(self, stopping: Callable[[], bool]) -> None:
        """Until `stopping()`. Raises Stopped; commits and leaves the group in either case."""
        try:
            while not stopping():
                self._poll()
                self._work(stopping)
                if time.monotonic() - self._committed >= COMMIT_INTERVAL_S:
                    self._commit(list(self._positions))
                self._report()
        finally:
            self._commit(list(self._positions))
            self._consumer.close()
            self._report(last=True)

    def _poll(self) -> None:
        self._hold_lanes()
        now = time.monotonic()
        waiting = [max(lane.due, self._database_due) - now
                   for lane in self._lanes.values() if lane.backlog]
        first = self._consumer.poll(max(0.0, min([POLL_S, *waiting])))
        if first is None:
            return
        for message in [first, *self._consumer.consume(BATCH_RECORDS_MAX - 1, 0)]:
            if message.error():
                self._on_error(message.error())
            else:
                lane = self._lanes.setdefault((message.topic(), message.partition()), Lane())
                lane.backlog.append(record_of(message))

    def _hold_lanes(self) -> None:
        """Kafka hands out nothing more of a lane that has records in hand."""
        for pause, change in ((True, self._consumer.pause), (False, self._consumer.resume)):
            places = [place for place, lane in self._lanes.items()
                      if bool(lane.backlog) is pause and lane.paused is not pause]
            if places:
                change([TopicPartition(*place) for place in places])
            for place in places:
                self._lanes[place].paused = pause

    def _on_error(self, error: Any) -> None:
        if error.fatal() or error.code() in REFUSED:
            raise Stopped(f"Kafka refuses: {error.str()}. Hint: may this user read the topics and "
                          "the group, and are the topics there?")
        logger.warning("Kafka: %s", error.str())

    def _work(self, stopping: Callable[[], bool]) -> None:
        if not any(lane.backlog for lane in self._lanes.values()):
            return
        drop_broken_connections()
        end = time.monotonic() + TURN_S
        while not stopping() and time.monotonic() < end and (place := self._next_place()):
            lane = self._lanes[place] = self._lanes.pop(place)  # now the last: the others' turn
            if self._attempt(lane):
                self._positions[place] = lane.done().offset + 1

    def _next_place(self) -> tuple[str, int] | None:
        """Of the lanes whose first record may be tried now, the one that has waited longest."""
        now = time.monotonic()
        if self._database_due > now:
            return None
        return next((place for place, lane in self._lanes.items()
                     if lane.backlog and lane.due <= now), None)

    def _attempt(self, lane: Lane) -> bool:
        """Whether the lane's first record is done with: handled, skipped or a dead letter."""
        record, event = lane.first()
        if isinstance(event, Unknown):
            return self._on_unknown(lane, event)
        if isinstance(event, Malformed):
            self._warn(record, f"malformed: {event}")
            return self._bury(lane, "VALUE_CONVERTER", event)
        try:
            handled = self._call(event, self._options.database, self._options.group)
        except DatabaseDown as error:
            lane.told[0] = told_by(record)
            self._on_database_down(error)
            return False
        except Exception as error:  # pylint: disable=broad-exception-caught
            lane.told[0] = told_by(record)  # a handler may have changed what it was given
            drop_broken_connections()
            return self._on_failure(lane, event, error)
        self._on_database_up()
        self.counts["handled" if handled else "repeated"] += 1
        return True

    def _on_unknown(self, lane: Lane, reason: Unknown) -> bool:
        self._warn(lane.backlog[0], f"not known to this version: {reason}")
        if self._options.unknown_events == "dead_letter":
            return self._bury(lane, "VALUE_CONVERTER", reason)
        self.counts["skipped"] += 1
        return True

    def _on_failure(self, lane: Lane, event: Event, error: Exception) -> bool:
        lane.attempts += 1
        left = self._options.retries - lane.attempts + 1
        logger.warning("%s: a handler of %s raised, %d attempts are left", event.record.place,
                       event.signal, max(left, 0), exc_info=error)
        if left <= 0:
            return self._bury(lane, "TASK_PUT", error)
        self.counts["retried"] += 1
        lane.due = time.monotonic() + self._backoff(lane.attempts)
        return False

    def _bury(self, lane: Lane, stage: str, error: Exception) -> bool:
        record = lane.backlog[0]
        if self._dead_letters is None:
            raise Stopped(
                f"{record.place}: {type(error).__name__}: {message_of(error)}. Nothing of it is "
                "committed. Hint: mend the handler, or set DEAD_LETTER_TOPIC") from error
        try:
            self._dead_letters.add(record, stage, error, lane.attempts)
        except (KafkaException, BufferError) as failure:
            logger.error("%s: no dead letter could be written, trying again: %s", record.place,
                         failure)
            lane.due = time.monotonic() + self._options.retry_backoff_max_s
            return False
        logger.error("%s: is now in %s: %s, %s", record.place, self._options.dead_letter_topic,
                     stage, type(error).__name__)
        self.counts["dead_lettered"] += 1
        return True

    def _on_database_down(self, error: DatabaseDown) -> None:
        self._database_failures += 1
        wait = self._backoff(self._database_failures)
        self._database_due = time.monotonic() + wait
        connections[self._options.database].close()
        logger.error("the database does not answer, nothing is consumed, next attempt in %.1f s: "
                     "%s", wait, error)

    def _on_database_up(self) -> None:
        if self._database_failures:
            logger.warning("the database answers again")
        self._database_failures = 0

    def _backoff(self, failures: int) -> float:
        wait = self._options.retry_backoff_s * 2.0 ** min(failures - 1, 30)
        return min(wait, self._options.retry_backoff_max_s)

    def _commit(self, places: Sequence[tuple[str, int]]) -> None:
        self._committed = time.monotonic()
        offsets = [TopicPartition(*place, self._positions.pop(place)) for place in places
                   if place in self._positions]
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:  # harmless: what comes again finds its inbox row
            logger.warning("offsets could not be committed: %s", error)

    def _on_revoke(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        self._commit([(each.topic, each.partition) for each in partitions])
        self._on_lost(_, partitions)

    def _on_lost(self, _: Consumer, partitions: Sequence[TopicPartition]) -> None:
        for each in partitions:
            lane = self._lanes.pop((each.topic, each.partition), None)
            self._positions.pop((each.topic, each.partition), None)
            if lane is not None and lane.paused:  # or it would come back paused
                self._consumer.resume([each])

    def _report(self, last: bool = False) -> None:
        now = time.monotonic()
        if last or now - self._reported >= REPORT_INTERVAL_S:
            self._reported = now
            logger.info("%s", " ".join(f"{name}={self.counts[name]}" for name in (
                "handled", "repeated", "retried", "skipped", "dead_lettered")))

    def _warn(self, record: Record, sentence: str) -> None:
        logger.warning("%s: %s", record.place, sentence)


def drop_broken_connections() -> None:
    """Of all databases that handlers use, as Django does between requests: a server that was
    restarted would else fail each event from then on."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


def told_by(record: Record) -> Event | Unknown | Malformed:
    try:
        return decode(record)
    except (Unknown, Malformed) as reason:
        return reason


def record_of(message: Any) -> Record:
    """Of confluent_kafka's Message."""
    return Record(message.topic(), message.partition(), message.offset(), message.key(),
                  message.value(), tuple(message.headers() or ()))
