"""Kafka frozen, thawed, killed and started again under load: answers in time and of the right kind,
nothing lost, memory bounded, and nobody restarts Sinyal."""
import collections
import json
import os
import pathlib
import threading
import time

import pytest

from support import payment, read, until, wait_until_processed

DEADLINE_MS = 1000
RESIDENT_MAX = 256 << 20  # bytes
CLIENTS = 8


class Machine(threading.Thread):
    """How late this machine wakes a thread: what an answer may be late without any fault of
    Sinyal's, and what no test can tell from it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.latest, self.stopping = 0.0, threading.Event()

    def run(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            time.sleep(0.005)
            self.latest = max(self.latest, time.monotonic() - begun - 0.005)


class Watch(threading.Thread):
    """Asks the admin port all the time, and looks at the memory."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.unready, self.resident = process, [], 0
        self.stopping = threading.Event()

    def run(self):
        status = pathlib.Path(f"/proc/{self.process.process.pid}/status")
        while not self.stopping.wait(0.25):
            code, text = self.process.admin_get("/readyz?verbose")
            if code != 200:
                self.unready.append((code, text))
            kilobytes = next(line.split()[1] for line in status.read_text().splitlines()
                             if line.startswith("VmRSS"))
            self.resident = max(self.resident, int(kilobytes) << 10)


class Client(threading.Thread):
    def __init__(self, process, number, rate):
        super().__init__(daemon=True)
        self.process, self.number, self.rate = process, number, rate
        self.answers, self.accepted = [], {}  # (when, status, seconds); id: body
        self.stopping = threading.Event()

    def run(self):
        connection, due, sent = self.process.connection(), time.monotonic(), 0
        while not self.stopping.is_set():
            due = max(due + 1 / self.rate, time.monotonic() - 1)  # a second is caught up with
            body = json.dumps(payment(f"O-{self.number}-{sent}", "settlement"))
            sent += 1
            begun = time.monotonic()
            status, headers, answer = self.process.notify(body, connection)
            self.answers.append((begun, status, time.monotonic() - begun))
            if status == 200:
                self.accepted[json.loads(answer)["id"]] = body.encode()
            if headers.get("Connection", "").lower() == "close":
                connection = self.process.connection()
            self.stopping.wait(max(0, due - time.monotonic()))


def wait(seconds):
    until(lambda since=time.monotonic(): time.monotonic() - since > seconds, "time", seconds + 60)


def outage(clients, begin, end):
    """End it when everybody has been refused; the answers of what was asked in between."""
    begin()
    begun = time.monotonic()
    until(lambda: all(c.answers and c.answers[-1][1] == 502 for c in clients), "502 for everybody")
    end()
    until(lambda: all(c.answers[-1][1] == 200 for c in clients), "200 for everybody", 240)
    return sorted(answer for client in clients for answer in list(client.answers)
                  if answer[0] > begun and answer[1] != 200)


@pytest.mark.skipif("SINYAL_ALL" not in os.environ, reason="takes its time: tests/run --all")
def test_every_answer_of_a_long_outage_is_in_time_and_nothing_is_lost(
        own_kafka, prefix, sinyal):
    minutes, rate = 5, 500
    ingest = sinyal(own_kafka, prefix, role="ingest", instance="in",
                    http__deadline_ms=DEADLINE_MS).start()
    lifecycle = sinyal(own_kafka, prefix, role="lifecycle", instance="lc").start()
    machine, watch = Machine(), Watch(ingest)
    clients = [Client(ingest, number, rate / CLIENTS) for number in range(CLIENTS)]
    for thread in (machine, watch, *clients):
        thread.start()
    pause = minutes * 60 / 5
    wait(pause)

    def frozen():
        wait(pause)
        own_kafka.thaw()

    def killed():
        wait(pause)
        own_kafka.start()
    refused = [outage(clients, own_kafka.freeze, frozen)]
    wait(pause)
    refused.append(outage(clients, lambda: own_kafka.stop("-9"), killed))
    for thread in (*clients, watch, machine):
        thread.stopping.set()
        thread.join()

    answers = [answer for client in clients for answer in client.answers]
    kinds = collections.Counter(status for _, status, _ in answers)
    slowest = max(seconds for _, _, seconds in answers)
    print(f"{dict(kinds)}, slowest {slowest:.3f} s, this machine {machine.latest:.3f} s late, "
          f"resident {watch.resident >> 20} MiB")
    assert set(kinds) == {200, 502, 504}
    assert slowest <= (DEADLINE_MS + 250) / 1000 + machine.latest
    for of_one in refused:
        assert of_one[0][1] == 504, "the first ones wait for their deadline"
        assert sum(status == 502 for _, status, _ in of_one) > CLIENTS
    assert watch.unready == [] and watch.resident < RESIDENT_MAX
    accepted = {one: body for client in clients for one, body in client.accepted.items()}
    stored = {record.header("sinyal_id"): record.value
              for record in read(own_kafka, f"{prefix}.notifications")}
    assert all(stored.get(one) == body for one, body in accepted.items())
    wait_until_processed(lifecycle, own_kafka, prefix)
    assert ingest.process.poll() is None and lifecycle.process.poll() is None
    settled = [record.key for record in read(own_kafka, f"{prefix}.payment.settled")]
    assert len(settled) == len(set(settled)) and len(settled) >= len(accepted)
