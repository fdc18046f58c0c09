"""Events without a broker: the examples of schemas/, on topics that a test makes itself."""
import json
import pathlib
import uuid

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def make_topics(kafka, *names, partitions=2):
    admin = kafka.admin()  # kept: without it the futures fail
    made = admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    for future in made.values():
        future.result(30)


def settled(order, **headers):
    """(key, value, headers) of a payment_settled of that order."""
    event = json.loads((ROOT / "schemas" / "examples" / "payment_settled.json").read_text())
    event["value"]["payment"]["order_id"] = order
    event["value"]["payment"]["customer_email"] = f"{order}@example.com"
    changed = {"ce_subject": order, "ce_id": str(uuid.uuid5(uuid.NAMESPACE_URL, order)), **headers}
    return (f"G141532850:payment:{order}", json.dumps(event["value"]).encode(),
            {name: value for name, value in (event["headers"] | changed).items()
             if value is not None})


def publish(kafka, topic, *events, **settings):
    """In order; events are (key, value, headers) and may name a partition as a fourth."""
    producer = Producer({"bootstrap.servers": kafka.address, **settings})
    if "transactional.id" in settings:
        producer.init_transactions(30)
        producer.begin_transaction()
    for key, value, headers, *partition in events:
        producer.produce(topic, key=key, value=value, headers=headers,
                         partition=partition[0] if partition else 0)
    assert producer.flush(30) == 0
    return producer


def committed(kafka, group, topic, partition=0):
    """The group's next offset, -1001 when there is none."""
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": group})
    try:
        return consumer.committed([TopicPartition(topic, partition)], timeout=20)[0].offset
    finally:
        consumer.close()
