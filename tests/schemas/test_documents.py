"""The documents pass the validators that others will use, without a warning; and those validators
would see what is wrong.
"""
import json
import os
import shutil
import subprocess

import pytest

from conftest import ROOT

SCHEMAS = ROOT / "schemas"
NPM = ROOT / "build" / "schemas" / "npm"


def run(*command):
    done = subprocess.run([str(each) for each in command], cwd=NPM, capture_output=True, text=True,
                          check=False, timeout=120,
                          env={**os.environ, "REDOCLY_TELEMETRY": "off", "NO_COLOR": "1",
                               "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    return done.returncode, done.stdout + done.stderr


def judge(asyncapi, *folders):
    return run("node", NPM / "check_documents.mjs", asyncapi, *folders)


def lint(openapi):
    """(number of problems, what was said)"""
    _, said = run("node", NPM / "node_modules/@redocly/cli/bin/cli.js", "lint", openapi,
                  "--format=json")
    return len(json.loads(said[said.index("{"):said.rindex("}") + 1])["problems"]), said


def test_generated_documents_are_fresh():
    status, said = run(SCHEMAS / "generate", "--check")
    assert status == 0, said


def test_asyncapi_and_every_json_schema_pass_without_a_warning():
    status, said = judge(SCHEMAS / "asyncapi.json", SCHEMAS / "json", SCHEMAS / "strict")
    assert (status, said) == (0, "")


def test_openapi_passes_without_a_warning():
    problems, said = lint(SCHEMAS / "openapi.json")
    assert problems == 0, said


def broken(tmp_path, name, change):
    document = json.loads((SCHEMAS / name).read_text())
    change(document)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("change, said", [
    (lambda d: d["components"]["schemas"]["amount"].update(type=123), "amount"),
    (lambda d: d["operations"]["publish_payment_settled"].update(action="emit"), "action"),
    (lambda d: d["channels"]["payment_settled"]["bindings"]["kafka"].update(partitions="many"),
     "partitions"),
], ids=["a payload's type", "an action", "a binding"])
def test_a_broken_asyncapi_is_refused(tmp_path, change, said):
    status, output = judge(broken(tmp_path, "asyncapi.json", change))
    assert status == 1 and said in output, output


def test_a_broken_openapi_is_refused(tmp_path):
    def change(document):
        for item in document["paths"].values():
            del item["post"]["responses"]["200"]["description"]
    problems, said = lint(broken(tmp_path, "openapi.json", change))
    assert problems > 0 and "description" in said


def test_a_broken_json_schema_is_refused(tmp_path):
    folder = tmp_path / "json"
    shutil.copytree(SCHEMAS / "json", folder)
    path = folder / "payment.settled.v1.json"
    schema = json.loads(path.read_text())
    schema["examples"][0]["payment"]["gross_amount"] = 150000.0
    path.write_text(json.dumps(schema))
    status, said = judge(SCHEMAS / "asyncapi.json", folder)
    assert status == 1 and "gross_amount" in said
