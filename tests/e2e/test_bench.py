"""tests/bench/run as a reader of its figures would run it. What they are decides nothing here."""
import json
import os
import subprocess

import pytest

from conftest import ROOT

FIGURES = ["to the leanest Beast server's", "to Go:", "to Java:", "to Python:",
           "notifications/s, to the copy loop's", "to simdjson parsing the same",
           "signal readable at 500/s, p99", "bytes a payment", "resident when idle"]


@pytest.mark.skipif("SINYAL_ALL" not in os.environ,
                    reason="builds rivals in three languages: tests/run --all")
def test_one_command_prints_every_figure_beside_its_reference():
    done = subprocess.run([ROOT / "tests" / "bench" / "run", "--quick"], timeout=1800, check=False,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-4000:]
    ratios = done.stdout.split("ratio", 1)[1]
    for figure in FIGURES:
        assert figure in ratios, f"{figure} is not in the table:\n{done.stdout}"
    results = json.loads((ROOT / "build" / "bench" / "results.json").read_text())
    assert set(results["parts"]) == {"ingest", "lifecycle", "decide", "latency", "memory"}
    assert "<svg" in (ROOT / "build" / "bench" / "results.svg").read_text()


def test_an_unknown_part_is_wrong_use():
    done = subprocess.run([ROOT / "tests" / "bench" / "run", "--only", "ingets"], timeout=60,
                          check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2 and "--help" in done.stderr
