"""The README: each of its commands is run, as it stands there, with its own program."""
import os
import re
import shutil
import signal
import subprocess

from conftest import ROOT
from programs import Event, Program
from support import until

PAGE = (ROOT / "connectors" / "subscriber" / "README.md").read_text()
SCRATCH = ("root", "library", "hello", "shop", "shop.db")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_each_command_of_the_page_does_what_it_says(topics, start):
    """In order, one shell after another; the programs that run on are given the test's Kafka."""
    topics = type(topics)(topics.kafka, "midtrans")
    topics.create("payment_settled", "payment_expired", "payment_refunded")
    for name in SCRATCH:
        path = ROOT / "build" / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    hello = ROOT / "build" / "hello"
    hello.mkdir()
    program = blocks("cpp")[0].replace("localhost:9092", topics.kafka.address)
    (hello / "hello.cpp").write_text(program)
    (hello / "CMakeLists.txt").write_text(blocks("cmake")[0])
    paid = Event("payment_settled", "PAID", 1)
    topics.publish([paid])
    for block in blocks("sh"):
        *before, last = block.replace("localhost:9092", topics.kafka.address).strip().split("\n")
        runs_on = re.match(r"build/\S+$|build/shop/shop", last)
        commands = "\n".join(before if runs_on else [*before, last])
        done = subprocess.run(["bash", "-euc", commands], cwd=ROOT, capture_output=True, text=True,
                              check=False, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        assert done.returncode == 0, done.stdout + done.stderr
        if not runs_on:
            continue
        running = start(*last.split(), cwd=ROOT)
        if "hello" in last:
            until(lambda: running.lines, "the handler fires")
            assert running.lines[0] == "PAID paid 150000.00"
            running.process.send_signal(signal.SIGINT)
            assert running.end() == 0, running.errors
            admin = topics.kafka.admin()  # it has to outlive the answer
            group = admin.describe_consumer_groups(["hello"])["hello"].result(30)
            assert not group.members, "it has not left its group"
        else:
            until(shipped, "shipped")
    by_hand = Program(str(hello / "by-hand"))
    by_hand.kill()


def shipped():
    done = subprocess.run(["python3", "-c", "import sqlite3; print(sqlite3.connect('build/shop.db')"
                           ".execute('SELECT * FROM shipments').fetchall())"], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    return "PAID" in done.stdout


def test_no_public_header_shows_the_libraries_beneath():
    installed = ROOT / "build" / "subscriber-root" / "include" / "sinyal"
    names = {path.name for path in installed.iterdir()}
    assert "subscriber.hpp" in names
    for path in installed.iterdir():
        for include in re.findall(r"#include [<\"]([^>\"]+)", path.read_text()):
            assert include.startswith("sinyal/") or "." not in include, (path.name, include)
