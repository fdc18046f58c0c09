"""What the end-to-end tests share: Kafka, Sinyal, signed notifications, and reading topics back.

confluent-kafka brings a librdkafka of its own, much newer than the one under test: what it reads
is what other people's consumers will read.
"""
import dataclasses
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions

MERCHANT = "G123456789"
SERVER_KEY = "SB-Mid-server-sinyal-test"
PREVIOUS_KEY = "SB-Mid-server-sinyal-test-previous"
RECURRING_TOKEN = "recurring-token-of-the-tests"
API_TOKEN = "api-token-of-the-tests"
PARTITIONS = 3
DEADLINE = 60.0  # seconds that anything may take before a test gives up

CATALOGUE = json.loads((pathlib.Path(__file__).resolve().parent.parent.parent / "schemas" /
                        "catalogue.json").read_text())["signals"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def until(condition, what, deadline=DEADLINE):
    """Polls until condition() is true and returns what it returned."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.02)


class Kafka:
    """An Apache Kafka of one node, started by deploy/kafka."""

    def __init__(self, root, directory):
        self.script = str(root / "deploy" / "kafka")
        self.directory = directory
        self.address = None

    def run(self, *arguments):
        done = subprocess.run([self.script, *arguments], capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self):
        self.address = self.run("start", str(self.directory))

    def stop(self, *how):
        self.run("stop", str(self.directory), *how)

    def freeze(self):
        self.run("freeze", str(self.directory))

    def alive(self):
        """Whether it was not stopped."""
        return (pathlib.Path(self.directory) / "pid").exists()

    def thaw(self):
        if self.alive():
            self.run("thaw", str(self.directory))

    def admin(self):
        return AdminClient({"bootstrap.servers": self.address})

    def append(self, topic, record):
        """A copy of a record, of whatever topic it was."""
        producer = Producer({"bootstrap.servers": self.address})
        producer.produce(topic, record.value, record.key, record.partition,
                         timestamp=record.timestamp, headers=list(record.headers))
        assert producer.flush(20) == 0

    def grow(self, topic, partitions):
        admin = self.admin()  # it has to outlive the answer
        admin.create_partitions([NewPartitions(topic, partitions)])[topic].result()

    def topics(self, prefix):
        metadata = self.admin().list_topics(timeout=20).topics
        return {name: topic for name, topic in metadata.items() if name.startswith(prefix + ".")}


@dataclasses.dataclass(frozen=True)
class Record:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: str
    value: bytes
    headers: tuple

    def header(self, name):
        found = [value.decode() for header, value in self.headers if header == name]
        assert len(found) <= 1, f"{name} stands {len(found)} times"
        return found[0] if found else None

    def json(self):
        return json.loads(self.value)

    def identity(self):
        """All that must be equal when the same log is processed again; never the offset."""
        return (self.partition, self.timestamp, self.key, self.value, self.headers)


def read(kafka, topic, isolation="read_committed"):
    """Every record of a topic, each partition to its end, in order of partition and offset."""
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": "reader",
                         "enable.auto.commit": False, "isolation.level": isolation,
                         "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    try:
        partitions = consumer.list_topics(topic, timeout=20).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        records, ended = [], set()
        end = time.monotonic() + DEADLINE
        while len(ended) < len(partitions):
            assert time.monotonic() < end, f"{topic}: no end of partition"
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                if message.error().name() != "_PARTITION_EOF":
                    raise KafkaException(message.error())
                ended.add(message.partition())
                continue
            records.append(Record(topic, message.partition(), message.offset(),
                                  message.timestamp()[1],
                                  message.key().decode() if message.key() is not None else None,
                                  message.value(), tuple(message.headers() or ())))
        return sorted(records, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()


def ends(kafka, topic, isolation="read_committed"):
    """Each partition's end, as a reader of this isolation is told it."""
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": "ends",
                         "isolation.level": isolation})
    try:
        return {number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=10)[1]
                for number in range(PARTITIONS)}
    finally:
        consumer.close()


def read_signals(kafka, prefix):
    """All signals of a prefix, topic by topic."""
    return {entry["name"]: read(kafka, f"{prefix}.{entry['topic']}") for entry in CATALOGUE}


def count_signals(kafka, prefix):
    return sum(len(records) for records in read_signals(kafka, prefix).values())


def wait_until_processed(sinyal, kafka, prefix, raw=None):
    """Until lifecycle's committed position has reached the raw log's end."""
    until(lambda: sinyal.ready() and committed_all(kafka, sinyal, raw or prefix, prefix),
          "processed")


def committed_all(kafka, sinyal, raw_prefix, prefix):
    """Whether the group's committed offsets are past every record of the raw log."""
    topic = f"{raw_prefix}.notifications"
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": f"{prefix}-{sinyal.group}",
                         "enable.auto.commit": False})
    try:
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        try:
            committed = consumer.committed(partitions, timeout=10)
        except KafkaException:
            return False
        for each in committed:
            low, high = consumer.get_watermark_offsets(each, timeout=10)
            if max(each.offset, low) < high:
                return False
        return True
    finally:
        consumer.close()


def signature(order_id, status_code, gross_amount, key=SERVER_KEY):
    return hashlib.sha512(f"{order_id}{status_code}{gross_amount}{key}".encode()).hexdigest()


def payment(order_id, status, amount="150000.00", code=None, key=SERVER_KEY, **fields):
    """A signed payment notification; fields that are None are left out."""
    codes = {"pending": "201", "deny": "202", "cancel": "202", "expire": "202", "failure": "202"}
    code = code or codes.get(status, "200")
    body = {
        "transaction_time": "2026-11-20 09:10:00",
        "transaction_status": status,
        "transaction_id": f"tx-{order_id}",
        "status_message": "a notification of the tests",
        "status_code": code,
        "signature_key": signature(order_id, code, amount, key),
        "payment_type": "bank_transfer",
        "order_id": order_id,
        "merchant_id": MERCHANT,
        "gross_amount": amount,
        "fraud_status": "accept",
        "currency": "IDR",
    }
    if body["payment_type"] == "bank_transfer":
        body["va_numbers"] = [{"va_number": "12345678901", "bank": "bca"}]
    body.update(fields)
    return {name: value for name, value in body.items() if value is not None}


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(each)}' for key, each in value.items()) + "}"
    return json.dumps(value)


class Sinyal:
    """A `sinyal serve` process with a configuration file of its own."""

    def __init__(self, root, directory, kafka, prefix, role="all", instance="i1",
                 group="sinyal-lifecycle", **settings):
        self.root, self.kafka, self.prefix = root, kafka, prefix
        self.role, self.instance, self.group = role, instance, group
        self.settings = settings
        self.config = directory / f"{prefix}-{instance}-{role}.toml"
        self.environment = {**os.environ, "TEST_SERVER_KEY": SERVER_KEY,
                            "TEST_PREVIOUS_KEY": PREVIOUS_KEY, "TEST_TOKEN": RECURRING_TOKEN,
                            "TEST_API_TOKEN": API_TOKEN}
        self.write_config()
        self.process = None
        self.lines = []

    def write_config(self):
        sections = {
            "http": {"listen": "127.0.0.1:0", "drain_delay_ms": 0, "drain_timeout_ms": 5000},
            "admin": {"listen": "127.0.0.1:0"},
            "kafka": {"bootstrap_servers": self.kafka.address, "topic_prefix": self.prefix,
                      "partitions": PARTITIONS, "replication_factor": 1, "create_topics": True,
                      "allow_single_copy": True},
            "lifecycle": {"instance": self.instance, "group": self.group},
            "log": {"level": "info"},
        }
        for name, value in self.settings.items():
            section, key = name.split("__", 1)
            sections.setdefault(section, {})[key] = value
        text = ""
        for section, keys in sections.items():
            text += f"[{section}]\n"
            text += "".join(f"{key} = {toml(value)}\n" for key, value in keys.items())
        text += (f'[[merchants]]\nid = "{MERCHANT}"\n'
                 'server_keys = ["env:TEST_SERVER_KEY", "env:TEST_PREVIOUS_KEY"]\n'
                 'recurring_tokens = ["env:TEST_TOKEN"]\napi_tokens = ["env:TEST_API_TOKEN"]\n')
        self.config.write_text(text)

    @property
    def binary(self):
        return os.environ.get("SINYAL_BINARY", str(self.root / "build" / "release" / "sinyal"))

    def start(self, wait=True):
        self.lines = []
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", str(self.config), "--role", self.role],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.environment)
        threading.Thread(target=self._collect, args=(self.process,), daemon=True).start()
        if wait:
            self.listen()
            until(self.ready, "ready")
        return self

    def listen(self):
        listening = until(lambda: self.find("listening") or self.ended(), "listening")
        assert listening is not True, "".join(self.lines)
        self.http = listening.get("http")
        self.admin = listening["admin"]
        return self

    def _collect(self, process):
        for line in process.stderr:
            self.lines.append(line)

    def ended(self):
        return self.process.poll() is not None

    def find(self, message):
        for line in list(self.lines):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if entry.get("msg") == message:
                return entry
        return None

    def admin_get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.admin}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self):
        return self.admin_get("/readyz")[0] == 200

    def metrics(self):
        return self.admin_get("/metrics")[1]

    def metric(self, name, **labels):
        """The value of one sample; 0 when it is not there."""
        for line in self.metrics().splitlines():
            match = re.match(r"([a-z_]+)(?:\{([^}]*)\})? (\S+)$", line)
            if not match or match.group(1) != name:
                continue
            found = dict(re.findall(r'(\w+)="([^"]*)"', match.group(2) or ""))
            if all(found.get(label) == value for label, value in labels.items()):
                return float(match.group(3))
        return 0.0

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def wait(self, deadline=DEADLINE):
        return self.process.wait(deadline)

    def connection(self):
        host, port = self.http.rsplit(":", 1)
        return http.client.HTTPConnection(host, int(port), timeout=20)

    def post(self, path, body, connection=None, **headers):
        """(status, headers, body) of one POST; body may be bytes, text or an object."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        own = connection is None
        connection = connection or self.connection()
        try:
            connection.request("POST", path, body,
                               {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            if own:
                connection.close()

    def notify(self, body, connection=None):
        return self.post(f"/v1/midtrans/{MERCHANT}/notifications", body, connection)

    def recurring(self, body, token=RECURRING_TOKEN):
        return self.post(f"/v1/midtrans/{MERCHANT}/recurring/{token}", body)

    def document(self, kind, body, token=API_TOKEN):
        return self.post(f"/v1/midtrans/{MERCHANT}/{kind}", body,
                         Authorization=f"Bearer {token}")
