"""Handlers that throw, and records that are no events: retried, dead-lettered, never lost."""
import json

import pytest
from confluent_kafka.admin import ConfigResource

from programs import Event, headers_of
from support import read, until


def dead_letters(topics, kafka, group="g"):
    return read(kafka, f"{topics.prefix}.{group}.dead-letters")


def partition_of(events, probe_rows):
    """subject -> partition, of what was handled."""
    return {row[1]: row[5] for row in probe_rows if row[1] in {event.subject for event in events}}


def test_a_poisoned_event_is_retried_then_dead_lettered_and_blocks_nobody(topics, probe, kafka):
    """Enough stands behind it in its partition for that to be paused, and all of it is handled."""
    topics.create("payment_settled")
    poison = Event("payment_settled", "POISON", 1)
    behind = [Event("payment_settled", "POISON", sequence) for sequence in range(2, 700)]
    other = [Event("payment_settled", f"OTHER-{i}", 1) for i in range(100)]
    topics.publish([poison, *behind, *other])
    receiver = probe("payment_settled", fail="POISON", fail_times=0, attempts=3)
    receiver.wait_for([poison, *behind, *other]).stop()
    assert not dead_letters(topics, kafka)  # fail_times=0: none fails; now one does for ever

    poisoned = Event("payment_settled", "POISONED", 1)
    ahead = Event("payment_settled", "BEFORE", 1)
    rest = [Event("payment_settled", f"REST-{i}", 1) for i in range(1200)]
    topics.publish([ahead, poisoned, *rest])
    receiver = probe("payment_settled", fail="POISONED", attempts=4, first_wait=700)
    elsewhere_done = receiver.wait_for([ahead]) and until(
        lambda: len({row[5] for row in receiver.handled() if row[1].startswith("REST")}) >= 2,
        "other partitions go on")
    assert elsewhere_done and not dead_letters(topics, kafka)
    receiver.wait_for(rest)
    until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    assert [line for line in receiver.lines if line.startswith("called ")] == \
        ["called POISONED 1"] * 4
    letter, = dead_letters(topics, kafka)
    headers = headers_of(letter)
    assert (letter.key, letter.value) == (poisoned.key, poisoned.bytes())
    assert poisoned.headers.items() <= headers.items()
    position = next(record for record in read(kafka, topics.name("payment_settled"))
                    if record.key == poisoned.key)
    assert {name: value for name, value in headers.items() if name not in poisoned.headers} == {
        "__connect.errors.topic": topics.name("payment_settled"),
        "__connect.errors.partition": str(position.partition),
        "__connect.errors.offset": str(position.offset),
        "__connect.errors.connector.name": "g",
        "__connect.errors.task.id": "0",
        "__connect.errors.stage": "TASK_PUT",
        "__connect.errors.class.name": "sinyal::subscriber",
        "__connect.errors.exception.class.name": "std::runtime_error",
        "__connect.errors.exception.message": "the handler cannot",
        "sinyal_attempts": "4"}
    assert receiver.statistics()["rejected"] == 1


def test_a_handler_that_recovers_is_called_again_and_nothing_is_dead_lettered(topics, probe, kafka):
    topics.create("payment_settled")
    events = [Event("payment_settled", "S", sequence) for sequence in (1, 2, 3)]
    topics.publish(events)
    receiver = probe("payment_settled", fail="S", fail_times=2, first_wait=20).wait_for(events)
    receiver.stop()
    assert [row[2] for row in receiver.handled()] == [1, 2, 3]
    assert receiver.statistics()["retries"] == 6
    assert not dead_letters(topics, kafka)


def test_a_database_that_is_down_stops_its_partition_and_commits_nothing(topics, probe, kafka):
    """try_later: more often than attempts, no dead letter, and the position stays before it."""
    topics.create("payment_settled", partitions=1)
    events = [Event("payment_settled", "S", sequence) for sequence in (1, 2)]
    topics.publish(events)
    receiver = probe("payment_settled", later="S", attempts=2, first_wait=10, commit_ms=50)
    until(lambda: receiver.lines.count("called S 1") > 5, "called six times")
    receiver.stop()
    assert topics.committed("payment_settled", partitions=1) == {0: 0}
    assert not receiver.handled() and not dead_letters(topics, kafka)
    recovered = probe("payment_settled").wait_for(events).stop()
    assert [row[2] for row in recovered.handled()] == [1, 2]


def test_a_handler_that_rejects_is_not_called_again(topics, probe, kafka):
    topics.create("payment_settled")
    events = [Event("payment_settled", "WRONG", 1), Event("payment_settled", "RIGHT", 1)]
    topics.publish(events)
    receiver = probe("payment_settled", reject="WRONG").wait_for(events[1:])
    letter, = until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    assert headers_of(letter)["__connect.errors.exception.class.name"] == "sinyal::reject"
    assert headers_of(letter)["__connect.errors.exception.message"] == "the order is unknown"
    assert headers_of(letter)["sinyal_attempts"] == "1"
    topic = ConfigResource(ConfigResource.Type.TOPIC, f"{topics.prefix}.g.dead-letters")
    admin = kafka.admin()
    configured = admin.describe_configs([topic])[topic].result(30)
    assert configured["retention.ms"].value == str(90 * 24 * 3600 * 1000)


@pytest.mark.parametrize("throws, name, message", [
    ("int", "int", "the handler threw what is no std::exception"),
    ("no_reason", "no_reason", ""),
])
def test_whatever_a_handler_throws_is_named(topics, probe, kafka, throws, name, message):
    topics.create("payment_settled")
    topics.publish([Event("payment_settled", "S", 1)])
    receiver = probe("payment_settled", fail="S", throws=throws, attempts=2, first_wait=10)
    letter, = until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    headers = headers_of(letter)
    assert name in headers["__connect.errors.exception.class.name"]
    assert headers["__connect.errors.exception.message"] == message


@pytest.mark.parametrize("what", ["reject", "fail", "later"])
def test_what_is_thrown_by_code_without_run_time_types_is_told_apart(topics, probe, kafka, what):
    topics.create("payment_settled")
    events = [Event("payment_settled", "S", 1)]
    topics.publish(events)
    receiver = probe("payment_settled", binary="probe-without-rtti", attempts=2, first_wait=10,
                     **{what: "S"}, **({"later_times": 5} if what == "later" else {}))
    if what == "later":
        receiver.wait_for(events).stop()
        assert not dead_letters(topics, kafka)
        return
    letter, = until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    assert headers_of(letter)["sinyal_attempts"] == ("1" if what == "reject" else "2")


def test_a_handlers_reason_is_kept_to_a_length_that_fits_a_header(topics, probe, kafka):
    topics.create("payment_settled")
    topics.publish([Event("payment_settled", "WRONG", 1)])
    receiver = probe("payment_settled", reject="WRONG", says="x" + "ä" * 40_000)
    letter, = until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    assert headers_of(letter)["__connect.errors.exception.message"] == "x" + "ä" * 499 + "…"


def without(event, *headers):
    for name in headers:
        del event.headers[name]
    return event


def with_value(event, value):
    event.bytes = lambda: value
    return event


def with_header(event, name, value):
    event.headers[name] = value
    return event


def changed(event, change):
    change(event.value)
    return event


def fresh(name="payment_settled"):
    return Event(name, "BAD", 1)


BAD = {
    "text that is not JSON": (lambda: with_value(fresh(), b"not json"), "not_json"),
    "half a document": (lambda: with_value(fresh(), fresh().bytes()[:-1]), "not_json"),
    "two documents": (lambda: with_value(fresh(), b"{}{}"), "not_json"),
    "a list": (lambda: with_value(fresh(), b"[1]"), "not_json"),
    "no bytes": (lambda: with_value(fresh(), b""), "not_json"),
    "a tombstone": (lambda: with_value(fresh(), None), "not_json"),
    "not UTF-8": (lambda: with_value(fresh(), b'{"payment":"\xff"}'), "not_json"),
    "a bomb of brackets": (lambda: with_value(fresh(), b"[" * 100000), "not_json"),
    "no ce_id": (lambda: without(fresh(), "ce_id"), "not_a_cloudevent"),
    "no headers": (lambda: without(fresh(), *list(fresh().headers)), "not_a_cloudevent"),
    "another CloudEvents": (lambda: with_header(fresh(), "ce_specversion", "2.0"),
                            "not_a_cloudevent"),
    "a sequence of words": (lambda: with_header(fresh(), "ce_subjectsequence", "two"), "bad_field"),
    "a sequence of zero": (lambda: with_header(fresh(), "ce_subjectsequence", "0"), "bad_field"),
    "a time in another zone": (lambda: with_header(fresh(), "ce_time", "2026-11-23 02:15:30"),
                               "bad_field"),
    "a source without merchant": (lambda: with_header(fresh(), "ce_source", "midtrans"),
                                  "bad_field"),
    "no payment": (lambda: changed(fresh(), lambda v: v.pop("payment")), "missing_field"),
    "a payment that is a text": (lambda: changed(fresh(), lambda v: v.update(payment="x")),
                                 "bad_field"),
    "an amount as a number": (
        lambda: changed(fresh(), lambda v: v["payment"].update(gross_amount=150000)), "bad_field"),
    "an amount without decimals": (
        lambda: changed(fresh(), lambda v: v["payment"].update(gross_amount="150000")),
        "bad_field"),
    "no order": (lambda: changed(fresh(), lambda v: v["payment"].pop("order")), "missing_field"),
    "an order without status": (
        lambda: changed(fresh(), lambda v: v["payment"]["order"].pop("status")), "bad_field"),
    "a null": (lambda: changed(fresh(), lambda v: v["payment"].update(bank=None)), "bad_field"),
    "structured with data under another spelling": (
        lambda: with_header(with_value(fresh(), b'{"d\\u0061ta":{"notification":{}}}'),
                            "content-type", "application/cloudevents+json"), "not_a_cloudevent"),
    "structured with data twice": (
        lambda: with_header(with_value(fresh(), b'{"data":5,"data":{"notification":{}}}'),
                            "content-type", "application/cloudevents+json"), "not_a_cloudevent"),
    "structured without data": (
        lambda: with_header(with_value(fresh(), b'{"specversion":"1.0"}'), "content-type",
                            "application/cloudevents+json"), "not_a_cloudevent"),
}


def test_each_bad_record_is_dead_lettered_with_its_place_and_reason(topics, probe, kafka):
    topics.create("payment_settled", partitions=1)
    bad = [make() for make, _ in BAD.values()]
    good = Event("payment_settled", "GOOD", 1)
    topics.publish([*bad, good])
    receiver = probe("payment_settled").wait_for([good]).stop()
    letters = dead_letters(topics, kafka)
    found = {}
    for letter in letters:
        headers = headers_of(letter)
        assert headers["__connect.errors.stage"] == "VALUE_CONVERTER"
        assert headers["__connect.errors.topic"] == topics.name("payment_settled")
        assert headers["__connect.errors.partition"] == "0"
        assert headers["__connect.errors.exception.message"]
        offset = int(headers["__connect.errors.offset"])
        assert letter.value == bad[offset].bytes()
        found[list(BAD)[offset]] = headers["__connect.errors.exception.class.name"]
    assert found == {name: reason for name, (_, reason) in BAD.items()}
    assert receiver.statistics()["rejected"] == len(BAD)
    assert topics.committed("payment_settled", partitions=1) == {0: len(BAD) + 1}


@pytest.mark.parametrize("unknown", ["sinyal.payment.settled.v2", "sinyal.payment.teleported.v1",
                                     "com.example.other"])
def test_an_event_of_unknown_type_or_version_is_skipped_and_counted(topics, probe, kafka, unknown):
    topics.create("payment_settled")
    good = Event("payment_settled", "GOOD", 1)
    topics.publish([*(with_header(fresh(), "ce_type", unknown) for _ in range(2)), good])
    receiver = probe("payment_settled").wait_for([good])
    until(lambda: sum(topics.committed("payment_settled").values()) >= 3, "all passed")
    receiver.stop()
    assert receiver.statistics()["unknown"] == 2
    said, = receiver.errors  # once a type, however many come
    assert f"the type {unknown} is not known" in said
    assert not dead_letters(topics, kafka)


def test_an_event_of_unknown_type_is_dead_lettered_where_configured(topics, probe, kafka):
    topics.create("payment_settled")
    strange = with_header(fresh(), "ce_type", "sinyal.payment.settled.v2")
    topics.publish([strange])
    receiver = probe("payment_settled", unknown="dead_letter")
    letter, = until(lambda: dead_letters(topics, kafka), "dead-lettered")
    receiver.stop()
    headers = headers_of(letter)
    assert headers["__connect.errors.exception.class.name"] == "unknown_type"
    assert "sinyal.payment.settled.v2" in headers["__connect.errors.exception.message"]


def test_a_record_as_large_as_its_topic_takes_is_dead_lettered_whole(topics, probe, kafka):
    """The letter is larger than what it was made from, by the headers that say why."""
    topics.create("payment_settled", partitions=1)
    large, good = b"x" * 1_048_480, Event("payment_settled", "GOOD", 1)
    producer = topics.producer(**{"message.max.bytes": 2_000_000})
    producer.produce(topics.name("payment_settled"), large, partition=0)
    topics.produce(producer, good)
    assert producer.flush(30) == 0
    probe("payment_settled").wait_for([good], 20).stop()
    letter, = dead_letters(topics, kafka)
    assert letter.value == large


def test_what_cannot_be_dead_lettered_is_not_passed_over(topics, probe, kafka):
    """The dead-letter topic takes no record of this size: the position stays before the event."""
    topics.create("payment_settled", partitions=1)
    topics.create(f"{topics.prefix}.small", partitions=1, **{"max.message.bytes": "200"})
    topics.publish([fresh(), Event("payment_settled", "BEHIND", 1)])
    receiver = probe("payment_settled", reject="BAD", dead_letters=f"{topics.prefix}.small",
                     first_wait=50, commit_ms=50)
    until(lambda: sum("cannot be written" in line for line in receiver.errors) >= 2, "tried twice")
    receiver.stop()
    assert topics.committed("payment_settled", partitions=1) == {0: 0}
    assert not receiver.handled()
