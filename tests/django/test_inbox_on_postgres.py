"""The inbox's unit tests once more: PostgreSQL gives a transaction up at its first error, and ends
it with a COMMIT that rolls back."""
import json
import os
import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).parent / "unit" / "test_inbox.py"
PREPARED = {"server_side_binding": True, "prepare_threshold": 0}


@pytest.mark.parametrize("options", [{}, PREPARED], ids=["", "prepared"])
def test_the_inboxs_tests_pass_on_postgresql(postgres, unique, options):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(TESTS)],
        env={**os.environ, **postgres.new_database(unique), "PG_OPTIONS": json.dumps(options)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "skipped" not in done.stdout, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1])
