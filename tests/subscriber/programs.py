"""Programs under test, their topics, and events as the broker publishes them."""
import copy
import json
import pathlib
import signal
import subprocess
import threading
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from support import CATALOGUE, until

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas" / "examples"
MERCHANT = "G141532850"
PARTITIONS = 3


def topic_of(name):
    return next(entry["topic"] for entry in CATALOGUE if entry["name"] == name)


class Event:
    """An example of the schemas, made to be about another subject."""

    def __init__(self, name, subject, sequence, merchant=MERCHANT, cause=None, **payment):
        example = json.loads((EXAMPLES / f"{name}.json").read_text())
        kind = name.split("_", 1)[0]
        self.signal, self.subject, self.sequence = name, subject, sequence
        self.key = f"{merchant}:{kind}:{subject}"
        self.value = copy.deepcopy(example["value"])
        self.headers = dict(example["headers"])
        self.value[kind]["order_id" if kind == "payment" else "id"] = subject
        self.value[kind].update(payment)
        self.id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.key} {name} {sequence}"))
        self.headers.update({
            "ce_id": self.id,
            "ce_source": f"/midtrans/{merchant}", "ce_subject": subject,
            "ce_subjectsequence": str(sequence), "ce_partitionkey": self.key,
            "sinyal_cause": f"0:{sequence if cause is None else cause}"})

    def bytes(self):
        return json.dumps(self.value, separators=(",", ":")).encode()

    def structured(self):
        """The same event in CloudEvents' structured mode, as the broker writes it."""
        whole = {name[3:]: value for name, value in self.headers.items() if name[:3] == "ce_"}
        whole["datacontenttype"] = "application/json"
        whole["data"] = self.value
        self.headers = {name: value for name, value in self.headers.items() if name[:3] != "ce_"}
        self.headers["content-type"] = "application/cloudevents+json; charset=UTF-8"
        text = json.dumps(whole).encode()
        self.bytes = lambda: text
        return self


class Topics:
    def __init__(self, kafka, prefix):
        self.kafka, self.prefix = kafka, prefix
        self.transactions = 0

    def name(self, signal_name):
        return f"{self.prefix}.{topic_of(signal_name)}"

    def create(self, *signals, partitions=PARTITIONS, **configuration):
        names = [name if "." in name else self.name(name) for name in signals]
        admin = self.kafka.admin()
        made = admin.create_topics(
            [NewTopic(name, partitions, 1, config=configuration) for name in names])
        for each in made.values():
            each.result(30)

    def producer(self, **more):
        return Producer({"bootstrap.servers": self.kafka.address, "partitioner": "murmur2_random",
                         "linger.ms": 5, **more})

    def publish(self, events, times=1):
        """Each event `times` times, in order, whatever its type: an Event, or (topic, fields)."""
        producer = self.producer()
        for event in events:
            for _ in range(times):
                self.produce(producer, event)
            producer.poll(0)
        assert producer.flush(30) == 0

    def produce(self, producer, event, **where):
        producer.produce(self.name(event.signal), event.bytes(), event.key,
                         headers=list(event.headers.items()), **where)

    def transaction(self, events, commit=True):
        self.transactions += 1
        producer = self.producer(**{"transactional.id": f"{self.prefix}-{self.transactions}"})
        producer.init_transactions(30)
        producer.begin_transaction()
        for event in events:
            self.produce(producer, event)
        producer.flush(30)
        (producer.commit_transaction if commit else producer.abort_transaction)(30)

    def committed(self, signal_name, group="g", partitions=PARTITIONS):
        """partition -> the group's committed offset, -1 where none is."""
        consumer = Consumer({"bootstrap.servers": self.kafka.address, "group.id": group})
        try:
            asked = [TopicPartition(self.name(signal_name), i) for i in range(partitions)]
            return {each.partition: max(each.offset, -1)
                    for each in consumer.committed(asked, timeout=20)}
        finally:
            consumer.close()


class Program:
    """A process whose lines of output are collected."""

    def __init__(self, *command, **how):
        self.command = command
        self.lines, self.errors = [], []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, **how)
        self.readers = [threading.Thread(target=self._collect, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.lines),
                                     (self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _collect(stream, to):
        for line in stream:
            to.append(line.rstrip("\n"))

    def handled(self):
        """(signal, subject, sequence, continuity, id, partition, offset) of each, in order."""
        rows = [line.split() for line in list(self.lines) if line.startswith("handled ")]
        return [(r[1], r[2], int(r[3]), r[4], r[5], int(r[6]), int(r[7])) for r in rows]

    def ids(self):
        return {row[4] for row in self.handled()}

    def wait_for(self, events, deadline=60):
        """Until all of these were handled."""
        wanted = {event.id for event in events}
        until(lambda: wanted <= self.ids() or self.process.poll() is not None, "handled", deadline)
        assert wanted <= self.ids(), "\n".join(self.errors)
        return self

    def statistics(self):
        names = ("handled", "retries", "rejected", "unknown", "gaps", "repeats", "lag")
        line = next(line for line in self.lines if line.startswith("statistics "))
        return dict(zip(names, map(int, line.split()[1:])))

    def stop(self, deadline=30):
        """SIGTERM, and a clean end."""
        self.process.send_signal(signal.SIGTERM)
        status = self.end(deadline)
        assert status == 0, (status, "\n".join(self.errors))
        return self

    def end(self, deadline=60):
        status = self.process.wait(deadline)
        for reader in self.readers:
            reader.join(10)
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def headers_of(record):
    """name -> text; asserts that none stands twice."""
    found = {}
    for name, value in record.headers:
        assert name not in found, f"{name} stands twice"
        found[name] = value.decode()
    return found
