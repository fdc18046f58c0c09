"""Processes under measurement: CPU time and memory of one and its children, from /proc.

CPU is utime + stime of /proc/PID/stat, kernel work on the process's behalf included, and is divided
by what the load generator saw acknowledged.
"""
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0  # seconds that anything may take to start, or to end


def tree(pid):
    """A process and all that descend from it."""
    found = [pid]
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += tree(int(child))
    return found


def cpu_seconds(pid):
    total = 0
    for each in tree(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mib(pid, what="VmRSS"):
    """`what`: VmRSS now, VmHWM the most so far. Pages that a tree shares count once for each."""
    total = 0
    for each in tree(pid):
        status = pathlib.Path(f"/proc/{each}/status").read_text()
        total += int(re.search(rf"^{what}:\s*(\d+) kB", status, re.M).group(1))
    return total / 1024


def until(condition, what, patience=PATIENCE):
    """Waits until condition() is true and returns what it returned."""
    end = time.monotonic() + patience
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not within {patience:.0f} s: {what}")
        time.sleep(0.02)
    return value


def answers(url):
    """Whether a server is there: any answer will do."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


class Process:
    """A child process, its output in a file. Ends with its `with` block."""

    def __init__(self, name, command, out, environment=None):
        self.name, self.log = name, out / f"{name}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [str(part) for part in command], stdout=subprocess.PIPE, stderr=log, text=True,
                stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        self.pid = self.child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def alive(self):
        if self.child.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.name} ended with {self.child.returncode}: {tail}")
        return True

    def stop(self):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()
