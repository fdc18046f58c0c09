"""One real Kafka and one sinyal for the session; shops on SQLite and on PostgreSQL."""
import os
import pathlib
import random
import shutil
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

# pylint: disable=wrong-import-position
from example_shop import Shop  # noqa: E402
from postgres import Postgres  # noqa: E402
from support import Kafka, Sinyal  # noqa: E402

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


@pytest.fixture
def sinyal(kafka, tmp_path, unique):
    """The broker, publishing under a prefix of the test's own."""
    process = Sinyal(ROOT, tmp_path, kafka, unique)
    process.start()
    yield process
    process.kill()
    print("--- the log of sinyal ended with", *process.lines[-20:], sep="\n")


@pytest.fixture(scope="session")
def postgres():
    server = Postgres()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(kafka, tmp_path_factory):
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    Shop(ROOT, kafka, "none", {"SHOP_SQLITE": str(file)}).manage("migrate", "-v0")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(kafka, postgres):
    database = postgres.new_database("migrated")
    Shop(ROOT, kafka, "none", database).manage("migrate", "-v0")
    return postgres


@pytest.fixture
def unique(request):
    """A name that no other test has: for groups and orders."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[5:30].strip("-")
    return f"{name}-{random.SystemRandom().randrange(1 << 24):06x}"


@pytest.fixture
def new_shop(kafka, tmp_path, unique, request):
    """Makes shops: the example project with a database and a consumer group of its own."""
    made = []

    def make(engine):
        name = f"{unique}-{len(made)}"
        if engine == "postgres":
            server = request.getfixturevalue("migrated_postgres")
            database = server.new_database(name, template="migrated")
        else:
            database = {"SHOP_SQLITE": str(tmp_path / f"{name}.sqlite3")}
            shutil.copy(request.getfixturevalue("migrated_sqlite"), database["SHOP_SQLITE"])
        made.append(Shop(ROOT, kafka, name, database, prefix=unique))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, new_shop):
    """On each kind of database."""
    return new_shop(request.param)
