"""A Kafka record to an event: CloudEvents 1.0, binary mode (attributes are `ce_` headers) or
structured mode (all in the value). Pure: no Kafka, no database.

An event reaches handlers with these keyword arguments:

    payment | invoice | subscription   the subject                        subjects.py
    notification                       what Midtrans sent, or None        subjects.Notification
    payload                            the same as a dict, {} for None
    refund, chargeback, charge         only where the event has one
    event                              id, order, anomalies, place in Kafka
"""
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import fields
from .fields import Malformed
from .senders import Merchant, merchant
from .signals import SIGNAL_OF_TYPE, kind_of
from .subjects import BESIDE, SUBJECTS, Notification

STRUCTURED = "application/cloudevents+json"
SEQUENCE = re.compile(r"[1-9][0-9]{0,17}")
SOURCE = re.compile(r"/midtrans/([A-Za-z0-9_-]{1,64})")
WIRE_ID_BYTES = 5
SUBJECT_LENGTH_MAX = 255  # the broker's own limit, in bytes


class Unknown(Exception):
    """An event, but of a type or version that this package does not know."""


@dataclass(frozen=True)
class Record:
    """What Kafka holds, as Kafka holds it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def place(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True)
class Event:
    """One thing that happened. `id` is the same on every delivery and every recomputation."""

    id: uuid.UUID
    signal: str  # payment_settled
    merchant: Merchant
    subject: str  # the order's, invoice's or subscription's id
    sequence: int  # 1, 2, 3 … per merchant, kind and subject over all its topics
    time: datetime  # when it happened
    recorded_time: datetime  # when the broker was told: a rebuild of topics keeps it
    order_status: str  # '' for invoices and subscriptions
    anomalies: tuple[str, ...]
    traceparent: str
    record: Record
    arguments: Mapping[str, Any]  # the handlers', but for sender and event


def decode(record: Record) -> Event:
    """Raises Unknown or Malformed."""
    attributes, data = envelope(record)
    if attributes.get("specversion") != "1.0":
        raise Unknown(f"specversion {shown(attributes.get('specversion'))}")
    signal = SIGNAL_OF_TYPE.get(required(attributes, "type"))
    if signal is None:
        raise Unknown(f"type {shown(attributes['type'])}")
    source = SOURCE.fullmatch(required(attributes, "source"))
    if not source:
        raise Malformed("the attribute source is not /midtrans/<merchant>")
    sequence = required(attributes, "subjectsequence")
    if not SEQUENCE.fullmatch(sequence):
        raise Malformed("the attribute subjectsequence is no number from 1")
    subject = required(attributes, "subject")
    if len(subject) > SUBJECT_LENGTH_MAX:
        raise Malformed(f"the attribute subject is longer than {SUBJECT_LENGTH_MAX}")
    try:
        event_id = uuid.UUID(required(attributes, "id"))
        happened = fields.time(required(attributes, "time"))
        recorded = fields.time(required(attributes, "recordedtime"))
    except ValueError:
        raise Malformed("the attribute id is no UUID, or time or recordedtime is no time") from None
    return Event(
        id=event_id, signal=signal, merchant=merchant(source.group(1)),
        subject=subject, sequence=int(sequence), time=happened,
        recorded_time=recorded,
        order_status=attributes.get("orderstatus", ""),
        anomalies=tuple(attributes.get("anomaly", "").split()),
        traceparent=attributes.get("traceparent", ""), record=record,
        arguments=arguments_of(signal, data))


def envelope(record: Record) -> tuple[dict[str, str], object]:
    """The event's attributes, without `ce_`, and its data."""
    headers = {name: value for name, value in record.headers if value is not None}
    if headers.get("content-type", b"").lower().startswith(STRUCTURED.encode()):
        whole = parse(record.value)
        if not isinstance(whole, dict):
            raise Malformed("the value is no JSON object")
        return {name: value for name, value in whole.items() if isinstance(value, str)}, \
            whole.get("data")
    try:
        attributes = {name[3:]: value.decode() for name, value in headers.items()
                      if name[:3] == "ce_"}
    except UnicodeDecodeError:
        raise Malformed("a ce_ header is not UTF-8") from None
    if "type" not in attributes:
        raise Malformed("no CloudEvent: neither a ce_type header nor " + STRUCTURED)
    # before the value is read: what a new version's value is like, nobody knows here
    if attributes.get("specversion") != "1.0" or attributes["type"] not in SIGNAL_OF_TYPE:
        return attributes, None
    return attributes, parse(record.value)


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON, though Python reads it")


def fraction(number: str) -> Decimal | str:
    """A Decimal; the text where its exponent is beyond any Decimal's."""
    try:
        return Decimal(number)
    except ArithmeticError:
        return number


def integer(number: str) -> int | Decimal:
    try:
        return int(number)
    except ValueError:  # more digits than Python makes an int of
        return Decimal(number)


# A notification's numbers are whatever somebody has sent: none of them makes an event unreadable.
JSON = json.JSONDecoder(parse_float=fraction, parse_int=integer, parse_constant=refuse)


def parse(value: bytes | None) -> object:
    if value and value[0] == 0:  # a schema registry's wire format: four bytes of an id follow
        value = value[WIRE_ID_BYTES:]
    try:
        return JSON.decode((value or b"").decode())
    except (ValueError, RecursionError):
        raise Malformed("the value is not JSON") from None


def required(attributes: Mapping[str, str], name: str) -> str:
    if not attributes.get(name):
        raise Malformed(f"the attribute {name} is missing")
    return attributes[name]


def shown(value: str | None) -> str:
    """Of a stranger's text what fits into a log line."""
    return repr(value[:80]) if value is not None else "is missing"


def arguments_of(signal: str, data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Malformed("the event's data is no JSON object")
    kind = kind_of(signal)
    if kind not in data:
        raise Malformed(f"{kind} is missing")
    if "notification" not in data:
        raise Malformed("notification is missing")
    found: dict[str, Any] = {kind: SUBJECTS[kind].read(data[kind])}
    for name, cls in BESIDE.items():
        if name in data:
            found[name] = cls.read(data[name])
    found["notification"] = Notification.read(data["notification"])
    found["payload"] = data["notification"] or {}
    return found
