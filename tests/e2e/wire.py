"""HTTP as bytes: for requests that no client library would send, and answers read to the letter."""
import dataclasses
import json
import re
import socket

from support import API_TOKEN, MERCHANT, RECURRING_TOKEN

NOTIFICATIONS = f"/v1/midtrans/{MERCHANT}/notifications"
RECURRING = f"/v1/midtrans/{MERCHANT}/recurring/{RECURRING_TOKEN}"


def documents(kind):
    return f"/v1/midtrans/{MERCHANT}/{kind}"


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def problem(self):
        """The last word of the problem's type."""
        prefix = "urn:sinyal:problem:"
        kind = json.loads(self.body)["type"]
        assert kind.startswith(prefix), kind
        return kind[len(prefix):]


class Wire:
    """One connection."""

    def __init__(self, process, timeout=15.0):
        host, port = process.http.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        line = self.stream.readline().decode("latin-1")
        assert line, "the connection was closed without an answer"
        version, status, _ = line.split(" ", 2)
        assert version == "HTTP/1.1"
        headers = {}
        for line in iter(lambda: self.stream.readline().decode("latin-1").rstrip("\r\n"), ""):
            name, value = line.split(":", 1)
            assert name.lower() not in headers, f"{name} stands twice"
            headers[name.lower()] = value.strip()
        body = self.stream.read(int(headers.get("content-length", "0")))
        return Answer(int(status), headers, body)

    def closed(self):
        """Whether the server ends the connection, said nothing more."""
        try:
            return self.stream.read(1) == b""
        except ConnectionError:
            return True


def request(target=NOTIFICATIONS, body=b"", method="POST", **fields):
    """The bytes of a request. A field that is None is left out, one that is a list repeated."""
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    all_fields = {"Host": "sinyal.test", "Content-Type": "application/json",
                  "Content-Length": str(len(body))}
    all_fields.update({name.replace("_", "-"): value for name, value in fields.items()})
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in all_fields.items():
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            lines.append(f"{name}: {one}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def bearer(token=API_TOKEN):
    return {"Authorization": f"Bearer {token}"}


def total(process, name, **labels):
    """The sum of a metric's samples that have these labels."""
    value = 0.0
    for line in process.metrics().splitlines():
        match = re.match(rf"{name}(?:\{{(.*)\}})? (\S+)$", line)
        found = dict(re.findall(r'(\w+)="([^"]*)"', match.group(1) or "")) if match else {}
        if match and all(found.get(label) == wanted for label, wanted in labels.items()):
            value += float(match.group(2))
    return value
