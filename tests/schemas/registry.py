"""A real schema registry (Apicurio's, which speaks Confluent's API), and what may stand before one:
TLS, a password, and the GUIDs that Confluent's own tells from version 8 on and Apicurio's does not.
"""
import base64
import contextlib
import http.client
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
import uuid

from support import free_port

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "schemas" / "registry"
API = "/apis/ccompat/v7"
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
DEADLINE = 180.0  # to start, on a machine that has other work


class Registry:
    """In memory: what was registered ends with it."""

    def __init__(self, log):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{API}"
        self.log = log
        self.process = None

    def start(self):
        jar = next(BUILD.glob("*-runner.jar"))
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                 "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={self.port}", "-jar",
                 str(jar)], stdout=log, stderr=log, cwd=BUILD)
        end = time.monotonic() + DEADLINE
        while not self.answers():
            assert self.process.poll() is None, f"the registry ended: see {self.log}"
            assert time.monotonic() < end, f"the registry does not answer: see {self.log}"
            time.sleep(0.1)
        return self

    def answers(self):
        try:
            return self.ask("GET", "/subjects")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def ask(self, method, path, body=None):
        """(status, document) of one request."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": MEDIA_TYPE},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


def guid_of(schema_id):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"schema {schema_id}"))


class Gateway(http.server.BaseHTTPRequestHandler):
    """Hands requests on to a registry and its answers back."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body would wait for the header's acknowledgement
    registry = account = guids = None  # of the class that front() makes

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", MEDIA_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def let_in(self):
        pair = base64.b64encode(":".join(self.account).encode()).decode() if self.account else None
        return pair is None or self.headers["Authorization"] == f"Basic {pair}"

    def hand_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.let_in():
            return self.answer(401, b'{"error_code":401,"message":"Unauthorized"}')
        path = self.path
        asked_for_guid = path.startswith("/schemas/guids/")
        if asked_for_guid:
            path = f"/schemas/ids/{self.guids[path.split('?')[0].rsplit('/', 1)[1]]}"
        connection = http.client.HTTPConnection("127.0.0.1", self.registry.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(self.command, API + path, body or None, {"Content-Type": MEDIA_TYPE})
            answer = connection.getresponse()
            status, document = answer.status, answer.read()
        if self.guids is not None and status == 200 and b'"id"' in document:
            told = json.loads(document)
            told["guid"] = guid_of(told["id"])
            self.guids[told["guid"]] = told["id"]
            document = json.dumps(told).encode()
        return self.answer(status, document)

    do_GET = do_POST = hand_on


@contextlib.contextmanager
def front(registry, account=None, guids=False, certificate=None):
    """The address of a server before the registry. `account` is (username, password),
    `certificate` a file of a key and its certificate.
    """
    handler = type("Handler", (Gateway,), {"registry": registry, "account": account,
                                           "guids": {} if guids else None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        scheme = "https" if certificate else "http"
        try:
            yield f"{scheme}://127.0.0.1:{server.server_address[1]}"
        finally:  # a test that failed must not leave the thread for pytest to wait for
            server.shutdown()
            thread.join()
