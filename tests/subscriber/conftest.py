"""One real Apache Kafka for the session; probes and shops that are always collected."""
import os
import pathlib
import random
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

# pylint: disable=wrong-import-position
from support import Kafka, Sinyal  # noqa: E402
from programs import Program, Topics  # noqa: E402


@pytest.fixture(scope="session")
def rounds():
    return 30 if os.environ.get("SINYAL_ALL") else int(os.environ.get("SINYAL_ROUNDS", "5"))


@pytest.fixture(scope="session")
def seed():
    value = int(os.environ.get("SINYAL_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {value}: repeat with SINYAL_SEED={value}")
    return value


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    broker = Kafka(ROOT, tmp_path_factory.mktemp("kafka"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def topics(kafka, request):
    """A prefix of the test's own: topics.create(…), topics.publish(…)."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:40]
    return Topics(kafka, f"s-{name}-{random.SystemRandom().randrange(1 << 24):06x}")


@pytest.fixture
def start():
    """start(binary, arguments…): a program that ends with the test."""
    made = []

    def make(*command, **how):
        made.append(Program(*command, **how))
        return made[-1]

    yield make
    for program in made:
        program.kill()
        print("---", *program.command[:1], "ended with", *program.errors[-20:], sep="\n")


@pytest.fixture
def probe(start, topics):
    """probe(signals, **options): a probe on the test's topics, in a group of its own."""
    def make(signals, binary="probe", **options):
        options = {"group": "g", "bootstrap": topics.kafka.address, "prefix": topics.prefix,
                   "signals": signals, **options}
        return start(str(ROOT / "build" / "subscriber-probe" / binary),
                     *(f"{name}={value}" for name, value in options.items()))
    return make


@pytest.fixture
def shop(start, topics, tmp_path):
    def make(instance):
        return start(str(ROOT / "build" / "subscriber-example" / "shop"), topics.kafka.address,
                     str(tmp_path / "shop.db"), topics.prefix, instance)
    return make


@pytest.fixture
def sinyal(kafka, topics, tmp_path):
    process = Sinyal(ROOT, tmp_path, kafka, topics.prefix).start()
    yield process
    process.kill()
