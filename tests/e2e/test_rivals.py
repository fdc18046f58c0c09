"""Processes that get in each other's way, calls that hang, and a broker that stands still for
longer than a transaction may stay open."""
import os
import time

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from support import PARTITIONS, payment, read, until, wait_until_processed
from test_kill9 import Load


def test_of_two_processes_with_one_name_the_older_ends_and_names_the_other(kafka, prefix, sinyal,
                                                                            seed):
    """The newer one fences the producers first, and joins the group after that: an older one that
    has work to do learns of the fence before it learns by whom, and must not fence in turn."""
    older = sinyal(kafka, prefix, instance="same").start()
    assert older.notify(payment("N-0", "pending"))[0] == 200
    load = Load(older, seed)
    load.start()
    until(lambda: older.metric("sinyal_transactions_total", result="committed") > 3, "transactions")
    newer = sinyal(kafka, prefix, role="lifecycle", instance="same").start()
    assert older.wait() == 1
    load.finish()
    line = older.find("another process has this instance's name")
    assert "client id sinyal-same" in line["other"] and "host /127.0.0.1" in line["other"]
    ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
    assert ingest.notify(payment("N-0", "settlement"))[0] == 200
    wait_until_processed(newer, kafka, prefix)
    assert newer.find("lifecycle session failed") is None, "the newer one goes on undisturbed"
    assert [record.header("ce_subjectsequence")
            for record in read(kafka, f"{prefix}.payment.settled")
            if record.header("ce_subject") == "N-0"] == ["2"]


def test_a_transaction_that_timed_out_while_the_broker_stood_still_heals_in_the_process(
        own_kafka, prefix, sinyal):
    """The broker's clock goes on while it is frozen: on waking it gives the transaction up, which
    looks to the producer as if a rival had taken its name."""
    process = sinyal(own_kafka, prefix, lifecycle__transaction_timeout_ms=2000,
                     kafka__message_timeout_ms=2000).start()
    number = 0
    for _ in range(3):  # until the broker stood still in the middle of a transaction
        committed = process.metric("sinyal_transactions_total", result="committed")
        while process.metric("sinyal_transactions_total", result="committed") < committed + 3:
            assert process.notify(payment(f"T-{number}", "settlement"))[0] == 200
            number += 1
        own_kafka.freeze()
        begun = time.monotonic()
        process.notify(payment("T-FROZEN", "settlement"))
        until(lambda since=begun: time.monotonic() - since > 14, "past the timeout and its scan")
        own_kafka.thaw()
        until(lambda: process.notify(payment("T-FROZEN", "settlement"))[0] == 200, "accepted")
        if process.find("lifecycle session failed") or process.find("transaction aborted"):
            break
    wait_until_processed(process, own_kafka, prefix)
    assert process.process.poll() is None
    settled = read(own_kafka, f"{prefix}.payment.settled")
    assert {record.header("ce_subject") for record in settled} == \
        {f"T-{n}" for n in range(number)} | {"T-FROZEN"}
    assert len({record.key for record in settled}) == len(settled)


def pending_offsets(kafka, prefix):
    """A transaction of another's that has offsets of the group in it, and is not ended."""
    topic = f"{prefix}.notifications"
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": f"{prefix}-hanging"})
    producer = Producer({"bootstrap.servers": kafka.address, "transactional.id": f"{prefix}-other",
                         "transaction.timeout.ms": 120000})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(f"{prefix}.quarantine", b"never seen", partition=0)
    producer.send_offsets_to_transaction(
        [TopicPartition(topic, number, 0) for number in range(PARTITIONS)],
        consumer.consumer_group_metadata(), 20)
    consumer.close()
    return producer


def test_a_process_that_hangs_in_a_call_while_kafka_answers_is_ended(kafka, prefix, sinyal):
    """The call is the question for committed offsets, which such a transaction holds up for two
    seconds each time; the watchdog is made less patient than that."""
    sinyal(kafka, prefix).start().kill()  # the topics
    producer = pending_offsets(kafka, prefix)
    process = sinyal(kafka, prefix, role="lifecycle", group="hanging", instance="h",
                     lifecycle__watchdog_ms=1000).start(wait=False)
    assert process.wait() == 1
    assert process.find("lifecycle hangs in a call to Kafka: ending the process")
    producer.abort_transaction(20)
    again = sinyal(kafka, prefix, role="lifecycle", group="hanging", instance="h").start()
    assert again.find("partition restored")


def test_no_partition_runs_while_offsets_of_its_group_are_pending(kafka, prefix, sinyal):
    """They may yet move on: to read on from the ones before would publish twice."""
    sinyal(kafka, prefix).start().kill()  # the topics
    producer = pending_offsets(kafka, prefix)
    process = sinyal(kafka, prefix, role="lifecycle", group="hanging",
                     instance="h").start(wait=False).listen()
    until(lambda: process.find("partitions assigned"), "assigned")
    until(lambda since=time.monotonic(): time.monotonic() - since > 4, "it has asked twice")
    assert not process.ready() and process.find("partition restored") is None
    producer.abort_transaction(20)
    until(process.ready, "ready")


@pytest.mark.skipif("SINYAL_ALL" not in os.environ, reason="takes its time: tests/run --all")
def test_a_broker_that_stays_away_for_longer_than_the_watchdog_waits_ends_no_process(
        own_kafka, prefix, sinyal):
    """send_offsets_to_transaction of librdkafka 2.0.2 does not return while no broker can be
    reached. Ending the process would mend nothing, and take ingest along."""
    # The patience has to be more than the 5 s that other calls may take.
    process = sinyal(own_kafka, prefix, lifecycle__watchdog_ms=7000).start()
    for number in range(30):
        assert process.notify(payment(f"AWAY-{number}", "settlement"))[0] == 200
    own_kafka.stop("-9")
    begun = time.monotonic()
    until(lambda: time.monotonic() - begun > 22, "three times the watchdog's patience")
    assert process.process.poll() is None
    assert process.notify(payment("AWAY-DOWN", "settlement"))[0] in (502, 504)
    own_kafka.start()
    until(lambda: process.notify(payment("AWAY-LAST", "settlement"))[0] == 200, "accepted again")
    wait_until_processed(process, own_kafka, prefix)
    settled = read(own_kafka, f"{prefix}.payment.settled")
    assert {f"AWAY-{n}" for n in range(30)} | {"AWAY-LAST"} <= \
        {record.header("ce_subject") for record in settled}
    assert len({record.key for record in settled}) == len(settled)
