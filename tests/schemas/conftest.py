"""One real Apache Kafka, and the whole story of tests/e2e told to it once in each mode."""
import dataclasses
import json
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from support import (CATALOGUE, Kafka, PARTITIONS, Sinyal, payment,  # pylint: disable=C0413
                     wait_until_processed)
from test_all_signals import STORY  # pylint: disable=C0413

import everything  # pylint: disable=C0413

TOPICS = ["notifications", "state", "quarantine", *(signal["topic"] for signal in CATALOGUE)]
# Beside the story: two payments of one order, and what goes to quarantine.
MORE = [("notify", payment("B-1", "settlement", transaction_id="tx-B-1a")),
        ("notify", payment("B-1", "settlement", transaction_id="tx-B-1b")),
        ("notify", payment("B-1", "settlement", amount="1.00", transaction_id="tx-B-1a"))]


@dataclasses.dataclass(frozen=True)
class Told:
    """What one broker wrote."""
    prefix: str
    records: list  # of all topics

    def of(self, topic):
        return [each for each in self.records if each.topic == f"{self.prefix}.{topic}"]

    def signals(self):
        logs = {f"{self.prefix}.{name}" for name in TOPICS[:3]}
        return [each for each in self.records if each.topic not in logs]


@pytest.fixture(name="kafka", scope="session")
def kafka_fixture(tmp_path_factory):
    broker = Kafka(ROOT, tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(name="serve", scope="session")
def serve_fixture(kafka, tmp_path_factory):
    """Starts brokers that end with the session: serve(prefix, **settings)."""
    made = []

    def serve(prefix, **settings):
        process = Sinyal(ROOT, tmp_path_factory.mktemp(prefix), kafka, prefix, **settings)
        made.append(process)
        return process.start()

    yield serve
    for process in made:
        process.kill()
        print(f"--- the log of {process.prefix} ended with", *process.lines[-20:], sep="\n")


def tell(process):
    for how, body, *_ in [*STORY, *MORE]:
        post = {"notify": process.notify, "recurring": process.recurring}.get(how)
        status, _, answer = post(body) if post else process.document(how, body)
        assert status == 200, (how, body, answer)


@pytest.fixture(name="told", scope="session", params=["binary", "structured"])
def told_fixture(request, kafka, serve):
    prefix = f"told.{request.param}"
    process = serve(prefix, lifecycle__event_format=request.param)
    tell(process)
    wait_until_processed(process, kafka, prefix)
    process.kill()
    counts = {f"{prefix}.{topic}": PARTITIONS for topic in TOPICS}
    records = sorted(everything.read_all(kafka, counts),
                     key=lambda each: (each.topic, each.partition, each.offset))
    assert {each.topic for each in records} == set(counts), "a topic has no record"
    return Told(prefix, records)


def changed(record, value=None, headers=None, **fields):
    """A copy of a record; `value` changes its JSON, `headers` its headers (None: left out)."""
    if value is not None:
        document = json.loads(record.value)
        value(document)
        fields["value"] = json.dumps(document).encode()
    if headers is not None:
        kept = {name: each for name, each in record.headers}
        kept.update({name: text and text.encode() for name, text in headers.items()})
        fields["headers"] = tuple((name, each) for name, each in kept.items() if each is not None)
    return dataclasses.replace(record, **fields)
