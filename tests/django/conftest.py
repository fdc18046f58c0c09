"""One real Kafka and one sinyal for the session; shops on SQLite and on PostgreSQL."""
import os
import pathlib
import random
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from support import Kafka, Sinyal  # noqa: E402  pylint: disable=wrong-import-position
from postgres import Postgres  # noqa: E402  pylint: disable=wrong-import-position
from shop import Shop  # noqa: E402  pylint: disable=wrong-import-position

ALL = "SINYAL_ALL" in os.environ


@pytest.fixture(scope="session")
def rounds():
    return int(os.environ.get("SINYAL_ROUNDS", "30" if ALL else "5"))


@pytest.fixture(scope="session")
def seed():
    value = int(os.environ.get("SINYAL_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"seed {value}: repeat with SINYAL_SEED={value}")
    return value


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """With an authorizer, so that a test can take a right away; everyone may do the rest."""
    directory = tmp_path_factory.mktemp("kafka")
    broker = Kafka(ROOT, directory)
    broker.start()
    broker.stop()
    with open(directory / "server.properties", "a", encoding="utf-8") as properties:
        properties.write("authorizer.class.name="
                         "org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
                         "allow.everyone.if.no.acl.found=true\n")
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def sinyal(kafka, tmp_path_factory):
    """The broker, publishing under one prefix for the whole session."""
    process = Sinyal(ROOT, tmp_path_factory.mktemp("sinyal"), kafka, "pay")
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    server = Postgres(ROOT, tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def unique(request):
    """A name that no other test has: for groups and orders."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:30].strip("-")
    return f"{name}-{random.SystemRandom().randrange(1 << 24):06x}"


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, kafka, tmp_path, unique):
    """The example project with a database and a consumer group of its own."""
    database = {"SHOP_SQLITE": str(tmp_path / "shop.sqlite3")} if request.param == "sqlite" else \
        request.getfixturevalue("postgres").new_database(unique)
    made = Shop(ROOT, tmp_path, kafka, unique, database)
    made.migrate()
    yield made
    made.close()
