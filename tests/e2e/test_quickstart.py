"""deploy/quickstart as a newcomer sees it, on the broker inside the process."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from conftest import ROOT
from support import CATALOGUE, until


@pytest.fixture(name="room")
def room_fixture(tmp_path):
    """Where the script makes its temporary folder, so that leftovers can be seen."""
    return {**os.environ, "TMPDIR": str(tmp_path)}, tmp_path


def processes_of(room):
    """Command lines that still mention the script's folder, or its embedded broker."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            state = (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if f"TMPDIR={room}".encode() in environment and state != "Z" and \
                int(process.name) != os.getpid():
            found.append(process.name)
    return found


def test_it_shows_every_signal_on_its_topic_and_leaves_nothing(room):
    environment, folder = room
    done = subprocess.run([ROOT / "deploy" / "quickstart"], env=environment, timeout=900,
                          capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CATALOGUE)} of {len(CATALOGUE)} signals arrived" in done.stdout
    for entry in CATALOGUE:
        assert f"midtrans.{entry['topic']} " in done.stdout, entry["topic"]
    assert "Where to go next" in done.stdout
    assert "\x1b" not in done.stdout, "colours are for terminals"
    assert not list(folder.iterdir())
    assert not processes_of(folder)


def test_ctrl_c_ends_everything_that_it_started(room):
    environment, folder = room
    script = subprocess.Popen([ROOT / "deploy" / "quickstart", "--keep"], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        for line in script.stdout:
            if line.startswith("Still running"):
                break
        else:
            pytest.fail("it ended by itself")
        assert processes_of(folder)
        time.sleep(0.2)  # until it waits
        os.killpg(script.pid, signal.SIGINT)
        assert script.wait(30) == 0
        until(lambda: not processes_of(folder), "no process is left", 10)
        assert not list(folder.iterdir())
    finally:
        if script.poll() is None:
            os.killpg(script.pid, signal.SIGTERM)


def test_an_unknown_argument_is_wrong_use():
    done = subprocess.run([ROOT / "deploy" / "quickstart", "--kafak"], capture_output=True,
                          text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "--help" in done.stderr
