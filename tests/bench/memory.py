"""Memory: resident when idle, and what each payment that is remembered takes, beside what its
record in the state topic takes.
"""
import re
import time

from place import START_PATIENCE, say, start_sinyal, stop_sinyal
from processes import memory_mib, until

PAYMENTS = (100_000, 1_000_000)
IDLE_S = 10


def idle(place):
    """Both roles, all of the defaults, a real broker and nothing to do."""
    process = place.sinyal("bench-idle", "all", admin__listen="127.0.0.1:0")
    try:
        start_sinyal(process)
        time.sleep(2 if place.quick else IDLE_S)
        return memory_mib(process.process.pid)
    finally:
        stop_sinyal(process)


def payments(process):
    found = re.search(r'^sinyal_state_subjects\{kind="payment"\} (\S+)$', process.metrics(), re.M)
    return float(found.group(1)) if found else 0


def restored(place, count):
    """A lifecycle that has restored that many payments."""
    prefix = f"bench-memory-{count}"
    place.create_topics(prefix, ["notifications", "state"])
    written = place.fill("state", prefix, count)
    process = place.sinyal(prefix, "lifecycle", admin__listen="127.0.0.1:0")
    try:
        start_sinyal(process, ready=False)
        began = time.monotonic()
        until(process.ready, "restored", START_PATIENCE)
        seconds = time.monotonic() - began
        until(lambda: payments(process) == count, "all payments are counted")
        mib = memory_mib(process.process.pid)
    finally:
        stop_sinyal(process)
    place.delete_topics(prefix)
    return {"payments": count, "memory_mib": mib, "restore_s": seconds,
            "record_bytes": (written["key_bytes"] + written["value_bytes"]) / count,
            "header_bytes": written["header_bytes"] / count}


def measure(place):
    resident = idle(place)
    say(f"memory: idle {resident:.1f} MiB")
    small, large = (restored(place, count // (20 if place.quick else 1)) for count in PAYMENTS)
    growth = (large["memory_mib"] - small["memory_mib"]) * 1024 * 1024 / (
        large["payments"] - small["payments"])
    rate = large["payments"] / large["restore_s"]
    say(f"memory: {growth:.0f} bytes a payment, its record {large['record_bytes']:.0f} bytes "
        f"(and {large['header_bytes']:.0f} of headers); {rate:.0f} payments/s restored")
    return {"idle_mib": resident, "small": small, "large": large, "bytes_a_payment": growth,
            "ratio": growth / large["record_bytes"], "restored_per_s": rate}
