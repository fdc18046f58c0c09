"""The catalogue and the parts: what everything else is made of."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent
PART_OF_KIND = {"payment": "payment", "invoice": "invoice", "subscription": "subscription"}
# What stands beside the subject in the value of these signals.
BESIDE = {"payment_refunded": "refund", "payment_refund_confirmed": "refund",
          "payment_charged_back": "chargeback", "subscription_charged": "charge",
          "subscription_charge_failed": "charge"}


class Wrong(Exception):
    """A source contradicts itself; the message says where and what it must be."""


def read(name):
    return json.loads((HERE / name).read_text())


def schema_id(signal):
    """ce_dataschema, and the `$id` of its schema."""
    return f"urn:sinyal:schema:{signal['topic']}:v{signal['version']}"


def file_of(signal):
    return f"{signal['topic']}.v{signal['version']}.json"


def example(signal):
    return read(signal["example"])


def signals():
    """The signals of the catalogue, each checked against what its name says."""
    found = read("catalogue.json")["signals"]
    for signal in found:
        kind, rest = signal["name"].split("_", 1)
        topic = f"{kind}.{rest.replace('_', '-')}"
        expected = {"kind": kind, "topic": topic, "type": f"sinyal.{topic}.v{signal['version']}"}
        for field, value in expected.items():
            if signal[field] != value:
                raise Wrong(f"schemas/catalogue.json: {signal['name']}: {field} must be {value}")
        if not (HERE / signal["example"]).is_file():
            raise Wrong(f"schemas/catalogue.json: {signal['name']}: {signal['example']} is missing")
    names = [signal["name"] for signal in found]
    if len(set(names)) != len(names):
        raise Wrong("schemas/catalogue.json: a name stands twice")
    return found


def logs():
    """The three topics that carry no signal."""
    return read("catalogue.json")["logs"]


def retention(days):
    return "for ever" if days < 0 else f"{days} days"
