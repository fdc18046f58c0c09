"""Where everything is: the repository's files, the Kafka of this run, its topics."""
import dataclasses
import json
import os
import pathlib
import subprocess
import sys

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import NewTopic

from processes import until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from support import CATALOGUE, Kafka, Sinyal  # pylint: disable=wrong-import-position

HERE = ROOT / "tests" / "bench"
BUILD = ROOT / "build" / "release" / "tests" / "bench"
OUT = ROOT / "build" / "bench"
PARTITIONS = 12  # the configuration's default
STATE_TOPIC = {"cleanup.policy": "compact", "segment.bytes": "67108864",
               "min.cleanable.dirty.ratio": "0.1", "delete.retention.ms": "86400000"}
START_PATIENCE = 300.0  # seconds: a restore is part of becoming ready
MERCHANT, SERVER_KEY = "G141532850", "SB-Mid-server-benchmark"
OUTPUT_TOPICS = [entry["topic"] for entry in CATALOGUE] + ["state", "quarantine"]


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def run(*command):
    """What a program of ours printed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


@dataclasses.dataclass
class Place:
    """One run: its broker, and how long things may take."""
    kafka: Kafka
    work: pathlib.Path  # a directory of its own
    seconds: int
    rounds: int
    quick: bool

    @property
    def broker_pid(self):
        return int((pathlib.Path(self.kafka.directory) / "pid").read_text())

    def fill(self, what, prefix, count):
        """`what`: raw or state; says what was written."""
        return json.loads(run(BUILD / "bench_fill", what, self.kafka.address, prefix, PARTITIONS,
                              count))

    def bodies(self, name, count):
        """A file of notifications, one a line."""
        path = self.work / f"{name}-{count}.jsonl"
        if not path.exists():
            path.write_text(run(BUILD / "bench_bodies", name, count))
        return path

    def create_topics(self, prefix, names):
        admin = self.kafka.admin()  # it must outlive what it is waited for
        topics = [NewTopic(f"{prefix}.{name}", PARTITIONS, 1,
                           config=STATE_TOPIC if name == "state" else {}) for name in names]
        for each in admin.create_topics(topics).values():
            each.result(60)

    def delete_topics(self, *prefixes):
        admin = self.kafka.admin()
        names = [name for prefix in prefixes for name in self.kafka.topics(prefix)]
        for each in admin.delete_topics(names).values() if names else []:
            each.result(60)

    def end_offsets(self, topic):
        """The sum over its partitions."""
        consumer = Consumer({"bootstrap.servers": self.kafka.address, "group.id": "bench-ends"})
        try:
            return sum(consumer.get_watermark_offsets(TopicPartition(topic, number), 20)[1]
                       for number in range(PARTITIONS))
        finally:
            consumer.close()

    def sinyal(self, prefix, role, **settings):
        """A Sinyal on this broker, as configured by default; not yet started."""
        made = Sinyal(ROOT, self.work, self.kafka, prefix, role, kafka__partitions=PARTITIONS,
                      **settings)
        text = made.config.read_text().split("[[merchants]]")[0]
        made.config.write_text(f'{text}[[merchants]]\nid = "{MERCHANT}"\n'
                               'server_keys = ["env:BENCH_SERVER_KEY"]\n')
        made.environment = {**os.environ, "BENCH_SERVER_KEY": SERVER_KEY}
        return made


def start_sinyal(process, ready=True):
    """Until it listens, and is ready if that is wanted."""
    process.start(wait=False)

    def listening():
        if process.process.poll() is not None:
            raise RuntimeError("Sinyal ended: " + "".join(process.lines[-20:]))
        return process.find("listening")
    found = until(listening, "Sinyal listens", START_PATIENCE)
    process.http, process.admin = found.get("http"), found["admin"]
    if ready:
        until(process.ready, "Sinyal is ready", START_PATIENCE)


def stop_sinyal(process):
    """As an orchestrator would."""
    if process.process is not None and process.process.poll() is None:
        process.terminate()
        process.wait(30)
