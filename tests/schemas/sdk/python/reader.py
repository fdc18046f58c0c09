"""Reads events with the CloudEvents SDK for Python: BOOTSTRAP COUNT TOPIC…
Prints each as one line of JSON, and ends when it has read COUNT of them.
"""
import json
import sys
import time

from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka_event
from confluent_kafka import Consumer, KafkaException, TopicPartition

DEADLINE_S = 60
ATTRIBUTES = {"id", "source", "type", "subject", "time", "specversion", "dataschema",
              "datacontenttype"}


def event_of(record):
    event = from_kafka_event(KafkaMessage(headers=dict(record.headers()), key=record.key(),
                                          value=record.value()))
    attributes = event.get_attributes()
    return {"topic": record.topic(), "partition": record.partition(), "offset": record.offset(),
            "id": event.get_id(), "source": event.get_source(), "type": event.get_type(),
            "subject": event.get_subject(),
            "time_ms": round(event.get_time().timestamp() * 1000),
            "dataschema": event.get_dataschema(),
            "extensions": {name: value for name, value in attributes.items()
                           if name not in ATTRIBUTES},
            "data": event.get_data()}


def main(bootstrap, count, topics):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "sdk-python",
                         "enable.auto.commit": False, "isolation.level": "read_committed"})
    known = consumer.list_topics(timeout=20).topics
    consumer.assign([TopicPartition(topic, number, 0) for topic in topics
                     for number in known[topic].partitions])
    end, seen = time.monotonic() + DEADLINE_S, 0
    while seen < count:
        record = consumer.poll(0.5)
        if time.monotonic() > end:
            sys.exit(f"only {seen} of {count} events came within {DEADLINE_S} s")
        if record is None:
            continue
        if record.error():
            raise KafkaException(record.error())
        print(json.dumps(event_of(record)))
        seen += 1
    consumer.close()


main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
