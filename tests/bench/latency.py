"""From a notification's answer to its signal being readable under read_committed, at a constant
500/s (vegeta, open loop), beside the copy loop behind the same ingest.

Answered: vegeta's start of the request plus its latency. Readable: when a consumer that sits at the
topics' ends has the record in hand. Both are the machine's own clock. A signal names its raw record
(header sinyal_cause), and that one its request.
"""
import base64
import contextlib
import json
import statistics
import subprocess
import threading
import time

from confluent_kafka import Consumer, TopicPartition

import lifecycle
from place import MERCHANT, OUT, OUTPUT_TOPICS, PARTITIONS, say, start_sinyal, stop_sinyal
from processes import PATIENCE

RATE = 500
WARM_UP_S = 4
QUIET_S = 3  # after the last signal: more than any transaction takes


class Probe:
    """Reads signals at the end of their topics, and notes when each was readable."""

    def __init__(self, place, prefix):
        self.consumer = Consumer({"bootstrap.servers": place.kafka.address, "group.id": "probe",
                                  "isolation.level": "read_committed",
                                  "enable.auto.commit": False})
        self.consumer.assign([TopicPartition(f"{prefix}.{name}", number, 0)
                              for name in OUTPUT_TOPICS if name not in ("state", "quarantine")
                              for number in range(PARTITIONS)])
        self.readable = {}  # raw record -> nanoseconds of the clock
        self.stopped = False
        self.thread = threading.Thread(target=self.follow)
        self.thread.start()

    def follow(self):
        while not self.stopped:
            message = self.consumer.poll(0.1)
            if message is None or message.error():
                continue
            now = time.time_ns()
            for name, value in message.headers() or []:
                if name == "sinyal_cause":
                    self.readable.setdefault(value.decode(), now)

    def stop(self):
        self.stopped = True
        self.thread.join()
        self.consumer.close()


def targets(place, url, bodies, count):
    """vegeta's targets. The number in the query tells the answers apart; Sinyal ignores it."""
    path = place.work / "targets.json"
    with path.open("w") as out, bodies.open() as lines:
        for number, body in zip(range(count), lines):
            json.dump({"method": "POST", "url": f"{url}?{number}",
                       "header": {"Content-Type": ["application/json"]},
                       "body": base64.b64encode(body.rstrip("\n").encode()).decode()}, out)
            out.write("\n")
    return path


def attack(place, path, seconds):
    """When each request was answered with 200, in nanoseconds of the clock, by its number; how
    long the answers took."""
    results = place.work / "results.bin"
    subprocess.run([OUT / "vegeta", "attack", "-format=json", f"-targets={path}", f"-rate={RATE}",
                    f"-duration={seconds}s", "-connections=64", "-max-workers=256", "-timeout=10s",
                    f"-output={results}"], check=True)
    csv = subprocess.run([OUT / "vegeta", "encode", "--to=csv", results], check=True,
                         capture_output=True, text=True).stdout
    answered, took = {}, []
    for line in csv.splitlines():
        began, code, latency, *others = line.split(",")
        if code != "200":
            continue
        url = next(each for each in others if each.startswith("http://"))
        answered[int(url.split("?")[1])] = int(began) + int(latency)
        took.append(int(latency) / 1e6)
    if len(took) < RATE * seconds:
        say(f"latency: {RATE * seconds - len(took)} requests of {RATE * seconds} were not "
            "answered with 200, and don't count")
    return answered, took


def raw_records(place, prefix, bodies):
    """`<partition>:<offset>` of each request's record, by the request's number. A body that was
    sent twice has two numbers: its records take them in turn."""
    numbers = {}
    with bodies.open("rb") as lines:
        for number, body in enumerate(lines):
            numbers.setdefault(body.rstrip(b"\n"), []).append(number)
    topic = f"{prefix}.notifications"
    left = place.end_offsets(topic)
    consumer = Consumer({"bootstrap.servers": place.kafka.address, "group.id": "bench-raw"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    found = {}
    while left > 0:
        message = consumer.poll(10)
        if message is None or message.error():
            raise RuntimeError("the raw log could not be read back")
        found[numbers[message.value()].pop(0)] = f"{message.partition()}:{message.offset()}"
        left -= 1
    consumer.close()
    return found


@contextlib.contextmanager
def behind(place, name, prefix, plan):
    """Lifecycle or the copy loop, reading what ingest appends under `prefix`; where it writes."""
    if name == "copy":
        with lifecycle.copy_loop(place, f"{prefix}-out", prefix, plan):
            yield f"{prefix}-out"  # that it joins its group is a part of the warm-up
        return
    process = place.sinyal(prefix, "lifecycle", instance="lifecycle", admin__listen="127.0.0.1:0")
    try:
        start_sinyal(process)
        yield prefix
    finally:
        stop_sinyal(process)


def turn(place, name, number, plan, seconds):
    """`seconds` that are measured, behind WARM_UP_S that are not."""
    prefix = f"bench-{name}-latency-{number}"
    seconds += WARM_UP_S
    bodies = place.bodies("SHOP", RATE * seconds)
    ingest = place.sinyal(prefix, "ingest", instance="ingest", admin__listen="127.0.0.1:0")
    try:
        start_sinyal(ingest)
        url = f"http://{ingest.http}/v1/midtrans/{MERCHANT}/notifications"
        path = targets(place, url, bodies, RATE * seconds)
        with behind(place, name, prefix, plan) as output:
            probe = Probe(place, output)
            try:
                answered, took = attack(place, path, seconds)
                causes = raw_records(place, prefix, bodies)
                wait_for_quiet(probe)
            finally:
                probe.stop()
    finally:
        stop_sinyal(ingest)
    measured = [(probe.readable[cause] - answered[number]) / 1e6
                for number, cause in causes.items()
                if cause in probe.readable and number in answered
                and number >= WARM_UP_S * RATE]
    place.delete_topics(prefix, f"{prefix}-out")
    return {**quantiles(measured), "signals": len(measured), "answer": quantiles(took)}


def wait_for_quiet(probe):
    """Until signals have come and no further one does."""
    end, last, since = time.monotonic() + PATIENCE, 0, time.monotonic()
    while not last or time.monotonic() - since < QUIET_S:
        if time.monotonic() > end:
            raise TimeoutError(f"signals came, or did not, for {PATIENCE:.0f} s: {last}")
        if len(probe.readable) != last:
            last, since = len(probe.readable), time.monotonic()
        time.sleep(0.1)


def quantiles(values):
    ordered = sorted(values)
    return {"p50_ms": ordered[len(ordered) // 2], "p99_ms": ordered[len(ordered) * 99 // 100],
            "max_ms": ordered[-1]}


def measure(place):
    plan = lifecycle.warm_plan(place)
    seconds = place.seconds * 5 // 2
    # A broker that has never had this load is slow for whoever brings it first.
    turn(place, "sinyal", "warm", plan, seconds // 2)
    rounds = {"sinyal": [], "copy": []}
    for number in range(max(1, place.rounds - 1)):
        for name in list(rounds) if number % 2 == 0 else reversed(rounds):
            seen = turn(place, name, number, plan, seconds)
            rounds[name].append(seen)
            say(f"latency {name:6} p50 {seen['p50_ms']:.1f} ms, p99 {seen['p99_ms']:.1f} ms, "
                f"max {seen['max_ms']:.1f} ms of {seen['signals']} signals")
    pairs = list(zip(rounds["sinyal"], rounds["copy"]))
    keys = ("p50_ms", "p99_ms", "max_ms")
    return {"contenders": {name: {key: statistics.median(each[key] for each in turns)
                                  for key in keys} for name, turns in rounds.items()},
            "rounds": rounds, "rate": RATE,
            "ratios": {key: statistics.median(a[key] / b[key] for a, b in pairs) for key in keys}}
