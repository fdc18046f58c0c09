"""The alerts of deploy/prometheus-rules.yml: they ask for metrics that a running Sinyal has, and
fire when they should, judged by Prometheus's own tool.
"""
import re
import subprocess

import pytest

import alerts
from conftest import ROOT, tell
from support import until, wait_until_processed

RULES = ROOT / "deploy" / "prometheus-rules.yml"
TEXT = RULES.read_text()
NAMES = re.findall(r"- alert: (\w+)", TEXT)


def promtool(*arguments):
    done = subprocess.run(
        [str(ROOT / "build" / "schemas" / "prometheus" / "usr" / "bin" / "promtool"),
         *(str(each) for each in arguments)], capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


def test_promtool_finds_nothing_wrong():
    status, said = promtool("check", "rules", RULES)
    assert status == 0 and f"{len(NAMES)} rules found" in said, said


def test_each_alert_says_what_to_do():
    for rule in TEXT.split("- alert: ")[1:]:
        assert re.search(r"severity: (page|ticket)}.* summary: \w.* do: \S", rule, re.S), rule


def test_every_alert_fires_when_it_should_and_at_no_other_time(tmp_path):
    assert {alert for _, _, alert, _ in alerts.CASES} - {None} == set(NAMES)
    document = tmp_path / "alerts.json"
    document.write_text(alerts.unit_tests(RULES, NAMES))
    status, said = promtool("test", "rules", document)
    assert status == 0, said


def test_promtool_would_see_an_alert_that_does_not_fire(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(TEXT.replace("min(sinyal_kafka_up) == 0", "max(sinyal_kafka_up) == 0"))
    document = tmp_path / "alerts.json"
    document.write_text(alerts.unit_tests(rules, NAMES))
    status, said = promtool("test", "rules", document)
    assert status != 0 and "SinyalKafkaDown" in said


def wanted():
    """(metric, its matchers) of every selector."""
    rules = "\n".join(line for line in TEXT.splitlines() if not line.startswith("#"))
    return sorted({(name, matchers) for name, matchers in
                   re.findall(r"\b(sinyal_\w+?)(\{[^}]*\})?(?=[\[\]) ])", rules)})


def matches(labels, matchers):
    """Whether one series of these labels is one that a selector means."""
    judge = {"=": lambda value, text: value == text, "!=": lambda value, text: value != text,
             "=~": lambda value, text: re.fullmatch(text, value)}
    return all(label in labels and judge[how](labels[label], text)
               for label, how, text in re.findall(r'(\w+)(=~|!=|=)"([^"]*)"', matchers))


@pytest.fixture(name="samples", scope="module")
def samples_fixture(serve, kafka):
    process = serve("watched")
    tell(process)
    wait_until_processed(process, kafka, "watched")
    until(lambda: "sinyal_consumer_lag_seconds{" in process.metrics(), "it has reported")
    return [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels)))
            for name, labels in re.findall(r"^(sinyal_\w+)(\S*) ", process.metrics(), re.M)]


def test_every_metric_that_an_alert_asks_for_is_there_with_its_labels(samples):
    assert len(wanted()) > len(NAMES) / 2
    for name, matchers in wanted():
        values = re.findall(r'(\w+)=~"([^"]*)"', matchers)
        each_value = [matchers.replace(f'{label}=~"{text}"', f'{label}="{one}"')
                      for label, text in values for one in text.split("|")] or [matchers]
        for selector in each_value:
            assert any(name == have and matches(labels, selector) for have, labels in samples), \
                name + selector


def test_every_label_that_a_sentence_names_is_kept_by_its_expression(samples):
    for rule in TEXT.split("- alert: ")[1:]:
        for label in re.findall(r"\$labels\.(\w+)", rule):
            assert f"by ({label})" in rule
            assert any(label in labels for _, labels in samples)
