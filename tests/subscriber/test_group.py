"""Members that come and go, one order over several topics, positions, a clean stop."""
import random
import time

from confluent_kafka import TopicPartition

from programs import Event
from support import until


def order_of(rows, subject):
    return [row[2] for row in rows if row[1] == subject]


def is_kept(sequences):
    """Whether each event came, and none for the first time after a later one."""
    first = list(dict.fromkeys(sequences))
    return first == sorted(first)


def test_order_is_kept_and_nothing_is_lost_while_members_join_and_leave(topics, probe, seed):
    topics.create("payment_settled", partitions=6)
    subjects = [f"S-{i}" for i in range(24)]
    chosen = random.Random(seed)
    sequence = dict.fromkeys(subjects, 0)
    published = []

    def publish(count):
        events = []
        for _ in range(count):
            subject = chosen.choice(subjects)
            sequence[subject] += 1
            events.append(Event("payment_settled", subject, sequence[subject]))
        published.extend(events)
        topics.publish(events)

    first = probe("payment_settled", handle_ms=2)
    publish(200)
    until(lambda: len(first.handled()) > 20, "the first works")
    second = probe("payment_settled", handle_ms=2)
    until(lambda: publish(40) or len(second.handled()) > 40, "the second works")
    third = probe("payment_settled", handle_ms=2)
    until(lambda: publish(40) or len(third.handled()) > 40, "the third works")
    second.stop()
    publish(100)
    first.stop()
    publish(100)
    members = (first, second, third)
    wanted = {event.id for event in published}
    until(lambda: wanted <= set().union(*(member.ids() for member in members)), "all handled")
    third.stop()
    for subject in subjects:
        for member in members:
            assert is_kept(order_of(member.handled(), subject)), (subject, member.handled())
        # Stopped cleanly and never killed: nothing is handled twice, so the order is whole too.
        handled = sorted(seq for member in members for seq in order_of(member.handled(), subject))
        assert handled == list(range(1, sequence[subject] + 1)), subject


def test_a_partition_that_was_paused_goes_on_after_a_rebalance(topics, probe):
    """Its first event is put off, so that what is behind it is read ahead up to the pause."""
    topics.create("payment_settled", partitions=2)
    events, producer = [], topics.producer()
    for partition in (0, 1):
        for i in range(600):
            events.append(Event("payment_settled", f"S-{partition}-{i}", 1))
            topics.produce(producer, events[-1], partition=partition)
    assert producer.flush(30) == 0
    held = "S-0-0,S-1-0"
    first = probe("payment_settled", later=held, later_times=1, first_wait=30000)
    until(lambda: {"called S-0-0 1", "called S-1-0 1"} <= set(first.lines), "both are held")
    second = probe("payment_settled", later=held, later_times=1, first_wait=50)
    wanted = {event.id for event in events}
    until(lambda: wanted <= first.ids() | second.ids(), "all handled", 25)
    assert first.ids() and second.ids(), "one of them had both partitions"
    first.stop()
    second.stop()


def test_several_topics_are_merged_into_one_order_per_subject(topics, probe, seed):
    """Each history runs through four topics, a transaction an event, as the broker publishes."""
    signals = ["payment_authorized", "payment_settled", "payment_refunded",
               "payment_refund_confirmed"]
    topics.create(*signals)
    chosen = random.Random(seed)
    histories = []
    cause = 0
    for i in range(12):
        for sequence in range(1, 9):
            histories.append((chosen.choice(signals), f"S-{i}", sequence))
    histories.sort(key=lambda each: each[2])
    events = []
    for name, subject, sequence in histories:
        cause += 1
        events.append(Event(name, subject, sequence, cause=cause))
    for begin in range(0, len(events), 24):
        topics.transaction(events[begin:begin + 24])
    receiver = probe(",".join(signals), merge=1).wait_for(events)
    later = [Event("payment_settled", f"S-{i}", 9, cause=cause + i + 1) for i in range(12)]
    topics.transaction(later)
    receiver.wait_for(later).stop()
    for i in range(12):
        assert order_of(receiver.handled(), f"S-{i}") == list(range(1, 10))
    assert receiver.statistics()["gaps"] == 0


def test_merging_some_topics_waits_for_no_event_that_never_comes(topics, probe):
    """Sequences 1 and 3 were on topics that nobody reads here: 2 and 4 come, in order, soon."""
    topics.create("payment_settled", "payment_refunded")
    events = [Event("payment_refunded", "S", 4, cause=40), Event("payment_settled", "S", 2,
                                                                  cause=20)]
    topics.publish(events)
    receiver = probe("payment_settled,payment_refunded", merge=1).wait_for(events)
    assert [row[2] for row in receiver.handled()] == [2, 4]
    begun = time.monotonic()
    more = [Event("payment_refunded", "T", 7, cause=70)]
    topics.publish(more)
    receiver.wait_for(more)
    assert time.monotonic() - begun < 4, "it waited for as long as merge_wait"
    receiver.stop()


def test_a_clean_stop_commits_all_that_was_handled_and_lag_is_zero(topics, probe):
    """Past the markers of transactions too, so that a monitor of the group sees no lag."""
    topics.create("payment_settled")
    events = [Event("payment_settled", f"S-{i}", 1) for i in range(60)]
    for begin in range(0, 60, 20):
        topics.transaction(events[begin:begin + 20])
    receiver = probe("payment_settled", commit_ms=60000).wait_for(events)
    receiver.stop()
    assert receiver.statistics() == {"handled": 60, "retries": 0, "rejected": 0, "unknown": 0,
                                     "gaps": 0, "repeats": 0, "lag": 0}
    again = probe("payment_settled")
    last = Event("payment_settled", "LAST", 1)
    topics.publish([last])
    again.wait_for([last]).stop()
    assert again.ids() == {last.id}


def test_positions_reach_the_end_while_it_runs(topics, probe, kafka):
    topics.create("payment_settled", partitions=1)
    events = [Event("payment_settled", "S", i) for i in range(1, 11)]
    topics.transaction(events)
    receiver = probe("payment_settled", commit_ms=50).wait_for(events)
    # ten events and the marker
    until(lambda: topics.committed("payment_settled", partitions=1) == {0: 11}, "at the end")
    receiver.stop()


def test_a_new_group_may_begin_at_the_end(topics, probe):
    topics.create("payment_settled", partitions=1)
    topics.publish([Event("payment_settled", "OLD", 1)])
    receiver = probe("payment_settled", start="latest", commit_ms=50)
    until(lambda: topics.committed("payment_settled", partitions=1) == {0: 1}, "its position kept")
    new = [Event("payment_settled", "NEW", 1)]
    topics.publish(new)
    receiver.wait_for(new).stop()
    assert [row[1] for row in receiver.handled()] == ["NEW"]


def test_what_came_to_a_group_that_began_at_the_end_outlives_a_stop(topics, probe):
    """The first event of a partition, which is being retried: the next member begins with it."""
    topics.create("payment_settled", partitions=1)
    topics.publish([Event("payment_settled", "OLD", 1)])
    receiver = probe("payment_settled", start="latest", later="NEW", first_wait=30000,
                     commit_ms=60000)
    new = Event("payment_settled", "NEW", 1)
    until(lambda: topics.publish([new]) or "called NEW 1" in receiver.lines, "it is held")
    receiver.stop()
    again = probe("payment_settled", start="latest").wait_for([new]).stop()
    assert {row[1] for row in again.handled()} == {"NEW"}


def test_a_position_that_retention_has_overtaken_skips_nothing_that_is_left(topics, probe, kafka):
    topics.create("payment_settled", partitions=1)
    receiver = probe("payment_settled", start="latest", commit_ms=50)
    until(lambda: topics.committed("payment_settled", partitions=1) == {0: 0}, "its position kept")
    receiver.stop()
    events = [Event("payment_settled", "S", sequence) for sequence in range(1, 11)]
    topics.publish(events)
    gone = TopicPartition(topics.name("payment_settled"), 0, 4)
    admin = kafka.admin()
    admin.delete_records([gone])[gone].result(30)
    again = probe("payment_settled", start="latest").wait_for(events[4:]).stop()
    assert [row[2] for row in again.handled()] == [5, 6, 7, 8, 9, 10]


def test_a_stop_does_not_wait_for_what_is_being_retried(topics, probe):
    topics.create("payment_settled", partitions=1)
    topics.publish([Event("payment_settled", "S", 1)])
    receiver = probe("payment_settled", fail="S", first_wait=20000)
    until(lambda: "called S 1" in receiver.lines, "it failed")
    begun = time.monotonic()
    receiver.stop()
    assert time.monotonic() - begun < 10
    assert topics.committed("payment_settled", partitions=1) == {0: 0}
