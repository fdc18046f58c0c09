"""A change that breaks a reader of any release is refused, with its rule, field and file."""
import json
import pathlib
import shutil
import subprocess

import pytest

SCHEMAS = pathlib.Path(__file__).resolve().parent.parent.parent / "schemas"
GATE = SCHEMAS / "compatible"
SETTLED = "json/payment.settled.v1.json"
REFUNDED = "json/payment.refunded.v1.json"


def run(*arguments):
    done = subprocess.run([GATE, *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def part(name, document):
    return document["$defs"][name]


def drop(name, field):
    def change(document):
        one = part(name, document)
        del one["properties"][field]
        one["required"] = [each for each in one["required"] if each != field]
    return change


def give(name, field, **keywords):
    return lambda document: part(name, document)["properties"][field].update(keywords)


def set_of(name, **keywords):
    return lambda document: part(name, document).update(keywords)


def new_field(name, field, required=False):
    def change(document):
        one = part(name, document)
        one["properties"][field] = {"type": "string"}
        one["required"] = one["required"] + ([field] if required else [])
    return change


def require(name, *fields):
    def change(document):
        part(name, document)["required"] += fields
    return change


def relax(name, field):
    return lambda document: part(name, document)["required"].remove(field)


def remove(*steps):
    def change(document):
        for step in steps[:-1]:
            document = document[step]
        del document[steps[-1]]
    return change


def put(*steps_and_value):
    *steps, last, value = steps_and_value

    def change(document):
        for step in steps:
            document = document[step]
        document[last] = value
    return change


# (what is changed, file, change, rule, field)
FORBIDDEN = [
    ("a required field is removed", SETTLED, drop("payment", "gross_amount"),
     "REQUIRED_FIELD_DROPPED", "payment.gross_amount"),
    ("a required field becomes optional", SETTLED, relax("payment", "order"),
     "REQUIRED_FIELD_DROPPED", "payment.order"),
    ("a required field is added", SETTLED, new_field("payment", "channel", required=True),
     "REQUIRED_FIELD_ADDED", "payment.channel"),
    ("an optional field becomes required", SETTLED, require("payment", "bank"),
     "FIELD_MADE_REQUIRED", "payment.bank"),
    ("a required field is renamed", SETTLED,
     lambda d: (drop("payment", "order_id")(d), new_field("payment", "order", True)(d)),
     "REQUIRED_FIELD_DROPPED", "payment.order_id"),
    ("an amount becomes a number", SETTLED, set_of("amount", type="number"), "TYPE_CHANGED",
     "payment.gross_amount"),
    ("a count becomes a text", SETTLED, give("order", "attempts", type="string"), "TYPE_CHANGED",
     "payment.order.attempts"),
    ("a field may be null", SETTLED, give("payment", "bank", type=["string", "null"]),
     "TYPE_CHANGED", "payment.bank"),
    ("a notification is never null", SETTLED, set_of("notification", type="object"),
     "TYPE_CHANGED", "notification"),
    ("an amount may have one decimal", SETTLED, set_of("amount", pattern="^[0-9.]+$"),
     "PATTERN_CHANGED", "payment.gross_amount"),
    ("a time has another form", SETTLED, set_of("time", format="date"), "FORMAT_CHANGED",
     "payment.transaction_time"),
    ("words are closed", SETTLED, give("order", "status", enum=["paid", "unpaid"]),
     "ENUM_CHANGED", "payment.order.status"),
    ("a text is bounded", SETTLED, give("payment", "order_id", maxLength=50), "MAXLENGTH_CHANGED",
     "payment.order_id"),
    ("a count may be negative", SETTLED, give("order", "attempts", minimum=-1),
     "MINIMUM_CHANGED", "payment.order.attempts"),
    ("the value is closed", SETTLED, set_of("payment", additionalProperties=False),
     "ADDITIONALPROPERTIES_CHANGED", "payment"),
    ("a list has other items", SETTLED,
     give("payment", "other_transaction_ids", items={"type": "integer"}), "TYPE_CHANGED",
     "payment.other_transaction_ids.items"),
    ("a keyword that the gate does not know", SETTLED, set_of("payment", dependentSchemas={}),
     "DEPENDENTSCHEMAS_CHANGED", "payment"),
    ("the refund is left out", REFUNDED, lambda d: d["required"].remove("refund"),
     "REQUIRED_FIELD_DROPPED", "refund"),
    ("the schema has another name", SETTLED, put("$id", "urn:sinyal:schema:payment.settled:v2"),
     "ID_CHANGED", "the whole"),
    ("the schema is gone", SETTLED, None, "SCHEMA_REMOVED", "the whole"),
    ("a header is no longer sent", "json/event.headers.v1.json",
     lambda d: d["required"].remove("ce_subject"), "REQUIRED_FIELD_DROPPED", "ce_subject"),
    ("a topic is removed", "asyncapi.json", remove("channels", "payment_settled"),
     "TOPIC_REMOVED", "payment_settled"),
    ("a topic is renamed", "asyncapi.json",
     put("channels", "payment_settled", "address", "{prefix}.settled"), "TOPIC_RENAMED",
     "payment_settled"),
    ("a topic is compacted", "asyncapi.json",
     put("channels", "payment_settled", "bindings", "kafka", "topicConfiguration",
         "cleanup.policy", ["compact"]), "CLEANUP_CHANGED", "payment_settled"),
    ("an endpoint is removed", "openapi.json",
     remove("paths", "/v1/midtrans/{merchant}/invoices"), "ENDPOINT_REMOVED", "invoices"),
    ("an answer is removed", "openapi.json",
     remove("paths", "/v1/midtrans/{merchant}/invoices", "post", "responses", "422"),
     "ANSWER_REMOVED", "422"),
    ("a request needs more", "openapi.json",
     put("components", "schemas", "invoice_document", "required", ["id", "status", "currency"]),
     "FIELD_MADE_REQUIRED", "invoice_document.currency"),
]
ALLOWED = [
    ("an optional field is added", SETTLED, new_field("payment", "channel")),
    ("an optional field is removed", SETTLED, drop("payment", "bank")),
    ("a description and a title change", SETTLED,
     give("payment", "bank", title="Bank", description="Another sentence.")),
    ("a known word is added", SETTLED,
     lambda d: d["$defs"]["order"]["properties"]["status"]["examples"].append("part_paid")),
    ("an optional header is added", "json/event.headers.v1.json",
     put("properties", "ce_tenant", {"type": "string"})),
    ("a part is shared under another name", SETTLED,
     lambda d: (d["$defs"].update(money=d["$defs"]["amount"]),
                give("payment", "gross_amount", **{"$ref": "#/$defs/money"})(d))),
    ("a topic is added", "asyncapi.json",
     lambda d: d["channels"].update(more=d["channels"]["payment_settled"])),
    ("an endpoint is added", "openapi.json",
     lambda d: d["paths"].update({"/v2": d["paths"]["/v1/midtrans/{merchant}/invoices"]})),
    ("a request needs less", "openapi.json",
     put("components", "schemas", "invoice_document", "required", ["id"])),
    ("nothing", SETTLED, lambda d: None),
]


def copied(folder):
    folder.mkdir()
    shutil.copytree(SCHEMAS / "json", folder / "json")
    for name in ("asyncapi.json", "openapi.json"):
        shutil.copy(SCHEMAS / name, folder / name)
    return folder


def apply(folder, name, change):
    path = folder / name
    if change is None:
        path.unlink()
        return folder
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    return folder


def test_what_stands_here_is_compatible_with_every_release():
    status, said = run()
    assert status == 0, said
    assert not said.startswith("compatible with 0")


@pytest.mark.parametrize("name, change, rule, field", [row[1:] for row in FORBIDDEN],
                         ids=[row[0] for row in FORBIDDEN])
def test_a_forbidden_change_is_refused(tmp_path, name, change, rule, field):
    now = apply(copied(tmp_path / "now"), name, change)
    status, said = run(SCHEMAS, now)
    assert status == 1, said
    assert any(line.startswith(f"{name}: ") and f": {rule}: " in line and
               field in line.split(f": {rule}: ")[0] for line in said.splitlines()), said


@pytest.mark.parametrize("name, change", [row[1:] for row in ALLOWED],
                         ids=[row[0] for row in ALLOWED])
def test_an_allowed_change_passes(tmp_path, name, change):
    status, said = run(SCHEMAS, apply(copied(tmp_path / "now"), name, change))
    assert status == 0, said


def test_a_name_that_an_old_release_used_is_never_used_anew(tmp_path):
    """Not even when the release between had dropped it."""
    old = copied(tmp_path / "0.1.0")
    between = apply(copied(tmp_path / "0.2.0"), SETTLED, drop("payment", "bank"))
    now = apply(copied(tmp_path / "now"), SETTLED, give("payment", "bank", type="integer"))
    assert run(old, between)[0] == 0
    assert run(between, now)[0] == 0
    status, said = run(old, now)
    assert status == 1 and "payment.bank: TYPE_CHANGED" in said


def test_a_release_never_changes():
    status, said = run("--release", "0.1.0")
    assert status != 0 and "never change" in said
