"""Two lifecycle instances that die, join, freeze and wake at random under load: what they publish
together is what one that nothing happens to would publish, and no offset ever goes back."""
import os
import random
import subprocess
import threading
import time

import pytest
from confluent_kafka import Consumer, KafkaException, TopicPartition

from conftest import ROOT
from support import PARTITIONS, ends, until, wait_until_processed
from test_kill9 import Load, check_nothing_lost_or_doubled

# Longer than a transaction may stay open plus the broker's scan for such (10 s), as by default.
TIMES = {"kafka__message_timeout_ms": 3000, "lifecycle__transaction_timeout_ms": 3000,
         "lifecycle__session_timeout_ms": 14000}


def gave_up(line):
    return "lifecycle session failed" in line or "transaction aborted" in line


class Offsets(threading.Thread):
    """Looks at the group's committed offsets all the time; remembers any that went back."""

    def __init__(self, kafka, prefix):
        super().__init__(daemon=True)
        self.consumer = Consumer({"bootstrap.servers": kafka.address, "enable.auto.commit": False,
                                  "group.id": f"{prefix}-sinyal-lifecycle"})
        self.partitions = [TopicPartition(f"{prefix}.notifications", n) for n in range(PARTITIONS)]
        self.last, self.went_back, self.looks = {}, [], 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.wait(0.05):
            try:
                committed = self.consumer.committed(self.partitions, timeout=5)
            except KafkaException:
                continue  # held back by an open transaction
            self.looks += 1
            for each in committed:
                if each.offset < self.last.get(each.partition, each.offset):
                    self.went_back.append((each.partition, self.last[each.partition], each.offset))
                self.last[each.partition] = each.offset

    def finish(self):
        self.stopping.set()
        self.join()
        self.consumer.close()
        assert self.looks > 0 and self.went_back == []


def committed(process):
    return process.metric("sinyal_transactions_total", result="committed")


class Scene:
    """Ingest under load, and the two instances."""

    def __init__(self, kafka, prefix, sinyal, seed):
        self.kafka, self.prefix, self.sinyal = kafka, prefix, sinyal
        self.ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
        self.members = [self.member("m0"), self.member("m1")]
        self.made = 2
        self.load = Load(self.ingest, seed)
        self.load.start()
        self.offsets = Offsets(kafka, prefix)
        self.offsets.start()

    def member(self, name):
        return self.sinyal(self.kafka, self.prefix, role="lifecycle", instance=name,
                           **TIMES).start()

    def finish(self, after):
        self.load.finish()
        for member in self.members:
            until(member.ready, "both are ready")
        wait_until_processed(self.members[0], self.kafka, self.prefix)
        self.offsets.finish()
        check_nothing_lost_or_doubled(self.kafka, self.prefix, self.load, self.sinyal, after)


def stands_still(kafka, topic):
    """Whether a transaction is open on a partition in which nobody gets on with one."""
    before = ends(kafka, topic)
    time.sleep(0.7)
    after, written = ends(kafka, topic), ends(kafka, topic, "read_uncommitted")
    return any(before[number] == after[number] < written[number] for number in written)


def freeze_in_a_transaction(kafka, prefix, process, generator):
    """At a random moment; one at which it has no transaction open proves nothing."""
    for _ in range(50):
        time.sleep(generator.random())
        process.freeze()
        if stands_still(kafka, f"{prefix}.state"):
            return
        process.thaw()
    raise AssertionError("it never had a transaction open")


def come_back(process):
    """By itself, but for the fourth time within five minutes: then it ends, and is started again as
    Kubernetes would."""
    until(lambda: process.ended() or process.ready(), "the sleeper is back")
    if process.ended():
        until(lambda: process.find("lifecycle was started anew too often"), "it says why", 5)
        process.start()


def test_two_instances_that_die_and_join_lose_and_double_nothing(kafka, prefix, sinyal, seed,
                                                                  rounds):
    generator = random.Random(seed + 2)
    scene = Scene(kafka, prefix, sinyal, seed)
    kills = max(5, rounds // 3)
    for number in range(kills):
        which = generator.randrange(2)
        victim = scene.members[which]
        until(lambda process=victim: committed(process) > 2, "transactions")
        time.sleep(generator.random())  # the random moment
        victim.kill()
        if number % 2:  # another one joins, and the partitions of the dead one have to move
            scene.members[which] = scene.member(f"m{scene.made}")
            scene.made += 1
        else:  # it comes back under its name, and its partitions have waited for it
            victim.start()
    scene.finish(f"{kills} kills of two instances")


def test_an_instance_that_was_frozen_past_its_session_publishes_whole_or_nothing(
        kafka, prefix, sinyal, seed, rounds):
    generator = random.Random(seed + 3)
    scene = Scene(kafka, prefix, sinyal, seed)
    freezes = min(5, rounds)
    for _ in range(freezes):
        which = generator.randrange(2)
        sleeper, other = scene.members[which], scene.members[1 - which]
        until(lambda process=sleeper: committed(process) > 2, "transactions")
        seen = sum("partitions assigned" in line for line in other.lines)
        freeze_in_a_transaction(kafka, prefix, sleeper, generator)
        until(lambda process=other, before=seen: process.ready() and sum(
            "partitions assigned" in line for line in process.lines) > before,
              "the other one has taken over")
        done = committed(other)
        until(lambda process=other, before=done: committed(process) > before + 3, "it goes on")
        before = sum(map(gave_up, sleeper.lines))
        sleeper.thaw()
        until(lambda process=sleeper, told=before: sum(map(gave_up, process.lines)) > told,
              "it gives up a transaction that is over")
        come_back(sleeper)
    scene.finish(f"{freezes} freezes")


@pytest.fixture(name="plugin")
def plugin_fixture(tmp_path):
    """tests/support/hold.c, as the property of librdkafka that loads it."""
    library = tmp_path / "hold.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library,
                    ROOT / "tests" / "support" / "hold.c", "-lrdkafka"], check=True)
    return {"plugin.library.paths": str(library)}


def test_an_instance_that_was_held_between_reading_and_writing_moves_no_offset_back(
        kafka, prefix, sinyal, seed, tmp_path, plugin):
    """No timeout helps: the cluster knows of no transaction yet, and the group still has it as a
    member, since static ones stay for the length of a session. That its partitions are another's
    by now shows in the generation alone in which the records in hand were read."""
    times = {"lifecycle__session_timeout_ms": 15000, "lifecycle__max_poll_interval_ms": 15000,
             "kafka__message_timeout_ms": 60000, "lifecycle__transaction_timeout_ms": 60000,
             "lifecycle__watchdog_ms": 60000}
    hold, held = tmp_path / "hold", tmp_path / "hold.held"
    ingest = sinyal(kafka, prefix, role="ingest", instance="in").start()
    slow = sinyal(kafka, prefix, role="lifecycle", instance="m0", kafka__properties=plugin, **times)
    slow.environment["TEST_HOLD"] = str(hold)
    slow.start()
    load, offsets = Load(ingest, seed), Offsets(kafka, prefix)
    load.start()
    offsets.start()
    until(lambda: committed(slow) > 2, "transactions")
    hold.touch()
    until(held.exists, "held")
    other = sinyal(kafka, prefix, role="lifecycle", instance="m1", **times).start()
    until(lambda: committed(other) > 2, "the other one has taken over")
    load.finish()
    until(lambda: other.metric("sinyal_consumer_lag_records") == 0, "and has processed all")
    hold.unlink()
    until(lambda: slow.find("partitions revoked"), "it learns that they are another's")
    until(slow.ready, "it is back")
    wait_until_processed(other, kafka, prefix)
    offsets.finish()
    refused = slow.find("transaction aborted")
    assert refused and refused["reason"] == "ILLEGAL_GENERATION", "what it had in hand"
    check_nothing_lost_or_doubled(kafka, prefix, load, sinyal, "1 hold")
