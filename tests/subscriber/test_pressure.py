"""Handlers that are slow, while others wait: members stay, order stays, stops stay short."""
import time

from programs import Event
from support import until


def one_each(topics, partitions, count):
    """The same number of events in each partition, and what they are."""
    events, producer = [], topics.producer()
    for partition in range(partitions):
        for i in range(count):
            events.append(Event("payment_settled", f"S-{partition}-{i}", 1))
            topics.produce(producer, events[-1], partition=partition)
    assert producer.flush(30) == 0
    return events


FIRST = ",".join(f"S-{partition}-0" for partition in range(8))


def test_a_member_stays_though_its_partitions_take_longer_than_may_pass_between_polls(
        topics, probe):
    """Each call is quick enough, those of all partitions one after the other are not: after an
    outage of what the handlers need, all partitions wait to be tried again at the same time."""
    topics.create("payment_settled", partitions=8)
    events = one_each(topics, 8, 2)
    receiver = probe("payment_settled", success_ms=1200, later=FIRST, later_times=1,
                     first_wait=2000,
                     properties="max.poll.interval.ms:6000,session.timeout.ms:6000")
    receiver.wait_for(events).stop()
    assert not [line for line in receiver.errors if "handler threw" not in line]
    assert len(receiver.handled()) == len(events)


def test_a_stop_waits_for_the_handler_that_runs_and_no_other(topics, probe):
    """Of eight partitions that all have an event to be handled."""
    topics.create("payment_settled", partitions=8)
    one_each(topics, 8, 1)
    receiver = probe("payment_settled", success_ms=1000, later=FIRST, later_times=1,
                     first_wait=2000)
    until(receiver.handled, "the first is handled")
    receiver.stop()
    assert len(receiver.handled()) <= 3


def test_the_merged_order_waits_for_what_the_client_has_already_fetched(topics, probe):
    """Of each subject the first event is on the topic whose records stand last in the queue, behind
    many of another partition that take their time."""
    signals = ["payment_refunded", "payment_settled"]
    topics.create(*signals, partitions=2)
    receiver = probe(",".join(signals), merge=1, handle_ms=5)
    warm = [Event(name, f"W-{name}", 1) for name in signals]
    topics.publish(warm)
    receiver.wait_for(warm)
    time.sleep(1)  # all have been told to be at their ends
    cause, wanted = 10, []
    for turn in range(12):
        first, second = signals if turn % 2 else reversed(signals)
        pair = [Event(first, f"S-{turn}", 1, cause=cause),
                Event(second, f"S-{turn}", 2, cause=cause + 1)]
        noise = [Event(name, f"N-{turn}-{i}-{name}", 1, cause=cause)
                 for name in signals for i in range(150)]
        cause += 2
        wanted += [*pair, *noise]
        batch = topics.producer(**{"transactional.id": f"{topics.prefix}-b{turn}"})
        batch.init_transactions(30)
        batch.begin_transaction()
        for event in pair:
            topics.produce(batch, event, partition=0)
        for event in noise:
            topics.produce(batch, event, partition=1)
        batch.flush(30)
        batch.commit_transaction(30)
        time.sleep(0.5)
    receiver.wait_for(wanted).stop()
    orders = [[row[2] for row in receiver.handled() if row[1] == f"S-{turn}"]
              for turn in range(12)]
    assert orders == [[1, 2]] * 12
