"""What the documents show is what the binary says."""
import os
import re
import subprocess

import pytest

from conftest import ROOT

README = (ROOT / "README.md").read_text()
BINARY = os.environ.get("SINYAL_BINARY", ROOT / "build" / "release" / "sinyal")


def output(*words):
    done = subprocess.run([BINARY, *words], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_picture_of_the_lifecycle_is_the_one_that_the_binary_draws():
    shown = re.search(r"<!-- lifecycle: begin -->\n```mermaid\n(.*?)```\n<!-- lifecycle: end -->",
                      README, re.S)
    assert shown, "Hint: schemas/generate --picture build/release/sinyal"
    assert shown.group(1) == output("lifecycle", "--format", "mermaid"), \
        "README.md is stale. Hint: schemas/generate --picture build/release/sinyal"


@pytest.mark.parametrize("command", sorted(set(re.findall(
    r"`(?:build/release/)?sinyal ([a-z]+)[^`]*`", README + (ROOT / "broker" / "ARCHITECTURE.md")
    .read_text() + (ROOT / "deploy" / "SECURITY.md").read_text()))))
def test_every_command_that_is_told_of_exists(command):
    assert "Usage" in output(command, "--help")


def test_the_example_configuration_of_the_readme_is_one(tmp_path):
    text = "".join(re.findall(r"```toml\n(.*?)```", README, re.S))
    token = tmp_path / "token"
    token.write_text("x\n")
    file = tmp_path / "sinyal.toml"
    file.write_text(text.replace("/run/secrets/recurring-token", str(token)))
    # ingest's role: no schema registry is asked
    done = subprocess.run([BINARY, "topics", "plan", "--config", file, "--role", "ingest", "--set",
                           "kafka.bootstrap_servers=127.0.0.1:1", "--set",
                           "kafka.start_timeout_ms=500", "--set", "kafka.properties={}"],
                          env={"MIDTRANS_SERVER_KEY": "a", "MIDTRANS_SERVER_KEY_PREVIOUS": "b",
                               "MERCHANT_API_TOKEN": "c", "REGISTRY_PASSWORD": "d"},
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1, done.stderr  # 78 would be a wrong configuration
    assert "127.0.0.1:1" in done.stderr + done.stdout
