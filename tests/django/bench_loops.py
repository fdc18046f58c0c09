"""The two loops that bench.py compares, each in a process of its own: LOOP GROUP COUNT. Prints the
events per second as JSON."""
import json
import os
import sqlite3
import sys
import time

import django
from confluent_kafka import Consumer

INBOX = ("INSERT INTO sinyal_django_inboxevent (event_id, consumer, signal, merchant, subject, "
         "sequence, topic, partition, \"offset\", happened_at, handled_at) VALUES "
         "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CURRENT_TIMESTAMP)")
PAID = "UPDATE shop_order SET status = 'paid', times_paid = times_paid + 1 WHERE number = ?"


def with_django(group, count):
    django.setup()
    from django.db.models import F  # pylint: disable=import-outside-toplevel
    from shop.models import Order  # pylint: disable=import-outside-toplevel
    from sinyal_django import conf, signals, start  # pylint: disable=import-outside-toplevel
    for signal in signals.SIGNALS.values():
        signal.receivers.clear()

    def pay(payment, **_):
        Order.objects.filter(number=payment.order_id).update(status="paid",
                                                             times_paid=F("times_paid") + 1)

    signals.payment_settled.connect(pay)
    receiver = start.prepare(conf.current(group=group, topic_prefix="bench"))
    times = []

    def stopping():
        if receiver.counts["handled"] and not times:
            times.extend((time.monotonic(), receiver.counts["handled"]))
        return receiver.counts["handled"] >= count

    receiver.run(stopping)
    return (count - times[1]) / (time.monotonic() - times[0])


def connect():
    """The driver's connection, and INSERT and UPDATE in its own words."""
    if "SHOP_SQLITE" in os.environ:
        return sqlite3.connect(os.environ["SHOP_SQLITE"], timeout=20), INBOX, PAID
    import psycopg  # pylint: disable=import-outside-toplevel
    return psycopg.connect(dbname=os.environ["PGDATABASE"]), INBOX.replace("?", "%s"), \
        PAID.replace("?", "%s")


def bare(group, count):
    database, inbox, paid = connect()
    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA"], "group.id": group,
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["bench.payment.settled"])
    handled, started, committed = 0, None, time.monotonic()
    while handled < count:
        message = consumer.poll(1.0)
        if message is None:
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        payment = json.loads(message.value())["payment"]
        identity = headers["ce_id"] if "%s" in inbox else headers["ce_id"].replace("-", "")
        database.execute(inbox, (
            identity, group, headers["ce_signal"], headers["ce_source"][10:],
            headers["ce_subject"], int(headers["ce_subjectsequence"]), message.topic(),
            message.partition(), message.offset(), headers["ce_time"]))
        database.execute(paid, (payment["order_id"],))
        database.commit()
        handled += 1
        started = started or time.monotonic()
        if time.monotonic() - committed > 1.0:
            consumer.commit(message, asynchronous=False)
            committed = time.monotonic()
    consumer.close()
    return (count - 1) / (time.monotonic() - started)


if __name__ == "__main__":
    print(json.dumps({"django": with_django, "bare": bare}[sys.argv[1]](
        sys.argv[2], int(sys.argv[3]))))
