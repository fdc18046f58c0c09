"""Everything is delivered three times, and receivers and mailers are killed in the middle: each
order is paid once, each mail sent once."""
import random
import time
from collections import Counter

from confluent_kafka import Producer
from events import committed
from smtp_server import SmtpServer
from support import PARTITIONS, payment, read, until

ORDERS_A_ROUND = 30


def deliver_again(kafka, topic, generator, times=2):
    """Every event of the topic once more, in another order and on other partitions."""
    producer = Producer({"bootstrap.servers": kafka.address})
    once = {record.header("ce_id"): record for record in read(kafka, topic)}
    records = list(once.values()) * times
    generator.shuffle(records)
    for record in records:
        producer.produce(topic, key=record.key, value=record.value, headers=list(record.headers),
                         partition=generator.randrange(PARTITIONS))
    assert producer.flush(30) == 0


def wait_until_read(kafka, group, topic):
    """Until the group has committed a position past the last event of each partition."""
    last = {record.partition: record.offset for record in read(kafka, topic)}
    until(lambda: all(committed(kafka, group, topic, partition) > offset
                      for partition, offset in last.items()), "everything is read", 120)


def receive(shop, slot):
    """A static member of the group, so that a killed one's successor need not wait until the group
    has noticed the death."""
    shop.set(KAFKA={"group.instance.id": str(slot), "session.timeout.ms": 10_000})
    return shop.receive("--signals", "payment_settled", wait=False)


def test_each_order_is_paid_once_and_each_mail_sent_once(shop, kafka, sinyal, unique, seed,
                                                         rounds):
    generator = random.Random(seed)
    server = SmtpServer()
    shop.environment |= {"SHOP_SMTP_PORT": str(server.port),
                         "SHOP_MAIL": "django.core.mail.backends.smtp.EmailBackend"}
    numbers = [f"{unique}-{number}" for number in range(ORDERS_A_ROUND * rounds)]
    shop.place_orders(*numbers)
    topic = f"{unique}.payment.settled"
    connection = sinyal.connection()
    receivers = [receive(shop, slot) for slot in range(2)]
    mailer = shop.start("sinyal_mail")
    for number in range(rounds):
        before = len(shop.inbox())
        for order in numbers[number * ORDERS_A_ROUND:(number + 1) * ORDERS_A_ROUND]:
            assert sinyal.notify(payment(order, "settlement"), connection)[0] == 200
        if number % 2:
            deliver_again(kafka, topic, generator, times=1)
        until(lambda before=before: len(shop.inbox()) > before, "progress")
        time.sleep(generator.random() * 0.3)  # the random moment
        victim = generator.randrange(2)
        receivers[victim].kill()
        mailer.kill()
        receivers[victim] = receive(shop, victim)
        mailer = shop.start("sinyal_mail")
    deliver_again(kafka, topic, generator)
    shop.wait_for_events(len(numbers))
    wait_until_read(kafka, shop.group, topic)
    until(lambda: not any(state == "queued" for state, _, _ in shop.mails()), "all mail is gone")
    assert mailer.terminate() == 0 and [each.terminate() for each in receivers] == [0, 0]
    server.close()

    assert shop.orders() == {number: ("paid", 1, 0) for number in numbers}
    assert Counter(shop.inbox()) == Counter(("payment_settled", number) for number in numbers)
    sent = Counter(mail["To"] for mail in server.mails)
    assert set(sent.values()) == {1}, "a mail was sent twice"
    doubtful = [to for state, to, _ in shop.mails() if state == "sending"]
    assert len(doubtful) <= rounds, "one kill leaves one mail in doubt at most"
    assert {f"{number}@example.com" for number in numbers} - set(sent) <= set(doubtful)
    assert len(shop.mails()) == len(numbers)
    print(f"{len(numbers)} orders, {sum(sent.values())} mails sent, {len(doubtful)} in doubt, "
          f"{rounds} receivers and {rounds} mailers killed")
