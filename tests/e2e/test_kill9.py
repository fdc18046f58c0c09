"""kill -9 at random moments under load: nothing acknowledged is lost, nothing is doubled."""
import json
import os
import random
import threading
import time

import pytest

from support import ends, payment, read, read_signals, until, wait_until_processed
from test_verify import verified

RATE = 200  # notifications a second
STATUSES = ["pending", "settlement", "expire", "deny", "cancel"]


class Load(threading.Thread):
    """Posts at RATE until told to stop; remembers what was answered 200."""

    def __init__(self, process, seed):
        super().__init__(daemon=True)
        self.process = process
        self.seed, self.generator = seed, random.Random(seed)
        self.accepted = {}
        self.sent = 0
        self.stopping = threading.Event()

    def run(self):
        connection = None
        due = time.monotonic()
        while not self.stopping.is_set():
            due += 1 / RATE
            body = json.dumps(payment(f"K-{self.generator.randrange(400)}",
                                      self.generator.choice(STATUSES)))
            self.sent += 1
            try:
                connection = connection or self.process.connection()
                status, headers, answer = self.process.notify(body, connection)
                if status == 200:
                    self.accepted[json.loads(answer)["id"]] = body.encode()
                if headers.get("Connection", "").lower() == "close":
                    connection = None
            except OSError:
                connection = None
            except Exception:  # http.client's own errors when the peer died in mid-answer
                connection = None
            self.stopping.wait(max(0, due - time.monotonic()))

    def finish(self):
        self.stopping.set()
        self.join()


def folded(kafka, prefix):
    """What a state topic comes to: of each key in each partition the last record, byte for byte.
    How a log was cut into batches shows in the positions' causes and times alone."""
    last = {}
    for record in read(kafka, f"{prefix}.state"):
        of_position = record.key == "position"
        last[record.partition, record.key] = record.value if of_position else record.identity()
    return last


def held_back(kafka, topic):
    """Whether an open transaction hides the end of a topic from read_committed."""
    return ends(kafka, topic, "read_committed") != ends(kafka, topic, "read_uncommitted")


def check_nothing_lost_or_doubled(kafka, prefix, load, sinyal, after):
    raw = read(kafka, f"{prefix}.notifications")
    by_id = {record.header("sinyal_id"): record.value for record in raw}
    lost = [one for one, body in load.accepted.items() if by_id.get(one) != body]
    assert not lost, f"{len(lost)} of {len(load.accepted)} acknowledged notifications are lost"

    reference_prefix = prefix + "-reference"
    reference = sinyal(kafka, reference_prefix, role="lifecycle", instance="reference",
                       kafka__source_prefix=prefix).start()
    wait_until_processed(reference, kafka, reference_prefix, raw=prefix)
    signals, expected = read_signals(kafka, prefix), read_signals(kafka, reference_prefix)
    total = 0
    ids, sequences = set(), {}
    for name, records in signals.items():
        assert [r.identity() for r in records] == [r.identity() for r in expected[name]], name
        for record in records:
            assert record.header("ce_id") not in ids, "published twice"
            ids.add(record.header("ce_id"))
            sequences.setdefault(record.key, []).append(int(record.header("ce_subjectsequence")))
        total += len(records)
    for key, numbers in sequences.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), key
    assert total > 0
    assert folded(kafka, prefix) == folded(kafka, reference_prefix), "the state differs"
    counts = verified(sinyal(kafka, prefix, role="lifecycle", instance="verify"))
    assert (counts["notifications"], counts["events"]) == (len(raw), total)
    print(f"{after}, seed {load.seed}: {len(load.accepted)} of {load.sent} answered 200, "
          f"{len(raw)} raw, {total} signals")


def test_kill_9_of_ingest_loses_nothing_that_was_acknowledged(kafka, prefix, sinyal, seed, rounds):
    generator = random.Random(seed)
    lifecycle = sinyal(kafka, prefix, role="lifecycle", instance="lc").start()
    ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
    load = Load(ingest, seed)
    load.start()
    for _ in range(rounds):
        until(lambda before=len(load.accepted): len(load.accepted) > before + 20, "load")
        time.sleep(generator.random())  # the random moment
        ingest.kill()
        ingest.start()
    load.finish()
    wait_until_processed(lifecycle, kafka, prefix)
    check_nothing_lost_or_doubled(kafka, prefix, load, sinyal, f"{rounds} kills")


def test_kill_9_of_lifecycle_loses_and_doubles_nothing(kafka, prefix, sinyal, seed, rounds):
    generator = random.Random(seed + 1)
    lifecycle = sinyal(kafka, prefix, role="lifecycle", instance="lc").start()
    ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
    load = Load(ingest, seed)
    load.start()
    for _ in range(rounds):
        until(lambda: lifecycle.metric("sinyal_transactions_total", result="committed") > 3,
              "transactions")
        time.sleep(generator.random())  # the random moment
        lifecycle.kill()
        lifecycle.start()
    load.finish()
    wait_until_processed(lifecycle, kafka, prefix)
    check_nothing_lost_or_doubled(kafka, prefix, load, sinyal, f"{rounds} kills")


@pytest.mark.skipif("SINYAL_ALL" not in os.environ, reason="takes its time: tests/run --all")
def test_a_crash_holds_readers_back_for_no_longer_than_is_documented(kafka, prefix, sinyal, seed):
    """The open transaction of a process that died, and does not come back, is given up after its
    timeout (10 s) by a scan that comes every 10 s."""
    generator = random.Random(seed + 4)
    longest = 0.0
    for number in range(5):
        lifecycle = sinyal(kafka, prefix, role="lifecycle", instance=f"lc{number}",
                           lifecycle__session_timeout_ms=6000).start()
        ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
        load = Load(ingest, seed + number)
        load.start()
        until(lambda process=lifecycle: process.metric("sinyal_transactions_total",
                                                       result="committed") > 3, "transactions")
        time.sleep(generator.random())  # the random moment
        lifecycle.kill()
        died = time.monotonic()
        load.finish()
        until(lambda: not held_back(kafka, f"{prefix}.state"), "readers go on")
        longest = max(longest, time.monotonic() - died)
        ingest.kill()
    print(f"readers were held back for up to {longest:.1f} s")
    assert longest <= 20 + 5
