"""Kafka stands still (SIGSTOP): 504, then 502 at once, never 503; ingest stays ready, recovers;
and lifecycle goes on. Both tell it."""
import json
import threading
import time

from support import payment, read, until
from wire import total


class Client(threading.Thread):
    """Posts one notification after the other and remembers (status, seconds) of each."""

    def __init__(self, process, number):
        super().__init__(daemon=True)
        self.process, self.number = process, number
        self.answers, self.ids = [], []
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            begun = time.monotonic()
            body = payment(f"OUT-{self.number}-{len(self.answers)}", "pending")
            status, headers, answer = self.process.notify(body)
            self.answers.append((status, time.monotonic() - begun, headers))
            if status == 200:
                self.ids.append(json.loads(answer)["id"])
            self.stopping.wait(0.1 if status != 200 else 0.01)


def test_an_outage_is_504_then_502_and_never_503(own_kafka, prefix, sinyal):
    process = sinyal(own_kafka, prefix, role="ingest", http__deadline_ms=1000,
                     kafka__message_timeout_ms=6000).start()
    assert process.notify(payment("OUT-BEFORE", "pending"))[0] == 200
    own_kafka.freeze()
    begun = time.monotonic()
    status, headers, answer = process.notify(payment("OUT-FIRST", "pending"))
    assert status == 504 and json.loads(answer)["type"] == "urn:sinyal:problem:not-stored"
    assert 0.9 < time.monotonic() - begun < 4 and "Retry-After" not in headers

    clients = [Client(process, number) for number in range(8)]
    for client in clients:
        client.start()
    until(lambda: sum(status == 502 for c in clients for status, *_ in c.answers) > 100, "502")
    assert process.ready(), "a later outage must not make ingest unready"
    assert process.admin_get("/livez")[0] == 200
    until(lambda: total(process, "sinyal_kafka_up") == 0, "sinyal_kafka_up")
    own_kafka.thaw()
    until(lambda: all(c.ids for c in clients), "every client is served again")
    for client in clients:
        client.stopping.set()
    for client in clients:
        client.join()

    answers = [answer for client in clients for answer in client.answers]
    assert {status for status, *_ in answers} <= {200, 502, 504}
    at_once = [seconds for status, seconds, _ in answers if status == 502]
    assert sorted(at_once)[len(at_once) // 2] < 0.5, "502 is answered without waiting"
    assert all("Retry-After" not in headers for _, _, headers in answers)
    until(lambda: total(process, "sinyal_kafka_up") == 1, "sinyal_kafka_up")
    stored = {record.header("sinyal_id") for record in read(own_kafka, f"{prefix}.notifications")}
    assert {one for client in clients for one in client.ids} <= stored
    for result in ("not_stored", "refused"):
        assert total(process, "sinyal_notifications_total", result=result) > 0


def test_lifecycle_goes_on_where_it_was_when_kafka_comes_back(own_kafka, prefix, sinyal):
    process = sinyal(own_kafka, prefix).start()
    for number in range(30):
        assert process.notify(payment(f"BACK-{number}", "pending"))[0] == 200
    own_kafka.freeze()
    until(lambda: process.notify(payment("BACK-0", "pending"))[0] != 200, "the outage shows")
    own_kafka.thaw()
    until(lambda: process.notify(payment("BACK-LAST", "pending"))[0] == 200, "accepted again")

    def published():
        found = read(own_kafka, f"{prefix}.payment.received")
        return {record.header("ce_subject") for record in found} == \
            {f"BACK-{number}" for number in range(30)} | {"BACK-LAST"} and found
    found = until(published, "every signal")
    assert len({record.header("ce_id") for record in found}) == len(found) == 31


def test_each_role_alone_tells_an_outage_and_its_end(own_kafka, prefix, sinyal):
    ingest = sinyal(own_kafka, prefix, role="ingest").start()
    process = sinyal(own_kafka, prefix, role="lifecycle").start()

    def tell(value):
        return all(total(each, "sinyal_kafka_up") == value for each in (ingest, process))

    def stays(value, seconds):
        until(lambda: tell(value), f"sinyal_kafka_up {value}", 30)
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            assert tell(value)
            time.sleep(0.2)

    idle = 8  # seconds: more than the silence that is an outage
    stays(1, idle)
    own_kafka.freeze()
    stays(0, 3)
    for each in (ingest, process):
        assert "[-] kafka" in each.admin_get("/readyz?verbose")[1]
    own_kafka.thaw()
    stays(1, idle)
    client = Client(ingest, 0)
    client.start()
    until(lambda: total(process, "sinyal_facts_total") > 20, "lifecycle is busy")
    for begin, end in [(own_kafka.freeze, own_kafka.thaw), (own_kafka.stop, own_kafka.start)]:
        stays(1, 3)
        begin()
        stays(0, 3)
        end()
    stays(1, 3)
    client.stopping.set()
    client.join()
    assert not process.ended()


def test_waiting_for_another_member_of_the_group_is_no_outage(own_kafka, prefix, sinyal):
    first = sinyal(own_kafka, prefix, role="lifecycle", instance="a").start()
    first.freeze()  # the group waits for it until its session is over
    second = sinyal(own_kafka, prefix, role="lifecycle", instance="b").start(wait=False).listen()
    until(lambda: total(second, "sinyal_kafka_up") == 1, "sinyal_kafka_up")
    begun = time.monotonic()
    while time.monotonic() - begun < 15:
        assert total(second, "sinyal_kafka_up") == 1 and not second.ready()
        time.sleep(0.1)
    first.thaw()


def test_a_broker_that_was_killed_and_comes_back_loses_nothing(own_kafka, prefix, sinyal):
    process = sinyal(own_kafka, prefix).start()
    for number in range(30):
        assert process.notify(payment(f"CRASH-{number}", "settlement"))[0] == 200
    own_kafka.stop("-9")
    assert process.notify(payment("CRASH-DOWN", "settlement"))[0] in (502, 504)
    own_kafka.start()
    until(lambda: process.notify(payment("CRASH-LAST", "settlement"))[0] == 200, "accepted again")

    def published():
        found = read(own_kafka, f"{prefix}.payment.settled")
        subjects = {record.header("ce_subject") for record in found}
        return {f"CRASH-{n}" for n in range(30)} | {"CRASH-LAST"} <= subjects and found
    found = until(published, "every signal", 120)
    assert len({record.header("ce_id") for record in found}) == len(found)


def test_lifecycle_is_not_ready_while_its_raw_log_is_gone(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    topic, admin = f"{prefix}.notifications", kafka.admin()
    admin.delete_topics([topic])[topic].result()
    until(lambda: not process.ready(), "not ready", 30)
    begun = time.monotonic()
    while time.monotonic() - begun < 8:  # the group's decisions come and go meanwhile
        assert not process.ready() and total(process, "sinyal_kafka_up") == 1
        time.sleep(0.2)
    assert "[-] lifecycle" in process.admin_get("/readyz?verbose")[1]
