"""Runs the parts, prints the table, keeps the raw results. Called by tests/bench/run."""
import argparse
import json
import os
import pathlib
import tempfile
import time

import decide
import ingest
import latency
import lifecycle
import machine
import memory
import plot
import table
from place import HERE, OUT, ROOT, Kafka, Place, say

# In the order in which they run.
PARTS = {"ingest": ingest.measure, "lifecycle": lifecycle.measure, "decide": decide.measure,
         "latency": latency.measure, "memory": memory.measure}


def arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=PARTS, default=[])
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def main():
    given = arguments()
    results = {"machine": machine.describe(), "parts": {}, "quick": given.quick}
    began = time.monotonic()
    # A broker for production compiles its hot code as far as it can.
    os.environ.setdefault("_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4")
    with tempfile.TemporaryDirectory(prefix="sinyal-bench-") as folder:
        kafka = Kafka(ROOT, pathlib.Path(folder) / "kafka")
        say("starting Apache Kafka")
        try:
            kafka.start()
            del os.environ["_JAVA_OPTIONS"]
            place = Place(kafka, pathlib.Path(folder), given.seconds or (2 if given.quick else 8),
                          given.rounds or (1 if given.quick else 3), given.quick)
            for name in given.only or PARTS:
                say(f"measuring {name}")
                results["parts"][name] = PARTS[name](place)
        finally:
            kafka.stop()
    results["seconds"] = round(time.monotonic() - began)
    for folder in [OUT, HERE] if given.keep else [OUT]:
        (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
        (folder / "results.svg").write_text(plot.draw(results))
    print(table.render(results))


if __name__ == "__main__":
    main()
