"""What is wrong is said at the start, in one message that names all of it."""
import pathlib

import pytest

from conftest import ROOT
from confluent_kafka.admin import (AclBinding, AclOperation, AclPermissionType, ResourcePatternType,
                                   ResourceType)
from programs import Event, Topics
from support import Kafka, until


def refusal(receiver):
    """The one line of a program that did not start."""
    assert receiver.end() == 1
    line, = receiver.errors
    return line


def test_brokers_that_are_not_there_are_named(probe):
    line = refusal(probe("payment_settled", bootstrap="127.0.0.1:1", start_timeout=1000))
    assert "Kafka at 127.0.0.1:1 did not answer within 1000 ms" in line
    assert "Connection refused" in line
    assert "Hint: check bootstrap_servers" in line


def test_all_missing_topics_are_named_at_once(topics, probe):
    topics.create("payment_settled")
    line = refusal(probe("payment_settled,payment_expired,invoice_paid"))
    for name in ("payment_expired", "invoice_paid"):
        assert f"the topic {topics.name(name)} is not there" in line
    assert topics.name("payment_settled") not in line
    assert "sinyal topics apply" in line


def test_topics_of_other_partition_counts_cannot_be_merged(topics, probe):
    topics.create("payment_settled", partitions=2)
    topics.create("payment_expired", partitions=3)
    line = refusal(probe("payment_settled,payment_expired", merge=1))
    assert "differ in their number of partitions" in line


@pytest.mark.parametrize("options, sentence", [
    ({"group": ""}, "group is empty"),
    ({"bootstrap": ""}, "bootstrap_servers is empty"),
    ({"attempts": 0}, "retry.attempts is less than 1"),
    ({"properties": "isolation.level:read_uncommitted"}, "isolation.level cannot be set"),
    ({"properties": "enable.auto.commit:true"}, "enable.auto.commit cannot be set"),
    ({"properties": "delivery.report.only.error:true"}, "delivery.report.only.error cannot be set"),
    ({"properties": "transactional.id:shop"}, "transactional.id cannot be set"),
    ({"properties": "no.such.property:secret-value"}, "no.such.property is unknown to librdkafka"),
    ({"properties": "socket.timeout.ms:secret-value"}, "socket.timeout.ms has a value that is not"),
    ({"signals": "payment_setled"}, "there is no signal payment_setled. Hint: one of "),
    ({"signals": ""}, "no handler is connected"),
])
def test_wrong_settings_are_refused_before_anything_is_read(probe, options, sentence):
    signals = options.pop("signals", "payment_settled")
    line = refusal(probe(signals, **options))
    assert sentence in line
    assert "secret-value" not in line


def test_dead_letters_are_not_written_to_what_is_read(topics, probe):
    topics.create("payment_settled", "payment_expired")
    line = refusal(probe("payment_settled,payment_expired",
                         dead_letters=topics.name("payment_expired")))
    assert "dead_letter_topic is a topic that is read" in line


@pytest.fixture
def guarded(tmp_path):
    """A Kafka that lets everybody do what no ACL speaks of, and else what the ACLs say."""
    broker = Kafka(ROOT, tmp_path / "guarded")
    broker.start()
    broker.stop()
    with open(pathlib.Path(broker.directory) / "server.properties", "a", encoding="ascii") as file:
        file.write("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
                   "allow.everyone.if.no.acl.found=true\n")
    broker.start()
    yield broker
    broker.stop("-9")


def reserve(kafka, kind, name):
    """From now on only somebody else may use it."""
    admin = kafka.admin()
    made = admin.create_acls([AclBinding(
        kind, name, ResourcePatternType.LITERAL, "User:somebody-else", "*", AclOperation.ALL,
        AclPermissionType.ALLOW)])
    for each in made.values():
        each.result(30)


def test_missing_rights_are_named(guarded, start):
    topics = Topics(guarded, "rights")
    topics.create("payment_settled", "payment_expired")
    topics.publish([Event("payment_settled", "S", 1)])

    def probe(signals, **more):
        options = {"group": "g", "bootstrap": guarded.address, "prefix": "rights",
                   "signals": signals, **more}
        return start(str(ROOT / "build" / "subscriber-probe" / "probe"),
                     *(f"{name}={value}" for name, value in options.items()))

    reserve(guarded, ResourceType.TOPIC, topics.name("payment_expired"))
    until(lambda: "no right to read the topic rights.payment.expired. Hint: grant" in
          refusal(probe("payment_settled,payment_expired")), "the topic's ACL is known")
    reserve(guarded, ResourceType.GROUP, "guarded-group")
    assert "no right to use the group guarded-group. Hint: grant" in \
        refusal(probe("payment_settled", group="guarded-group"))
    reserve(guarded, ResourceType.TOPIC, "reserved-letters")
    line = refusal(probe("payment_settled", dead_letters="reserved-letters"))
    assert "the dead-letter topic reserved-letters" in line and "Hint: create it" in line


def test_two_processes_of_one_instance_name_are_told_apart(topics, probe):
    """The later one goes on; the earlier one ends and says why."""
    topics.create("payment_settled")
    first = probe("payment_settled", instance="one")
    events = [Event("payment_settled", f"S-{i}", 1) for i in range(9)]
    topics.publish(events)
    first.wait_for(events)
    second = probe("payment_settled", instance="one")
    assert first.end() == 1
    assert "another process has joined with the name of this instance" in first.errors[-1]
    more = [Event("payment_settled", f"T-{i}", 1) for i in range(9)]
    topics.publish(more)
    second.wait_for(more).stop()
