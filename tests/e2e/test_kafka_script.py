"""deploy/kafka: one Kafka on one directory, whatever is asked of it twice."""
import pathlib
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from support import until


def script(*words):
    return subprocess.run([ROOT / "deploy" / "kafka", *map(str, words)], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL, timeout=240)


def pid_of(directory):
    return int((pathlib.Path(directory) / "pid").read_text())


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture(name="stubborn")
def stubborn_fixture(tmp_path):
    """A process that minds no SIGTERM, with these words in its command line."""
    made = []

    def make(*words):
        code = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
        process = subprocess.Popen([sys.executable, "-c", code, *map(str, words)],
                                   stdout=subprocess.PIPE)
        process.stdout.readline()
        made.append(process)
        (tmp_path / "pid").write_text(f"{process.pid}\n")
        return process

    yield make
    for process in made:
        process.kill()
        process.wait()


def test_a_running_one_is_not_started_twice(own_kafka):
    first = pid_of(own_kafka.directory)
    again = script("start", own_kafka.directory)
    assert (again.returncode, again.stdout.strip()) == (0, own_kafka.address), again.stderr
    assert pid_of(own_kafka.directory) == first
    own_kafka.freeze()
    silent = script("start", own_kafka.directory)
    assert silent.returncode == 1 and not silent.stdout
    assert f"process {first}" in silent.stderr and "does not answer" in silent.stderr
    assert pid_of(own_kafka.directory) == first
    own_kafka.thaw()
    until(lambda: own_kafka.admin().list_topics(timeout=20), "it answers")
    own_kafka.stop()
    assert not alive(first)


def test_what_does_not_end_when_asked_is_killed(tmp_path, stubborn):
    process = stubborn(tmp_path / "server.properties")
    before = time.monotonic()
    done = script("stop", tmp_path)
    assert done.returncode == 0, done.stderr
    assert not alive(process.pid) and not (tmp_path / "pid").exists()
    assert 25 < time.monotonic() - before < 60, "it has some time to end by itself"


def test_a_process_that_has_the_number_of_an_old_one_is_left_alone(tmp_path, stubborn):
    process = stubborn("somebody else's")
    assert script("freeze", tmp_path).returncode == 1
    assert pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T"
    assert script("stop", tmp_path, "-9").returncode == 0
    assert alive(process.pid) and not (tmp_path / "pid").exists()
