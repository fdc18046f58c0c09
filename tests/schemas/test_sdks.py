"""The official CloudEvents SDKs of four languages read real records of every signal's topic to the
same events, in both modes.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import contract
from conftest import ROOT

BUILD = ROOT / "build" / "schemas"
SDK = pathlib.Path(__file__).resolve().parent / "sdk"
READERS = {
    "python": [sys.executable, str(SDK / "python" / "reader.py")],
    "javascript": ["node", str(BUILD / "npm" / "reader.mjs")],
    "go": [str(BUILD / "go" / "reader")],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
             f"{BUILD / 'java'}:{BUILD / 'java' / 'jars'}/*", "Reader"],
}
# CloudEvents attributes that are no extensions.
ATTRIBUTES = {"specversion", "id", "source", "type", "subject", "time", "dataschema",
              "datacontenttype", "data"}


def read_with(language, kafka, topics, count):
    environment = {**os.environ, "KAFKAJS_NO_PARTITIONER_WARNING": "1"}
    done = subprocess.run([*READERS[language], kafka.address, str(count), *topics], timeout=120,
                          capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{language}: {done.stderr[-3000:]}"
    return sorted((json.loads(line, parse_int=number) for line in done.stdout.splitlines()),
                  key=lambda each: (each["topic"], each["partition"], each["offset"]))


def number(token):
    """JavaScript's numbers are doubles: what they cannot hold is compared as far as they can."""
    return float(token) if abs(int(token)) > 2 ** 53 else int(token)


def expected(record):
    """What the record says, read with no SDK at all."""
    headers, wrong = contract.headers_of(record)
    assert not wrong
    value = json.loads(record.value, parse_int=number)
    if "ce_id" in headers:
        attributes = {name[3:]: text for name, text in headers.items() if name.startswith("ce_")}
    else:
        attributes, value = value, value["data"]
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset,
            "id": attributes["id"], "source": attributes["source"], "type": attributes["type"],
            "subject": attributes["subject"],
            "time_ms": contract.milliseconds(attributes["time"]),
            "dataschema": attributes["dataschema"],
            "extensions": {name: text for name, text in attributes.items()
                           if name not in ATTRIBUTES},
            "data": value}


def test_four_sdks_read_every_topic_to_the_same_events(kafka, told):
    signals = told.signals()
    topics = sorted({record.topic for record in signals})
    assert len(topics) == len(contract.SIGNALS)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        answers = {language: pool.submit(read_with, language, kafka, topics, len(signals))
                   for language in READERS}
        read = {language: answer.result() for language, answer in answers.items()}
    wanted = [expected(record) for record in signals]
    for language, events in read.items():
        assert len(events) == len(wanted), language
        for event, right in zip(events, wanted):
            assert event == right, f"{language}: {right['topic']} {right['offset']}"
