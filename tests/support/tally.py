#!/usr/bin/env python3
"""Sums what the result files of a folder report and prints `N passed, N failed`, nothing else.

A doctest program and a house check end with a line that counts their cases; a program that ended
without one (a crash, a sanitizer's report, a time limit) counts as one failed case. pytest's cases
are counted from its own file. Fails when anything failed, or when nothing ran.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

COUNT = re.compile(r"^\[(?:doctest|house)\] (?:test cases|checks):\s*\d+ \|\s*(\d+) passed \|"
                   r"\s*(\d+) failed", re.M)


def of_program(case):
    """One ctest test: a program with many cases of its own."""
    counts = COUNT.findall(case.findtext("system-out") or "")
    passed = sum(int(count[0]) for count in counts)
    failed = sum(int(count[1]) for count in counts)
    if case.get("status") != "run" and failed == 0:
        failed = 1
    return passed, failed if counts or failed else 1


def of_file(path):
    passed = failed = 0
    for case in xml.parse(path).getroot().iter("testcase"):
        if case.get("status") is not None:  # ctest writes it, pytest doesn't
            more = of_program(case)
        else:
            bad = case.find("failure") is not None or case.find("error") is not None
            more = (0, 1) if bad else (0, 0) if case.find("skipped") is not None else (1, 0)
        passed, failed = passed + more[0], failed + more[1]
    return passed, failed


def main():
    passed = failed = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        more = of_file(path)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    return 0 if passed > 0 and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
