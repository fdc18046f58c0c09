"""Schemas in a real registry: what `topics apply` registers, what is refused, what events carry
then, and who can read them.
"""
import dataclasses
import json
import subprocess
import uuid

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

import contract
import everything
from conftest import ROOT, TOPICS, Told, tell
from generator import registered  # found by contract
from registry import Registry, front, guid_of
from support import PARTITIONS, Sinyal, wait_until_processed

ACCOUNT = ("sinyal", "geheim")
SETTINGS = {"schema_registry__timeout_ms": 3000, "kafka__start_timeout_ms": 20000}


@pytest.fixture(name="registry", scope="module")
def registry_fixture(tmp_path_factory):
    started = Registry(tmp_path_factory.mktemp("registry") / "log").start()
    status, _ = started.ask("PUT", "/config", {"compatibility": "FULL_TRANSITIVE"})
    assert status == 200
    yield started
    started.stop()


@pytest.fixture(name="sinyal", scope="module")
def sinyal_fixture(kafka, tmp_path_factory):
    """Makes brokers that end with the module: sinyal(prefix, url, **settings)."""
    made = []

    def make(prefix, url, **settings):
        process = Sinyal(ROOT, tmp_path_factory.mktemp("registry"), kafka, prefix,
                         schema_registry__url=url, **SETTINGS, **settings)
        process.environment["TEST_REGISTRY_PASSWORD"] = ACCOUNT[1]
        made.append(process)
        return process

    yield make
    for process in made:
        process.kill()


def command(process, *words, **environment):
    return subprocess.run([process.binary, *words, "--config", str(process.config)], check=False,
                          capture_output=True, text=True, timeout=60,
                          env={**process.environment, **environment})


def subject_of(prefix, topic):
    return f"{prefix}.{topic}-value"


def rows(done):
    """(subject, what was done) of what `topics … --format json` printed of schemas."""
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    return [(row["subject"], row["difference"]) for row in printed if "subject" in row]


def test_apply_registers_every_schema_and_then_nothing_more(registry, sinyal):
    process = sinyal("reg.apply", registry.url)
    wanted = [subject_of("reg.apply", topic) for topic in contract.SIGNALS]
    first = command(process, "topics", "apply", "--format", "json")
    assert first.returncode == 0, first.stderr
    assert rows(first) == [(subject, "registered") for subject in wanted]
    again = command(process, "topics", "apply", "--format", "json")
    assert (again.returncode, again.stdout) == (0, "")
    planned = command(process, "topics", "plan")
    assert (planned.returncode, planned.stdout) == (0, "")
    assert "all 19 schemas are registered" in planned.stderr
    for signal in contract.SIGNALS.values():
        subject = subject_of("reg.apply", signal["topic"])
        assert registry.ask("GET", f"/subjects/{subject}/versions") == (200, [1])
        latest = registry.ask("GET", f"/subjects/{subject}/versions/latest")[1]
        assert latest["schema"] == registered.text(signal)
        assert latest["schemaType"] == "JSON"


def test_plan_shows_what_is_not_registered_and_registers_nothing(registry, sinyal):
    planned = command(sinyal("reg.plan", registry.url), "topics", "plan", "--format", "json")
    assert planned.returncode == 1
    assert rows(planned) == [(subject_of("reg.plan", topic), "unregistered")
                             for topic in contract.SIGNALS]
    assert not [each for each in registry.ask("GET", "/subjects")[1] if "reg.plan" in each]


def test_who_only_takes_notifications_in_needs_no_registry(sinyal):
    process = sinyal("reg.ingest", "http://127.0.0.1:1", schema_registry__ids="wire")
    process.role = "ingest"
    assert command(process, "topics", "apply", "--role", "ingest").returncode == 0
    process.start()


def other_schema(signal, **changes):
    made = registered.schema(signal)
    made["definitions"]["payment"]["properties"] |= changes
    return {"schemaType": "JSON", "schema": json.dumps(made)}


def test_an_incompatible_schema_is_refused_and_hinders_no_other(registry, sinyal):
    signal = contract.SIGNALS["payment.settled"]
    subject = subject_of("reg.refused", signal["topic"])
    status, _ = registry.ask("POST", f"/subjects/{subject}/versions",
                             other_schema(signal, gross_amount={"type": "boolean"}))
    assert status == 200
    applied = command(sinyal("reg.refused", registry.url), "topics", "apply", "--format", "json")
    assert applied.returncode == 1
    assert len(rows(applied)) == len(contract.SIGNALS) - 1
    refused = [line for line in applied.stderr.splitlines() if line.startswith("sinyal topics: ")]
    assert len(refused) == 1
    assert refused[0].startswith(f"sinyal topics: the schema of {subject} is refused: the registry "
                                 "calls it incompatible with a version that it has (")
    assert "Hint: " in refused[0] and "FORWARD_TRANSITIVE" in refused[0]
    assert registry.ask("GET", f"/subjects/{subject}/versions") == (200, [1])


def test_a_field_more_is_compatible_forward_as_the_hint_says(registry):
    signal = contract.SIGNALS["payment.denied"]
    subject = subject_of("reg.field", signal["topic"])
    versions = f"/subjects/{subject}/versions"
    assert registry.ask("POST", versions, other_schema(signal))[0] == 200
    one_more = other_schema(signal, new_field={"type": "string"})
    assert registry.ask("POST", versions, one_more)[0] == 409
    registry.ask("PUT", f"/config/{subject}", {"compatibility": "FORWARD_TRANSITIVE"})
    assert registry.ask("POST", versions, one_more)[0] == 200


# (what is wrong, settings over those that are right, what the one error says)
REFUSED = [
    ("nothing is registered", {}, "and 16 more. Hint: run `sinyal topics apply`"),
    ("nobody there", {"url": "http://127.0.0.1:1"}, "Connection refused. Hint: see that it runs"),
    ("another server", {"url": "{url}/elsewhere"}, "must be that of a Confluent-compatible API"),
    ("no account", {"username": "", "password": ""}, "answers 401"),
    ("a wrong password", {"password": "env:TEST_TOKEN"},
     "(Unauthorized). Hint: set schema_registry.username and schema_registry.password"),
]


@pytest.mark.parametrize("settings, says", [row[1:] for row in REFUSED],
                         ids=[row[0] for row in REFUSED])
def test_serve_does_not_start_without_ids_and_says_why(registry, sinyal, settings, says):
    right = {"ids": "wire", "username": ACCOUNT[0], "password": "env:TEST_REGISTRY_PASSWORD"}
    with front(registry, account=ACCOUNT) as url:
        wrong = {name: each.format(url=url) for name, each in settings.items()}
        process = sinyal("reg.wrong", wrong.pop("url", url),
                         **{f"schema_registry__{name}": each
                            for name, each in (right | wrong).items()})
        assert process.start(wait=False).wait() == 1
    told = [json.loads(line) for line in process.lines]
    errors = [line for line in told if line["level"] == "error"]
    assert [line["msg"] for line in errors] == ["ids of schemas cannot be told"]
    assert says in errors[0]["error"]
    assert not any(secret in line for line in process.lines
                   for secret in (ACCOUNT[1], process.environment["TEST_TOKEN"]))


def test_a_registry_without_guids_cannot_do_headers_and_wire_is_named(registry, sinyal):
    process = sinyal("reg.apply", registry.url, schema_registry__ids="header")
    for words in (["topics", "plan"], ["check"]):
        done = command(process, *words)
        assert done.returncode == 1
        assert "tells no GUID of a schema" in done.stdout + done.stderr
        assert 'set schema_registry.ids to "wire"' in done.stdout + done.stderr


def test_a_registry_behind_tls_must_show_a_certificate_that_is_trusted(registry, sinyal, tmp_path):
    pem, other = tmp_path / "pem", tmp_path / "other"
    for path, name in ((pem, "IP:127.0.0.1"), (other, "DNS:elsewhere")):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                        "/CN=registry", "-addext", f"subjectAltName={name}", "-keyout", str(path),
                        "-out", str(tmp_path / "certificate")], check=True, capture_output=True)
        path.write_text(path.read_text() + (tmp_path / "certificate").read_text())
    for certificate, trusted, status in ((pem, pem, 0), (pem, other, 1), (other, other, 1)):
        with front(registry, certificate=certificate) as url:
            process = sinyal("reg.apply", url)
            done = command(process, "topics", "plan", SSL_CERT_FILE=str(trusted))
        assert done.returncode == status, done.stderr
        assert ("certificate verify failed" in done.stderr) == bool(status)
        assert ("SSL_CERT_FILE names" in done.stderr) == bool(status)


@pytest.fixture(name="served", scope="module")
def served_fixture(registry, kafka, sinyal):
    """What two brokers wrote, one for each place of ids; a client for readers; and what `verify`
    says. The registry is away while they write: ids are asked for at the start alone.
    """
    prefixes = {place: f"reg.{place}" for place in ("wire", "header")}
    processes = {}
    with front(registry, account=ACCOUNT, guids=True) as url:
        for place, prefix in prefixes.items():
            processes[place] = process = sinyal(
                prefix, url, schema_registry__ids=place, schema_registry__username=ACCOUNT[0],
                schema_registry__password="env:TEST_REGISTRY_PASSWORD")
            applied = command(process, "topics", "apply")
            assert applied.returncode == 0, applied.stderr
            process.start(wait=False)
        for process in processes.values():
            process.listen()
    for process in processes.values():
        tell(process)
    for process in processes.values():
        wait_until_processed(process, kafka, process.prefix)
        process.kill()
    records = list(everything.read_all(kafka, {f"{prefix}.{topic}": PARTITIONS for topic in TOPICS
                                               for prefix in prefixes.values()}))
    with front(registry, guids=True) as url:
        client = SchemaRegistryClient({"url": url})
        for topic in contract.SIGNALS:  # the gateway knows the GUIDs that it has told
            client.get_latest_version(subject_of("reg.header", topic))
        yield {place: Told(prefix, [each for each in records if each.topic.startswith(prefix)])
               for place, prefix in prefixes.items()}, client, \
            [command(process, "verify", "--set", f"schema_registry.url={url}")
             for process in processes.values()]


@pytest.fixture(name="marked", params=["wire", "header"])
def marked_fixture(request, registry, served):
    """(what one broker wrote, its marks by what the registry says, a client for readers)"""
    told, client, _ = served
    place = request.param

    def mark(topic):
        latest = f"/subjects/{subject_of(told[place].prefix, topic)}/versions/latest"
        number = registry.ask("GET", latest)[1]["id"]
        return b"\0" + number.to_bytes(4, "big") if place == "wire" else \
            b"\1" + uuid.UUID(guid_of(number)).bytes

    return told[place], contract.Marks(place, {topic: mark(topic) for topic in contract.SIGNALS}), \
        client


def test_every_event_is_as_published_and_has_its_schemas_id(marked):
    told, marks, _ = marked
    assert {each.topic for each in told.records} == {f"{told.prefix}.{name}" for name in TOPICS}
    wrong = [each for record in told.records
             for each in contract.problems(record, told.prefix, marks)]
    assert wrong == []


def test_verify_computes_the_same_marks(served):
    for done in served[2]:
        assert done.returncode == 0 and done.stdout.endswith("no difference\n"), done


def test_what_is_marked_otherwise_is_caught(marked):
    told, marks, _ = marked
    good = told.of("payment.settled")[0]
    plain, _ = marks.taken_off(good, "payment.settled")
    mark = marks.of["payment.received"]
    of_other = dataclasses.replace(plain, value=mark + plain.value) if marks.place == "wire" else \
        dataclasses.replace(plain, headers=(*plain.headers, (contract.MARK_HEADER, mark)))
    assert contract.problems(good, told.prefix, marks) == []
    assert contract.problems(good, told.prefix), "a mark where no registry is"
    assert contract.problems(plain, told.prefix, marks), "no mark"
    assert contract.problems(of_other, told.prefix, marks), "the mark of another"


def test_confluents_reader_finds_the_schema_and_the_data(marked):
    told, marks, client = marked
    read = JSONDeserializer(None, schema_registry_client=client)  # validates
    for record in told.signals():
        context = SerializationContext(record.topic, MessageField.VALUE, list(record.headers))
        plain, _ = marks.taken_off(record, record.topic.removeprefix(f"{told.prefix}."))
        assert read(record.value, context) == plain.json()
