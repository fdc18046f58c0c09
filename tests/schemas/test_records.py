"""What the broker really writes is what the documents say, and what is broken is caught."""
import dataclasses
import json
import pathlib

import pytest

import contract
from conftest import changed

EXAMPLES = sorted((contract.ROOT / "schemas" / "examples").glob("*.json"))


class Example:
    """An example, read as a record that came from Kafka."""
    partition = offset = 0

    def __init__(self, path):
        shown = json.loads(path.read_text())
        self.topic, self.key = shown["topic"], shown["key"]
        self.value = json.dumps(shown["value"]).encode()
        self.headers = tuple((name, text.encode()) for name, text in shown["headers"].items())
        self.timestamp = contract.milliseconds(shown["headers"]["ce_recordedtime"])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_valid(path: pathlib.Path):
    assert contract.problems(Example(path), "midtrans") == []


def test_there_is_an_example_of_every_signal():
    assert {path.stem for path in EXAMPLES} == \
        {signal["name"] for signal in contract.SIGNALS.values()}


def test_every_record_of_every_topic_is_valid(told):
    wrong = [each for record in told.records for each in contract.problems(record, told.prefix)]
    assert wrong == []
    assert contract.sequence_problems(told.signals()) == []


def of_the(where, name):
    def change(value):
        where_is = value.get("data", value)
        del where_is[where][name]
    return change


def put(where, name, new):
    def change(value):
        value.get("data", value)[where][name] = new
    return change


# (what is broken, how to break a settled event, which field must be named)
BROKEN = [
    ("an amount that is a float",
     lambda r: changed(r, value=put("payment", "gross_amount", 150000.0)), "payment.gross_amount"),
    ("an amount with one decimal",
     lambda r: changed(r, value=put("payment", "gross_amount", "150000.0")),
     "payment.gross_amount"),
    ("a field of the wrong type",
     lambda r: changed(r, value=put("payment", "bank", ["bca"])), "payment.bank"),
    ("a required field that is missing",
     lambda r: changed(r, value=of_the("payment", "transaction_id")), "transaction_id"),
    ("a field that no document knows",
     lambda r: changed(r, value=put("payment", "pan", "4811111111111114")), "pan"),
    ("a null where a field is unknown",
     lambda r: changed(r, value=put("payment", "store", None)), "payment.store"),
    ("a status that does not exist",
     lambda r: changed(r, value=put("payment", "transaction_status", "done")),
     "payment.transaction_status"),
    ("a time without milliseconds",
     lambda r: changed(r, value=put("payment", "settlement_time", "2026-11-20T02:15:30Z")),
     "payment.settlement_time"),
    ("an order that is not of the key",
     lambda r: changed(r, value=put("payment", "order_id", "A-2")), "value.payment"),
    ("the wrong key", lambda r: changed(r, key="G123456789:payment:A-2"),
     "attributes.partitionkey"),
    ("no key", lambda r: changed(r, key=None), "key"),
    ("a timestamp of another moment", lambda r: changed(r, timestamp=r.timestamp + 1),
     "timestamp"),
    ("an extra topic", lambda r: changed(r, topic=r.topic + "-v2"), "topic"),
    ("the event of another signal",
     lambda r: changed(r, topic=r.topic.replace("settled", "denied")), "type"),
    ("a value that is cut short", lambda r: dataclasses.replace(r, value=r.value[:-1]), "value"),
    ("a header that stands twice",
     lambda r: dataclasses.replace(r, headers=r.headers + r.headers[:1]), "headers"),
    ("a missing sinyal_cause", lambda r: changed(r, headers={"sinyal_cause": None}),
     "sinyal_cause"),
]
# These are headers in binary mode alone.
BROKEN_HEADERS = [
    ("a missing ce_time", {"ce_time": None}, "ce_time"),
    ("a missing trace", {"ce_traceparent": None}, "ce_traceparent"),
    ("another type", {"ce_type": "sinyal.payment.settled.v2"}, "ce_type"),
    ("a sequence that is no number", {"ce_subjectsequence": "two"}, "ce_subjectsequence"),
    ("a header that no document knows", {"ce_orderid": "A-1"}, "ce_orderid"),
    ("an id that is random", {"ce_id": "e58c9fad-01ee-5abc-9936-a584731ae9d2"}, "attributes.id"),
    ("a status that is not the order's", {"ce_orderstatus": "unpaid"}, "orderstatus"),
    ("another merchant", {"ce_source": "/midtrans/G1"}, "attributes.source"),
]


def judged(record, told, field):
    """The record is caught, and what is said names topic, offset and field."""
    wrong = contract.problems(record, told.prefix)
    assert wrong, "nothing was caught"
    assert all(each.startswith(f"{record.topic} {record.partition}:{record.offset}: ")
               for each in wrong)
    assert any(field in each.split(": ", 1)[1] for each in wrong), wrong


@pytest.mark.parametrize("breaks, field", [row[1:] for row in BROKEN],
                         ids=[row[0] for row in BROKEN])
def test_a_broken_event_is_caught(told, breaks, field):
    good = told.of("payment.settled")[0]
    assert contract.problems(good, told.prefix) == []
    judged(breaks(good), told, field)


@pytest.mark.parametrize("headers, field", [row[1:] for row in BROKEN_HEADERS],
                         ids=[row[0] for row in BROKEN_HEADERS])
def test_a_broken_header_is_caught(told, headers, field):
    if told.prefix.endswith("structured"):
        def apply(value):
            for name, text in headers.items():
                value.pop(name[3:], None)
                value.update({name[3:]: text} if text else {})
        broken = changed(told.of("payment.settled")[0], value=apply)
        field = field.removeprefix("ce_")
    else:
        broken = changed(told.of("payment.settled")[0], headers=headers)
    judged(broken, told, field)


@pytest.mark.parametrize("topic, headers, field", [
    ("notifications", {"sinyal_id": None}, "sinyal_id"),
    ("notifications", {"sinyal_kind": "order"}, "sinyal_kind"),
    ("notifications", {"sinyal_subject": "A-99"}, "key"),
    ("quarantine", {"sinyal_reason": "because"}, "sinyal_reason"),
    ("quarantine", {"__connect.errors.offset": None}, "__connect.errors.offset"),
    ("state", {"sinyal_version": None}, "sinyal_version"),
])
def test_a_broken_record_of_a_log_is_caught(told, topic, headers, field):
    judged(changed(told.of(topic)[0], headers=headers), told, field)


def test_an_event_that_is_lost_or_doubled_is_caught(told):
    signals = told.signals()
    first = next(each for each in signals if "payment.received" in each.topic)
    assert contract.sequence_problems([each for each in signals if each is not first])
    assert contract.sequence_problems([*signals, first])
