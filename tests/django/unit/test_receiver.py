"""The loop: what is retried, buried, skipped, held back and committed."""
import time
from collections import Counter
from types import SimpleNamespace

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition
from records import binary, example
from fake_consumer import FakeConsumer
from sinyal_django import receiver as loop
from sinyal_django.conf import Options
from sinyal_django.dead_letters import headers_of
from sinyal_django.event import Record
from sinyal_django.inbox import DatabaseDown
from sinyal_django.receiver import Receiver, Stopped



class Graveyard:
    def __init__(self):
        self.letters, self.refusals = [], 0

    def add(self, record, stage, error, attempts):
        if self.refusals:
            self.refusals -= 1
            raise KafkaException(KafkaError(KafkaError._MSG_TIMED_OUT))
        self.letters.append((record.offset, stage, type(error).__name__, attempts))


def record(offset, partition=0, **changed):
    made = binary(example("payment_settled"), **changed)
    return Record("midtrans.payment.settled", partition, offset, made.key, made.value, made.headers)


def run(records, call=lambda *_: True, dead=True, until=None, **settings):
    """Runs a receiver until nothing is left (or `until`); (receiver, consumer, graveyard)."""
    consumer, graveyard = FakeConsumer(records), Graveyard()
    options = Options(**{"retry_backoff_s": 0.01, "retry_backoff_max_s": 0.04, **settings})
    receiver = Receiver(options, consumer, graveyard if dead else None, call)
    receiver.subscribe(["midtrans.payment.settled"])
    end = time.monotonic() + 10

    def stopping():
        assert time.monotonic() < end, "did not come to an end"
        idle = not consumer.waiting and not any(
            lane.backlog for lane in receiver._lanes.values())
        return until(receiver, consumer) if until else idle

    receiver.run(stopping)
    assert consumer.closed
    return receiver, consumer, graveyard


def place(partition=0):
    return ("midtrans.payment.settled", partition)


def test_what_is_handled_is_committed():
    receiver, consumer, graveyard = run([record(0), record(1), record(0, 1)])
    assert consumer.committed == {place(): 2, place(1): 1} and not graveyard.letters
    assert receiver.counts == Counter(handled=3)


def test_what_was_handled_before_is_committed_and_counted():
    receiver, consumer, _ = run([record(0)], call=lambda *_: False)
    assert consumer.committed == {place(): 1} and receiver.counts == Counter(repeated=1)


def failing(times, offset=0, error=LookupError("x")):
    calls = []

    def call(event, *_):
        calls.append(event.record.offset)
        if event.record.offset == offset and calls.count(offset) <= times:
            raise error
        return True

    return call, calls


def test_a_handler_that_raises_is_tried_again_and_its_followers_wait():
    call, calls = failing(2)
    receiver, consumer, graveyard = run([record(0), record(1)], call)
    assert calls == [0, 0, 0, 1] and consumer.committed == {place(): 2}
    assert receiver.counts == Counter(handled=2, retried=2) and not graveyard.letters


def test_broken_connections_are_dropped_between_attempts(monkeypatch):
    steps = []
    monkeypatch.setattr(loop, "drop_broken_connections", lambda: steps.append("drop"))
    call, _ = failing(1)
    run([record(0)], lambda *given: steps.append("call") or call(*given))
    assert steps[:3] == ["drop", "call", "drop"] and steps[-1] == "call"


@pytest.mark.parametrize("error", [LookupError("x"), DatabaseDown("no route")])
def test_what_a_failed_attempt_did_to_its_event_is_not_seen_by_the_next(error):
    seen = []

    def call(event, *_):
        seen.append("mine" in event.arguments["payload"])
        event.arguments["payload"]["mine"] = True
        if len(seen) < 3:
            raise error
        return True

    run([record(0)], call)
    assert seen == [False] * 3


def test_a_record_that_is_no_event_waits_for_the_one_before_it():
    call, calls = failing(2)
    _, consumer, graveyard = run([record(0), record(1, ce_id="7"), record(2)], call)
    assert calls == [0, 0, 0, 2] and graveyard.letters == [(1, "VALUE_CONVERTER", "Malformed", 0)]
    assert consumer.committed == {place(): 3}


def test_the_retries_back_off_and_then_the_event_is_a_dead_letter():
    call, calls = failing(99)
    started = time.monotonic()
    receiver, consumer, graveyard = run([record(0), record(1)], call, retries=3)
    assert time.monotonic() - started >= 0.01 + 0.02 + 0.04
    assert calls == [0, 0, 0, 0, 1] and consumer.committed == {place(): 2}
    assert graveyard.letters == [(0, "TASK_PUT", "LookupError", 4)]
    assert receiver.counts == Counter(handled=1, retried=3, dead_lettered=1)


@pytest.mark.parametrize("broken, reason", [
    ({}, "TASK_PUT, LookupError"), ({"ce_id": "7"}, "VALUE_CONVERTER, Malformed")])
def test_a_dead_letter_is_said_once_with_its_place_where_it_is_now_and_why(caplog, broken, reason):
    call, _ = failing(99)
    run([record(0, **broken)], call, retries=1, dead_letter_topic="midtrans.shop.dead-letters")
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == [
        f"midtrans.payment.settled[0]@0: is now in midtrans.shop.dead-letters: {reason}"]


def test_a_partition_that_fails_holds_no_other_back():
    handled = []

    def call(event, *_):
        if event.record.partition == 0 and len(handled) < 3:
            raise LookupError
        handled.append((event.record.partition, event.record.offset))
        return True

    run([record(0), record(0, 1), record(1, 1), record(2, 1)], call, retries=99)
    assert handled == [(1, 0), (1, 1), (1, 2), (0, 0)]


@pytest.mark.parametrize("handler_s", [0.01, loop.TURN_S + 1])
def test_a_busy_partition_takes_turns_with_the_others(monkeypatch, handler_s):
    clock, handled = [0.0], []

    def call(event, *_):
        clock[0] += handler_s
        handled.append(event.record.partition)
        return True

    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    deep = [record(offset, partition) for partition in (0, 1) for offset in range(300)]
    run(deep, call)
    assert len(handled) == 600
    first = handled.index(1)
    assert first <= loop.BATCH_RECORDS_MAX + 1 and handled[first:first + 180] == [1, 0] * 90


def test_without_a_dead_letter_topic_a_failed_event_stops_the_receiver_uncommitted():
    call, _ = failing(99, offset=1)
    with pytest.raises(Stopped, match=r"midtrans.payment.settled\[0\]@1.*Nothing of it is commit"):
        run([record(0), record(1)], call, dead=False, retries=1)


def test_the_offset_before_a_failed_event_is_committed_when_it_stops():
    consumer = FakeConsumer([record(0), record(1)])
    call, _ = failing(99, offset=1)
    with pytest.raises(Stopped):
        Receiver(Options(retries=0), consumer, None, call).run(lambda: False)
    assert consumer.committed == {place(): 1} and consumer.closed


def test_a_database_that_is_down_stops_everything_counts_no_attempt_and_resumes():
    calls = []

    def call(event, *_):
        calls.append(event.record.partition)
        if len(calls) <= 3:
            raise DatabaseDown("no route")
        return True

    receiver, consumer, graveyard = run([record(0), record(0, 1)], call, retries=0)
    assert len(calls) == 5 and not graveyard.letters
    assert receiver.counts == Counter(handled=2)
    assert consumer.committed == {place(): 1, place(1): 1}


def test_nothing_is_committed_while_the_database_is_down():
    def call(*_):
        raise DatabaseDown("no route")

    calls = []
    _, consumer, _ = run([record(0)], call, until=lambda *_: calls.append(1) or len(calls) > 20)
    assert consumer.committed == {}


@pytest.mark.parametrize("setting, counts, letters", [
    ("skip", Counter(skipped=1, handled=1), []),
    ("dead_letter", Counter(dead_lettered=1, handled=1), [(0, "VALUE_CONVERTER", "Unknown", 0)])])
def test_an_unknown_version_is_skipped_or_a_dead_letter_as_configured(setting, counts, letters):
    receiver, consumer, graveyard = run(
        [record(0, ce_type="sinyal.payment.settled.v2"), record(1)], unknown_events=setting)
    assert receiver.counts == counts and graveyard.letters == letters
    assert consumer.committed == {place(): 2}


def test_what_is_malformed_is_a_dead_letter_at_once():
    receiver, consumer, graveyard = run([record(0, ce_id="7"), record(1)])
    assert graveyard.letters == [(0, "VALUE_CONVERTER", "Malformed", 0)]
    assert receiver.counts == Counter(dead_lettered=1, handled=1)
    assert consumer.committed == {place(): 2}


def test_a_dead_letter_that_kafka_does_not_take_is_written_again_before_anything_is_committed():
    consumer, graveyard = FakeConsumer([record(0, ce_id="7")]), Graveyard()
    graveyard.refusals = 2
    receiver = Receiver(Options(retry_backoff_max_s=0.01), consumer, graveyard)
    end = time.monotonic() + 10
    receiver.run(lambda: bool(graveyard.letters) or time.monotonic() > end)
    assert graveyard.letters and consumer.committed == {place(): 1}


def test_a_partition_that_goes_is_committed_and_its_backlog_forgotten():
    def stop(receiver, consumer):
        if receiver.counts["retried"]:
            consumer.on_revoke(consumer, [TopicPartition(*place())])
            assert consumer.committed == {place(): 1}
            return True
        return False

    call, calls = failing(99, offset=1)
    receiver, _, _ = run([record(0), record(1)], call, until=stop)
    assert not receiver._lanes and calls == [0, 1]


def test_a_partition_that_is_lost_is_not_committed():
    def stop(receiver, consumer):
        if receiver.counts["handled"]:
            consumer.on_lost(consumer, [TopicPartition(*place())])
            return True
        return False

    _, consumer, _ = run([record(0)], until=stop)
    assert consumer.committed == {}


def test_a_stop_waits_for_the_event_in_hand_and_for_no_other():
    _, consumer, _ = run([record(number) for number in range(5)],
                         until=lambda receiver, _: receiver.counts["handled"] >= 2)
    assert consumer.committed == {place(): 2}


@pytest.mark.parametrize("code", [KafkaError.TOPIC_AUTHORIZATION_FAILED,
                                  KafkaError.GROUP_AUTHORIZATION_FAILED,
                                  KafkaError.UNKNOWN_TOPIC_OR_PART])
def test_what_waiting_cannot_mend_stops_it_with_a_hint(code):
    consumer = FakeConsumer([])
    consumer.fail(code)
    with pytest.raises(Stopped, match="Hint"):
        Receiver(Options(), consumer, None).run(lambda: False)
    assert consumer.closed


def test_a_passing_error_of_kafka_is_only_logged(caplog):
    consumer = FakeConsumer([record(0)])
    consumer.fail(KafkaError._TRANSPORT)
    receiver = Receiver(Options(), consumer, None, lambda *_: True)
    receiver.run(lambda: receiver.counts["handled"] == 1)
    assert "Kafka:" in caplog.text


def test_no_log_line_shows_a_value_or_a_customer(caplog):
    run([record(0, ce_id="7"), record(1, ce_type="x"), record(2)])
    assert caplog.text.count("midtrans.payment.settled[0]@") == 3  # the dead letter twice
    assert "sari" not in caplog.text and "SHOP-1001" not in caplog.text


def test_a_dead_letter_carries_the_record_and_says_where_and_why():
    first = dict(headers_of(record(7), "shop", "TASK_PUT", LookupError("no order"), 6))
    assert first["ce_signal"] == b"payment_settled"
    assert {name[17:]: value for name, value in first.items()
            if name.startswith("__connect.errors.")} == {
        "topic": "midtrans.payment.settled", "partition": "0", "offset": "7",
        "connector.name": "shop", "task.id": "0", "stage": "TASK_PUT",
        "class.name": "sinyal_django.receiver",
        "exception.class.name": "builtins.LookupError", "exception.message": "no order"}
    again = Record("shop.dead-letters", 0, 0, b"k", b"v", tuple(first.items()))
    names = [name for name, _ in headers_of(again, "shop", "TASK_PUT", LookupError("again"), 1)]
    assert len(names) == len(set(names))


class Unsayable(Exception):
    def __str__(self):
        raise LookupError


@pytest.mark.parametrize("error, message", [
    (LookupError("no order \ud800"), r"no order \ud800"),
    (Unsayable(), "its message cannot be read")], ids=["half a surrogate", "no text"])
def test_a_dead_letter_can_be_written_whatever_the_exception_says(error, message):
    headers = headers_of(record(7), "shop", "TASK_PUT", error, 6)
    assert dict(headers)["__connect.errors.exception.message"] == message
    Producer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0}).produce("t", headers=headers)
    call, _ = failing(99, error=error)
    with pytest.raises(Stopped):
        run([record(0)], call, dead=False, retries=0)
