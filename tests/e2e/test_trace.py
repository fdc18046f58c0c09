"""`sinyal trace`: what it tells of a subject is what is in the raw log and on the topics."""
import dataclasses
import json
import signal
import socket
import subprocess

from confluent_kafka import TopicPartition

from support import MERCHANT, PARTITIONS, payment, read, read_signals, wait_until_processed
from test_all_signals import REFUNDS, STORY
from test_rebuild import tell

SETTLED = {"settlement_time": "2026-11-20 09:15:30"}
HISTORY = [("notify", body, []) for body in (
    payment("T-1", "settlement", **SETTLED),
    payment("T-1", "settlement", **SETTLED),                 # a repeat
    payment("T-1", "pending"),                               # late
    payment("T-1", "settlement", amount="1.00", **SETTLED),  # a conflict
    payment("T-1", "refund", refunds=REFUNDS, refund_amount="150000.00", **SETTLED))]


def command(process, subject, *flags):
    return [process.binary, "trace", subject, "--config", str(process.config), *flags]


def trace(process, subject, *flags):
    return subprocess.run(command(process, subject, *flags), capture_output=True, text=True,
                          check=False, timeout=60, env=process.environment)


def story(process, subject):
    """Its rows, and its end."""
    done = trace(process, subject, "--format", "json")
    assert done.returncode == 0 and "sinyal trace" not in done.stderr, done.stderr
    *rows, end = [json.loads(line) for line in done.stdout.splitlines()]
    return rows, end


def test_a_story_is_what_is_in_the_raw_log_and_on_the_topics(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    tell(process, STORY + HISTORY)
    wait_until_processed(process, kafka, prefix)
    raw = read(kafka, f"{prefix}.notifications")
    events = [event for found in read_signals(kafka, prefix).values() for event in found]
    quarantined = read(kafka, f"{prefix}.quarantine")
    for key in sorted({record.key for record in raw}):
        rows, end = story(process, key)
        assert [(row["partition"], row["offset"], row["received_at"], row["id"]) for row in rows] \
            == [(record.partition, record.offset, record.header("sinyal_received_at"),
                 record.header("sinyal_id")) for record in raw if record.key == key]
        assert [(told["topic"], told["signal"], told["ce_id"], str(told["subjectsequence"]),
                 f"{row['partition']}:{row['offset']}")
                for row in rows for told in row["signals"]] \
            == [(event.topic, *map(event.header, ("ce_signal", "ce_id", "ce_subjectsequence",
                                                  "sinyal_cause")))
                for event in sorted((each for each in events if each.key == key), key=lambda each:
                                    int(each.header("ce_subjectsequence")))]
        assert [row["reason"] for row in rows if row["verdict"] == "conflict"] == \
            [each.header("sinyal_reason") for each in quarantined if each.key == key]
        assert end["notifications"] == len(rows)
        assert end["events"] == sum(len(row["signals"]) for row in rows)

    rows, end = story(process, "payment:T-1")  # of the only merchant
    assert [row["verdict"] for row in rows] == ["advance", "repeat", "late", "conflict", "advance"]
    assert (end["subject"], end["status"]) == \
        ({"merchant": MERCHANT, "kind": "payment", "id": "T-1"}, "refunded")
    last = next(event for event in events if event.header("ce_signal") == "payment_refunded"
                and event.header("ce_subject") == "T-1")
    assert end["order"] == last.json()["payment"]["order"]
    assert end["order"]["quarantined"] == 1
    assert story(process, "invoice:INV-1")[1]["status"] == "paid"
    assert story(process, "subscription:SUB-1")[1]["status"] == "disabled"

    again = trace(process, "payment:T-1", "--format", "json", "--set", "kafka.topic_prefix=again",
                  "--set", f"kafka.source_prefix={prefix}")
    assert again.stdout == trace(process, "payment:T-1", "--format", "json").stdout.replace(
        f'"topic":"{prefix}.', '"topic":"again.')

    text = trace(process, "payment:T-1")
    assert text.returncode == 0 and "\x1b" not in text.stdout
    for row in rows:
        assert f"{row['id']}  {row['partition']}:{row['offset']}  as notifications" in text.stdout
    assert f"{MERCHANT}:payment:T-1  5 notifications, 3 events\n  status     refunded\n" in \
        text.stdout


def test_what_is_not_the_subjects_is_not_in_its_story(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest").start()
    tell(process, HISTORY[:1] + [("notify", payment(f"T-{number}", "settlement"), [])
                                 for number in range(10, 30)])
    mine = next(record for record in read(kafka, f"{prefix}.notifications")
                if record.key == f"{MERCHANT}:payment:T-1")
    elsewhere = dataclasses.replace(mine, partition=(mine.partition + 1) % PARTITIONS)
    kafka.append(mine.topic, elsewhere)
    rows, end = story(process, f"{MERCHANT}:payment:T-1")
    assert [(row["partition"], row["offset"]) for row in rows] == [(mine.partition, mine.offset)]
    assert end["log_end"] > 1  # there are others beside it

    for unknown in ("payment:T-99", "invoice:T-1", "payment:t-1", "G2:payment:T-1"):
        done = trace(process, unknown)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"nothing is known of {'' if unknown[0] == 'G' else MERCHANT + ':'}{unknown}: " \
            in done.stderr
        assert f"of {prefix}.notifications" in done.stderr and "Hint: " in done.stderr


def test_a_log_without_its_beginning_is_said(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest").start()
    tell(process, HISTORY)
    first = read(kafka, f"{prefix}.notifications")[0]
    admin = kafka.admin()  # it has to outlive the answer
    for done in admin.delete_records([TopicPartition(first.topic, first.partition, 2)]).values():
        done.result()
    told = trace(process, "payment:T-1", "--format", "json")
    assert told.returncode == 0
    assert f"partition {first.partition} of {prefix}.notifications begins at offset 2" in \
        told.stderr
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert [row["offset"] for row in rows[:-1]] == [2, 3, 4] and rows[-1]["log_start"] == 2


def test_wrong_use_and_wrong_configuration_have_their_own_statuses(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix)
    assert trace(process, "T-1").returncode == 2
    assert trace(process, "account:T-1").returncode == 2
    assert trace(process, "payment:T-1", "--set", "kafka.partitions=many").returncode == 78
    missing = trace(process, "payment:T-1")  # nobody has made its topics
    assert missing.returncode == 1 and f"{prefix}.notifications" in missing.stderr
    process.start()
    wrong = trace(process, "payment:T-1", "--set", f"kafka.partitions={PARTITIONS + 1}")
    assert wrong.returncode == 1 and "Hint: configure the number" in wrong.stderr


def test_it_is_interrupted_while_kafka_is_silent(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = command(process, "payment:T-1", "--bootstrap-servers",
                        f"127.0.0.1:{silent.getsockname()[1]}")
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=process.environment) as running:
            silent.accept()
            running.send_signal(signal.SIGINT)
            out, errors = running.communicate(timeout=10)
    assert (running.returncode, out) == (1, "") and "interrupted" in errors
