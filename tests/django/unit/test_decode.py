"""Records to events: all that the catalogue shows, and everything that is wrong with one."""
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from records import CATALOGUE, binary, example, structured, with_value
from sinyal_django.event import Record, Unknown, decode
from sinyal_django.fields import Malformed, Value
from sinyal_django.senders import merchant

NAMES = [entry["name"] for entry in CATALOGUE]


@pytest.mark.parametrize("name", NAMES)
def test_binary_and_structured_mode_say_the_same(name):
    one, other = decode(binary(example(name))), decode(structured(example(name)))
    for field in ("id", "signal", "merchant", "subject", "sequence", "time",
                  "recorded_time", "order_status", "anomalies", "traceparent", "arguments"):
        assert getattr(one, field) == getattr(other, field), field
    assert one.signal == name and one.merchant is merchant("G141532850")


def test_a_settled_payment_is_typed():
    event = decode(binary(example("payment_settled")))
    payment, notification = event.arguments["payment"], event.arguments["notification"]
    assert payment.gross_amount == Decimal("150000.00") == payment.order.paid_amount
    assert payment.settlement_time == datetime(2026, 11, 23, 2, 15, 30, tzinfo=UTC)
    assert payment.settlement_time.tzinfo is UTC
    assert payment.customer_email == "sari@example.com" and payment.va_number == "12345678901"
    assert payment.refund_amount == 0 and payment.custom_field1 == ""
    assert payment.reversible_until is None and payment.anomalies == ()
    assert notification.gross_amount == "150000.00"
    assert notification.raw_payload is event.arguments["payload"]
    assert event.arguments["payload"]["va_numbers"][0]["bank"] == "bca"
    assert event.recorded_time == datetime(2026, 11, 23, 2, 15, 34, 120_000, tzinfo=UTC)
    assert (event.subject, event.sequence, event.order_status) == ("SHOP-1001", 2, "paid")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_is_what_the_constructor_would_have_made(name):
    for value in decode(binary(example(name))).arguments.values():
        if isinstance(value, Value):
            assert vars(replace(value)) == vars(value)


def test_a_refund_a_chargeback_and_a_charge_stand_beside_the_subject():
    refund = decode(binary(example("payment_refunded"))).arguments["refund"]
    assert (refund.amount, refund.full, refund.key) == (Decimal("50000.00"), False, "refund-1")
    assert decode(binary(example("payment_charged_back"))).arguments["chargeback"].full
    charge = decode(binary(example("subscription_charged"))).arguments["charge"]
    assert charge.amount == Decimal("49000.00")


def test_a_merchants_own_document_has_no_notification():
    arguments = decode(binary(example("invoice_created"))).arguments
    assert arguments["notification"] is None and arguments["payload"] == {}


@pytest.mark.parametrize("number, read", [
    ("1.50", Decimal("1.50")), ("7", 7), ("1e5", Decimal(100000)),
    ("1e99999999999999999999", "1e99999999999999999999"), ("9" * 5000, Decimal("9" * 5000))],
    ids=["fraction", "integer", "exponent", "exponent beyond decimals", "5000 digits"])
def test_no_number_of_a_notification_makes_an_event_unreadable(number, read):
    value = example("payment_settled")["value"]
    value["notification"]["odd"] = "NUMBER"
    text = json.dumps(value).replace('"NUMBER"', number).encode()
    payload = decode(with_value(example("payment_settled"), text)).arguments["payload"]
    assert payload["odd"] == read and type(payload["odd"]) is type(read)


def test_unknown_fields_are_kept_and_relations_of_the_model_are_explained():
    event = example("payment_settled")
    event["value"]["payment"]["loyalty"] = {"points": 3}
    payment = decode(binary(event)).arguments["payment"]
    assert payment.extra == {"loyalty": {"points": 3}}
    with pytest.raises(AttributeError, match="not a row of a table"):
        payment.user  # pylint: disable=pointless-statement


def test_an_id_of_a_schema_registry_changes_nothing():
    plain = binary(example("payment_settled"))
    wanted = decode(plain).arguments
    before = replace(plain, value=b"\0\0\0\1\7" + plain.value)
    beside = replace(plain, headers=(*plain.headers, ("__value_schema_id", b"\1\xff\xfe")))
    assert decode(before).arguments == wanted == decode(beside).arguments
    with pytest.raises(Malformed, match="not JSON"):
        decode(replace(plain, value=bytes(5)))


def test_anomalies_are_words():
    record = binary(example("payment_settled"), ce_anomaly="paid_twice paid_after_expire")
    assert decode(record).anomalies == ("paid_twice", "paid_after_expire")


@pytest.mark.parametrize("changed", [
    {"ce_type": "sinyal.payment.settled.v2"}, {"ce_type": "sinyal.payment.teleported.v1"},
    {"ce_type": "com.example.other"}, {"ce_specversion": "2.0"}, {"ce_specversion": None}])
def test_another_type_or_version_is_unknown_whatever_its_value(changed):
    with pytest.raises(Unknown):
        decode(binary(example("payment_settled"), **changed))
    record = binary(example("payment_settled"), **changed)
    with pytest.raises(Unknown):
        decode(Record(record.topic, 0, 0, None, b"\x00avro", record.headers))


@pytest.mark.parametrize("changed, sentence", [
    ({"ce_id": None}, "attribute id is missing"), ({"ce_id": "7"}, "id is no UUID"),
    ({"ce_source": "/stripe/1"}, "source is not"), ({"ce_source": None}, "source is missing"),
    ({"ce_subject": None}, "subject is missing"), ({"ce_subject": "x" * 256}, "subject is longer"),
    ({"ce_time": "yesterday"}, "time is no time"),
    ({"ce_recordedtime": None}, "recordedtime is missing"),
    ({"ce_time": "2026-13-40T00:00:00.000Z"}, "time is no time"),
    ({"ce_subjectsequence": "0"}, "subjectsequence"),
    ({"ce_subjectsequence": "-1"}, "subjectsequence"),
    ({"ce_type": None}, "no CloudEvent")])
def test_an_attribute_that_is_missing_or_wrong_is_named(changed, sentence):
    with pytest.raises(Malformed, match=sentence):
        decode(binary(example("payment_settled"), **changed))


def value_with(**changed):
    value = example("payment_settled")["value"]
    value["payment"] |= changed
    value["payment"] = {key: each for key, each in value["payment"].items() if each != "absent"}
    return value


ORDER = example("payment_settled")["value"]["payment"]["order"]


@pytest.mark.parametrize("value, sentence", [
    (b"", "not JSON"), (b"{", "not JSON"), (b"\xff\xfe", "not JSON"), (b"{\"a\": NaN}", "not JSON"),
    ("{}".encode("utf-16"), "not JSON"), ("{}".encode("utf-8-sig"), "not JSON"),
    (b"[" * 100_000, "not JSON"), ([], "no JSON object"), ("text", "no JSON object"),
    ({}, "payment is missing"), ({"payment": {}}, "notification is missing"),
    ({"payment": [], "notification": None}, "payment is no JSON object"),
    ({**value_with(), "notification": "text"}, "notification is neither"),
    (value_with(order_id="absent"), "payment.order_id is missing"),
    (value_with(order_id=7), "payment.order_id is no text"),
    (value_with(gross_amount=150000), "payment.gross_amount is no amount"),
    (value_with(gross_amount="1,5"), "payment.gross_amount is no amount"),
    (value_with(gross_amount="NaN"), "payment.gross_amount is no amount"),
    (value_with(settlement_time="2026-11-23 09:15:30"), "payment.settlement_time is no time"),
    (value_with(anomalies="paid_twice"), "payment.anomalies is no list"),
    (value_with(order={"status": "paid"}), "order.paid_amount is missing"),
    (value_with(order={**ORDER, "status": None}), "order.status is no text"),
    (value_with(order={**ORDER, "status": ["paid"]}), "order.status is no text"),
    (value_with(order={**ORDER, "attempts": True}), "order.attempts is no whole number"),
    (value_with(order={**ORDER, "attempts": "2"}), "order.attempts is no whole number"),
    (value_with(order={**ORDER, "attempts": 2.0}), "order.attempts is no whole number"),
    (value_with(order={**ORDER, "attempts": None}), "order.attempts is no whole number"),
    (value_with(order="absent"), "payment.order is missing"),
    ({**value_with(), "refund": {"full": "yes"}}, "full is neither true nor false")])
def test_a_value_of_another_shape_is_malformed_and_the_field_is_named(value, sentence):
    with pytest.raises(Malformed, match=sentence):
        decode(with_value(example("payment_settled"), value))


def test_a_reason_never_repeats_a_value():
    try:
        decode(with_value(example("payment_settled"), value_with(gross_amount="sari@example.com")))
    except Malformed as error:
        assert "sari" not in str(error)


def test_a_structured_event_without_data_is_malformed():
    with pytest.raises(Malformed):
        decode(Record("t", 0, 0, None, b"[]", (("content-type", b"application/cloudevents+json"),)))
