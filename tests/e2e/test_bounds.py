"""One subject driven past every bound of its state: quarantined with the reason, and the partition,
in which others are waiting, goes on."""
import random

from support import payment, read, wait_until_processed
from test_all_signals import charge, subscription
from test_quarantine import FAT, attempts
from wire import RECURRING

MANY_REFUNDS = [{"refund_amount": "1.00", "refund_key": f"R-{number}",
                 "created_at": "2026-11-21 10:00:00"} for number in range(257)]


def charges(count):
    return [charge("B-SUB", {"transaction_status": "capture", "transaction_id": f"ch-{number}",
                             "status_code": "200"}) for number in range(count)]


def test_a_subject_past_every_bound_ends_in_quarantine_and_its_partition_goes_on(
        kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    connection = process.connection()
    bodies = attempts(65, "B-ATTEMPTS") + attempts(64, "B-FAT", **FAT)
    bodies += [payment("B-REFUNDS", "settlement"),
               payment("B-REFUNDS", "partial_refund", refunds=MANY_REFUNDS[:256]),
               payment("B-REFUNDS", "partial_refund", refunds=MANY_REFUNDS[256:])]
    for body in bodies:
        assert process.notify(body, connection)[0] == 200
    assert process.recurring(subscription("B-SUB"))[0] == 200
    for body in charges(4097):
        assert process.post(RECURRING, body, connection)[0] == 200
    afterwards = [f"B-AFTER-{number}" for number in range(24)]
    for order in afterwards:
        assert process.notify(payment(order, "settlement"), connection)[0] == 200
    wait_until_processed(process, kafka, prefix)

    reasons = {}
    for record in read(kafka, f"{prefix}.quarantine"):
        reasons.setdefault(record.key.split(":", 2)[2], set()).add(record.header("sinyal_reason"))
    assert reasons == {"B-ATTEMPTS": {"too_many_attempts"}, "B-FAT": {"state_too_large"},
                       "B-REFUNDS": {"state_too_large"}, "B-SUB": {"state_too_large"}}
    assert len(read(kafka, f"{prefix}.payment.refunded")) == 256
    assert len(read(kafka, f"{prefix}.subscription.charged")) == 4096
    settled = {record.header("ce_subject"): record.partition
               for record in read(kafka, f"{prefix}.payment.settled")}
    assert set(afterwards) <= set(settled)
    stuffed = {record.partition for record in read(kafka, f"{prefix}.quarantine")}
    assert stuffed <= {settled[order] for order in afterwards}
    assert max(len(record.value) for record in read(kafka, f"{prefix}.state")) <= 900 * 1024


def test_a_pair_that_was_torn_between_two_subjects_does_no_harm_when_it_is_told_again(
        kafka, prefix, sinyal, seed):
    """ingest died after the first of a notification's two records: it was not acknowledged, so
    Midtrans tells it again, whole. What a kill leaves is made here from a pair that arrived."""
    both = payment("B-PAIR", "settlement", metadata={"midtrans_invoice_id": "B-INV"})
    donor = sinyal(kafka, prefix + "-donor").start()
    assert donor.notify(both)[0] == 200
    pair = read(kafka, f"{prefix}-donor.notifications")
    assert len(pair) == 2
    donor.kill()

    process = sinyal(kafka, prefix).start()
    survivor = random.Random(seed).choice(pair)
    kafka.append(f"{prefix}.notifications", survivor)
    wait_until_processed(process, kafka, prefix)
    first = {name: len(read(kafka, f"{prefix}.{name}")) for name in ("payment.settled",
                                                                     "invoice.paid")}
    assert sorted(first.values()) == [0, 1]
    assert process.notify(both)[0] == 200
    wait_until_processed(process, kafka, prefix)
    for name in first:
        found = read(kafka, f"{prefix}.{name}")
        assert [record.header("ce_subjectsequence") for record in found] == ["1"], name
    assert read(kafka, f"{prefix}.quarantine") == []
