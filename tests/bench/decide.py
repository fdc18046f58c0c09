"""Lifecycle's thinking alone, in one process, beside simdjson's DOM parser over the same bytes."""
import json

from place import BUILD, run, say


def measure(place):
    seen = json.loads(run(BUILD / "bench_decide", 4000 if place.quick else 40000,
                          3 if place.quick else 15))
    say(f"decide: {seen['decide_ns']:.0f} ns, parse: {seen['parse_ns']:.0f} ns")
    return seen
