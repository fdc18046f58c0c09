"""The package's signals are those of schemas/catalogue.json."""
from records import CATALOGUE, example
from sinyal_django.signals import SIGNALS, SIGNAL_OF_TYPE, kind_of, topic_of


def test_every_signal_of_the_catalogue_is_there_and_no_other():
    assert list(SIGNALS) == [entry["name"] for entry in CATALOGUE]


def test_topics_kinds_and_types_are_the_catalogues():
    for entry in CATALOGUE:
        assert topic_of(entry["name"]) == entry["topic"]
        assert kind_of(entry["name"]) == entry["kind"]
    assert SIGNAL_OF_TYPE == {entry["type"]: entry["name"] for entry in CATALOGUE}


def test_every_field_of_the_examples_is_an_attribute():
    from sinyal_django.fields import readers
    from sinyal_django.subjects import BESIDE, SUBJECTS
    for entry in CATALOGUE:
        for name, part in example(entry["name"])["value"].items():
            cls = {**SUBJECTS, **BESIDE}.get(name)
            if cls is not None:
                assert set(part) <= set(readers(cls)), (entry["name"], name)
