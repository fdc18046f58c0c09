"""What the documents show is what the binary says."""
import os
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT
from support import free_port

README = (ROOT / "README.md").read_text()
BINARY = pathlib.Path(os.environ.get("SINYAL_BINARY", ROOT / "build" / "release" / "sinyal"))


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


def test_the_commands_for_a_configuration_of_ones_own_are_run_as_they_stand(tmp_path):
    (block,) = [each for each in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S)
                if "deploy/kafka start build/kafka" in each]
    ours = {"build/kafka": f"{tmp_path}/kafka", "build/sinyal.toml": f"{tmp_path}/sinyal.toml",
            "9092": str(free_port()), f"$PWD/{tmp_path}": str(tmp_path),
            "$PWD/build/release": str(BINARY.parent.absolute()),
            ":8080": f":{free_port()}", ":9090": f":{free_port()}"}
    for shown, used in ours.items():
        assert shown in block
        block = block.replace(shown, used)
    listening = {"SINYAL_HTTP__LISTEN": f"127.0.0.1{ours[':8080']}",
                 "SINYAL_ADMIN__LISTEN": f"127.0.0.1{ours[':9090']}"}
    try:
        done = subprocess.run(["bash", "-euc", "trap 'kill %1; wait' EXIT\n" + block], cwd=ROOT,
                              env={**os.environ, **listening}, capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL, timeout=300)
    finally:
        subprocess.run(["deploy/kafka", "stop", f"{tmp_path}/kafka"], cwd=ROOT, check=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^sent (\d+), \1 answered 200$", done.stdout, re.M), done.stdout
