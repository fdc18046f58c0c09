"""kill -9 at random moments under load: nothing acknowledged is lost, nothing is doubled."""
import json
import random
import threading
import time

from support import payment, read, read_signals, until, wait_until_processed

RATE = 200  # notifications a second
STATUSES = ["pending", "settlement", "expire", "deny", "cancel"]


class Load(threading.Thread):
    """Posts at RATE until told to stop; remembers what was answered 200."""

    def __init__(self, process, seed):
        super().__init__(daemon=True)
        self.process = process
        self.generator = random.Random(seed)
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


def check_nothing_lost_or_doubled(kafka, prefix, load, sinyal):
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
    print(f"{len(load.accepted)} of {load.sent} answered 200, {len(raw)} raw, {total} signals")


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
    check_nothing_lost_or_doubled(kafka, prefix, load, sinyal)


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
    check_nothing_lost_or_doubled(kafka, prefix, load, sinyal)
