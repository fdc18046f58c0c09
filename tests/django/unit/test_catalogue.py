"""The package's signals are those of schemas/catalogue.json."""
import json
from collections import defaultdict

from records import CATALOGUE, ROOT
from sinyal_django.fields import shape_of
from sinyal_django.signals import SIGNALS, SIGNAL_OF_TYPE, kind_of, topic_of
from sinyal_django.subjects import BESIDE, SUBJECTS, Order

CLASSES = {**SUBJECTS, **BESIDE, "order": Order}


def test_every_signal_of_the_catalogue_is_there_and_no_other():
    assert list(SIGNALS) == [entry["name"] for entry in CATALOGUE]


def test_topics_kinds_and_types_are_the_catalogues():
    for entry in CATALOGUE:
        assert topic_of(entry["name"]) == entry["topic"]
        assert kind_of(entry["name"]) == entry["kind"]
    assert SIGNAL_OF_TYPE == {entry["type"]: entry["name"] for entry in CATALOGUE}


def parts_of(topic):
    """[(name, fields, required ones)] of all that the schema of an event knows."""
    schema = json.loads((ROOT / "schemas" / "json" / f"{topic}.v1.json").read_text())
    assert set(schema["properties"]) <= set(CLASSES) | {"notification"}
    for name, part in {**schema["$defs"], **{
            name: schema["$defs"][each["$ref"].removeprefix("#/$defs/")]
            for name, each in schema["properties"].items()}}.items():
        if name in CLASSES:
            yield name, set(part["properties"]), set(part["required"])


def test_every_field_of_the_schemas_is_an_attribute_and_no_other():
    found = defaultdict(set)
    for entry in CATALOGUE:
        for name, published, always in parts_of(entry["topic"]):
            cls = CLASSES[name]
            shape = shape_of(cls)
            assert set(shape.required) <= always, (entry["name"], name)
            assert published <= set(shape.readers), (entry["name"], name)
            found[cls] |= published
    assert found == {cls: set(shape_of(cls).readers) for cls in CLASSES.values()}
