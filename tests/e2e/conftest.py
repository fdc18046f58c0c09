"""One real Apache Kafka for the session, and Sinyal processes that are always collected. Before a
Kafka ends, every event in it is judged by the strict schemas (tests/schemas).
"""
import pathlib
import os
import random
import signal
import sys

import pytest

from support import Kafka, Sinyal

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "tests" / "schemas"))
from everything import check_events  # pylint: disable=C0413

# A shell's background job ignores Ctrl-C, and so would all that is started here.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter):
    """What tests that passed tell: seeds, rounds, counts, times."""
    told = [f"{report.location[2]}: {line}" for report in terminalreporter.getreports("passed")
            if report.when == "call" for line in report.capstdout.splitlines()]
    if told:
        terminalreporter.section("told by what passed")
        terminalreporter.write_line("\n".join(told))


@pytest.fixture(scope="session")
def rounds():
    return int(os.environ.get("SINYAL_ROUNDS", "5"))


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
    try:
        check_events(broker)
    finally:
        broker.stop()


@pytest.fixture
def own_kafka(tmp_path):
    """A broker that a test may freeze or kill."""
    broker = Kafka(ROOT, tmp_path / "kafka")
    broker.start()
    yield broker
    broker.thaw()
    try:
        if broker.alive():
            check_events(broker)
    finally:
        broker.stop()


@pytest.fixture
def prefix(request):
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)[:40]
    return f"t-{name}-{random.SystemRandom().randrange(1 << 24):06x}"


@pytest.fixture
def sinyal(tmp_path):
    """Makes Sinyal processes: sinyal(kafka, prefix, **settings). All end with the test."""
    made = []

    def make(broker, topic_prefix, **settings):
        process = Sinyal(ROOT, tmp_path, broker, topic_prefix, **settings)
        made.append(process)
        return process

    yield make
    for process in made:
        process.kill()
        # shown where the test failed
        told = [line for line in process.lines if '"notification quarantined"' not in line]
        print(f"--- the log of {process.config.stem} ended with", *told[-40:], sep="\n")
