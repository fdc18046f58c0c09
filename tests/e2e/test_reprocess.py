"""The same raw log, processed again from its first offset into another prefix, gives the same
signals: id by id and byte by byte."""
import random

from confluent_kafka import Producer

from support import payment, read, read_signals, until, wait_until_processed
from test_all_signals import STORY


def history(generator, orders):
    """Notifications of many orders in an order that no gateway promises not to send."""
    bodies = []
    for number in range(orders):
        order = f"R-{number}"
        facts = [payment(order, "pending"), payment(order, generator.choice(
            ["settlement", "expire", "deny", "cancel", "failure"]))]
        if generator.random() < 0.3:
            facts.append(payment(order, "partial_refund", refund_amount="1000.00",
                                 refund_key="k1"))
        if generator.random() < 0.2:
            facts.append(payment(order, "settlement", amount="1.00"))
        facts += [generator.choice(facts)]
        bodies += facts
    generator.shuffle(bodies)
    return bodies


def test_processing_the_raw_log_again_gives_the_same_bytes(kafka, prefix, sinyal, seed):
    generator = random.Random(seed)
    live = sinyal(kafka, prefix).start()
    connection = live.connection()
    for body in history(generator, 100):
        assert live.notify(body, connection)[0] == 200
    for how, body, _ in STORY:  # invoices, subscriptions, documents, two subjects at once
        posted = {"notify": live.notify, "recurring": live.recurring}.get(
            how, lambda document, kind=how: live.document(kind, document))
        assert posted(body)[0] == 200
    wait_until_processed(live, kafka, prefix)

    shadow_prefix = prefix + "-again"
    shadow = sinyal(kafka, shadow_prefix, role="lifecycle", instance="shadow",
                    kafka__source_prefix=prefix, lifecycle__batch_records_max=7).start()
    wait_until_processed(shadow, kafka, shadow_prefix, raw=prefix)

    first, second = read_signals(kafka, prefix), read_signals(kafka, shadow_prefix)
    compared = 0
    for name, records in first.items():
        assert [r.identity() for r in records] == [r.identity() for r in second[name]], name
        compared += len(records)
    for name in ("state", "quarantine"):
        # positions tell of batches, which differ; all else is the same
        first_records, second_records = (
            [r.identity() for r in read(kafka, f"{each}.{name}") if r.key != "position"]
            for each in (prefix, shadow_prefix))
        assert first_records == second_records, name
        assert first_records, name
    print(f"{compared} signals compared")
    assert compared >= 60  # one a payment at the least


def test_a_raw_log_that_was_copied_in_transactions_is_read_over_its_markers(kafka, prefix, sinyal):
    """A mirror that copies exactly once leaves offsets that no reader is given: of the marker that
    ends each transaction, and of what was aborted. A consumer that skips records looks the same."""
    live = sinyal(kafka, prefix).start()
    connection = live.connection()
    for number in range(10):
        for status in ("pending", "settlement"):
            assert live.notify(payment(f"C-{number}", status), connection)[0] == 200
    wait_until_processed(live, kafka, prefix)

    copied = f"{prefix}-copied"
    reader = sinyal(kafka, copied, role="lifecycle", instance="copied").start()
    mirror = Producer({"bootstrap.servers": kafka.address, "transactional.id": f"{prefix}-mirror"})
    mirror.init_transactions(20)
    for record in read(kafka, f"{prefix}.notifications"):
        for value, end in ((b"aborted", mirror.abort_transaction),
                           (record.value, mirror.commit_transaction)):
            mirror.begin_transaction()
            mirror.produce(f"{copied}.notifications", value, record.key, record.partition,
                           timestamp=record.timestamp, headers=list(record.headers))
            assert mirror.flush(20) == 0
            end(20)
    until(lambda: reader.metric("sinyal_signals_total", signal="payment_settled") == 10, "read")
    assert reader.find("raw log has a hole")
    assert not read(kafka, f"{copied}.quarantine")
    copies = read_signals(kafka, copied)
    for name, records in read_signals(kafka, prefix).items():
        assert [(record.key, record.header("ce_subjectsequence")) for record in records] == [
            (record.key, record.header("ce_subjectsequence")) for record in copies[name]], name
