"""Judges records against the published contract: the strict schemas, and what no schema can say
(that the key, the headers and the value tell of the same thing).

A record is anything with topic, partition, offset, timestamp, key, value and headers, as
tests/e2e/support.Record has them. What is wrong comes out as sentences that name topic, offset
and field.
"""
import dataclasses
import datetime
import functools
import json
import pathlib
import sys
import uuid

from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "schemas"))
from generator import catalogue, json_schema  # pylint: disable=C0413

NAMESPACE = uuid.UUID("af5fc039-b30b-501a-ac9d-a5d615ff85fa")
MARK_HEADER, WIRE_MARK_BYTES = "__value_schema_id", 5
SIGNALS = {signal["topic"]: signal for signal in catalogue.signals()}
LOGS = {log["topic"] for log in catalogue.logs()}


@functools.cache
def validator(topic, part):
    """part: value, headers or structured."""
    made = {"value": lambda: json_schema.value(SIGNALS[topic], strict=True),
            "structured": lambda: json_schema.structured(SIGNALS[topic], strict=True),
            "structured_headers": lambda: json_schema.structured_headers(strict=True),
            "headers": lambda: json_schema.event_headers(SIGNALS[topic], strict=True),
            "log_headers": lambda: json_schema.log_headers(topic, strict=True)}[part]()
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made, format_checker=Draft202012Validator.FORMAT_CHECKER)


def against(topic, part, instance, where):
    """One sentence per violation, with the path of the field."""
    for error in validator(topic, part).iter_errors(instance):
        path = ".".join([where, *map(str, error.absolute_path)])
        yield f"{path}: {error.message[:300]}"


def headers_of(record):
    """(headers by name, what is wrong with them as such)"""
    found, wrong = {}, []
    for name, value in record.headers:
        if name in found:
            wrong.append(f"headers.{name}: stands more than once")
        try:
            found[name] = value.decode()
        except UnicodeDecodeError:
            wrong.append(f"headers.{name}: is not UTF-8")
    return found, wrong


def milliseconds(time):
    return round(datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)


def charge_of(signal, value):
    return value.get("charge", {}) if signal["kind"] == "subscription" else \
        value.get(signal["kind"], {})


def identity_of(signal, value):
    """What the last part of ce_id's name is, where an event shows it; None where it does not."""
    told = value.get("refund") or value.get("chargeback")
    if told is not None:
        return told.get("key") or told.get("id")
    if "charge" in value:
        return value["charge"].get("transaction_id")
    return ""


def id_is_right(record, signal, attributes, value):
    """A first occurrence has no number; a second one is told by ending in 2, 3 …"""
    identity = identity_of(signal, value)
    if identity is None:
        return True
    transaction = charge_of(signal, value).get("transaction_id", "")
    names = [identity] if identity else ["", *map(str, range(2, 100))]
    return attributes["id"] in {
        str(uuid.uuid5(NAMESPACE, f"{record.key}|{signal['name']}|{transaction}|{name}"))
        for name in names}


def agreement(record, signal, attributes, value):
    """What must be the same in several places."""
    key = record.key or ""
    merchant, _, rest = key.partition(":")
    kind, _, subject = rest.partition(":")
    shown = value.get(signal["kind"], {})
    own_id = shown.get("order_id" if kind == "payment" else "id")
    pairs = [
        ("key", kind, signal["kind"]), ("attributes.partitionkey", attributes["partitionkey"], key),
        ("attributes.source", attributes["source"], f"/midtrans/{merchant}"),
        ("attributes.subject", attributes["subject"], subject),
        (f"value.{signal['kind']}", own_id, subject),
        ("timestamp", record.timestamp, milliseconds(attributes["recordedtime"])),
        ("attributes.anomaly", attributes.get("anomaly", "").split(), shown.get("anomalies", [])),
    ]
    if signal["kind"] == "payment":
        pairs.append(("attributes.orderstatus", attributes.get("orderstatus"),
                      shown.get("order", {}).get("status")))
    for where, found, wanted in pairs:
        if found != wanted:
            yield f"{where}: is {found!r}, and must be {wanted!r}"
    if not id_is_right(record, signal, attributes, value):
        yield f"attributes.id: {attributes['id']} does not follow from key, signal and transaction"


def parsed(record):
    """The value; amounts stay texts and numbers stay numbers."""
    try:
        return json.loads(record.value), None
    except (TypeError, ValueError) as error:
        return None, f"value: is no JSON: {error}"


@dataclasses.dataclass(frozen=True)
class Marks:
    """What events must carry where a schema registry is configured."""
    place: str  # header or wire
    of: dict  # bytes by topic, without the prefix

    def taken_off(self, record, topic):
        """The record as it would be without a registry, and what is wrong with its mark."""
        if self.place == "wire":
            found = [record.value[:WIRE_MARK_BYTES]]
            plain = dataclasses.replace(record, value=record.value[WIRE_MARK_BYTES:])
        else:
            found = [each for name, each in record.headers if name == MARK_HEADER]
            plain = dataclasses.replace(record, headers=tuple(
                each for each in record.headers if each[0] != MARK_HEADER))
        wanted = [self.of[topic]]
        return plain, [] if found == wanted else [f"mark: is {found}, and must be {wanted}"]


def of_event(record, topic, marks):
    signal = SIGNALS[topic]
    if marks is not None:
        record, wrong = marks.taken_off(record, topic)
        if wrong:
            return wrong
    headers, wrong = headers_of(record)
    whole, problem = parsed(record)
    if problem:
        return wrong + [problem]
    if headers.get("content-type", "").startswith("application/cloudevents+json"):
        wrong += against(topic, "structured_headers", headers, "headers")
        wrong += against(topic, "structured", whole, "value")
        attributes = {name: each for name, each in whole.items() if name != "data"}
        value = whole.get("data")
    else:
        wrong += against(topic, "headers", headers, "headers")
        wrong += against(topic, "value", whole, "value")
        attributes = {name[3:]: each for name, each in headers.items() if name.startswith("ce_")}
        value = whole
    # of what is not even of the right form, nothing more can be said
    return wrong or list(agreement(record, signal, attributes, value))


def of_raw(record):
    headers, wrong = headers_of(record)
    wrong += against("notifications", "log_headers", headers, "headers")
    wanted = ":".join(headers.get(f"sinyal_{part}", "") for part in ("merchant", "kind", "subject"))
    if record.key != wanted:
        wrong.append(f"key: is {record.key!r}, and the headers say {wanted!r}")
    return wrong


def of_quarantine(record):
    headers, wrong = headers_of(record)
    return wrong + list(against("quarantine", "log_headers", headers, "headers"))


def of_state(record):
    headers, wrong = headers_of(record)
    if "sinyal_version" not in headers:
        wrong.append("headers.sinyal_version: is missing")
    if record.key is None or (record.key != "position" and record.key.count(":") < 2):
        wrong.append(f"key: is {record.key!r}")
    return wrong


def problems(record, prefix, marks=None):
    """Everything that is wrong with one record; without `marks` an event may have none."""
    topic = record.topic.removeprefix(f"{prefix}.")
    if topic in SIGNALS:
        wrong = of_event(record, topic, marks)
    elif topic in LOGS:
        wrong = {"notifications": of_raw, "quarantine": of_quarantine, "state": of_state}[topic](
            record)
    else:
        wrong = ["topic: no document knows it"]
    return [f"{record.topic} {record.partition}:{record.offset}: {each}" for each in wrong]


def sequence_problems(records):
    """1, 2, 3 … per subject over all topics of signals, and no id twice."""
    numbers, ids, wrong = {}, {}, []
    for record in records:
        headers = headers_of(record)[0]
        attributes = headers if "ce_id" in headers else \
            {f"ce_{name}": each for name, each in json.loads(record.value).items()}
        where = f"{record.topic} {record.partition}:{record.offset}"
        event_id, number = attributes.get("ce_id"), attributes.get("ce_subjectsequence", "")
        if event_id in ids:
            wrong.append(f"{where}: attributes.id: {event_id} is also of {ids[event_id]}")
        ids[event_id] = where
        numbers.setdefault(record.key, []).append((int(number) if number.isdigit() else 0, where))
    for key, found in numbers.items():
        found.sort()
        for wanted, (number, where) in enumerate(found, 1):
            if number != wanted:
                wrong.append(f"{where}: attributes.subjectsequence: is {number}, and {wanted} "
                             f"comes next for {key}")
                break
    return wrong
