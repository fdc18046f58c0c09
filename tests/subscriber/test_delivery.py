"""What handlers get, from a broker that really publishes and from records as it writes them."""
import json
import sqlite3
import subprocess
import time

from programs import Event
from support import CATALOGUE, MERCHANT, payment, read, until


def rows(path, query):
    with sqlite3.connect(path) as database:
        return database.execute(query).fetchall()


def test_every_signal_of_the_broker_reaches_its_handler(sinyal, probe, topics, kafka, tmp_path):
    """All scenarios of `sinyal notify`, through a real ingest and lifecycle."""
    sent = subprocess.run(
        [sinyal.binary, "notify", "--config", str(sinyal.config), "--url", f"http://{sinyal.http}",
         "--merchant", MERCHANT, "--scenario", "all"],
        env=sinyal.environment, capture_output=True, text=True, check=False)
    assert sent.returncode == 0, sent.stderr
    every = probe(",".join(entry["name"] for entry in CATALOGUE))
    names = {entry["name"] for entry in CATALOGUE}
    until(lambda: {row[0] for row in every.handled()} == names, "a handler of each signal called")
    until(lambda: len(every.handled()) == sum(
        len(read(kafka, topics.name(name))) for name in names), "all of them")
    every.stop()
    assert every.statistics()["unknown"] == 0
    assert not read(kafka, f"{topics.prefix}.g.dead-letters")


def test_the_shop_ships_releases_only_what_is_unpaid_and_thanks(sinyal, shop, tmp_path):
    running = shop("")  # no name, so that the next test's shop finds the group empty
    for body in [
            payment("PAID", "settlement"),
            # Two attempts: one pays, the other expires. The goods are the customer's.
            payment("BOTH", "settlement", transaction_id="first"),
            payment("BOTH", "expire", transaction_id="second"),
            # An attempt expires while another can still pay.
            payment("OPEN", "pending", transaction_id="first"),
            payment("OPEN", "expire", transaction_id="second"),
            # Two attempts pay: the goods are sent once.
            payment("TWICE", "settlement", transaction_id="first"),
            payment("TWICE", "settlement", transaction_id="second"),
            payment("GONE", "pending"), payment("GONE", "expire"),
            payment("BACK", "settlement"),
            payment("BACK", "refund", refund_amount="150000.00", refunds=[
                {"refund_chargeback_id": 1, "refund_amount": "150000.00", "reason": "no stock",
                 "created_at": "2026-11-21 10:00:00", "refund_key": "k"}]),
            payment("LAST", "settlement")]:
        assert sinyal.notify(body)[0] == 200
    path = tmp_path / "shop.db"
    # Six settlements, one refund, and the one expiry that says something of its order.
    until(lambda: done(path) == 8, "all that have an effect")
    running.stop()
    assert rows(path, "SELECT order_id FROM shipments ORDER BY order_id") == [
        ("BACK",), ("BOTH",), ("LAST",), ("PAID",), ("TWICE",)]
    assert rows(path, "SELECT order_id FROM releases") == [("GONE",)]
    assert rows(path, "SELECT amount FROM shipments WHERE order_id = 'PAID'") == [("150000.00",)]
    (mail,), = rows(path, "SELECT mail FROM outbox")
    assert mail == "Thank you. IDR 150000.00 of order BACK is on its way back to you."


def test_what_a_transaction_took_back_is_never_delivered(topics, probe):
    topics.create("payment_settled")
    topics.transaction([Event("payment_settled", f"ABORTED-{i}", 1) for i in range(20)], False)
    real = [Event("payment_settled", f"REAL-{i}", 1) for i in range(20)]
    topics.transaction(real)
    receiver = probe("payment_settled").wait_for(real).stop()
    assert {row[1] for row in receiver.handled()} == {event.subject for event in real}


def test_a_backlog_beyond_the_clients_queue_is_worked_off_without_pauses(topics, probe):
    """librdkafka before 2.2 fetches nothing for up to a second whenever its queue was full, which
    is here at about every hundredth event."""
    topics.create("payment_settled")
    events = [Event("payment_settled", f"MANY-{i}", 1) for i in range(10_000)]
    topics.publish(events)
    begun = time.monotonic()
    receiver = probe("payment_settled", properties="queued.min.messages:100,"
                     "fetch.message.max.bytes:20000").wait_for(events)
    assert time.monotonic() - begun < 20
    receiver.stop()


def test_structured_and_binary_events_are_the_same_to_a_handler(topics, probe):
    topics.create("payment_settled", "subscription_charged")
    events = [Event("payment_settled", "S-1", 1).structured(), Event("payment_settled", "S-1", 2),
              Event("subscription_charged", "S-2", 1).structured()]
    topics.publish(events)
    receiver = probe("payment_settled,subscription_charged").wait_for(events).stop()
    assert receiver.statistics()["rejected"] == 0


def test_a_handler_of_one_merchant_hears_of_no_other(topics, probe):
    topics.create("payment_settled")
    ours = [Event("payment_settled", f"A-{i}", 1, merchant="G1") for i in range(10)]
    theirs = [Event("payment_settled", f"B-{i}", 1, merchant="G2") for i in range(10)]
    topics.publish([event for pair in zip(theirs, ours) for event in pair])
    receiver = probe("payment_settled", merchant="G1").wait_for(ours).stop()
    assert {row[1] for row in receiver.handled()} == {event.subject for event in ours}


def test_a_handler_disconnects_itself_and_what_passes_nobody_is_said_once(topics, probe):
    topics.create("payment_settled", partitions=1)
    topics.publish([Event("payment_settled", "S", sequence) for sequence in range(1, 11)])
    receiver = probe("payment_settled", once=1, commit_ms=50)
    until(lambda: topics.committed("payment_settled", partitions=1) == {0: 10}, "passed")
    receiver.stop()
    assert [row[2] for row in receiver.handled()] == [1]
    said, = receiver.errors
    assert "[0]@1: nobody is connected to payment_settled any more" in said


def test_gaps_and_repeats_of_a_subject_are_spotted(topics, probe):
    topics.create("payment_settled")
    events = [Event("payment_settled", "S", sequence) for sequence in (1, 2, 5, 5, 4, 6)]
    topics.publish(events)
    receiver = probe("payment_settled")
    until(lambda: len(receiver.handled()) == 6, "six events")
    assert [row[3] for row in receiver.handled()] == [
        "next", "next", "gap", "repeat", "repeat", "next"]
    receiver.stop()
    assert (receiver.statistics()["gaps"], receiver.statistics()["repeats"]) == (1, 2)


def test_three_deliveries_and_a_kill_in_the_middle_have_each_effect_once(topics, shop, tmp_path,
                                                                         rounds):
    """Everything is on the topics three times; the shop is killed while it works, every round."""
    topics.create("payment_settled", "payment_expired", "payment_refunded")
    path = tmp_path / "shop.db"
    unpaid = {"status": "unpaid", "paid_amount": "0.00", "refunded_amount": "0.00",
              "charged_back_amount": "0.00", "net_amount": "0.00", "attempts": 1,
              "open_attempts": 0, "quarantined": 0}
    shipped, released, thanked = set(), set(), set()
    for number in range(rounds):
        events = []
        for i in range(100):
            events += [Event("payment_settled", f"P-{number}-{i}", 1),
                       Event("payment_refunded", f"P-{number}-{i}", 2),
                       Event("payment_expired", f"E-{number}-{i}", 1, order=unpaid)]
            shipped.add(f"P-{number}-{i}")
            released.add(f"E-{number}-{i}")
            thanked.add(f"Thank you. IDR 50000.00 of order P-{number}-{i} "
                        "is on its way back to you.")
        before = done(path)
        running = shop("shop-1")
        topics.publish(events, times=3)
        until(lambda: done(path) > before + 10, "in the middle")
        running.kill()
        assert done(path) < len(shipped) + len(released) + len(thanked), \
            "it was killed after all was done"
    running = shop("shop-1")
    until(lambda: done(path) == len(shipped) + len(released) + len(thanked), "all handled", 120)
    running.stop()
    once = {"SELECT order_id FROM shipments": shipped, "SELECT order_id FROM releases": released,
            "SELECT mail FROM outbox": thanked}
    for query, wanted in once.items():
        assert sorted(row[0] for row in rows(path, query)) == sorted(wanted), query


def done(path):
    """How many events have had their effect."""
    if not path.exists():
        return 0
    try:
        return rows(path, "SELECT count(*) FROM inbox")[0][0]
    except sqlite3.OperationalError:  # not created yet
        return 0
