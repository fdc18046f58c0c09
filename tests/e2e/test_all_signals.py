"""Every signal of the catalogue arrives on its topic, through HTTP, with what the contract says."""
import json
import re
import uuid

import pytest

from support import (API_TOKEN, CATALOGUE, MERCHANT, payment, read, read_signals,
                     wait_until_processed)

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
NAMESPACE = uuid.UUID("af5fc039-b30b-501a-ac9d-a5d615ff85fa")


def subscription(sub_id, status="active", **fields):
    return {"id": sub_id, "name": "MONTHLY", "status": status, "amount": "14000",
            "currency": "IDR", "payment_type": "credit_card", "token": "48111111-secret-1114",
            "schedule": {"interval": 1, "interval_unit": "month", "current_interval": 0,
                         "start_time": "2026-11-01T02:00:00.000000Z",
                         "next_execution_at": "2026-12-01T02:00:00.000000Z"}, **fields}


def charge(sub_id, transaction):
    return {"event_name": "subscription.charge", "transaction": transaction,
            "subscription": subscription(sub_id)}


REFUNDS = [{"refund_chargeback_id": 202611230001230001, "refund_amount": "150000.00",
            "created_at": "2026-11-21 10:00:00", "reason": "broken", "refund_key": "R-1",
            "bank_confirmed_at": "2026-11-21 12:00:00"}]

# What is posted, and the signals that it must cause: (how, body, [signals]).
STORY = [
    ("notify", payment("A-1", "pending"), ["payment_received"]),
    ("notify", payment("A-1", "settlement", settlement_time="2026-11-20 09:15:30"),
     ["payment_settled"]),
    ("notify", payment("A-1", "settlement", settlement_time="2026-11-20 09:15:30"), []),
    ("notify", payment("A-1", "pending"), []),
    ("notify", payment("A-1", "refund", refunds=REFUNDS, refund_amount="150000.00"),
     ["payment_refunded", "payment_refund_confirmed"]),
    ("notify", payment("A-2", "deny"), ["payment_denied"]),
    ("notify", payment("A-3", "cancel"), ["payment_cancelled"]),
    ("notify", payment("A-4", "expire"), ["payment_expired"]),
    ("notify", payment("A-5", "failure"), ["payment_failed"]),
    ("notify", payment("A-6", "authorize", payment_type="credit_card"), ["payment_authorized"]),
    ("notify", payment("A-6", "capture", payment_type="credit_card"), ["payment_settled"]),
    ("notify", payment("A-6", "chargeback", payment_type="credit_card"), ["payment_charged_back"]),
    ("invoices", {"id": "INV-1", "invoice_number": "N-1", "status": "pending",
                  "order_id": "A-7", "gross_amount": 150000}, ["invoice_created"]),
    ("notify", payment("A-7", "settlement", metadata={"midtrans_invoice_id": "INV-1"}),
     ["payment_settled", "invoice_paid"]),
    ("invoices", {"id": "INV-2", "status": "voided"}, ["invoice_voided"]),
    ("notify", payment("A-8", "expire", metadata={"midtrans_invoice_id": "INV-3"}),
     ["payment_expired", "invoice_expired"]),
    ("recurring", subscription("SUB-1"), ["subscription_created"]),
    ("recurring", charge("SUB-1", {"transaction_status": "capture", "transaction_id": "ch-1",
                                   "status_code": "200"}), ["subscription_charged"]),
    ("recurring", charge("SUB-1", {"status_message": "card declined", "status_code": "411"}),
     ["subscription_charge_failed"]),
    ("subscriptions", {"id": "SUB-1", "status": "inactive"}, ["subscription_disabled"]),
    ("subscriptions", {"id": "SUB-2", "status": "cancelled"}, ["subscription_cancelled"]),
]


@pytest.fixture(name="told")
def told_fixture(kafka, prefix, sinyal):
    """The story, told over HTTP; (signals by name, raw records, ids answered)."""
    process = sinyal(kafka, prefix).start()
    ids = []
    for how, body, _ in STORY:
        if how == "notify":
            status, _, answer = process.notify(body)
        elif how == "recurring":
            status, _, answer = process.recurring(body)
        else:
            status, _, answer = process.document(how, body)
        assert status == 200, (how, body, answer)
        ids.append(json.loads(answer)["id"])
    wait_until_processed(process, kafka, prefix)
    yield process, read_signals(kafka, prefix), read(kafka, f"{prefix}.notifications"), ids


def test_all_19_signals_arrive_on_their_topics(told, kafka, prefix):
    process, signals, raw, ids = told
    expected = [name for _, _, names in STORY for name in names]
    assert set(expected) == {entry["name"] for entry in CATALOGUE}
    assert {name: len(records) for name, records in signals.items()} == \
        {entry["name"]: expected.count(entry["name"]) for entry in CATALOGUE}
    assert read(kafka, f"{prefix}.quarantine") == []

    # every body is in the raw log byte for byte, once per subject, under the id answered
    by_id = {}
    for record in raw:
        by_id.setdefault(record.header("sinyal_id"), []).append(record)
    assert set(by_id) == set(ids)
    for (_, body, _), one_id in zip(STORY, ids):
        assert {record.value for record in by_id[one_id]} == {json.dumps(body).encode()}

    causes = {f"{record.partition}:{record.offset}": record for record in raw}
    sequences = {}
    for entry in CATALOGUE:
        for record in signals[entry["name"]]:
            check_headers(entry, record, causes)
            check_value(record)
            sequences.setdefault(record.key, []).append(int(record.header("ce_subjectsequence")))
    for key, numbers in sequences.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), key

    for entry in CATALOGUE:
        assert process.metric("sinyal_signals_total", signal=entry["name"]) == \
            expected.count(entry["name"])


def check_headers(entry, record, causes):
    cause = causes[record.header("sinyal_cause")]
    assert record.key == cause.key
    assert record.partition == cause.partition
    assert record.header("content-type") == "application/json"
    assert record.header("ce_specversion") == "1.0"
    assert record.header("ce_type") == entry["type"]
    assert record.header("ce_signal") == entry["name"]
    assert record.header("ce_source") == f"/midtrans/{MERCHANT}"
    assert record.header("ce_subject") == record.key.split(":", 2)[2]
    assert record.header("ce_partitionkey") == record.key
    assert record.header("ce_dataschema") == f"urn:sinyal:schema:{entry['topic']}:v1"
    assert record.header("ce_recordedtime") == cause.header("sinyal_received_at")
    assert record.header("ce_traceparent") == record.header("traceparent") == \
        cause.header("traceparent")
    assert record.header("sinyal_rules")
    assert TIME.match(record.header("ce_time"))
    assert record.timestamp == cause.timestamp
    assert uuid.UUID(record.header("ce_id")).version == 5
    if entry["name"] in ("payment_received", "payment_settled", "payment_expired"):
        transaction = record.json()["payment"]["transaction_id"]
        name = f"{record.key}|{entry['name']}|{transaction}|"
        assert record.header("ce_id") == str(uuid.uuid5(NAMESPACE, name))
    if entry["kind"] == "payment":
        assert record.header("ce_orderstatus") == record.json()["payment"]["order"]["status"]


def check_value(record):
    value = record.json()
    assert b"signature_key" not in record.value and b'"token"' not in record.value
    assert API_TOKEN.encode() not in record.value
    kind = record.header("ce_signal").split("_")[0]
    assert list(value)[0] == kind and list(value)[-1] == "notification"
    amount = re.compile(r"^-?\d+\.\d\d$")
    if kind == "payment":
        shown = value["payment"]
        for name in ("order_id", "transaction_id", "payment_type", "transaction_status",
                     "gross_amount", "currency", "order"):
            assert shown[name] not in (None, ""), name
        for name in ("gross_amount", "refund_amount"):
            assert name not in shown or amount.match(shown[name])
    assert None not in [item for name, item in value.items() if name != "notification"]
    assert b": " not in record.value and b", \"" not in record.value


def test_a_settled_event_shows_the_payment_and_its_order(told):
    _, signals, _, _ = told
    record = next(r for r in signals["payment_settled"] if r.header("ce_subject") == "A-1")
    assert record.header("ce_time") == "2026-11-20T02:15:30.000Z"
    assert record.header("ce_orderstatus") == "paid"
    shown = record.json()["payment"]
    assert shown["va_number"] == "12345678901" and shown["bank"] == "bca"
    assert shown["previous_status"] == "pending"
    assert shown["order"] == {"status": "paid", "paid_amount": "150000.00",
                              "refunded_amount": "0.00", "charged_back_amount": "0.00",
                              "net_amount": "150000.00", "attempts": 1, "open_attempts": 0,
                              "quarantined": 0}


def test_a_refund_event_tells_of_the_refund(told):
    _, signals, _, _ = told
    value = signals["payment_refunded"][0].json()
    assert value["refund"]["key"] == "R-1"
    assert value["refund"]["id"] == "202611230001230001"
    assert value["refund"]["amount"] == "150000.00" and value["refund"]["full"] is True
    assert value["payment"]["order"]["status"] == "refunded"
