"""The events of schemas/examples as Kafka records, whole and with something changed."""
import json
import pathlib

from sinyal_django.event import Record

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
CATALOGUE = json.loads((ROOT / "schemas" / "catalogue.json").read_text())["signals"]


def example(name):
    return json.loads((ROOT / "schemas" / "examples" / f"{name}.json").read_text())


def binary(event, offset=7, **changed):
    """The record of an example; a header that is None is left out."""
    headers = event["headers"] | changed
    return Record(event["topic"], 3, offset, event["key"].encode(),
                  json.dumps(event["value"]).encode(),
                  tuple((name, value.encode()) for name, value in headers.items()
                        if value is not None))


def structured(event):
    attributes = {name[3:]: value for name, value in event["headers"].items()
                  if name.startswith("ce_")}
    value = {**attributes, "datacontenttype": "application/json", "data": event["value"]}
    return Record(event["topic"], 3, 7, event["key"].encode(), json.dumps(value).encode(),
                  (("content-type", b"application/cloudevents+json; charset=UTF-8"),))


def with_value(event, value):
    record = binary(event)
    value = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Record(record.topic, record.partition, record.offset, record.key, value, record.headers)
