"""JSON Schemas of signals, made of the hand-written parts.

A part says with `x-strict` what holds of everything that this version publishes and is no promise
to consumers: words that may become more, lengths. The open schema tells of it in its description,
the strict one demands it, and refuses every field that no part names.
"""
from generator import catalogue

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def tells_of_words(schema, strict):
    """The open form of a closed list of words: examples, and a sentence."""
    words = strict.get("enum")
    if not words:
        return {}
    told = schema.get("description", "").rstrip()
    return {"description": f"{told} More words may come: tolerate those you do not know.".strip(),
            "examples": words}


def shaped(schema, strict, refer):
    """A copy of a part, open or strict; `refer` turns a part's name into a reference."""
    made = {key: value for key, value in schema.items() if key != "x-strict"}
    made.update(schema.get("x-strict", {}) if strict else
                tells_of_words(schema, schema.get("x-strict", {})))
    if "$ref" in made:
        made["$ref"] = refer(made["$ref"].removesuffix(".json"))
    if "properties" in made:
        made["properties"] = {name: shaped(each, strict, refer)
                              for name, each in made["properties"].items()}
        if strict:
            made["unevaluatedProperties"] = False
    if "items" in made:
        made["items"] = shaped(made["items"], strict, refer)
    unbounded = {"pattern", "enum", "const", "format"}.isdisjoint(made)
    if strict and made.get("type") == "string" and unbounded:
        made.setdefault("minLength", 1)  # what is not known is absent, never empty
    return made


def parts_of(names, strict, prefix="#/$defs/"):
    """These parts and all that they refer to, by name."""
    made, wanted = {}, list(names)

    def refer(name):
        wanted.append(name)
        return prefix + name

    while wanted:
        name = wanted.pop(0)
        if name not in made:
            made[name] = None  # on its way: parts may refer to each other
            made[name] = shaped(catalogue.read(f"parts/{name}.json"), strict, refer)
    return dict(sorted(made.items()))


def value_fields(signal):
    """Names of the value's fields, in their order; each is the part of that name."""
    beside = catalogue.BESIDE.get(signal["name"])
    return [signal["kind"], *([beside] if beside else []), "notification"]


def value(signal, strict=False):
    fields = value_fields(signal)
    when = signal["when"]
    made = {
        "$schema": DIALECT,
        "$id": catalogue.schema_id(signal) + (":strict" if strict else ""),
        "title": signal["name"],
        "description": f"Published on topic `<prefix>.{signal['topic']}`: {when}.",
        "type": "object",
        "required": fields,
        "properties": {field: {"$ref": f"#/$defs/{field}"} for field in fields},
    }
    if strict:
        made["unevaluatedProperties"] = False
    else:
        made["examples"] = [catalogue.example(signal)["value"]]
    made["$defs"] = parts_of(fields, strict)
    return made


def fixed_headers(signal):
    """What the catalogue says of a signal's headers."""
    fixed = {"ce_type": signal["type"], "ce_signal": signal["name"],
             "ce_dataschema": catalogue.schema_id(signal)}
    return {name: {"const": text} for name, text in fixed.items()}


def headers_part(names, strict):
    """The properties and the required ones of several parts of headers, later ones winning."""
    made, defs = {"type": "object", "required": [], "properties": {}}, {}
    for name in names:
        parts = parts_of([name], strict)
        part = parts.pop(name)
        defs |= parts
        made |= {key: part[key] for key in ("title", "description")}
        made["required"] += [each for each in part["required"] if each not in made["required"]]
        made["properties"] |= part["properties"]
    if strict:
        made["unevaluatedProperties"] = False
    return made, defs


def event_headers(signal=None, strict=False):
    """Of every event in binary mode; of one signal's where it is named."""
    made, defs = headers_part(["event-headers"], strict)
    for name, fixed in fixed_headers(signal).items() if signal else ():
        made["properties"][name] |= fixed
    if signal and signal["kind"] == "payment":
        made["required"] = made["required"] + ["ce_orderstatus"]
    elif signal:
        del made["properties"]["ce_orderstatus"]
    where = signal["topic"] if signal else "event"
    version = signal["version"] if signal else 1
    return {"$schema": DIALECT, "$id": f"urn:sinyal:schema:{where}.headers:v{version}"
            + (":strict" if strict else ""), **made, "$defs": defs}


def log_headers(name, strict=False):
    """Of the raw log and of quarantine."""
    made, defs = headers_part(["raw-headers"] if name == "notifications" else
                              ["raw-headers", "quarantine-headers"], strict)
    if name == "quarantine":
        made.pop("unevaluatedProperties", None)
        raw = headers_part(["raw-headers"], strict)[0]
        made["required"] = [each for each in made["required"] if each not in raw["required"]]
        if strict:
            # a record that no version of ours wrote is kept there as it came
            made["properties"] |= headers_part(["raw-headers"], False)[0]["properties"]
            made |= {"if": {"properties": {"sinyal_reason": {"const": "unsupported_record"}}},
                     "else": {"required": raw["required"], "properties": raw["properties"]}}
    return {"$schema": DIALECT, "$id": f"urn:sinyal:schema:{name}.headers:v1"
            + (":strict" if strict else ""), **made, "$defs": defs}


def structured(signal=None, strict=False):
    """The whole event in structured mode: the attributes that are headers in binary mode. Of any
    signal unless one is named."""
    headers = event_headers(signal, strict)
    fields = {name.removeprefix("ce_"): each for name, each in headers["properties"].items()
              if name.startswith("ce_")}
    fields["datacontenttype"] = {"type": "string", "const": "application/json",
                                 "description": "Of `data`."}
    inner = value(signal, strict) if signal else {"type": "object", "$defs": {}}
    fields["data"] = {key: each for key, each in inner.items()
                      if key not in ("$schema", "$id", "$defs", "examples")}
    required = [name.removeprefix("ce_") for name in headers["required"]
                if name.startswith("ce_")] + ["datacontenttype", "data"]
    made = {"$schema": DIALECT, "$id": headers["$id"].replace("headers", "structured"),
            "title": f"{signal['name'] if signal else 'Any event'}, structured", "type": "object",
            "description": "The whole event as one JSON object (CloudEvents' structured mode).",
            "required": required, "properties": fields}
    if strict:
        made["unevaluatedProperties"] = False
    return {**made, "$defs": headers["$defs"] | inner["$defs"]}


def structured_headers(strict=False):
    """The headers that are left in structured mode."""
    made, _ = headers_part(["event-headers"], strict)
    kept = ("content-type", "traceparent", "sinyal_cause", "sinyal_rules")
    made["required"] = list(kept)
    made["properties"] = {name: made["properties"][name] for name in kept}
    kind = "application/cloudevents+json; charset=UTF-8"
    made["properties"]["content-type"] = {"type": "string", "const": kind,
                                          "description": f"`{kind}`"}
    return {"$schema": DIALECT, "$id": "urn:sinyal:schema:structured.headers:v1"
            + (":strict" if strict else ""), **made}


def files(signals):
    """All schema files by their path under schemas/."""
    made = {}
    for folder, strict in (("json", False), ("strict", True)):
        for signal in signals:
            made[f"{folder}/{catalogue.file_of(signal)}"] = value(signal, strict)
        made[f"{folder}/event.headers.v1.json"] = event_headers(strict=strict)
        for log in ("notifications", "quarantine"):
            made[f"{folder}/{log}.headers.v1.json"] = log_headers(log, strict)
    return made
