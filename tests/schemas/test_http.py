"""The running broker, on a real Kafka, driven from openapi.json: no answer that it does not know,
none of 5xx, none that does not come.
"""
import os
import pathlib
import re
import subprocess
import sys

import pytest

from conftest import ROOT
from support import MERCHANT
from wire import total

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20261123
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,"
          "response_headers_conformance,response_schema_conformance,unsupported_method")
EXAMPLES = 500 if os.environ.get("SINYAL_ALL") else 50


@pytest.fixture(name="process", scope="module")
def process_fixture(serve):
    return serve("driven", role="ingest")


def drive(process, document, examples, folder, phases="examples,coverage,fuzzing,stateful"):
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "signing_hook",
                   "PYTHONPATH": os.pathsep.join([str(HERE), str(ROOT / "tests" / "e2e")])}
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", document,
               "--url", f"http://{process.http}", "--phases", phases,
               "--mode", "all", "--checks", CHECKS, "--max-examples", examples, "--seed", SEED,
               "--request-timeout", 10, "--continue-on-failure", "--no-color"]
    done = subprocess.run([str(each) for each in command], cwd=folder, env=environment,
                          capture_output=True, text=True, check=False, timeout=1800,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def counted(process, **labels):
    return total(process, "sinyal_notifications_total", **labels)


def test_schemathesis_finds_no_answer_that_openapi_does_not_know(process, tmp_path):
    status, said = drive(process, ROOT / "schemas" / "openapi.json", EXAMPLES, tmp_path)
    print(said[-6000:])
    assert status == 0, said[-6000:]
    cases = int(re.search(r"(\d+) generated", said).group(1))
    assert cases > 5 * EXAMPLES
    # it got past the door, and was turned away there
    for endpoint in ("notifications", "recurring", "payments", "invoices", "subscriptions"):
        assert counted(process, merchant=MERCHANT, endpoint=endpoint, result="accepted"), endpoint
    for result in ("unknown_merchant", "malformed"):
        assert counted(process, result=result), result
    assert process.ready()


def test_schemathesis_would_see_an_answer_that_openapi_does_not_know(process, tmp_path):
    document = tmp_path / "openapi.json"
    text = (ROOT / "schemas" / "openapi.json").read_text()
    document.write_text(text.replace("urn:sinyal:problem:unauthorized", "urn:sinyal:problem:other"))
    status, said = drive(process, document, 3, tmp_path, phases="fuzzing")
    assert status == 1 and "401" in said, said[-3000:]
