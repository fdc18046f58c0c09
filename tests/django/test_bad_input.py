"""What is wrong with an event, a handler or the database, on a real Kafka."""
import pytest
from confluent_kafka.admin import ConfigResource
from events import committed, make_topics, publish, settled
from support import read, until


@pytest.fixture(name="topic")
def topic_fixture(kafka, unique):
    name = f"{unique}.payment.settled"
    make_topics(kafka, name)
    return name


@pytest.fixture(name="small_shop")
def small_shop_fixture(new_shop, unique):
    """With one order, on SQLite."""
    shop = new_shop("sqlite")
    shop.place_orders(unique)
    return shop


def receive(shop):
    return shop.receive("--signals", "payment_settled")


def letters(kafka, shop):
    return read(kafka, f"{shop.prefix}.{shop.group}.dead-letters")


def test_dead_letters_are_kept_for_90_days(kafka, small_shop, topic):
    receive(small_shop)
    name = ConfigResource(ConfigResource.Type.TOPIC,
                          f"{small_shop.prefix}.{small_shop.group}.dead-letters")
    admin = kafka.admin()  # kept: without it the future fails
    (found,) = admin.describe_configs([name]).values()
    assert found.result(30)["retention.ms"].value == str(90 * 24 * 60 * 60 * 1000)


def told(record, name):
    return record.header("__connect.errors." + name)


@pytest.mark.parametrize("value, reason", [
    (b"not JSON", "the value is not JSON"), (None, "the value is not JSON"),
    (b'{"payment": {}, "notification": null}', "payment.order_id is missing")],
    ids=["not JSON", "no value", "no order_id"])
def test_a_broken_value_is_a_dead_letter_that_says_where_and_why(kafka, small_shop, topic, unique,
                                                                value, reason):
    key, _, headers = settled("broken")
    publish(kafka, topic, (key, value, headers), settled(unique))
    receiver = receive(small_shop)
    small_shop.wait_for_events(1)
    (letter,) = letters(kafka, small_shop)
    assert letter.value == value and letter.key == key
    assert letter.header("ce_id") == headers["ce_id"]
    assert [told(letter, name) for name in ("topic", "partition", "offset", "stage")] == \
        [topic, "0", "0", "VALUE_CONVERTER"]
    assert told(letter, "exception.message") == reason
    assert told(letter, "connector.name") == small_shop.group
    assert receiver.terminate() == 0
    assert receiver.says("handled=1 repeated=0 retried=0 skipped=0 dead_lettered=1")
    assert committed(kafka, small_shop.group, topic) == 2


def test_a_record_that_is_no_event_at_all_is_a_dead_letter(kafka, small_shop, topic, unique):
    publish(kafka, topic, (None, b"hello", {}), settled(unique))
    receive(small_shop)
    small_shop.wait_for_events(1)
    (letter,) = letters(kafka, small_shop)
    assert told(letter, "exception.message").startswith("no CloudEvent")


@pytest.mark.parametrize("setting", ["skip", "dead_letter"])
def test_a_version_that_is_not_known_is_skipped_or_kept_and_never_a_crash(
        kafka, small_shop, topic, unique, setting):
    small_shop.set(UNKNOWN_EVENTS=setting)
    publish(kafka, topic, settled("new", ce_type="sinyal.payment.settled.v2"), settled(unique))
    receiver = receive(small_shop)
    small_shop.wait_for_events(1)
    assert receiver.terminate() == 0
    kept = letters(kafka, small_shop)
    if setting == "skip":
        assert not kept and receiver.says("skipped=1 dead_lettered=0")
    else:
        assert "v2" in told(kept[0], "exception.message")
        assert receiver.says("skipped=0 dead_lettered=1")


def test_a_handler_that_always_raises_is_retried_and_its_event_a_dead_letter(
        kafka, small_shop, topic, unique):
    publish(kafka, topic, settled("no-such-order"), settled(unique))
    receiver = receive(small_shop)
    small_shop.wait_for_events(1)
    (letter,) = letters(kafka, small_shop)
    assert told(letter, "stage") == "TASK_PUT" and letter.header("sinyal_attempts") == "3"
    assert told(letter, "exception.class.name") == "shop.models.DoesNotExist" or \
        told(letter, "exception.class.name").endswith("Order.DoesNotExist")
    assert receiver.terminate() == 0
    assert receiver.says("handled=1 repeated=0 retried=2 skipped=0 dead_lettered=1")
    assert small_shop.inbox() == [("payment_settled", unique)]


def test_an_order_that_comes_a_moment_after_its_payment_is_paid_all_the_same(
        kafka, new_shop, topic, unique):
    shop = new_shop("postgres")
    shop.set(RETRIES=50)
    publish(kafka, topic, settled(unique))
    receiver = receive(shop)
    receiver.wait_for("attempts are left")
    shop.place_orders(unique)
    shop.wait_for_events(1)
    assert shop.orders() == {unique: ("paid", 1, 0)}


def test_without_dead_letters_a_failed_event_stops_the_receiver_and_comes_again(
        kafka, small_shop, topic, unique):
    small_shop.set(DEAD_LETTER_TOPIC=None)
    publish(kafka, topic, settled(unique), settled("late"))
    receiver = receive(small_shop)
    assert receiver.ended() == 1
    assert receiver.lines[-1].startswith(f"CommandError: {topic}[0]@1: DoesNotExist")
    assert committed(kafka, small_shop.group, topic) == 1
    small_shop.place_orders("late")
    receive(small_shop)
    small_shop.wait_for_events(2)
    assert small_shop.orders()["late"] == ("paid", 1, 0)


def test_what_a_transaction_took_back_never_reaches_a_handler(kafka, small_shop, topic, unique):
    producer = publish(kafka, topic, settled("taken-back"),
                       **{"transactional.id": unique, "linger.ms": 0})
    producer.abort_transaction(30)
    publish(kafka, topic, settled(unique))
    receiver = receive(small_shop)
    small_shop.wait_for_events(1)
    assert receiver.terminate() == 0
    assert receiver.says("handled=1 repeated=0 retried=0 skipped=0 dead_lettered=0")


def test_a_database_that_is_down_stops_consumption_uncommitted_and_it_resumes(
        kafka, new_shop, topic, unique, postgres):
    shop = new_shop("postgres")
    shop.set(RETRIES=0)
    shop.place_orders(unique, "second")
    receiver = receive(shop)
    publish(kafka, topic, settled(unique))
    shop.wait_for_events(1)
    until(lambda: committed(kafka, shop.group, topic) == 1, "committed")
    postgres.down()
    try:
        publish(kafka, topic, settled("second"))
        receiver.wait_for("the database does not answer, nothing is consumed, next attempt in 0.1")
        assert committed(kafka, shop.group, topic) == 1
    finally:
        postgres.up()
    shop.wait_for_events(2)
    receiver.wait_for("the database answers again")
    assert receiver.terminate() == 0
    assert shop.orders() == {number: ("paid", 1, 0) for number in (unique, "second")}
    assert receiver.says("handled=2 repeated=0 retried=0 skipped=0 dead_lettered=0")


def test_a_database_that_goes_while_a_handler_is_at_work_is_not_the_handlers_fault(
        kafka, new_shop, topic, unique, postgres, tmp_path):
    shop = new_shop("postgres")
    shop.set(RETRIES=0)
    shop.environment["SHOP_GATE"] = str(tmp_path / "gate")
    shop.place_orders(unique)
    publish(kafka, topic, settled(unique))
    receiver = receive(shop)
    until((tmp_path / "gate.reached").exists, "the handler is at work")
    postgres.down()
    try:
        (tmp_path / "gate").touch()
        receiver.wait_for("the database does not answer")
    finally:
        postgres.up()
    shop.wait_for_events(1)
    assert receiver.terminate() == 0
    assert receiver.says("handled=1 repeated=0 retried=0 skipped=0 dead_lettered=0")
    assert shop.orders() == {unique: ("paid", 1, 0)} and not letters(kafka, shop)


def test_a_subject_longer_than_any_is_no_poison(kafka, new_shop, topic, unique):
    shop = new_shop("postgres")
    shop.place_orders(unique)
    publish(kafka, topic, settled("x" * 300), settled("nul", ce_subject="a\0b"), settled(unique))
    receive(shop)
    shop.wait_for_events(1)
    assert len(letters(kafka, shop)) == 2
