"""What must be right at the start is one clear message; a stop is graceful."""
import signal
import sqlite3
import subprocess
import time

import pytest
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType,
                                   ResourcePatternType, ResourceType)
from events import committed, make_topics, publish, settled
from support import until


@pytest.fixture(name="small_shop")
def small_shop_fixture(new_shop, unique, kafka):
    shop = new_shop("sqlite")
    shop.place_orders(unique)
    shop.topic = f"{unique}.payment.settled"
    make_topics(kafka, shop.topic)
    return shop


def refusal(shop, *arguments):
    """The one line that sinyal_receive ends with when it cannot start."""
    process = shop.receive("--signals", "payment_settled", *arguments, wait=False)
    assert process.ended() == 1, process.log()
    assert not process.says("Traceback"), process.log()
    assert len(process.lines) == 1, process.log()
    return process.lines[0]


def test_wrong_brokers_are_said_within_the_time_set(small_shop):
    small_shop.set(START_TIMEOUT_S=2)
    said = refusal(small_shop, "--bootstrap-servers", "127.0.0.1:1")
    assert "Kafka did not answer at 127.0.0.1:1 within 2 s" in said
    assert "Connection refused" in said and "BOOTSTRAP_SERVERS" in said


def test_missing_topics_are_named(small_shop):
    said = refusal(small_shop, "--topic-prefix", "wrong")
    assert "has no topic wrong.payment.settled" in said and "TOPIC_PREFIX" in said


def test_settings_and_flags_that_are_wrong_are_said(small_shop):
    assert "'payment_setled' is no signal. Hint: payment_settled?" in refusal(
        small_shop, "--signals", "payment_setled")
    assert "SINYAL['GROUP'] must name this service" in refusal(small_shop, "--group", "a b")
    assert "no receiver is connected to invoice_paid" in refusal(
        small_shop, "--signals", "invoice_paid")
    small_shop.set(KAFKA={"no.such.property": "1"})
    assert 'No such configuration property: "no.such.property"' in refusal(small_shop)


def test_a_database_without_its_tables_is_said(small_shop, tmp_path):
    small_shop.environment["SHOP_SQLITE"] = str(tmp_path / "empty.sqlite3")
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    said = refusal(small_shop)
    assert "no such table: sinyal_django_inboxevent" in said and "manage.py migrate" in said


@pytest.fixture(name="deny")
def deny_fixture(kafka):
    """Takes rights away from everyone, until the test ends."""
    touched, admin = set(), kafka.admin()

    def deny(kind, name, operation):
        # where one rule exists, what no rule allows is refused: so the rest is allowed as well
        rules = [AclBinding(kind, name, ResourcePatternType.LITERAL, "User:ANONYMOUS", "*", which,
                            permission)
                 for which, permission in ((AclOperation.ALL, AclPermissionType.ALLOW),
                                           (operation, AclPermissionType.DENY))]
        touched.add((kind, name))
        for future in admin.create_acls(rules).values():
            future.result(30)

    yield deny
    everything = [AclBindingFilter(kind, name, ResourcePatternType.LITERAL, None, None,
                                   AclOperation.ANY, AclPermissionType.ANY)
                  for kind, name in touched]
    for future in admin.delete_acls(everything).values():
        future.result(30)


def test_a_missing_right_on_the_group_is_said(small_shop, deny):
    deny(ResourceType.GROUP, small_shop.group, AclOperation.READ)
    process = small_shop.receive("--signals", "payment_settled", wait=False)
    assert process.ended() == 1 and not process.says("Traceback")
    assert "Group authorization failed" in process.lines[-1] and "Hint" in process.lines[-1]


def test_a_group_that_may_not_even_be_looked_at_is_said(small_shop, deny):
    deny(ResourceType.GROUP, small_shop.group, AclOperation.DESCRIBE)
    small_shop.set(START_TIMEOUT_S=5)
    said = refusal(small_shop)
    assert f"group '{small_shop.group}' cannot be used" in said
    assert "the user needs Describe and Read on the group" in said


def test_a_missing_right_to_read_a_topic_is_said(small_shop, deny):
    deny(ResourceType.TOPIC, small_shop.topic, AclOperation.READ)
    process = small_shop.receive("--signals", "payment_settled", wait=False)
    assert process.ended() == 1
    assert "Topic authorization failed" in process.lines[-1] and "Hint" in process.lines[-1]
    assert not process.says("Traceback")


def test_a_dead_letter_topic_that_cannot_be_made_is_said(small_shop, deny):
    deny(ResourceType.TOPIC, f"{small_shop.prefix}.{small_shop.group}.dead-letters",
         AclOperation.CREATE)
    deny(ResourceType.BROKER, "kafka-cluster", AclOperation.CREATE)
    said = refusal(small_shop)
    assert "is missing and cannot be created" in said and "DEAD_LETTER_TOPIC" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_commits_what_is_done_and_leaves_nothing_to_be_repeated(small_shop, kafka, unique,
                                                                      number):
    receiver = small_shop.receive("--signals", "payment_settled")
    publish(kafka, small_shop.topic, settled(unique))
    small_shop.wait_for_events(1)
    started = time.monotonic()
    receiver.process.send_signal(number)
    assert receiver.ended() == 0 and time.monotonic() - started < 10
    assert committed(kafka, small_shop.group, small_shop.topic) == 1
    small_shop.place_orders("next")
    again = small_shop.receive("--signals", "payment_settled")
    publish(kafka, small_shop.topic, settled("next"))
    small_shop.wait_for_events(2)
    assert again.terminate() == 0 and again.says("handled=1 repeated=0")


def test_a_stop_waits_for_the_handler_that_is_at_work_and_for_nothing_else(
        small_shop, kafka, unique, tmp_path):
    gate = tmp_path / "gate"
    small_shop.environment["SHOP_GATE"] = str(gate)
    receiver = small_shop.receive("--signals", "payment_settled")
    publish(kafka, small_shop.topic, settled(unique), settled("after"))
    until((tmp_path / "gate.reached").exists, "the handler is at work")
    receiver.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        receiver.process.wait(1)
    assert small_shop.inbox() == []
    gate.touch()
    assert receiver.ended() == 0
    assert small_shop.inbox() == [("payment_settled", unique)]
    assert small_shop.orders() == {unique: ("paid", 1, 0)}
    assert committed(kafka, small_shop.group, small_shop.topic) == 1


def test_a_second_signal_ends_it_at_once_and_undoes_the_event_in_hand(
        small_shop, kafka, unique, tmp_path):
    small_shop.environment["SHOP_GATE"] = str(tmp_path / "gate")
    receiver = small_shop.receive("--signals", "payment_settled")
    publish(kafka, small_shop.topic, settled(unique))
    until((tmp_path / "gate.reached").exists, "the handler is at work")
    receiver.process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        receiver.process.wait(0.5)
    assert receiver.terminate() == -signal.SIGTERM
    assert small_shop.inbox() == [] and small_shop.orders() == {unique: ("placed", 0, 0)}
