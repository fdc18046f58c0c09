"""schemas/openapi.json: every endpoint, every answer, every problem type, made of http.json."""
from generator import catalogue

PROBLEM = "application/problem+json"
NO_STORE = {"Cache-Control": {"$ref": "#/components/headers/NoStore"}}
TEXT = {"type": "string"}


def text(pattern=None, longest=None, **more):
    made = dict(TEXT)
    if pattern:
        made["pattern"] = pattern
    if longest:
        made |= {"minLength": 1, "maxLength": longest}
    return made | more


AMOUNT = {"description": "At most two decimals. A number's own text is what is signed.",
          "anyOf": [text("^(0|[1-9][0-9]{0,12})([.][0-9]{1,2})?$"),
                    {"type": "integer", "minimum": 0, "maximum": 9999999999999}]}
CODE = {"description": "Three digits.",
        "anyOf": [text("^[2-5][0-9]{2}$"), {"type": "integer", "minimum": 200, "maximum": 599}]}
ORDER = text("^[^\\u0000-\\u001f\\u007f]{1,255}$", 255,
             description="1 to 255 bytes without control characters.")
IDENTITY = text("^[^\\u0000-\\u001f\\u007f]{1,128}$", 128,
                description="1 to 128 bytes without control characters.")


def bodies():
    """What a request must have, and what stands in every body of its kind; all of it is kept."""
    customer = {"type": "object", "properties": {name: TEXT for name in
                                                 ("first_name", "last_name", "email", "phone")}}
    signed = {"order_id": ORDER, "status_code": CODE, "gross_amount": AMOUNT,
              "signature_key": text("^[0-9a-fA-F]{128}$", description="SHA-512 of order_id, "
                                    "status_code, gross_amount and the server key, in hex."),
              "transaction_id": TEXT, "transaction_status": TEXT, "fraud_status": TEXT}
    account = {"account_id": ORDER, "account_status": text(longest=1024), "status_code": CODE,
               "signature_key": signed["signature_key"]}
    status = {"id": IDENTITY, "status": text("^[a-z]+$", 64)}
    made = {
        "payment_notification": {
            "type": "object", "description": "A signed notification of a payment.",
            "required": ["order_id", "status_code", "gross_amount", "signature_key"],
            "properties": signed},
        "account_notification": {
            "type": "object", "description": "A signed notification of a pay account.",
            "required": ["account_id", "account_status", "status_code", "signature_key"],
            "properties": account},
        "signed_notification": {"anyOf": [
            {"$ref": "#/components/schemas/payment_notification"},
            {"$ref": "#/components/schemas/account_notification"}]},
        "recurring_notification": {
            "type": "object",
            "description": "Any JSON object; what it means is found out later. A `signature_key` "
                           "that is there must verify too.",
            "properties": {"event_name": TEXT, "subscription": {"type": "object"},
                           "transaction": {"type": "object"},
                           "signature_key": signed["signature_key"]}},
        "payment_document": {
            "type": "object", "required": ["order_id"],
            "description": "Without transaction_status it only tells of the order: "
                           "customer_details, custom_field1 to 3, and the amount, which is "
                           "compared. With one it counts as what became of transaction_id, which "
                           "it then needs. The amount may also be "
                           "transaction_details.gross_amount.",
            "properties": {"order_id": ORDER, "transaction_status": TEXT,
                           "gross_amount": AMOUNT, "customer_details": customer}},
        "invoice_document": {"type": "object", "required": ["id", "status"],
                             "description": "Read are also invoice_number, order_id, "
                             "gross_amount, currency, due_date, paid_date and transaction_id. A "
                             "payment pays it only when gross_amount agrees. Statuses: draft, "
                             "pending, sent, overdue, paid, expired, voided, void; another one "
                             "ends in quarantine.",
                             "properties": status | {"customer_details": customer}},
        "subscription_document": {"type": "object", "required": ["id", "status"],
                                  "description": "Read are also name, payment_type, amount, "
                                  "currency and schedule. Statuses: active, inactive, disabled, "
                                  "cancelled; another one ends in quarantine.",
                                  "properties": status | {"customer_details": customer}},
    }
    # said aloud: what is not read may be there
    return {name: each | ({"additionalProperties": True} if "properties" in each else {})
            for name, each in made.items()}


SIGNED = ("6e9041247f68e65f0ca8b5ff3b8e1de3f5aa28bdb7c8cd2f2a2c3b1d0f4a7e55"
          "0d6c1b2a3f4e5d6c7b8a9f0e1d2c3b4a5f6e7d8c9b0a1f2e3d4c5b6a7f8e9d0c")
EXAMPLES = {
    "signed_notification": {
        "transaction_time": "2026-11-23 09:10:00", "transaction_status": "settlement",
        "transaction_id": "0f6c2c1e-5f0e-4a53-9d2b-6f1f4f0f3a11", "status_code": "200",
        "signature_key": SIGNED, "payment_type": "bank_transfer", "order_id": "SHOP-1001",
        "gross_amount": "150000.00", "fraud_status": "accept", "currency": "IDR"},
    "recurring_notification": {
        "event_name": "subscription.charge",
        "transaction": {"transaction_id": "8ac1f2d4", "transaction_status": "capture",
                        "status_code": "200"},
        "subscription": {"id": "b6eb6a04", "status": "active", "amount": "49000"}},
    "payment_document": {"order_id": "SHOP-1001", "gross_amount": 150000,
                         "customer_details": {"email": "sari@example.com"}},
    "invoice_document": {"id": "6741a1f25cfe2a0b9c0d1e2f", "status": "voided"},
    "subscription_document": {"id": "b6eb6a04", "status": "inactive"},
}


def problem_headers(status, http, endpoint):
    made = dict(NO_STORE)
    if status == 401:
        challenge = http["authentication"][endpoint["authentication"]]["challenge"]
        made["WWW-Authenticate"] = {"required": True, "description": "The scheme.",
                                    "schema": {"type": "string", "const": challenge}}
    if status == 405:
        made["Allow"] = {"required": True, "description": "What is allowed.",
                         "schema": {"type": "string", "const": "POST"}}
    if status == 503:
        made["Retry-After"] = {"required": True, "description": "Seconds.",
                               "schema": {"type": "integer", "minimum": 0}}
    return made


def problem_schema(status, problems):
    properties = {"type": {"type": "string",
                           "enum": [f"urn:sinyal:problem:{each['type']}" for each in problems]},
                  "title": {"type": "string", "const": problems[0]["title"]},
                  "status": {"type": "integer", "const": status}}
    if status == 400:
        properties["detail"] = {"type": "string", "description": "What is wrong with the form."}
    return {"type": "object", "required": ["type", "title", "status"], "properties": properties,
            "additionalProperties": False}


def problems_of(http, endpoint):
    """status -> the problems that it may mean here."""
    found = {}
    for each in http["problems"]:
        if endpoint["authentication"] == "bearer" or not each.get("documents_only"):
            found.setdefault(each["status"], []).append(each)
    return found


def responses(http, endpoint):
    made = {"200": {"description": "Durable, and will be worked on.", "headers": dict(NO_STORE),
                    "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/accepted"}}}}}
    for status, problems in problems_of(http, endpoint).items():
        when = "; or ".join(each["when"] for each in problems)
        made[str(status)] = {
            "description": f"{problems[0]['title']}: {when}.",
            "headers": problem_headers(status, http, endpoint),
            "content": {PROBLEM: {"schema": problem_schema(status, problems)}}}
    return made


def operation(http, endpoint):
    body = endpoint["body"]
    authentication = http["authentication"][endpoint["authentication"]]
    security = {"bearer": [{"bearer": []}]}.get(endpoint["authentication"], [])
    return {
        "operationId": f"post_{endpoint['name']}", "tags": ["ingest"],
        "summary": endpoint["summary"][0].upper() + endpoint["summary"][1:],
        "description": f"Authenticated by {authentication['says']}.",
        "security": security,
        "requestBody": {"required": True, "content": {"application/json": {
            "schema": {"$ref": f"#/components/schemas/{body}"}, "example": EXAMPLES[body]}}},
        "responses": responses(http, endpoint)}


def parameters(endpoint):
    made = [{"$ref": "#/components/parameters/merchant"}]
    if endpoint["authentication"] == "path_token":
        made.append({"$ref": "#/components/parameters/token"})
    return made


def document():
    http = catalogue.read("http.json")
    accepted = {"type": "object", "required": ["status", "id"], "additionalProperties": False,
                "properties": {"status": {"type": "string", "const": "ok"},
                               "id": {"type": "string", "format": "uuid",
                                      "description": "`sinyal_id` of the raw records."}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sinyal", "version": "1.0.0", "description": http["description"],
                 "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "https://{host}", "description": "Behind the merchant's proxy.",
                     "variables": {"host": {"default": "sinyal.invalid",
                                            "description": "Where it is served."}}}],
        "tags": [{"name": "ingest", "description": "What goes into the raw log."}],
        "paths": {each["path"]: {"parameters": parameters(each), "post": operation(http, each)}
                  for each in http["endpoints"]},
        "components": {
            "headers": {"NoStore": {"required": True, "description": "Never cached.",
                                    "schema": {"type": "string", "const": "no-store"}}},
            "parameters": {
                "merchant": {"name": "merchant", "in": "path", "required": True,
                             "description": "The merchant's id.", "example": "G141532850",
                             "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}},
                "token": {"name": "token", "in": "path", "required": True, "example": "s3cret",
                          "description": "One of the merchant's `recurring_tokens`.",
                          "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}}},
            "schemas": {"accepted": accepted, **bodies()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer",
                                           "description": "One of the merchant's `api_tokens`."}},
        },
    }
