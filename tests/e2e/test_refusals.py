"""Every answer of the contract's section 4 but those of a failing Kafka (test_kafka_outage.py)."""
import json
import re
import socket

import pytest

from support import MERCHANT, payment, read
from wire import NOTIFICATIONS, RECURRING, Wire, bearer, documents, request, total

GOOD = payment("REFUSED-1", "pending")
TEXT = json.dumps(GOOD)


def changed(**fields):
    """GOOD with fields that its signature does not fit any more; None takes one away."""
    return {name: value for name, value in {**GOOD, **fields}.items() if value is not None}


def chunked(*chunks, end=b"0\r\n\r\n"):
    head = request(body=b"", Content_Length=None, Transfer_Encoding="chunked")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + end


def repeated(name):
    return TEXT[:-1] + f', "{name}": {json.dumps(GOOD.get(name, "x"))}}}'


# What is sent, and what must come: (why, bytes, status, problem, endpoint and result as counted).
# `result` is None where the answer is given before it is known whose notification it is.
NOTIFIED = "notifications"
ROWS = [
    ("length and coding", request(body=TEXT, Transfer_Encoding="chunked"), 400,
     "malformed-request", "", None),
    ("two lengths", request(body=TEXT, Content_Length=["5", "5"]), 400, "malformed-request", "",
     None),
    ("a signed length", request(body=TEXT, Content_Length="+5"), 400, "malformed-request", "",
     None),
    ("an unknown coding", request(Content_Length=None, Transfer_Encoding="xchunked"), 400,
     "malformed-request", "", None),
    ("two codings", request(Content_Length=None, Transfer_Encoding="chunked, identity"), 400,
     "malformed-request", "", None),
    ("a coding in HTTP/1.0", request(Content_Length=None, Transfer_Encoding="chunked").replace(
        b"HTTP/1.1", b"HTTP/1.0"), 400, "malformed-request", "", None),
    ("a folded field", request(X="a\r\n b"), 400, "malformed-request", "", None),
    ("no host", request(Host=None), 400, "malformed-request", "", None),
    ("two hosts", request(Host=["a", "b"]), 400, "malformed-request", "", None),
    ("bare line feeds", request().replace(b"\r\n", b"\n"), 400, "malformed-request", "", None),
    ("a space before the colon", request().replace(b"Host:", b"Host :"), 400,
     "malformed-request", "", None),
    ("an 8-bit target", request("/v1/\xff"), 400, "malformed-request", "", None),
    ("no chunk size", chunked(end=b"zz\r\n\r\n"), 400, "malformed-request", None, None),
    ("a long header", request(X="x" * 9000), 431, "headers-too-large", "", None),
    ("many fields", request(**{f"X{i}": "x" for i in range(70)}), 431, "headers-too-large", "",
     None),
    ("no such path", request("/v2/notifications"), 404, "not-found", "", None),
    ("a trailing slash", request(NOTIFICATIONS + "/"), 404, "not-found", "", None),
    ("no such endpoint", request(f"/v1/midtrans/{MERCHANT}/refunds"), 404, "not-found", "", None),
    ("a browser", request(method="GET", Content_Length=None), 405, "method-not-allowed", NOTIFIED,
     None),
    ("no length", request(Content_Length=None), 411, "length-required", NOTIFIED, "malformed"),
    ("a body too long", request(Content_Length="262145"), 413, "content-too-large", NOTIFIED,
     "too_large"),
    ("chunks too long", chunked(*[b"x" * 65536] * 5), 413, "content-too-large", NOTIFIED,
     "too_large"),
    ("no media type", request(body=TEXT, Content_Type=None), 415, "unsupported-media-type",
     NOTIFIED, "malformed"),
    ("a form", request(body=TEXT, Content_Type="application/x-www-form-urlencoded"), 415,
     "unsupported-media-type", NOTIFIED, "malformed"),
    ("no body", request(), 400, "malformed-body", NOTIFIED, "malformed"),
    ("no JSON", request(body="{"), 400, "malformed-body", NOTIFIED, "malformed"),
    ("JSON and more", request(body=TEXT + "}"), 400, "malformed-body", NOTIFIED, "malformed"),
    ("a list", request(body="[]"), 400, "malformed-body", NOTIFIED, "malformed"),
    ("too deep", request(body=TEXT[:-1] + ', "x": ' + "[" * 40 + "]" * 40 + "}"), 400,
     "malformed-body", NOTIFIED, "malformed"),
    *[(f"{name} twice", request(body=repeated(name)), 400, "malformed-body", NOTIFIED, "malformed")
      for name in ("order_id", "status_code", "gross_amount", "signature_key", "transaction_id",
                   "transaction_status", "fraud_status")],
    *[(f"no {name}", request(body=changed(**{name: None})), 400, "invalid-field", NOTIFIED,
       "malformed") for name in ("order_id", "status_code", "gross_amount")],
    ("an empty order id", request(body=changed(order_id="")), 400, "invalid-field", NOTIFIED,
     "malformed"),
    ("a long order id", request(body=changed(order_id="x" * 256)), 400, "invalid-field", NOTIFIED,
     "malformed"),
    ("a control character", request(body=changed(order_id="a\nb")), 400, "invalid-field", NOTIFIED,
     "malformed"),
    ("a status code of one digit", request(body=changed(status_code="2")), 400, "invalid-field",
     NOTIFIED, "malformed"),
    ("a status code above 599", request(body=changed(status_code="600")), 400, "invalid-field",
     NOTIFIED, "malformed"),
    ("an amount with a comma", request(body=changed(gross_amount="150000,00")), 400,
     "invalid-field", NOTIFIED, "malformed"),
    ("an amount with a leading zero", request(body=changed(gross_amount="0150000.00")), 400,
     "invalid-field", NOTIFIED, "malformed"),
    ("a short signature", request(body=changed(signature_key="abc")), 400, "invalid-field",
     NOTIFIED, "malformed"),
    ("no signature", request(body=changed(signature_key=None)), 400, "invalid-field", NOTIFIED,
     "unsigned"),
    ("a wrong signature", request(body=changed(signature_key="0" * 128)), 401, "unauthorized",
     NOTIFIED, "bad_signature"),
    ("another amount", request(body=changed(gross_amount="15.00")), 401, "unauthorized", NOTIFIED,
     "bad_signature"),
    ("an unknown merchant", request("/v1/midtrans/G000/notifications", TEXT), 401, "unauthorized",
     NOTIFIED, "unknown_merchant"),
    ("a wrong token", request(f"/v1/midtrans/{MERCHANT}/recurring/x", TEXT), 401, "unauthorized",
     "recurring", "bad_token"),
    ("no bearer", request(documents("invoices"), TEXT), 401, "unauthorized", "invoices",
     "bad_token"),
    ("a wrong bearer", request(documents("payments"), TEXT, **bearer("x")), 401, "unauthorized",
     "payments", "bad_token"),
    ("a list on recurring", request(RECURRING, "[]"), 400, "malformed-body", "recurring",
     "malformed"),
    ("a document without id", request(documents("invoices"), {"status": "paid"}, **bearer()), 422,
     "unprocessable", "invoices", "malformed"),
    ("a document without status", request(documents("subscriptions"), {"id": "S"}, **bearer()),
     422, "unprocessable", "subscriptions", "malformed"),
    ("an order id that is a transaction id", request(
        documents("payments"), {"order_id": "T", "transaction_id": "T"}, **bearer()), 422,
     "unprocessable", "payments", "malformed"),
]
# After these the connection stays open; after every other 4xx it is closed.
STAY_OPEN = {"no such path", "a trailing slash", "no such endpoint", "a browser", "no media type",
             "a form", "a wrong signature", "another amount", "an unknown merchant"}


@pytest.fixture(scope="module", name="server")
def server_fixture(kafka, tmp_path_factory):
    from conftest import ROOT  # the fixture `sinyal` lives for one test only
    from support import Sinyal
    process = Sinyal(ROOT, tmp_path_factory.mktemp("refusals"), kafka, "t-refusals").start()
    yield process
    process.kill()


@pytest.mark.parametrize("why, sent, status, problem, endpoint, result", ROWS,
                         ids=[row[0] for row in ROWS])
def test_what_is_refused_is_told_why(server, why, sent, status, problem, endpoint, result):
    def counted():
        requests = total(server, "sinyal_http_requests_total", code=str(status),
                         **({} if endpoint is None else {"endpoint": endpoint}))
        return requests, total(server, "sinyal_notifications_total", result=result or "-")

    before = counted()
    with Wire(server) as wire:
        answer = wire.send(sent).answer()
        assert (answer.status, answer.problem()) == (status, problem)
        shown = json.loads(answer.body)
        assert shown["status"] == status and shown["title"]
        assert set(shown) - {"type", "title", "status"} <= ({"detail"} if status == 400 else set())
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        assert "retry-after" not in answer.headers
        if why in STAY_OPEN and sent.startswith(b"POST"):
            again = wire.send(request(method="GET", Content_Length=None)).answer()
            assert again.status == 405, "the connection was to stay open"
        elif why not in STAY_OPEN:
            # A 401 is the same whatever it is for: it does not tell that it closes.
            assert answer.headers.get("connection") == (None if status == 401 else "close")
            assert wire.closed()
    after = counted()
    assert after[0] == before[0] + 1, "sinyal_http_requests_total"
    assert after[1] == before[1] + (result is not None), "sinyal_notifications_total"


def test_every_401_is_the_same_but_for_its_challenge(server):
    answers = {}
    for why, sent, status, *_ in ROWS:
        if status == 401:
            with Wire(server) as wire:
                answers[why] = wire.send(sent).answer()
    assert len({answer.body for answer in answers.values()}) == 1
    for why, answer in answers.items():
        wanted = "Bearer" if "bearer" in why else "Midtrans"
        assert answer.headers.pop("www-authenticate") == wanted, why
    assert len({str(answer.headers) for answer in answers.values()}) == 1


def test_405_says_what_is_allowed(server):
    with Wire(server) as wire:
        assert wire.send(request(method="GET", Content_Length=None)).answer().headers["allow"] == \
            "POST"


def test_nothing_that_was_refused_is_in_the_log(server, kafka):
    assert read(kafka, "t-refusals.notifications") == []


def test_what_is_accepted_is_answered_with_its_id(server, kafka):
    with Wire(server) as wire:
        answer = wire.send(request(body=TEXT)).answer()
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    match = re.fullmatch(rb'\{"status":"ok","id":"([0-9a-f-]{36})"\}', answer.body)
    assert match and match.group(1)[14:15] == b"7"
    records = read(kafka, "t-refusals.notifications")
    assert [record.header("sinyal_id") for record in records][-1] == match.group(1).decode()
    assert records[-1].value == TEXT.encode()


def test_pipelined_requests_are_answered_in_their_order(server):
    bodies = [json.dumps(payment(f"PIPE-{i}", "pending")) for i in range(5)]
    with Wire(server) as wire:
        wire.send(b"".join(request(body=body) for body in bodies) + request("/nowhere"))
        assert [wire.answer().status for _ in range(6)] == [200] * 5 + [404]


def test_a_slow_header_and_a_slow_body_are_408(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", http__header_timeout_ms=200,
                     http__body_timeout_ms=200).start()
    for sent, result in ((b"POST / HTTP/1.1\r\nHost: a\r\n", None),
                         (request(body=TEXT)[:-10], "timeout")):
        with Wire(process) as wire:
            answer = wire.send(sent).answer()
            assert (answer.status, answer.problem()) == (408, "request-timeout")
            assert wire.closed()
        if result:
            assert total(process, "sinyal_notifications_total", result=result,
                         merchant=MERCHANT) == 1


def test_too_many_connections_are_503_with_retry_after(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", http__connections_max=2).start()
    with Wire(process) as first, Wire(process) as second:
        for wire in (first, second):
            assert wire.send(request("/nowhere")).answer().status == 404
        with Wire(process) as third:
            answer = third.send(request(body=TEXT)).answer()
            assert (answer.status, answer.problem()) == (503, "unavailable")
            assert answer.headers["retry-after"] == "30"
            assert third.closed()


def test_too_many_bytes_in_flight_are_503(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", http__inflight_bytes_max=4096).start()
    with Wire(process) as first, Wire(process) as second:
        first.send(request(Content_Length="4000"))
        first.socket.settimeout(0.2)
        with pytest.raises(socket.timeout):  # its body is waited for
            first.socket.recv(1)
        answer = second.send(request(body=TEXT)).answer()
        assert (answer.status, answer.headers["retry-after"]) == (503, "30")
        assert total(process, "sinyal_notifications_total", result="overloaded") == 1
