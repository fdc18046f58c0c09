"""What a restore must not take for the end, for the beginning, or for the truth: every row is a
cluster in which something happened while nobody was looking."""
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from support import MERCHANT, PARTITIONS, ends, payment, read, until, wait_until_processed

# Each life of these tests is a group of its own, so that no session of the one before is waited
# for. A new group has no committed offsets, as one that was idle for seven days.
FIRST, SECOND = "first", "second"


def lived(kafka, prefix, sinyal, orders=12):
    """A prefix in which some payments are pending, and nobody runs any more. Reading them again
    would not show, since a repetition says nothing new; but each has something in quarantine, too,
    and that would be there twice."""
    process = sinyal(kafka, prefix, instance="l1", group=FIRST).start()
    for number in range(orders):
        for body in (payment(f"L-{number}", "pending"),
                     payment(f"L-{number}", "settlement", amount="1.00")):
            assert process.notify(body)[0] == 200
    wait_until_processed(process, kafka, prefix)
    process.kill()
    return process


def settle_all(process, orders=12):
    for number in range(orders):
        assert process.notify(payment(f"L-{number}", "settlement"))[0] == 200


def commit(kafka, prefix, group, offsets):
    """As any client can commit to a group that nobody is in."""
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": f"{prefix}-{group}"})
    topic = f"{prefix}.notifications"
    consumer.commit(offsets=[TopicPartition(topic, partition, offset)
                             for partition, offset in offsets.items()], asynchronous=False)
    consumer.close()


def in_partition(kafka, prefix, partition):
    return [record for record in read(kafka, f"{prefix}.notifications")
            if record.partition == partition]


def stopped(process, words):
    """The reason why a partition was stopped, once it was."""
    line = until(lambda: process.find("partition stopped"), "a partition is stopped")
    assert words in line["why"] and "Hint: " in line["why"], line["why"]
    until(lambda: not process.ready(), "not ready")
    return line["partition"]


def test_a_restore_waits_for_what_an_open_transaction_hides(kafka, prefix, sinyal):
    """A transaction of another's makes the last stable offset of the state stand still, as a frozen
    leader does that got no marker yet: what lifecycle commits meanwhile is in the group's offsets,
    and cannot be read. A restore that took the first end that it sees for the state's end would
    publish all of it again."""
    first = sinyal(kafka, prefix, instance="l1", group=FIRST).start()
    intruder = Producer({"bootstrap.servers": kafka.address, "transactional.id": f"{prefix}-open",
                         "transaction.timeout.ms": 120000})
    intruder.init_transactions(20)
    intruder.begin_transaction()
    for partition in range(PARTITIONS):
        intruder.produce(f"{prefix}.state", b"never seen", b"intruder", partition)
    assert intruder.flush(20) == 0
    for number in range(12):
        assert first.notify(payment(f"L-{number}", "settlement"))[0] == 200
    until(lambda: first.metric("sinyal_signals_total", signal="payment_settled") == 12, "published")
    first.kill()
    assert ends(kafka, f"{prefix}.state") != ends(kafka, f"{prefix}.state", "read_uncommitted")

    second = sinyal(kafka, prefix, instance="l2", group=SECOND).start(wait=False)
    until(lambda: second.find("restore waits"), "it says what it waits for")
    assert second.find("partition restored") is None
    intruder.abort_transaction(20)
    until(second.listen().ready, "ready")
    for number in range(12):
        for status in ("settlement", "partial_refund"):
            assert second.notify(payment(f"L-{number}", status, refund_amount="1000.00",
                                         refund_key="k"))[0] == 200
    wait_until_processed(second, kafka, prefix)
    assert len(read(kafka, f"{prefix}.payment.settled")) == 12
    refunded = read(kafka, f"{prefix}.payment.refunded")
    assert [record.header("ce_subjectsequence") for record in refunded] == ["2"] * 12


def test_offsets_that_expired_are_made_up_for_by_the_position_record(kafka, prefix, sinyal):
    lived(kafka, prefix, sinyal)
    second = sinyal(kafka, prefix, instance="l2", group=SECOND).start()
    settle_all(second)
    wait_until_processed(second, kafka, prefix)
    received = read(kafka, f"{prefix}.payment.received")
    assert len({record.key for record in received}) == len(received) == 12
    assert {record.header("ce_subjectsequence")
            for record in read(kafka, f"{prefix}.payment.settled")} == {"2"}
    assert len(read(kafka, f"{prefix}.quarantine")) == 12


def test_a_state_that_is_behind_the_committed_offset_is_refused(kafka, prefix, sinyal):
    lived(kafka, prefix, sinyal)
    commit(kafka, prefix, SECOND, {number: end + 1 for number, end in
                                   ends(kafka, f"{prefix}.notifications").items()})
    second = sinyal(kafka, prefix, role="lifecycle", instance="l2", group=SECOND)
    stopped(second.start(wait=False).listen(), "the state topic lost records")


def test_an_offset_that_was_moved_back_is_made_up_for_by_the_position_record(kafka, prefix, sinyal):
    """Whoever is not in a group can still move its offsets while it is empty."""
    lived(kafka, prefix, sinyal)
    commit(kafka, prefix, SECOND, {number: 0 for number in range(PARTITIONS)})
    second = sinyal(kafka, prefix, instance="l2", group=SECOND).start()
    settle_all(second)
    wait_until_processed(second, kafka, prefix)
    assert len(read(kafka, f"{prefix}.payment.received")) == 12
    assert len(read(kafka, f"{prefix}.payment.settled")) == 12
    assert len(read(kafka, f"{prefix}.quarantine")) == 12


def test_state_of_a_version_that_is_not_known_stops_its_partition_alone(kafka, prefix, sinyal):
    lived(kafka, prefix, sinyal)
    producer = Producer({"bootstrap.servers": kafka.address})
    producer.produce(f"{prefix}.state", b"{}", f"{MERCHANT}:payment:L-0".encode(), 1,
                     headers={"sinyal_version": "99"})
    assert producer.flush(20) == 0
    second = sinyal(kafka, prefix, instance="l2", group=SECOND).start(wait=False).listen()
    assert stopped(second, "version 99") == 1
    settle_all(second)
    wanted = {record.key for number in (0, 2) for record in in_partition(kafka, prefix, number)}
    until(lambda: {record.key for record in read(kafka, f"{prefix}.payment.settled")} == wanted,
          "the others go on")


@pytest.mark.parametrize("what", ["made anew", "deleted before they were read"])
def test_a_raw_log_that_is_not_the_one_that_was_read_is_refused(kafka, prefix, sinyal, what):
    lived(kafka, prefix, sinyal)
    topic, admin = f"{prefix}.notifications", kafka.admin()
    if what == "made anew":
        admin.delete_topics([topic])[topic].result()
        until(lambda: topic not in kafka.topics(prefix), "deleted")
    else:
        ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
        settle_all(ingest)
        ingest.kill()
        trimmed = admin.delete_records([TopicPartition(topic, number, end) for number, end in
                                        ends(kafka, topic).items()])
        for future in trimmed.values():
            future.result()
    second = sinyal(kafka, prefix, role="lifecycle", instance="l2", group=SECOND)
    stopped(second.start(wait=False).listen(), what)


def test_every_start_on_a_trimmed_raw_log_is_ready_in_its_first_session(kafka, prefix, sinyal):
    """Until its state is restored a partition stands somewhere that nobody reads on from. A fetch
    that gets through meanwhile must not fail, though the log's first offsets are gone."""
    lived(kafka, prefix, sinyal)
    topic, admin = f"{prefix}.notifications", kafka.admin()
    for future in admin.delete_records([TopicPartition(topic, number, 2)
                                        for number in range(PARTITIONS)]).values():
        future.result()
    process = sinyal(kafka, prefix, instance="l2", group=SECOND)
    for _ in range(8):
        process.start()
        assert process.find("lifecycle session failed") is None
        process.terminate()
        assert process.wait() == 0
    settle_all(process.start())
    wait_until_processed(process, kafka, prefix)
    assert len(read(kafka, f"{prefix}.payment.settled")) == 12
    assert len(read(kafka, f"{prefix}.quarantine")) == 12


def test_a_topic_that_was_grown_by_mistake_stops_the_partition_that_is_too_many(
        kafka, prefix, sinyal):
    """Its records belong to subjects that another partition has the state of."""
    process = sinyal(kafka, prefix, kafka__properties={"topic.metadata.refresh.interval.ms": "500"})
    process.start()
    assert process.notify(payment("G-0", "pending"))[0] == 200
    kafka.grow(f"{prefix}.notifications", PARTITIONS + 1)
    assert stopped(process, "more partitions than kafka.partitions") == PARTITIONS
    producer = Producer({"bootstrap.servers": kafka.address})
    raw = read(kafka, f"{prefix}.notifications")[0]
    producer.produce(raw.topic, raw.value, raw.key, PARTITIONS, headers=list(raw.headers))
    assert producer.flush(20) == 0
    for number in range(12):  # keys stay where they were, and these partitions go on
        assert process.notify(payment(f"G-{number}", "settlement"))[0] == 200
    until(lambda: len(read(kafka, f"{prefix}.payment.settled")) == 12, "the others go on")
    assert {record.partition for record in read(kafka, f"{prefix}.notifications")
            if record.header("sinyal_id") != raw.header("sinyal_id")} <= set(range(PARTITIONS))
    assert len(read(kafka, f"{prefix}.payment.received")) == 1
