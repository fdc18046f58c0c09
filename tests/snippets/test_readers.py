"""The four readers, run as their pages say: each order is shipped once, whatever comes again.

The folders are those of connectors/; the commands are the pages', with this Kafka's address, group
and topic in the place of the examples'.
"""
import json
import re
import shutil
import signal
import sqlite3
import time
import uuid

import pytest
from confluent_kafka import Consumer, ConsumerGroupState, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from conftest import ORDERS, PAID_TWICE, ROOT, TOPIC
from pages import Page
from support import PARTITIONS, read, until

LANGUAGES = ["python", "go", "java", "node"]
NEEDS = {"python": "python3", "go": "go", "java": "javac", "node": "node"}


class Reader:
    def __init__(self, kafka, language, directory):
        self.kafka, self.language = kafka, language
        self.page = Page(ROOT / "connectors" / language / "README.md", directory / language)
        self.database = self.page.directory / "shop.sqlite3"
        self.group, self.installed = None, False

    def start(self, group, topic=TOPIC):
        """The first time with all that the page installs."""
        self.group = f"{self.language}-{group}"
        self.start_with(self.kafka.address, self.group, topic)

    def start_with(self, *arguments):
        self.page.start({f"127.0.0.1:9092 shop-{self.language} midtrans.payment.settled":
                         " ".join(arguments)}, self.installed)
        self.installed = True

    def said_with(self, *arguments):
        """Its status and the lines of it alone, not of what is installed before it."""
        if not self.installed:
            self.start_with()
            self.page.ended(600)
        self.start_with(*arguments)
        return self.page.ended(60), self.page.lines

    def shipped(self):
        return self.rows("SELECT order_id, amount FROM shipments")

    def seen(self):
        return [row[0] for row in self.rows("SELECT ce_id FROM seen")]

    def rows(self, query):
        if not self.database.exists():
            return []
        connection = sqlite3.connect(self.database, timeout=20)
        try:
            return sorted(connection.execute(query).fetchall())
        except sqlite3.OperationalError:
            return []  # not made yet
        finally:
            connection.close()

    def wait_for(self, count):
        self.page.wait_for(lambda: len(self.shipped()) >= count, f"{count} orders are shipped")

    def stop(self, number):
        """Gracefully: it leaves its group. A JVM reports the signal all the same."""
        assert self.page.stop(number) == (128 + number if self.language == "java" else 0)
        assert not self.described().members, "it has not left its group"

    def described(self):
        admin = self.kafka.admin()
        return admin.describe_consumer_groups([self.group])[self.group].result(30)

    def committed(self, topic, partitions):
        """Its group's position by partition, negative where there is none."""
        consumer = Consumer({"bootstrap.servers": self.kafka.address, "group.id": self.group})
        try:
            return {each.partition: each.offset for each in consumer.committed(
                [TopicPartition(topic, number) for number in partitions], 20)}
        finally:
            consumer.close()

    def wait_until_read(self):
        """Until its group has committed a position past the last event of every partition."""
        last = {record.partition: record.offset for record in read(self.kafka, TOPIC)}
        until(lambda: all(offset > last[number] for number, offset in self.committed(
            TOPIC, last).items()), "all is read", 180)


@pytest.fixture(name="reader", scope="module", params=LANGUAGES)
def reader_fixture(request, kafka, tmp_path_factory):
    assert shutil.which(NEEDS[request.param]), f"{NEEDS[request.param]} is not installed"
    made = Reader(kafka, request.param, tmp_path_factory.mktemp("reader"))
    yield made
    made.page.kill()
    print(*made.page.lines[-20:], sep="\n")


def deliver_again(kafka):
    """Every event once more, on another partition."""
    producer = Producer({"bootstrap.servers": kafka.address})
    for record in read(kafka, TOPIC):
        producer.produce(TOPIC, key=record.key, value=record.value, headers=list(record.headers),
                         partition=(record.partition + 1) % PARTITIONS)
    assert producer.flush(30) == 0


def publish_what_must_not_be_shipped(kafka):
    """An event that is taken back, and one of a version that nobody knows yet."""
    event = next(iter(read(kafka, TOPIC)))
    value = event.value.replace(event.header("ce_subject").encode(), b"WRONG")
    headers = {**dict(event.headers), "ce_id": str(uuid.uuid4())}
    producer = Producer({"bootstrap.servers": kafka.address,
                         "transactional.id": str(uuid.uuid4())})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(TOPIC, value=value, headers=headers, partition=0)
    assert producer.flush(30) == 0
    producer.abort_transaction(30)
    producer.begin_transaction()
    producer.produce(TOPIC, value=value, partition=0,
                     headers={**headers, "ce_type": "sinyal.payment.settled.v2"})
    producer.commit_transaction(30)


def test_each_order_is_shipped_once_through_repetition_kill_and_replay(reader, kafka):
    # the order that two attempts paid once, the one of which a part went back not at all
    expected = sorted((order, "150000.00") for order in [*ORDERS, PAID_TWICE])
    publish_what_must_not_be_shipped(kafka)
    reader.start("a")
    reader.wait_for(1)
    reader.page.kill()  # kill -9, somewhere in the middle
    deliver_again(kafka)
    # a new group, so everything from the beginning; the old one would first wait for the dead
    said = reader.page.lines
    reader.start("b")
    reader.wait_until_read()
    reader.stop(signal.SIGTERM)
    assert reader.shipped() == expected
    (promised,) = re.findall("^It prints `(ship [^`]+)`", reader.page.page.read_text(), re.M)
    assert any(line.replace(order, "DEMO-VA-a6291697") == promised
               for line in said + reader.page.lines for order in ORDERS)
    reader.start("c")  # a replay
    reader.wait_until_read()
    reader.stop(signal.SIGINT)
    assert reader.shipped() == expected
    assert any("skipped sinyal.payment.settled.v2" in line for line in reader.page.lines)


def test_without_its_arguments_a_reader_says_in_one_line_which_it_takes(reader):
    status, (line,) = reader.said_with()
    assert line.startswith("usage: ") and line.endswith(" BOOTSTRAP_SERVERS GROUP TOPIC")
    assert status == 2


@pytest.mark.parametrize("reader", ["node"], indirect=True)
def test_a_node_that_is_too_old_is_told_which_is_needed(reader, monkeypatch):
    monkeypatch.setitem(reader.page.environment, "NODE_OPTIONS", "--no-experimental-sqlite")
    status, (line,) = reader.said_with("127.0.0.1:1", "a", TOPIC)
    assert line.startswith("Node 22.13 or later is needed") and status == 1


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere.invalid:9092"])
def test_an_address_where_no_kafka_answers_ends_the_reader_in_one_line_that_names_it(
        reader, address):
    status, (line,) = reader.said_with(address, "a", TOPIC)
    assert address in line and status == 1


@pytest.mark.parametrize("reader", ["go"], indirect=True)
def test_a_reader_that_waits_for_one_that_was_killed_is_stopped_in_seconds(reader):
    reader.start("killed")
    until(lambda: reader.described().state == ConsumerGroupState.STABLE, "it has joined", 600)
    reader.page.kill()
    reader.start("killed")
    until(lambda: reader.described().state == ConsumerGroupState.PREPARING_REBALANCING, "it waits")
    begun = time.monotonic()
    reader.stop(signal.SIGINT)
    assert time.monotonic() - begun < 15


def test_a_handler_that_fails_ends_the_reader_and_commits_nothing(reader, kafka):
    topic = f"broken.{reader.language}"
    admin = kafka.admin()  # it has to outlive the answer
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": kafka.address})
    payment = {"order_id": topic, "gross_amount": "1.00"}
    producer.produce(topic, value=json.dumps({"payment": payment}), partition=0, headers={
        "ce_type": "sinyal.payment.settled.v1", "ce_id": topic, "ce_orderstatus": "paid"})
    assert producer.flush(30) == 0
    with sqlite3.connect(reader.database) as database:
        database.executescript(
            "CREATE TABLE IF NOT EXISTS shipments (order_id TEXT PRIMARY KEY, amount TEXT);"
            "CREATE TRIGGER closed BEFORE INSERT ON shipments"
            " BEGIN SELECT RAISE(ABORT, 'the warehouse is closed'); END;")
    reader.start("broken", topic)
    assert reader.page.ended() == 1, reader.page.lines
    assert any("the warehouse is closed" in line for line in reader.page.lines)
    assert not reader.described().members, "it has not left its group"
    assert reader.committed(topic, [0])[0] < 0
    assert topic not in reader.seen()
    with sqlite3.connect(reader.database) as database:
        database.execute("DROP TRIGGER closed")


GOOD = {"order_id": "S-BAD", "gross_amount": "1.00"}


@pytest.mark.parametrize("name, value, ce_id", [
    ("no-value", None, "i"), ("null", b"null", "i"), ("no-payment", b"{}", "i"),
    ("no-order", b'{"payment": {"gross_amount": "1.00"}}', "i"),
    ("no-id", json.dumps({"payment": GOOD}).encode(), None)])
def test_what_lacks_what_it_takes_to_ship_ends_the_reader_and_ships_nothing(
        reader, kafka, name, value, ce_id):
    topic = f"{name}.{reader.language}"
    admin = kafka.admin()  # it has to outlive the answer
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": kafka.address})
    headers = {"ce_type": "sinyal.payment.settled.v1", "ce_id": ce_id, "ce_orderstatus": "paid"}
    producer.produce(topic, value=value, partition=0, headers={
        header: each for header, each in headers.items() if each is not None})
    assert producer.flush(30) == 0
    before = reader.shipped(), reader.seen()
    reader.start(name, topic)
    assert reader.page.ended() == 1, reader.page.lines
    assert (reader.shipped(), reader.seen()) == before
    assert reader.committed(topic, [0])[0] < 0


def test_a_topic_that_is_not_there_ends_the_reader_and_is_named(reader):
    reader.start("nowhere", "shop.payment.setled")
    assert reader.page.ended() == 1, reader.page.lines
    told = [line for line in reader.page.lines if "shop.payment.setled" in line]
    assert told and not any("    at " in line for line in reader.page.lines), reader.page.lines
