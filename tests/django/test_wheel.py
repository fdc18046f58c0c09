"""The wheel: what all of these tests run from."""
import importlib.metadata
import pathlib
import sysconfig

import sinyal_django


def test_the_tests_run_from_the_installed_wheel_and_not_from_the_sources():
    assert pathlib.Path(sinyal_django.__file__).is_relative_to(sysconfig.get_path("purelib"))


def test_it_needs_django_and_confluent_kafka_and_nothing_else():
    needs = importlib.metadata.requires("sinyal-django")
    assert sorted(each.split(">")[0] for each in needs) == ["Django", "confluent-kafka"]


def test_it_brings_types_migrations_and_both_commands():
    files = {str(file) for file in importlib.metadata.files("sinyal-django")}
    assert {"sinyal_django/py.typed", "sinyal_django/migrations/0001_initial.py",
            "sinyal_django/compat/__init__.py",
            "sinyal_django/management/commands/sinyal_receive.py",
            "sinyal_django/management/commands/sinyal_mail.py"} <= files
    assert not any("test" in file or "django_midtrans" in file for file in files)


def test_it_brings_its_license():
    (found,) = (file for file in importlib.metadata.files("sinyal-django")
                if file.name == "LICENSE")
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    assert found.read_text() == (root / "LICENSE").read_text()
