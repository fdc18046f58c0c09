"""`sinyal verify`: what is published is what the log gives, or it is said what is not."""
import dataclasses
import json
import signal
import socket
import subprocess
import threading

from confluent_kafka import TopicPartition

from support import (PARTITIONS, RECURRING_TOKEN, ends, payment, read, read_signals, until,
                     wait_until_processed)
from test_all_signals import STORY
from test_rebuild import HASTE, forget_offsets, stop, tell, until_left
from test_restore import commit
from test_trace import HISTORY

NOTHING = {"differences": 0, "other_rules": 0, "later": 0, "cannot_be_concluded": 0, "torn": []}


def verify(process, *flags):
    return subprocess.run([process.binary, "verify", "--config", str(process.config), *flags],
                          capture_output=True, text=True, check=False, timeout=120,
                          env=process.environment)


def verified(process):
    """What is counted where all is the same."""
    done = verify(process, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def found(process):
    """The differences, and what is counted."""
    done = verify(process, "--format", "json")
    *differences, counts = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == (1 if differences else 0), done.stdout + done.stderr
    assert counts["differences"] == len(differences)
    return differences, counts


def with_header(record, name, value):
    """A copy in which a header says something else."""
    headers = tuple((each, value.encode() if each == name else told)
                    for each, told in record.headers)
    return dataclasses.replace(record, headers=headers)


def lived(kafka, prefix, sinyal, **settings):
    process = sinyal(kafka, prefix, **settings).start()
    tell(process, STORY + HISTORY)
    wait_until_processed(process, kafka, prefix)
    return process


def test_what_is_published_is_what_the_log_gives(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal)
    raw = read(kafka, f"{prefix}.notifications")
    events = [event for records in read_signals(kafka, prefix).values() for event in records]
    states = {record.key for record in read(kafka, f"{prefix}.state")} - {"position"}
    assert verified(process) == {
        "partitions": PARTITIONS, "notifications": len(raw), "events": len(events),
        "quarantined": len(read(kafka, f"{prefix}.quarantine")), "states": len(states), **NOTHING}

    text = verify(process)
    assert text.returncode == 0 and "\x1b" not in text.stdout
    assert text.stdout.startswith(f"{len(raw)} notifications in {PARTITIONS} partitions")
    assert f"the same      {len(events)} events, " in text.stdout
    assert text.stdout.endswith("no difference\n")

    # of another configuration, and of a log that is another's
    shadow = sinyal(kafka, prefix + "-again", role="lifecycle", kafka__source_prefix=prefix,
                    lifecycle__event_format="structured",
                    lifecycle__redact=["va_numbers"]).start()
    wait_until_processed(shadow, kafka, prefix + "-again", raw=prefix)
    assert verified(shadow) == verified(process)
    plain = verify(shadow, "--set", "lifecycle.redact=[]")
    assert plain.returncode == 1 and " causes another value\n" in plain.stdout


def test_it_may_run_beside_what_is_being_published(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    stopping = threading.Event()

    def load():
        number = 0
        while not stopping.is_set():
            number += 1
            assert process.notify(payment(f"L-{number % 50}", "settlement"))[0] == 200

    poster = threading.Thread(target=load)
    poster.start()
    try:
        until(lambda: process.metric("sinyal_transactions_total", result="committed") > 20, "load")
        seen = [verified(process)["notifications"] for _ in range(5)]
    finally:
        stopping.set()
        poster.join()
    assert seen == sorted(seen) and seen[0] > 0


def test_what_was_tampered_with_is_named(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal)
    settled, quarantine = f"{prefix}.payment.settled", f"{prefix}.quarantine"
    event, refused = read(kafka, settled)[0], read(kafka, quarantine)[0]
    cause = int(event.header("sinyal_cause").split(":")[1])
    kafka.append(settled, event)
    kafka.append(settled, with_header(event, "sinyal_cause", f"{event.partition + 1}:0"))
    kafka.append(quarantine, with_header(refused, "sinyal_cause", f"{refused.partition}:0"))
    *_, state = (each for each in read(kafka, f"{prefix}.state") if each.key == event.key)
    kafka.append(state.topic, with_header(state, "sinyal_version", "2"))
    differences, _ = found(process)
    assert sorted((each["difference"], each["topic"], each["partition"], each["raw_offset"],
                   each["key"], each["parts"]) for each in differences) == sorted([
        ("different", state.topic, state.partition,
         int(state.header("sinyal_cause").split(":")[1]), event.key, ["headers"]),
        ("doubled", settled, event.partition, cause, event.key, []),
        ("unexpected", settled, event.partition, None, event.key, []),
        ("unexpected", quarantine, refused.partition, 0, refused.key, [])],
        key=lambda row: row[:3])
    text = verify(process)
    assert text.returncode == 1
    assert f"doubled  {settled} {event.partition}:" in text.stdout
    assert f"raw offset {cause} causes it once less\n" in text.stdout
    assert text.stdout.endswith("4 differences\n")


def test_what_is_lost_is_missing_and_what_retention_deleted_cannot_be_concluded(kafka, prefix,
                                                                                sinyal):
    process = lived(kafka, prefix, sinyal)
    signals = {name: records for name, records in read_signals(kafka, prefix).items() if records}
    admin = kafka.admin()  # it has to outlive the answer
    topic = signals["payment_settled"][0].topic
    gone = [TopicPartition(topic, number, -1) for number in range(PARTITIONS)]
    for done in admin.delete_records(gone).values():
        done.result()
    counts = verified(process)
    assert counts["cannot_be_concluded"] == len(signals["payment_settled"])
    assert counts["events"] == sum(map(len, signals.values())) - len(signals["payment_settled"])

    process.terminate()
    assert process.wait() == 0
    topic = signals["payment_refunded"][0].topic
    admin.delete_topics([topic])[topic].result()
    until(lambda: topic not in kafka.topics(prefix), "deleted")
    subprocess.run([process.binary, "topics", "apply", "--config", str(process.config)],
                   check=True, capture_output=True, timeout=60, env=process.environment)
    differences, _ = found(process)
    assert sorted((each["difference"], each["topic"], each["partition"], each["offset"],
                   f"{each['partition']}:{each['raw_offset']}", each["key"])
                  for each in differences) == sorted(
        ("missing", topic, event.partition, None, event.header("sinyal_cause"), event.key)
        for event in signals["payment_refunded"])


def test_of_a_log_without_its_beginning_the_rest_is_judged(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal)
    admin = kafka.admin()
    raw = read(kafka, f"{prefix}.notifications")
    first = [record for record in raw if record.key.endswith(":T-1")][1]
    for done in admin.delete_records(
            [TopicPartition(first.topic, first.partition, first.offset)]).values():
        done.result()
    counts = verified(process)
    assert counts["cannot_be_concluded"] > 0
    deleted = [record for record in raw
               if record.partition == first.partition and record.offset < first.offset]
    assert counts["notifications"] == len(raw) - len(deleted)


def test_no_record_hides_behind_a_cause_that_is_not_in_the_log(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal)
    settled = f"{prefix}.payment.settled"
    event = read(kafka, settled)[0]
    *_, state = (each for each in read(kafka, f"{prefix}.state") if each.key == event.key)
    for forged in (with_header(event, "sinyal_cause", f"{event.partition}:1000"),
                   with_header(state, "sinyal_cause", f"{state.partition}:1000")):
        kafka.append(forged.topic, forged)
    differences, _ = found(process)
    assert sorted((each["difference"], each["topic"], each["raw_offset"])
                  for each in differences) == [
        ("unexpected", settled, 1000), ("unexpected", state.topic, 1000)]


def test_where_the_groups_offsets_expired_or_were_moved_the_state_tells_what_was_processed(
        kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal, **HASTE)
    event = read(kafka, f"{prefix}.payment.settled")[0]
    stop(process)
    until_left(process)
    counts = verified(process)
    forget_offsets(kafka, prefix)
    assert verified(process) == counts
    kafka.append(event.topic, event)
    end = ends(kafka, f"{prefix}.notifications")
    others = {number: end[number] for number in range(PARTITIONS) if number != event.partition}
    commit(kafka, prefix, process.group, others)  # as lifecycle does with the next ones of each
    differences, _ = found(process)
    assert [each["difference"] for each in differences] == ["doubled"]
    commit(kafka, prefix, process.group, dict.fromkeys(range(PARTITIONS), 0))  # and moved back
    differences, moved = found(process)
    assert [each["difference"] for each in differences] == ["doubled"] and moved["later"] == 0


def test_what_was_deleted_before_it_was_processed_is_no_success(kafka, prefix, sinyal):
    process = lived(kafka, prefix, sinyal)
    stop(process)
    ingest = sinyal(kafka, prefix, role="ingest", instance="i2").start()
    for number in range(12):
        assert ingest.notify(payment(f"L-{number}", "settlement"))[0] == 200
    admin = kafka.admin()  # it has to outlive the answer
    raw = f"{prefix}.notifications"
    for done in admin.delete_records(
            [TopicPartition(raw, number, -1) for number in range(PARTITIONS)]).values():
        done.result()
    lost = verify(process)
    assert (lost.returncode, lost.stdout) == (1, "")
    assert "notifications were deleted before they were read" in lost.stderr


def test_a_notification_that_is_kept_for_a_part_of_its_subjects_is_told(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    tell(process, [("invoices", {"id": "INV-9", "status": "pending", "gross_amount": "150000.00"},
                    []),
                   ("notify", payment("T-9", "settlement",
                                      metadata={"midtrans_invoice_id": "INV-9"}), [])])
    wait_until_processed(process, kafka, prefix)
    copies = [record for record in read(kafka, f"{prefix}.notifications")
              if record.header("sinyal_subjects")]
    assert len(copies) == 2
    half = copies[0]
    torn = "019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11"
    kafka.append(half.topic, dataclasses.replace(with_header(half, "sinyal_id", torn),
                                                 timestamp=half.timestamp - 120_000))
    wait_until_processed(process, kafka, prefix)
    assert verified(process)["torn"] == [torn]
    assert "torn          1  notifications are kept for a part" in verify(process).stdout


def test_what_it_cannot_compare_is_said_and_is_no_success(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest")
    missing = verify(process)
    assert missing.returncode == 1 and f"{prefix}.notifications" in missing.stderr
    assert verify(process, "--set", "kafka.partitions=many").returncode == 78
    process.start()
    subprocess.run([process.binary, "topics", "apply", "--config", str(process.config)],
                   check=True, capture_output=True, timeout=60, env=process.environment)
    assert process.recurring({"id": "x"}, RECURRING_TOKEN)[0] == 200
    unknown = verify(process)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "has committed no position" in unknown.stderr and "Hint: " in unknown.stderr


def test_it_ends_at_once_while_kafka_is_silent(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        words = [process.binary, "verify", "--config", str(process.config), "--set",
                 f"kafka.bootstrap_servers=127.0.0.1:{silent.getsockname()[1]}"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=process.environment) as running:
            silent.accept()
            running.send_signal(signal.SIGINT)
            out, _ = running.communicate(timeout=10)
    assert running.returncode in (1, -signal.SIGINT) and out == ""
