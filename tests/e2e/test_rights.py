"""The table of rights of deploy/SECURITY.md, tried on a Kafka that allows nothing else: with just
these each role does all of its work, and each one that is missing is an error that names it.
"""
import itertools
import json
import pathlib
import re
import subprocess

import pytest
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType,
                                   ResourcePatternType, ResourceType)

from conftest import ROOT
from support import (CATALOGUE, MERCHANT, Kafka, free_port, payment, read, read_signals, until,
                     wait_until_processed)

PREFIX = "midtrans"  # the table's
KINDS = {"topic": ResourceType.TOPIC, "topics": ResourceType.TOPIC, "group": ResourceType.GROUP,
         "transactional": ResourceType.TRANSACTIONAL_ID}


def table():
    """The rights of each role: (kind, name, whether it is a prefix, operation)."""
    text = (ROOT / "deploy" / "SECURITY.md").read_text()
    rows = text[text.index("| role | resource | operations |"):].split("\n\n")[0].splitlines()[2:]
    rights, role = {}, None
    for row in rows:
        first, resource, operations = (cell.strip() for cell in row.strip("|").split("|"))
        role = first or role
        for (name, more), operation in itertools.product(
                re.findall(r"`([^`]+)`(…?)", resource), operations.split(", ")):
            rights.setdefault(role, []).append(
                (KINDS[resource.split()[0]], name, bool(more), operation))
    return rights


RIGHTS = table()
LACKING = [(role, right) for role, rights in RIGHTS.items() for right in rights]
USERS = {"-".join(["without", str(number)]): [each for each in RIGHTS[role] if each != right]
         for number, (role, right) in enumerate(LACKING)} | RIGHTS
PASSWORD = "a-password-of-the-tests"


def binding(user, kind, name, is_prefix, operation):
    pattern = ResourcePatternType.PREFIXED if is_prefix else ResourcePatternType.LITERAL
    operation = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()
    return AclBinding(kind, name, pattern, f"User:{user}", "*", AclOperation[operation],
                      AclPermissionType.ALLOW)


def guard(broker):
    """A second listener, for users with passwords. Who comes to the first one may do all."""
    path = pathlib.Path(broker.directory) / "server.properties"
    port = free_port()
    users = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
    text = path.read_text()
    text = re.sub(r"(?<=listeners=PLAINTEXT://127\.0\.0\.1:)(\d+)",
                  rf"\1,GUARDED://127.0.0.1:{port}", text)
    text = text.replace("PLAINTEXT:PLAINTEXT", "PLAINTEXT:PLAINTEXT,GUARDED:SASL_PLAINTEXT")
    path.write_text(text + f"""
sasl.enabled.mechanisms=PLAIN
listener.name.guarded.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required {users};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
""")
    return f"127.0.0.1:{port}"


@pytest.fixture(name="guarded", scope="module")
def guarded_fixture(tmp_path_factory):
    broker = Kafka(ROOT, tmp_path_factory.mktemp("guarded"))
    broker.start()
    broker.stop()
    broker.guarded = guard(broker)
    broker.start()
    wanted = [binding(user, *right) for user, rights in USERS.items() for right in rights]
    admin = broker.admin()
    for done in admin.create_acls(wanted).values():
        done.result(30)
    everything = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None,
                                  AclOperation.ANY, AclPermissionType.ANY)
    until(lambda: len(admin.describe_acls(everything).result(30)) == len(wanted), "granted")
    yield broker
    broker.stop()


@pytest.fixture(name="of")
def of_fixture(sinyal, guarded):
    """A Sinyal that comes to Kafka as this user."""
    def make(user, role="all"):
        process = sinyal(
            guarded, PREFIX, role=role, instance=role, kafka__create_topics=False,
            kafka__bootstrap_servers=guarded.guarded, kafka__start_timeout_ms=3000,
            kafka__properties={"security.protocol": "SASL_PLAINTEXT", "sasl.mechanisms": "PLAIN",
                               "sasl.username": user, "sasl.password": "env:TEST_PASSWORD"})
        process.environment["TEST_PASSWORD"] = PASSWORD
        return process
    return make


def command(process, *words):
    return subprocess.run([process.binary, *words, "--config", str(process.config)],
                          capture_output=True, text=True, check=False, env=process.environment,
                          timeout=120, stdin=subprocess.DEVNULL)


def apply(process):
    return command(process, "topics", "apply")


def lacking():
    rows = [pytest.param(role, f"without-{number}", right, id=f"{role} without {right[3]} of "
                         f"{right[1]}") for number, (role, right) in enumerate(LACKING)]
    # while there are no topics yet; the other rights of `apply` show when there are some
    return sorted(rows, key=lambda row: (row.values[0] != "apply", row.values[2][3] != "Create"))


CREATING, OTHERS = lacking()[:1], lacking()[1:]


@pytest.mark.parametrize("role, user, right", CREATING)
def test_topics_cannot_be_created_without_the_right(of, role, user, right):
    done = apply(of(user))
    assert (role, right[3], done.returncode) == ("apply", "Create", 1)
    assert re.search(rf"topic {PREFIX}\.\S+ was not created: .*uthoriz", done.stderr), done.stderr


def test_the_rights_of_the_table_are_enough(of, guarded):
    for _ in ("created", "compared"):
        done = apply(of("apply"))
        assert done.returncode == 0, done.stderr
    ingest = of("ingest", "ingest").start()
    lifecycle = of("lifecycle", "lifecycle").start()
    played = command(ingest, "notify", "--url", f"http://{ingest.http}", "--merchant", MERCHANT,
                     "--scenario", "all")
    assert played.returncode == 0, played.stderr
    assert ingest.notify(payment("RIGHTS", "settlement"))[0] == 200
    assert ingest.notify(payment("RIGHTS", "settlement", amount="1.00"))[0] == 200
    wait_until_processed(lifecycle, guarded, PREFIX)
    lifecycle.terminate()
    assert lifecycle.wait() == 0
    lifecycle.start()  # reads its state back
    assert ingest.notify(payment("RIGHTS", "settlement"))[0] == 200
    wait_until_processed(lifecycle, guarded, PREFIX)
    traced = command(lifecycle, "trace", "payment:RIGHTS")
    assert traced.returncode == 0 and "3 notifications, 1 event\n" in traced.stdout, traced
    verified = command(of("verify"), "verify")
    assert verified.returncode == 0 and "no difference\n" in verified.stdout, verified
    assert set(signal for signal, found in read_signals(guarded, PREFIX).items() if found) == \
        {entry["name"] for entry in CATALOGUE}
    assert [record.header("sinyal_reason") for record in read(guarded, f"{PREFIX}.quarantine")]


def names(name, lines):
    """Whether one of these says that what has this name, or one that begins so, is not allowed."""
    return any(name in line and re.search("rights|uthoriz", line) for line in lines)


@pytest.mark.parametrize("role, user, right", OTHERS)
def test_a_right_that_is_missing_is_named(of, role, user, right):
    _, name, _, _ = right
    if role in ("apply", "verify"):
        done = apply(of(user)) if role == "apply" else command(of(user), "verify")
        assert done.returncode == 1 and names(name, done.stderr.splitlines()), done.stderr
        return
    if role == "lifecycle":  # let there be something to do
        assert of("ingest", "ingest").start().notify(payment(user, "settlement"))[0] == 200
    process = of(user, role).start(wait=False)
    until(lambda: names(name, [line for line in list(process.lines)
                               if json.loads(line)["level"] in ("warning", "error")]), name)
    listening = until(lambda: process.find("listening") or process.ended(), "it starts, or ends")
    if listening is not True:
        process.admin = listening["admin"]
        until(lambda: not process.ready(), "it is not ready")
