"""The start against a cluster that a test makes up: what is waited out, what is said."""
import socket
from concurrent.futures import Future

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from sinyal_django import start
from sinyal_django.conf import Options
from sinyal_django.start import CannotStart, require_group, signals_with_receivers
from sinyal_django.senders import merchant
from sinyal_django.signals import payment_refunded, payment_settled


class Group:
    """Answers as many times with an error as it is told to."""

    def __init__(self, code, times):
        self.code, self.times, self.asked = code, times, 0

    def committed(self, partitions, _timeout):
        self.asked += 1
        if self.asked <= self.times:
            raise KafkaException(KafkaError(self.code))
        return [TopicPartition(each.topic, each.partition) for each in partitions]


@pytest.mark.parametrize("code", [KafkaError.NOT_COORDINATOR, KafkaError._WAIT_COORD,
                                  KafkaError.COORDINATOR_LOAD_IN_PROGRESS])
def test_a_coordinator_that_is_not_settled_yet_is_waited_for(code):
    group = Group(code, 3)
    require_group(Options(group="shop"), group, ["t"])
    assert group.asked == 4


def test_a_coordinator_that_never_settles_is_said_when_the_time_is_over():
    with pytest.raises(CannotStart, match="group 'shop' cannot be used"):
        require_group(Options(group="shop", start_timeout_s=0.3),
                      Group(KafkaError.NOT_COORDINATOR, 10**6), ["t"])


def test_a_dead_letter_topic_is_made_with_90_days_whatever_the_cluster_keeps(monkeypatch):
    made = []

    class Admin:
        def __init__(self, _):
            pass

        def create_topics(self, topics, **_):
            made.extend(topics)
            done = Future()
            done.set_result(None)
            return {topic.topic: done for topic in topics}

    monkeypatch.setattr(start, "AdminClient", Admin)
    start.create(Options(), {}, "midtrans.shop.dead-letters")
    assert [(each.topic, each.config) for each in made] == [
        ("midtrans.shop.dead-letters", {"retention.ms": "7776000000"})]


def test_a_cluster_that_makes_no_dead_letter_topic_in_time_is_said_with_the_reason():
    silent = socket.create_server(("127.0.0.1", 0))  # takes connections, answers nothing
    address = f"127.0.0.1:{silent.getsockname()[1]}"
    with silent, pytest.raises(CannotStart, match="cannot be created: [^:. ].*[Tt]imed out"):
        start.create(Options(start_timeout_s=1), {"bootstrap.servers": address}, "shop.dead")


def test_a_missing_right_is_said_at_once():
    group = Group(KafkaError.GROUP_AUTHORIZATION_FAILED, 10**6)
    with pytest.raises(CannotStart, match="Describe and Read"):
        require_group(Options(group="shop"), group, ["t"])
    assert group.asked == 1


def test_a_project_without_receivers_is_told_so():
    with pytest.raises(CannotStart, match="AppConfig.ready"):
        signals_with_receivers(Options())


def test_a_signal_that_nobody_listens_to_is_not_read():
    keep = lambda **_: None  # noqa: E731  pylint: disable=unnecessary-lambda-assignment
    payment_settled.connect(keep)
    assert signals_with_receivers(Options()) == ["payment_settled"]
    with pytest.raises(CannotStart, match="no receiver is connected to invoice_paid"):
        signals_with_receivers(Options(signals=("invoice_paid",)))


def test_a_signal_that_is_heard_of_one_merchant_alone_is_read():
    keep = lambda **_: None  # noqa: E731  pylint: disable=unnecessary-lambda-assignment
    payment_settled.connect(keep, sender=merchant("G141532850"))
    payment_refunded.connect(keep)
    assert signals_with_receivers(Options()) == ["payment_settled", "payment_refunded"]
    assert signals_with_receivers(Options(signals=("payment_settled",)))


def test_a_signal_whose_receiver_is_gone_is_not_read():
    gone = lambda **_: None  # noqa: E731  pylint: disable=unnecessary-lambda-assignment
    payment_settled.connect(gone)
    del gone
    with pytest.raises(CannotStart, match="no receiver is connected to any signal"):
        signals_with_receivers(Options())
