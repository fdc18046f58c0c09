"""Ships an order when its payment settles, once, however often the event is delivered.

    reader.py BOOTSTRAP_SERVERS GROUP TOPIC

What has been handled is remembered by ce_id in shop.sqlite3, in the transaction of the effect.
"""
import json
import signal
import sqlite3
import sys

from confluent_kafka import Consumer, KafkaException


def handle(database, payment, headers):
    """Yours. Runs in the open transaction; whatever it raises undoes it."""
    order, amount, status = payment["order_id"], payment["gross_amount"], headers["ce_orderstatus"]
    # the order decides, not the attempt: two attempts may pay for one, or money may have gone back
    if status == "paid" and database.execute(
            "INSERT OR IGNORE INTO shipments VALUES (?, ?)", (order, amount)).rowcount == 1:
        print("ship", order, amount, status, flush=True)
    else:
        print("not shipped", order, status, headers.get("ce_anomaly", ""), flush=True)


def handle_once(database, message):
    headers = {name: value.decode() for name, value in message.headers() or ()
               if name.startswith("ce_")}  # others may hold any bytes
    if headers.get("ce_type") != "sinyal.payment.settled.v1":
        print("skipped", headers.get("ce_type"), file=sys.stderr)
        return
    with database:  # commits, or rolls back what raised
        new = database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (headers["ce_id"],))
        if new.rowcount == 1:
            handle(database, json.loads(message.value())["payment"], headers)


def main(servers, group, topic):
    database = sqlite3.connect("shop.sqlite3")
    database.executescript("CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY);"
                           "CREATE TABLE IF NOT EXISTS shipments"
                           " (order_id TEXT PRIMARY KEY, amount TEXT);")
    consumer = Consumer({
        "bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest",
        "isolation.level": "read_committed", "enable.auto.commit": False,
        "log_level": 2, "error_cb": lambda error: print("Kafka:", error.str(), file=sys.stderr)})
    try:
        consumer.list_topics(timeout=10)
    except KafkaException as error:
        sys.exit(f"no Kafka answers at {servers}: {error.args[0].str()}")
    consumer.subscribe([topic])
    stopping = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.append(True))
    try:
        while not stopping:
            message = consumer.poll(0.5)
            if message is None:
                continue
            if message.error():
                sys.exit(f"Kafka: {message.error()}")
            handle_once(database, message)  # an exception ends the reader: nothing is committed
            consumer.commit(message)
    finally:
        consumer.close()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print("usage: reader.py BOOTSTRAP_SERVERS GROUP TOPIC", file=sys.stderr)
        sys.exit(2)
    main(*sys.argv[1:])
