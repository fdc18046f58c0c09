"""What could not be handled, kept: the record as it was, and why, in Kafka Connect's headers."""
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaException, Producer

from .event import Record

Header = tuple[str, str | bytes | None]
PREFIX = "__connect.errors."
MESSAGE_LENGTH_MAX = 1000  # characters of an exception's message


def headers_of(record: Record, group: str, stage: str, error: BaseException,
               attempts: int) -> list[Header]:
    """`stage` is VALUE_CONVERTER (no event) or TASK_PUT (a handler). A dead letter that failed
    again keeps only the newest reason."""
    kind = type(error)
    told = {
        "topic": record.topic, "partition": str(record.partition), "offset": str(record.offset),
        "connector.name": group, "task.id": "0", "stage": stage,
        "class.name": "sinyal_django.receiver",
        "exception.class.name": f"{kind.__module__}.{kind.__qualname__}",
        "exception.message": message_of(error)[:MESSAGE_LENGTH_MAX],
    }
    kept: list[Header] = [(name, value) for name, value in record.headers
                          if not name.startswith(PREFIX) and name != "sinyal_attempts"]
    return [*kept, *((PREFIX + name, value) for name, value in told.items()),
            ("sinyal_attempts", str(attempts))]


def message_of(error: BaseException) -> str:
    """What any exception says, as UTF-8 can hold it: one that cannot be written down would end the
    receiver, and again after each start."""
    try:
        return str(error).encode(errors="backslashreplace").decode()
    except Exception:  # pylint: disable=broad-exception-caught
        return "its message cannot be read"


class DeadLetters:
    """Writes to one topic, one record at a time, and returns when all in-sync replicas have it."""

    def __init__(self, properties: dict[str, Any], topic: str, group: str) -> None:
        self._producer = Producer({
            "message.timeout.ms": 30_000, **properties, "acks": "all", "enable.idempotence": True,
            "partitioner": "murmur2_random"})
        self.topic, self._group = topic, group

    def add(self, record: Record, stage: str, error: BaseException, attempts: int) -> None:
        """Raises KafkaException when Kafka did not take it."""
        failures: list[Any] = []
        report: Callable[[Any, Any], None] = lambda failure, _: failures.append(failure)
        self._producer.produce(self.topic, key=record.key, value=record.value, on_delivery=report,
                               headers=headers_of(record, self._group, stage, error, attempts))
        self._producer.flush()  # ends: message.timeout.ms
        if failures[0] is not None:
            raise KafkaException(failures[0])
