"""The two loops that bench.py compares, each in a process of its own: LOOP HANDLER GROUP COUNT.
Prints what an event took as JSON.

HANDLER is how the event's effect is written: by one statement through Django's cursor (`sql`,
`cursor`), or by Django's ORM (`orm`). The bare loop does the same on Django's connection, in
Django's transaction, but for `sql`, where it has the database's driver alone.
"""
import json
import os
import sqlite3
import sys
import time
from datetime import datetime

import django
from confluent_kafka import Consumer, TopicPartition

INBOX = ("INSERT INTO sinyal_django_inboxevent (event_id, consumer, signal, merchant, subject, "
         "sequence, topic, partition, \"offset\", happened_at, handled_at) VALUES "
         "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING")
WARM = 200  # events before a clock starts: what is taken from Kafka at once, so none of it is free
PAID = "UPDATE shop_order SET status = 'paid', times_paid = times_paid + 1 WHERE number = %s"


class Clock:
    """What has been spent since it was made: time, and the CPU of all threads of this process."""

    def __init__(self):
        self._started, self._cpu = time.monotonic(), time.process_time()

    def of(self, events):
        return {"events_s": events / (time.monotonic() - self._started),
                "cpu_us": (time.process_time() - self._cpu) * 1e6 / events}


def pay_by_orm(number):
    from django.db.models import F  # pylint: disable=import-outside-toplevel
    from shop.models import Order  # pylint: disable=import-outside-toplevel
    Order.objects.filter(number=number).update(status="paid", times_paid=F("times_paid") + 1)


def pay_by_sql(number):
    from django.db import connection  # pylint: disable=import-outside-toplevel
    with connection.cursor() as cursor:
        cursor.execute(PAID, [number])


def with_django(pay, group, count):
    django.setup()
    from sinyal_django import conf, signals, start  # pylint: disable=import-outside-toplevel
    for signal in signals.SIGNALS.values():
        signal.receivers.clear()

    def handler(payment, **_):
        pay(payment.order_id)

    signals.payment_settled.connect(handler)
    receiver = start.prepare(conf.current(group=group, topic_prefix="bench"))
    clocks = []

    def stopping():
        if receiver.counts["handled"] == WARM and not clocks:
            clocks.append(Clock())
        return receiver.counts["handled"] >= count

    receiver.run(stopping)
    return clocks[0].of(count - WARM)


def by_driver():
    """An event's two writes, in one transaction of the database's own driver."""
    if "SHOP_SQLITE" in os.environ:
        database = sqlite3.connect(os.environ["SHOP_SQLITE"], timeout=20)
        database.execute("PRAGMA foreign_keys = ON")  # as Django does
        inbox, paid = INBOX.replace("%s", "?"), PAID.replace("%s", "?")
    else:
        import psycopg  # pylint: disable=import-outside-toplevel
        database, inbox, paid = psycopg.connect(dbname=os.environ["PGDATABASE"]), INBOX, PAID

    def handle(row, number):
        if database.execute(inbox, row).rowcount:
            database.execute(paid, (number,))
        database.commit()

    return handle


def by_django(pay):
    """The same on Django's connection: the ORM can write to no other."""
    django.setup()
    from django.db import connection, transaction  # pylint: disable=import-outside-toplevel

    def handle(row, number):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(INBOX, row)
            if cursor.rowcount:
                pay(number)

    return handle


def row_of(message, headers, group):
    """Of the inbox, as Django writes it: SQLite has neither UUIDs nor times."""
    event_id, happened = headers["ce_id"], headers["ce_time"]
    if "SHOP_SQLITE" in os.environ:
        event_id = event_id.replace("-", "")
        happened = str(datetime.fromisoformat(happened).replace(tzinfo=None))
    return (event_id, group, headers["ce_signal"], headers["ce_source"][10:],
            headers["ce_subject"], int(headers["ce_subjectsequence"]), message.topic(),
            message.partition(), message.offset(), happened)


def bare(handle, group, count):
    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA"], "group.id": group,
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})
    consumer.subscribe(["bench.payment.settled"])
    handled, clock, committed, positions = 0, None, time.monotonic(), {}

    def commit():
        if positions:
            consumer.commit(offsets=[TopicPartition(*place, position)
                                     for place, position in positions.items()], asynchronous=False)
        positions.clear()

    while handled < count:
        message = consumer.poll(1.0)
        if message is None or message.error():
            continue
        headers = {name: value.decode() for name, value in message.headers()}
        payment = json.loads(message.value())["payment"]
        handle(row_of(message, headers, group), payment["order_id"])
        handled += 1
        if handled == WARM:
            clock = Clock()
        positions[message.topic(), message.partition()] = message.offset() + 1
        if time.monotonic() - committed > 1.0:
            commit()
            committed = time.monotonic()
    commit()
    consumer.close()
    return clock.of(count - WARM)


def main(loop, kind, group, count):
    pay = pay_by_orm if kind == "orm" else pay_by_sql
    if loop == "bare":
        return bare(by_driver() if kind == "sql" else by_django(pay), group, count)
    return with_django(pay, group, count)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:4], int(sys.argv[4]))))
