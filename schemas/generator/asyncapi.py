"""schemas/asyncapi.json: every topic, with its Kafka bindings, keys, headers and values.

AsyncAPI's parser checks payloads in the vocabulary of JSON Schema's draft 7 alone, so the schemas
are written in what both drafts have, and are bundled: `$defs` become components.
"""
from generator import catalogue, json_schema

SCHEMAS = "#/components/schemas/"
BINDING = "0.5.0"
KEY = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}:(payment|invoice|subscription|account):",
       "description": "`<merchant>:<kind>:<id>`: the first two colons split it, whatever the id."}


def moved(schema):
    """A bundled 2020-12 schema as AsyncAPI has it: references into components, no keywords of
    the newer draft."""
    if isinstance(schema, list):
        return [moved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: moved(each) for key, each in schema.items()
            if key not in ("$schema", "$id", "$defs", "unevaluatedProperties")}
    if isinstance(made.get("$ref"), str):
        # draft 7 ignores what stands beside a reference
        reference = {"$ref": made.pop("$ref").replace("#/$defs/", SCHEMAS)}
        made = {"allOf": [reference], **made} if made else reference
    return made


def channel(topic, title, description, cleanup, days, messages):
    configuration = {"cleanup.policy": [cleanup]}
    if cleanup == "delete":
        configuration["retention.ms"] = -1 if days < 0 else days * 24 * 60 * 60 * 1000
    return {"address": f"{{prefix}}.{topic}", "title": title, "description": description,
            "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
            "bindings": {"kafka": {"topic": f"midtrans.{topic}", "partitions": 12, "replicas": 3,
                                   "topicConfiguration": configuration,
                                   "bindingVersion": BINDING}}}


def message(name, title, summary, content_type, headers, payload):
    made = {"name": name, "title": title, "summary": summary, "contentType": content_type}
    if headers:
        made["headers"] = headers
    return made | {"payload": payload,
                   "bindings": {"kafka": {"key": KEY, "bindingVersion": BINDING}}}


def extended(component, fields, required=()):
    """A component with what a signal fixes of it."""
    made = {"type": "object", "allOf": [{"$ref": SCHEMAS + component}]}
    if required:
        made["required"] = list(required)
    return made | {"properties": fields}


def signal_messages(signal):
    """Both modes of one signal."""
    example = catalogue.example(signal)
    fixed = json_schema.fixed_headers(signal)
    status = ["ce_orderstatus"] if signal["kind"] == "payment" else []
    value = moved(json_schema.value(signal))
    value.pop("examples")
    binary = message(signal["type"], signal["name"], signal["when"], "application/json",
                     extended("event_headers", fixed, status), value)
    binary["examples"] = [{"name": signal["name"], "headers": example["headers"],
                           "payload": example["value"]}]
    attributes = {name.removeprefix("ce_"): each for name, each in fixed.items()}
    structured = message(
        f"{signal['type']}.structured", f"{signal['name']}, structured",
        f"{signal['when']}; with `lifecycle.event_format` = `structured`",
        "application/cloudevents+json", {"$ref": SCHEMAS + "structured_headers"},
        extended("structured_event", attributes | {"data": value},
                 [name.removeprefix("ce_") for name in status]))
    return {"binary": binary, "structured": structured}


def message_name(signal, mode):
    name = signal["topic"].replace(".", "_").replace("-", "_")
    return name if mode == "binary" else f"{name}_structured"


def log_message(log):
    name = log["topic"]
    if name == "state":
        headers = {"type": "object", "required": ["sinyal_version"], "properties": {
            "sinyal_version": {"type": "string", "description": "Of the document's form."}}}
        payload = {"type": ["object", "null"], "description": "Internal: it may change with any "
                   "version."}
        made = message(name, "state", log["holds"], "application/json", headers, payload)
        made["bindings"]["kafka"]["key"] = {
            "type": "string", "description": f"{KEY['description']} `position`, without a colon, "
            "is the broker's own."}
        return made
    payload = {"type": "string", "description": "The bytes of the body, whatever they are."}
    return message(name, name, log["holds"], "application/octet-stream",
                   moved(json_schema.log_headers(name)), payload)


def components(signals, logs):
    messages = {log["topic"]: log_message(log) for log in logs}
    for signal in signals:
        for mode, made in signal_messages(signal).items():
            messages[message_name(signal, mode)] = made
    parts = json_schema.parts_of(["payment", "invoice", "subscription", "charge", "refund",
                                  "chargeback", "notification"], False)
    schemas = {"event_headers": json_schema.event_headers(),
               "structured_headers": json_schema.structured_headers(),
               "structured_event": json_schema.structured(), **parts}
    return {"parameters": {"prefix": {"default": "midtrans",
                                      "description": "`kafka.topic_prefix`"}},
            "messages": messages, "schemas": moved(schemas)}


def operation(action, channel_name, summary):
    return {"action": action, "channel": {"$ref": f"#/channels/{channel_name}"},
            "summary": summary}


def document(signals, logs):
    channels, operations = {}, {}
    for log in logs:
        name = log["topic"]
        channels[name] = channel(name, name, log["holds"], log["cleanup"], log["retention_days"],
                                 [name])
        operations[f"write_{name}"] = operation("send", name, f"Writes {log['holds']}.")
    operations["read_notifications"] = operation(
        "receive", "notifications", "Lifecycle reads what ingest, or an operator's retry, wrote.")
    for signal in signals:
        name = message_name(signal, "binary")
        channels[name] = channel(signal["topic"], signal["name"], signal["when"], "delete",
                                 signal["retention_days"],
                                 [name, message_name(signal, "structured")])
        operations[f"publish_{name}"] = operation("send", name, f"Publishes when {signal['when']}.")
    return {
        "asyncapi": "3.1.0",
        "id": "urn:sinyal:asyncapi",
        "info": {"title": "Sinyal", "version": "1.0.0",
                 "description": "What really happened to payments, invoices and subscriptions, one "
                 "topic per kind of event, published exactly once. Read with "
                 "`isolation.level=read_committed`. Actions are the broker's own: subscribers "
                 "receive what it sends.",
                 "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {"kafka": {"host": "localhost:9092", "protocol": "kafka",
                              "description": "The merchant's own cluster.",
                              "bindings": {"kafka": {"bindingVersion": BINDING}}}},
        "channels": channels, "operations": operations,
        "components": components(signals, logs),
    }
