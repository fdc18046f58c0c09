"""Ingest: verify, append with acks=all, answer 200. Peak rate in a closed loop of 64 connections,
CPU per acknowledged notification, memory; beside the leanest Beast server, which does no work, and
three rivals, which do the same work.
"""
import contextlib
import dataclasses
import json
import statistics
import subprocess

from place import BUILD, HERE, MERCHANT, OUT, SERVER_KEY, say, start_sinyal, stop_sinyal
from processes import Process, answers, cpu_seconds, memory_mib, until
from support import free_port

CONNECTIONS = 64
BODIES = 20000
JAVA = ["java", "-XX:+UseSerialGC", "-Xmx256m", "-cp", f"{OUT}/java/ingest-1.jar:{OUT}/java/jars/*",
        "Ingest"]
GUNICORN = [OUT / "venv/bin/gunicorn", "--chdir", HERE / "rivals/django", "--workers", "2",
            "--worker-class", "gthread", "--threads", "32", "--keep-alive", "60"]


@dataclasses.dataclass
class Contender:
    name: str
    url: str
    pid: int
    topic: str = ""  # where its appends are


def lean(place, stack):
    server = stack.enter_context(Process("lean", [BUILD / "bench_lean_server"], OUT))
    port = int(server.child.stdout.readline())
    return Contender("lean", f"http://127.0.0.1:{port}/v1/midtrans/{MERCHANT}/notifications",
                     server.pid)


def sinyal(place, stack):
    process = place.sinyal("bench-ingest", "ingest", admin__listen="127.0.0.1:0")
    stack.callback(stop_sinyal, process)
    start_sinyal(process)
    return Contender("sinyal", f"http://{process.http}/v1/midtrans/{MERCHANT}/notifications",
                     process.process.pid, "bench-ingest.notifications")


def rival(place, stack, name, command):
    port, prefix = free_port(), f"bench-{name}"
    place.create_topics(prefix, ["notifications"])
    if name == "django":
        command = [*command, "--bind", f"127.0.0.1:{port}", "ingest:application"]
    environment = {"KAFKA": place.kafka.address, "TOPIC": f"{prefix}.notifications",
                   "PORT": str(port), "SERVER_KEY": SERVER_KEY}
    server = stack.enter_context(Process(name, command, OUT, environment))
    url = f"http://127.0.0.1:{port}/notifications"
    until(lambda: server.alive() and answers(url), f"{name} answers")
    return Contender(name, url, server.pid, f"{prefix}.notifications")


def load(contender, bodies, seconds):
    """wrk for so long; what it saw."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", HERE / "wrk.lua", contender.url,
         "--", bodies], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def turn(place, contender, bodies, seconds):
    """One round of one contender."""
    before = place.end_offsets(contender.topic) if contender.topic else 0
    cpu, broker = cpu_seconds(contender.pid), cpu_seconds(place.broker_pid)
    seen = load(contender, bodies, seconds)
    cpu = cpu_seconds(contender.pid) - cpu
    broker = cpu_seconds(place.broker_pid) - broker
    acknowledged = seen["answers"] - seen["not_200"]
    if seen["not_200"] or seen["lost"]:
        say(f"{contender.name}: {seen['not_200']} answers were not 200, {seen['lost']} lost")
    if contender.topic:
        appended = place.end_offsets(contender.topic) - before
        if not acknowledged <= appended <= acknowledged + seen["not_200"] + CONNECTIONS:
            raise RuntimeError(f"{contender.name} answered 200 to {acknowledged} notifications and "
                               f"appended {appended}")
    return {**seen, "rate": acknowledged / seen["seconds"], "cpu_us": cpu / acknowledged * 1e6,
            "broker_cpu_us": broker / acknowledged * 1e6,
            "memory_mib": memory_mib(contender.pid, "VmHWM")}


def measure(place):
    bodies = place.bodies("SHOP", 1000 if place.quick else BODIES)
    with contextlib.ExitStack() as stack:
        contenders = [lean(place, stack), sinyal(place, stack),
                      rival(place, stack, "go", [OUT / "go-ingest"]),
                      rival(place, stack, "java", JAVA),
                      rival(place, stack, "django", GUNICORN)]
        for each in contenders:  # what compiles while it runs has its time to; so has the broker
            say(f"ingest: {each.name} warms up")
            load(each, bodies, 1 if place.quick else 8 if each.name == "java" else 4)
        rounds = {each.name: [] for each in contenders}
        for number in range(place.rounds):
            for each in contenders:
                seen = turn(place, each, bodies, place.seconds)
                rounds[each.name].append(seen)
                say(f"ingest {number + 1}/{place.rounds}: {each.name:7} {seen['rate']:8.0f}/s "
                    f"{seen['cpu_us']:7.1f} µs CPU each")
    place.delete_topics(*(each.topic.removesuffix(".notifications") for each in contenders
                          if each.topic))
    medians = {name: {key: statistics.median(each[key] for each in turns) for key in turns[0]}
               for name, turns in rounds.items()}
    return {"contenders": medians, "rounds": rounds, "ratios": ratios(rounds)}


def ratios(rounds):
    """Medians of what each round gave, since the machine may change between rounds."""
    def paired(key, ours, theirs):
        return statistics.median(a[key] / b[key] for a, b in zip(rounds[ours], rounds[theirs]))
    rivals = {name: {"rate": paired("rate", "sinyal", name),
                     "cpu": paired("cpu_us", "sinyal", name)}
              for name in rounds if name not in ("lean", "sinyal")}
    return {"cpu_to_lean": paired("cpu_us", "sinyal", "lean"), "rivals": rivals}
