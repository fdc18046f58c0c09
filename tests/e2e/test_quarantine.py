"""Every reason of the contract's section 3: kept, answered 200, published to nobody, explained."""
import json
import subprocess

import pytest
from confluent_kafka import Producer

from support import MERCHANT, Sinyal, payment, read, read_signals, until, wait_until_processed
from wire import total

RAW_VERSION = "1"


def attempts(count, order, **fields):
    return [payment(order, "pending", transaction_id=f"{order}-{i}", **fields)
            for i in range(count)]


FAT = {name: "x" * 1020 for name in (
    "status_message", "permata_va_number", "biller_code", "bill_key", "payment_code", "store",
    "masked_card", "acquirer", "issuer", "custom_field1", "custom_field2", "custom_field3",
    "bank")}
FAT["customer_details"] = {name: "x" * 1020
                           for name in ("first_name", "last_name", "email", "phone")}

# (reason, stage, whether it claims money, what is posted: only the last is quarantined)
ROWS = [
    ("unknown_status", "NORMALISE", "no", [payment("Q-1", "teleported", code="200")]),
    ("missing_field", "NORMALISE", "yes", [payment("Q-2", "settlement", transaction_id=None)]),
    ("missing_field", "NORMALISE", "no", [payment("Q-3", "pending", transaction_status=None)]),
    ("bad_field", "NORMALISE", "no", [payment("Q-4", "pending", transaction_id="x" * 129)]),
    ("status_code_mismatch", None, "yes", [payment("Q-5", "settlement", code="202")]),
    ("amount_mismatch", "DECIDE", "yes",
     [payment("Q-6", "pending"), payment("Q-6", "settlement", amount="150001.00")]),
    ("currency_mismatch", "DECIDE", "yes",
     [payment("Q-7", "pending"), payment("Q-7", "settlement", currency="USD")]),
    ("impossible_transition", "DECIDE", "yes",
     [payment("Q-8", "capture", payment_type="credit_card"),
      payment("Q-8", "capture", payment_type="credit_card", code="202", fraud_status="deny")]),
    ("reversal_not_possible", "DECIDE", "no",
     [payment("Q-9", "settlement"), payment("Q-9", "deny")]),
    ("too_many_attempts", "DECIDE", "no", attempts(65, "Q-10")),
]


@pytest.fixture(scope="module", name="server")
def server_fixture(kafka, tmp_path_factory):
    from conftest import ROOT  # the fixture `sinyal` lives for one test only
    process = Sinyal(ROOT, tmp_path_factory.mktemp("quarantine"), kafka, "t-quarantine").start()
    yield process
    process.kill()


def quarantined_of(kafka, key):
    return [record for record in read(kafka, "t-quarantine.quarantine") if record.key == key]


def check(record, raw, reason, stage, money):
    assert (record.key, record.value, record.partition) == (raw.key, raw.value, raw.partition)
    assert record.timestamp == raw.timestamp
    assert record.headers[:len(raw.headers)] == raw.headers
    wanted = {"sinyal_reason": reason, "sinyal_retries": "0", "sinyal_money": money,
              "__connect.errors.topic": raw.topic,
              "__connect.errors.partition": str(raw.partition),
              "__connect.errors.offset": str(raw.offset),
              "__connect.errors.connector.name": "midtrans",
              "__connect.errors.exception.class.name": reason,
              "sinyal_cause": f"{raw.partition}:{raw.offset}"}
    if stage:
        wanted["__connect.errors.stage"] = stage
    assert {name: record.header(name) for name in wanted} == wanted
    for name in ("task.id", "class.name", "stage"):
        assert record.header(f"__connect.errors.{name}") is not None
    assert len(record.header("__connect.errors.exception.message").split()) >= 3


@pytest.mark.parametrize("reason, stage, money, bodies", ROWS,
                         ids=[f"{row[0]} {row[3][-1].get('order_id')}" for row in ROWS])
def test_what_cannot_be_is_kept_with_its_reason(server, kafka, reason, stage, money, bodies):
    before = total(server, "sinyal_quarantined_total", reason=reason, money=money)
    connection = server.connection()
    for body in bodies:
        assert server.notify(body, connection)[0] == 200
    key = f"{MERCHANT}:payment:{bodies[-1]['order_id']}"
    until(lambda: quarantined_of(kafka, key), "quarantined")
    raw = [record for record in read(kafka, "t-quarantine.notifications") if record.key == key]
    found = quarantined_of(kafka, key)
    assert len(found) == 1
    check(found[0], raw[-1], reason, stage, money)
    assert total(server, "sinyal_quarantined_total", reason=reason, money=money) == before + 1


def test_an_unknown_event_is_kept_with_its_reason(server, kafka):
    body = {"event_name": "subscription.exploded", "subscription": {"id": "Q-SUB"}}
    assert server.recurring(body)[0] == 200
    until(lambda: total(server, "sinyal_quarantined_total", reason="unknown_event") == 1, "kept")
    found = [record for record in read(kafka, "t-quarantine.quarantine")
             if record.header("sinyal_reason") == "unknown_event"]
    assert [record.value for record in found] == [json.dumps(body).encode()]


def test_an_order_that_grows_without_end_stops_growing(server, kafka):
    connection = server.connection()
    for body in attempts(64, "Q-FAT", **FAT):
        assert server.notify(body, connection)[0] == 200
    until(lambda: total(server, "sinyal_quarantined_total", reason="state_too_large") > 0, "kept")
    found = quarantined_of(kafka, f"{MERCHANT}:payment:Q-FAT")
    assert {record.header("sinyal_reason") for record in found} == {"state_too_large"}


def test_a_raw_record_of_an_unknown_version_is_kept_and_stops_nothing(server, kafka):
    producer = Producer({"bootstrap.servers": kafka.address})
    key = f"{MERCHANT}:payment:Q-V2"
    producer.produce("t-quarantine.notifications", b"{}", key, 0,
                     headers={"sinyal_version": "2", "sinyal_id": "x"})
    assert producer.flush(20) == 0
    until(lambda: quarantined_of(kafka, key), "quarantined")
    assert quarantined_of(kafka, key)[0].header("sinyal_reason") == "unsupported_record"
    bodies = [payment(f"Q-AFTER-{i}", "settlement") for i in range(12)]
    for body in bodies:
        assert server.notify(body)[0] == 200
    wait_until_processed(server, kafka, "t-quarantine")
    settled = {record.header("ce_subject")
               for record in read_signals(kafka, "t-quarantine")["payment_settled"]}
    assert {body["order_id"] for body in bodies} <= settled


def test_a_quarantined_settlement_shows_in_the_next_event_of_its_order(server, kafka):
    for body in (payment("Q-COUNT", "pending"), payment("Q-COUNT", "settlement", amount="1.00"),
                 payment("Q-COUNT", "expire")):
        assert server.notify(body)[0] == 200
    wait_until_processed(server, kafka, "t-quarantine")
    expired = [record.json() for record in read_signals(kafka, "t-quarantine")["payment_expired"]
               if record.header("ce_subject") == "Q-COUNT"]
    assert [value["payment"]["order"]["quarantined"] for value in expired] == [1]


def test_shifting_digits_into_the_order_id_is_caught_by_the_amount(server, kafka):
    """The signature has no separators: Q-SHIFT and 20010.00 sign as Q-SHIFT200 and 10.00 with a
    code that moves along. Where the order is known, the amount gives it away."""
    genuine = payment("Q-SHIFT", "pending", amount="20010.00", code="200")
    edited = {**genuine, "gross_amount": "10.00", "status_code": "200", "order_id": "Q-SHIFT200",
              "transaction_status": "settlement"}
    assert server.notify(payment("Q-SHIFT200", "pending", transaction_id="tx-Q-SHIFT"))[0] == 200
    assert server.notify(edited)[0] == 200
    key = f"{MERCHANT}:payment:Q-SHIFT200"
    until(lambda: quarantined_of(kafka, key), "quarantined")
    assert quarantined_of(kafka, key)[0].header("sinyal_reason") == "amount_mismatch"


def command(server, *words):
    return subprocess.run([server.binary, "quarantine", *words, "--config", str(server.config)],
                          capture_output=True, text=True, check=False, timeout=60,
                          env=server.environment)


def listed(server, *words):
    done = command(server, "list", "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_is_in_quarantine_is_listed_and_shown(server, kafka):
    body = payment("Q-SHOW", "settlement", code="202")
    assert server.notify(body)[0] == 200
    key = f"{MERCHANT}:payment:Q-SHOW"
    until(lambda: quarantined_of(kafka, key), "quarantined")
    records = read(kafka, "t-quarantine.quarantine")
    told = listed(server)
    assert sorted((row["partition"], row["offset"], row["key"], row["id"], row["reason"],
                   row["message"], row["money"], row["raw"]) for row in told) == [
        (record.partition, record.offset, record.key, record.header("sinyal_id"),
         record.header("sinyal_reason"), record.header("__connect.errors.exception.message"),
         record.header("sinyal_money") == "yes", record.header("sinyal_cause"))
        for record in records]

    assert listed(server, "--money") == [row for row in told if row["money"]]
    assert {row["reason"] for row in listed(server, "--reason", "status_code_mismatch")} == \
        {"status_code_mismatch"}
    assert listed(server, "--merchant", "G2") == []
    mine = next(row for row in told if row["key"] == key)
    text = command(server, "list", "--money").stdout
    place = f"{mine['partition']}:{mine['offset']}"
    assert f"  {place}  status_code_mismatch  {key}  money\n  {mine['message']}\n" in text

    whole = json.loads(command(server, "show", place, "--format", "json").stdout)
    assert json.loads(whole["value"]) == body
    assert whole["headers"]["sinyal_reason"] == "status_code_mismatch"
    shown = command(server, "show", place).stdout
    assert "\nsinyal_endpoint: notifications\n" in shown and json.dumps(body) in shown


def test_what_is_not_in_quarantine_is_said(server):
    for words, status, why in (
            (("show", "0:999999"), 1, "nothing is in quarantine at 0:999999. Hint: "),
            (("show", "99:0"), 1, "nothing is in quarantine at 99:0. Hint: "),
            (("show", "17"), 2, "PLACE must be PARTITION:OFFSET"),
            (("list", "--reason", "amount_mismach"), 2, "Did you mean amount_mismatch?"),
            (("list", "--merchant", "G2"), 0, "Nothing is in quarantine."),
            (("list", "--set", "kafka.partitions=many"), 78, "kafka.partitions"),
            (("list", "--set", "kafka.topic_prefix=nobodys"), 1, "nobodys.quarantine")):
        done = command(server, *words)
        assert (done.returncode, done.stdout) == (status, ""), words
        assert why in done.stderr, words
