"""What Kafka will not take ends in quarantine, alone: the partition and the process go on."""
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from support import payment, read, until, wait_until_processed
from test_rebuild import HASTE, delete_state, folded, rebuild, stop, until_left
from wire import total

TOO_SMALL = "600"  # bytes: an event has some 1,500, a quarantined record of these orders as well


def limit(kafka, topic, most):
    entry = ConfigEntry("max.message.bytes", most, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = kafka.admin()  # its answers die with it
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(20)


def test_a_signal_that_its_topic_refuses_is_quarantined_and_the_others_are_published(
        kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    assert process.notify(payment("REF-0", "settlement"))[0] == 200
    wait_until_processed(process, kafka, prefix)
    limit(kafka, f"{prefix}.payment.denied", TOO_SMALL)
    for number in range(20):
        status = "deny" if number % 7 == 3 else "settlement"
        assert process.notify(payment(f"REF-{number}", status))[0] == 200
    wait_until_processed(process, kafka, prefix)

    refused = {f"REF-{number}" for number in range(20) if number % 7 == 3}
    quarantined = until(lambda: read(kafka, f"{prefix}.quarantine"), "quarantine")
    assert {record.key.split(":")[2] for record in quarantined} == refused
    assert {record.header("sinyal_reason") for record in quarantined} == {"unsupported_record"}
    settled = read(kafka, f"{prefix}.payment.settled")
    subjects = [record.header("ce_subject") for record in settled]
    assert sorted(subjects) == sorted({f"REF-{number}" for number in range(20)} - refused)
    assert not read(kafka, f"{prefix}.payment.denied")
    assert process.process.poll() is None
    # librdkafka 2.0.2 may lose count of a partition whose records it dropped with an aborted
    # transaction (OUT_OF_ORDER_SEQUENCE_NUMBER): that costs a new session, which is no loss.
    assert total(process, "sinyal_transactions_total", result="fatal") <= 3, \
        "most are found by aborts, not by starting anew"


def test_a_rebuilt_state_knows_what_was_refused_and_publishes_it_when_it_comes_again(
        kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, **HASTE).start()
    assert process.notify(payment("REF-1", "pending"))[0] == 200
    wait_until_processed(process, kafka, prefix)
    limit(kafka, f"{prefix}.payment.settled", TOO_SMALL)
    assert process.notify(payment("REF-1", "settlement"))[0] == 200
    wait_until_processed(process, kafka, prefix)
    assert len(read(kafka, f"{prefix}.quarantine")) == 1
    stop(process)
    until_left(process)
    state = folded(kafka, prefix)
    delete_state(kafka, prefix, process)
    rebuilt = rebuild(process)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert folded(kafka, prefix) == state
    limit(kafka, f"{prefix}.payment.settled", "1048576")
    process.start()
    assert process.notify(payment("REF-1", "settlement"))[0] == 200
    wait_until_processed(process, kafka, prefix)
    assert len(read(kafka, f"{prefix}.payment.settled")) == 1
