"""Which differences between two folders of documents break a reader, old or new.

Schemas are open: a field that is optional may come and go. Everything that a validator would judge
differently breaks one side or the other: what is loosened, old readers refuse; what is tightened,
old records fail. So a keyword that validates must stay as it is, and one that this module does not
know is refused rather than guessed at.
"""
import json

# Keywords for people; they may change.
FREE = {"title", "description", "examples", "example", "$comment", "$schema", "summary", "default",
        "deprecated"}
# Keywords with schemas inside, which are compared field by field.
INSIDE = {"properties", "items", "required", "$ref", "$defs", "type"}


def read(path):
    return json.loads(path.read_text())


def resolved(schema, root):
    """The schema that a reference into the same document means, with what stands beside it."""
    while "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = {**target, **{key: each for key, each in schema.items() if key != "$ref"}}
    return schema


def compare_required(old, new, path):
    was, now = set(old.get("required", [])), set(new.get("required", []))
    for name in sorted(was - now):
        yield f"{path}{name}: REQUIRED_FIELD_DROPPED: readers of that release rely on it"
    for name in sorted(now - was):
        known = name in old.get("properties", {})
        rule = "FIELD_MADE_REQUIRED" if known else "REQUIRED_FIELD_ADDED"
        yield f"{path}{name}: {rule}: records of that release do not have it"


def compare_keywords(old, new, path):
    """Keywords that must stay as they are."""
    for keyword in sorted((old.keys() | new.keys()) - FREE - INSIDE):
        if old.get(keyword) == new.get(keyword):
            continue
        change = f"{json.dumps(old.get(keyword))} became {json.dumps(new.get(keyword))}"
        where = path.rstrip(".") or "the whole"
        yield f"{where}: {keyword.upper().lstrip('$')}_CHANGED: {change}"


def compare(old, new, roots, path=""):
    """All differences of two schemas that break someone; `path` ends with a dot."""
    old, new = resolved(old, roots[0]), resolved(new, roots[1])
    where = path.rstrip(".") or "the whole"
    if old.get("type") != new.get("type"):
        yield (f"{where}: TYPE_CHANGED: {json.dumps(old.get('type'))} became "
               f"{json.dumps(new.get('type'))}")
        return
    yield from compare_required(old, new, path)
    yield from compare_keywords(old, new, path)
    for name, schema in old.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from compare(schema, new["properties"][name], roots, f"{path}{name}.")
    if "items" in old and "items" in new:
        yield from compare(old["items"], new["items"], roots, f"{path}items.")
    elif ("items" in old) != ("items" in new):
        yield f"{where}: ITEMS_CHANGED: only one of the two says what is in the list"


def schemas(old, new):
    for path in sorted((old / "json").glob("*.json")):
        now = new / "json" / path.name
        if not now.exists():
            yield f"json/{path.name}: the whole: SCHEMA_REMOVED: ce_dataschema named it"
            continue
        roots = read(path), read(now)
        for each in compare(*roots, roots):
            yield f"json/{path.name}: {each}"


def topics(old, new):
    """Topics, their partitions and their cleanup: subscribers are configured with them."""
    was, now = (read(folder / "asyncapi.json")["channels"] for folder in (old, new))
    for name, channel in was.items():
        if name not in now:
            yield f"asyncapi.json: channels.{name}: TOPIC_REMOVED: it has subscribers"
            continue
        if channel["address"] != now[name]["address"]:
            yield (f"asyncapi.json: channels.{name}.address: TOPIC_RENAMED: {channel['address']} "
                   f"became {now[name]['address']}")
        for gone in sorted(channel["messages"].keys() - now[name]["messages"].keys()):
            yield f"asyncapi.json: channels.{name}.messages.{gone}: MESSAGE_REMOVED: it is read"
        bound = [each["bindings"]["kafka"] for each in (channel, now[name])]
        policies = [each["topicConfiguration"]["cleanup.policy"] for each in bound]
        if policies[0] != policies[1]:
            yield (f"asyncapi.json: channels.{name}.cleanup.policy: CLEANUP_CHANGED: "
                   f"{policies[0]} became {policies[1]}")


def answers(old, new):
    """Endpoints, what they answer, and what a request must have."""
    was, now = read(old / "openapi.json"), read(new / "openapi.json")
    for path, item in was["paths"].items():
        for method in item.keys() - {"parameters"}:
            where = f"openapi.json: {method.upper()} {path}"
            other = now["paths"].get(path, {}).get(method)
            if other is None:
                yield f"{where}: ENDPOINT_REMOVED: Midtrans posts there"
                continue
            gone = item[method]["responses"].keys() - other["responses"].keys()
            for status in sorted(gone):
                yield f"{where}: {status}: ANSWER_REMOVED: senders handle it"
    for name, schema in was["components"]["schemas"].items():
        other = now["components"]["schemas"].get(name)
        if other is None:
            yield f"openapi.json: {name}: BODY_REMOVED: senders send it"
            continue
        for field in sorted(set(other.get("required", [])) - set(schema.get("required", []))):
            yield f"openapi.json: {name}.{field}: FIELD_MADE_REQUIRED: senders leave it out"


def broken(old, new):
    """Sentences about everything in folder `new` that breaks a reader or writer of `old`."""
    return [*schemas(old, new), *topics(old, new), *answers(old, new)]
