"""Lifecycle: notifications a second from the raw log to committed signals and state, over a backlog
that waits in the log, beside a copy loop that reads the same and writes as much but does no work.
"""
import contextlib
import re
import statistics
import threading
import time

from confluent_kafka import Consumer, TopicPartition

from place import BUILD, OUT, OUTPUT_TOPICS, say, start_sinyal, stop_sinyal
from processes import PATIENCE, Process, cpu_seconds, memory_mib, until

BACKLOG = 400_000
PLAN_RECORDS = 1500  # raw records of one partition whose outputs the copy loop imitates
BATCH_WAIT_MS = 5    # lifecycle's default
SAMPLE_S = 0.1       # between two looks at Sinyal's metrics
RAW, WARM_UP = "bench-lifecycle", "bench-warm-up"  # prefixes of raw logs


class Progress:
    """How many notifications a process has finished, and its CPU time, as time passes."""

    def __init__(self):
        self.samples = []  # (seconds, notifications, CPU seconds)

    def add(self, at, count, pid):
        if count and (not self.samples or count > self.samples[-1][1]):
            self.samples.append((at, count, cpu_seconds(pid)))

    def count(self):
        return self.samples[-1][1] if self.samples else 0

    def figures(self):
        """From the first commit that was seen to the last, so that no start is in it."""
        (began, first, cpu), (ended, last, cpu_end) = self.samples[0], self.samples[-1]
        return {"rate": (last - first) / (ended - began), "notifications": last - first,
                "cpu_us": (cpu_end - cpu) / (last - first) * 1e6}


def facts(process):
    return int(sum(float(value) for value in re.findall(r"^sinyal_facts_total\{.*\} (\S+)$",
                                                        process.metrics(), re.M)))


def sinyal_turn(place, source, number, count):
    prefix = f"bench-sinyal-{number}"
    process = place.sinyal(prefix, "lifecycle", kafka__source_prefix=source,
                           admin__listen="127.0.0.1:0")
    try:
        start_sinyal(process, ready=False)
        progress, end = Progress(), time.monotonic() + 4 * PATIENCE
        while progress.count() < count:
            time.sleep(SAMPLE_S)
            progress.add(time.monotonic(), facts(process), process.process.pid)
            if time.monotonic() > end:
                raise TimeoutError(f"lifecycle handled {progress.count()} of {count}")
        return {**progress.figures(), "memory_mib": memory_mib(process.process.pid, "VmHWM")}
    finally:
        stop_sinyal(process)


@contextlib.contextmanager
def copy_loop(place, prefix, source, plan):
    """The copy loop at work, and its progress as it goes."""
    place.create_topics(prefix, OUTPUT_TOPICS)
    progress = Progress()
    command = [BUILD / "bench_copy_loop", place.kafka.address, source, prefix, BATCH_WAIT_MS, plan]
    with Process(prefix, command, OUT) as process:
        def follow():
            for line in process.child.stdout:
                at, count = line.split()
                progress.add(int(at) / 1e9, int(count), process.pid)
        follower = threading.Thread(target=follow)
        follower.start()
        yield process, progress
        process.child.terminate()
        follower.join()


def copy_turn(place, source, number, count, plan):
    with copy_loop(place, f"bench-copy-{number}", source, plan) as (process, progress):
        until(lambda: process.alive() and progress.count() >= count, "all is copied", 4 * PATIENCE)
        figures = {**progress.figures(), "memory_mib": memory_mib(process.pid, "VmHWM")}
    return figures


def outputs_of(place, prefix):
    """What was written for the first raw records of partition 0, in the order of their offsets."""
    consumer = Consumer({"bootstrap.servers": place.kafka.address, "group.id": "bench-plan",
                         "isolation.level": "read_committed", "enable.partition.eof": True})
    topics = [f"{prefix}.{name}" for name in OUTPUT_TOPICS]
    consumer.assign([TopicPartition(topic, 0, 0) for topic in topics])
    written, ended = {}, set()
    while len(ended) < len(topics):
        message = consumer.poll(10)
        if message is None:
            raise TimeoutError("no end of partition")
        if message.error():
            ended.add(message.topic())
            continue
        headers = message.headers() or []
        cause = next((value.decode() for name, value in headers if name == "sinyal_cause"), "0:0")
        offset = int(cause.split(":")[1])
        if offset >= PLAN_RECORDS or message.key() == b"position":
            continue
        bytes_of = [len(name) + len(value) for name, value in headers if name != "sinyal_cause"]
        written.setdefault(offset, []).append(
            f"{message.topic().removeprefix(prefix + '.')} {len(message.value())} "
            f"{len(bytes_of)} {sum(bytes_of)}")
    consumer.close()
    return [" ".join(written.get(offset, [])) for offset in range(max(written) + 1)]


def make_plan(place, prefix):
    plan = place.work / "plan"
    plan.write_text("\n".join(outputs_of(place, prefix)) + "\n")
    return plan


def warm_plan(place):
    """The plan, from a first short run, which also warms the broker."""
    plan = place.work / "plan"
    if not plan.exists():
        count = 5_000 if place.quick else 60_000
        say("lifecycle: a first run, which the copy loop's plan is taken from")
        place.create_topics(WARM_UP, ["notifications"])
        place.fill("raw", WARM_UP, count)
        sinyal_turn(place, WARM_UP, 0, count)
        make_plan(place, "bench-sinyal-0")
        copy_turn(place, WARM_UP, 0, count, plan)
        place.delete_topics(WARM_UP, "bench-sinyal-0", "bench-copy-0")
    return plan


def measure(place):
    plan = warm_plan(place)
    place.create_topics(RAW, ["notifications"])
    count = place.fill("raw", RAW, 15_000 if place.quick else BACKLOG)["records"]
    rounds = {"sinyal": [], "copy": []}
    for number in range(1, place.rounds + 1):
        for name, done in (("sinyal", lambda: sinyal_turn(place, RAW, number, count)),
                           ("copy", lambda: copy_turn(place, RAW, number, count, plan))):
            seen = done()
            place.delete_topics(f"bench-{name}-{number}")
            rounds[name].append(seen)
            say(f"lifecycle {number}/{place.rounds}: {name:6} {seen['rate']:8.0f}/s "
                f"{seen['cpu_us']:6.1f} µs CPU each")
    place.delete_topics(RAW)
    pairs = list(zip(rounds["sinyal"], rounds["copy"]))
    medians = {name: {key: statistics.median(each[key] for each in turns) for key in turns[0]}
               for name, turns in rounds.items()}
    return {"contenders": medians, "rounds": rounds, "backlog": count,
            "ratios": {key: statistics.median(a[key] / b[key] for a, b in pairs)
                       for key in ("rate", "cpu_us")}}
