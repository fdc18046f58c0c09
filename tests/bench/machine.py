"""What the figures were measured on."""
import os
import pathlib
import platform
import re
import subprocess


def first_line(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    return done.stdout.splitlines()[0] if done.stdout else "unknown"


def debian(package):
    return first_line("dpkg-query", "-W", "-f", "${Version}", package)


def describe():
    root = pathlib.Path(__file__).resolve().parent.parent.parent
    cpu = re.search(r"^model name\s*:\s*(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = re.search(r"^MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.M)
    kafka = re.search(r"^version=(.*)$", (root / "deploy/kafka").read_text(), re.M)
    return {
        "cpu": cpu.group(1) if cpu else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory.group(1)) / 1024 / 1024),
        "kernel": platform.release(),
        "load_at_start": round(os.getloadavg()[0], 1),
        "sinyal": first_line("git", "-C", str(root), "describe", "--always", "--dirty"),
        "kafka": kafka.group(1),
        "librdkafka": debian("librdkafka1"),
        "boost": debian("libboost1.81-dev"),
        "simdjson": debian("libsimdjson-dev"),
        "compiler": first_line("g++", "--version"),
        "java": first_line("java", "-version"),
        "go": first_line("go", "version"),
        "python": platform.python_version(),
    }
