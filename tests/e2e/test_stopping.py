"""SIGTERM in the contract's order, a second one, and SIGHUP without dropping a request."""
import signal
import threading
import time

from support import MERCHANT, SERVER_KEY, payment, read, until, wait_until_processed
from wire import Wire, request, total

OLD, NEW = SERVER_KEY, "SB-Mid-server-sinyal-test-next"


def test_sigterm_goes_on_serving_until_balancers_know(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, http__drain_delay_ms=3000).start()
    with Wire(process) as before:
        assert before.send(request(body=payment("S-0", "pending"))).answer().status == 200
        process.terminate()
        until(lambda: process.admin_get("/readyz")[0] == 503, "not ready", 2)
        answer = before.send(request(body=payment("S-1", "pending"))).answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert before.closed()
    with Wire(process) as after:  # the listener is open until the delay is over
        answer = after.send(request(body=payment("S-2", "settlement"))).answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert process.wait(20) == 0
    restarted = sinyal(kafka, prefix, instance="i1").start()
    wait_until_processed(restarted, kafka, prefix)
    assert {record.header("ce_subject") for record in read(kafka, f"{prefix}.payment.received")} \
        == {"S-0", "S-1"}
    assert len(read(kafka, f"{prefix}.payment.settled")) == 1


def refuses(process):
    try:
        Wire(process).__exit__()
        return False
    except ConnectionRefusedError:
        return True


def test_a_request_that_comes_while_draining_is_503_with_retry_after(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", http__drain_timeout_ms=30000).start()
    with Wire(process) as wire:
        assert wire.send(request("/nowhere")).answer().status == 404
        process.terminate()
        until(lambda: refuses(process), "the listeners are closed", 10)
        answer = wire.send(request(body=payment("S-LATE", "pending"))).answer()
        assert (answer.status, answer.problem()) == (503, "unavailable")
        assert answer.headers["connection"] == "close" and answer.headers["retry-after"] == "30"
        assert wire.closed()
    assert process.wait(15) == 0, "nobody is left, so that there is nothing to wait for"
    assert read(kafka, f"{prefix}.notifications") == []


def test_an_idle_connection_holds_the_process_for_the_drain_timeout_alone(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest", http__drain_timeout_ms=1000).start()
    with Wire(process) as idle:
        assert idle.send(request("/nowhere")).answer().status == 404
        process.terminate()
        assert idle.closed()
        assert process.wait(15) == 0


def test_a_second_sigterm_does_not_wait(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, http__drain_delay_ms=60000).start()
    process.terminate()
    until(lambda: process.admin_get("/readyz")[0] == 503, "not ready", 5)
    begun = time.monotonic()
    process.terminate()
    assert process.wait(10) == 1
    assert time.monotonic() - begun < 8


def test_sigint_stops_as_sigterm_does(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix).start()
    process.process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


class Posting(threading.Thread):
    """Posts without a pause; remembers every answer that was not 200."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.refused, self.accepted = process, [], 0
        self.stopping = threading.Event()

    def run(self):
        connection = self.process.connection()
        while not self.stopping.is_set():
            body = payment(f"HUP-{self.accepted}", "pending", key=OLD)
            try:
                status, _, _ = self.process.notify(body, connection)
            except OSError as error:
                status = repr(error)
            if status == 200:
                self.accepted += 1
            else:
                self.refused.append(status)


def with_keys(process, tmp_path, *keys):
    """Rewrites the configuration so that the merchant's keys come from files."""
    references = []
    for number, key in enumerate(keys):
        path = tmp_path / f"key-{number}"
        path.write_text(key + "\n")
        references.append(f'"file:{path}"')
    lines = [f"server_keys = [{', '.join(references)}]" if line.startswith("server_keys") else line
             for line in process.config.read_text().splitlines()]
    process.config.write_text("\n".join(lines) + "\n")


def reloads(process, successful):
    return total(process, "sinyal_config_last_reload_successful") == (1 if successful else 0)


def test_sighup_rotates_keys_without_dropping_a_request(kafka, prefix, sinyal, tmp_path):
    process = sinyal(kafka, prefix, role="ingest")
    with_keys(process, tmp_path, OLD)
    process.start()
    assert process.notify(payment("HUP-NEW", "pending", key=NEW))[0] == 401
    load = Posting(process)
    load.start()
    until(lambda: load.accepted > 20, "load")
    for _ in range(3):
        with_keys(process, tmp_path, NEW, OLD)
        process.process.send_signal(signal.SIGHUP)
        until(lambda: process.notify(payment("HUP-NEW", "pending", key=NEW))[0] == 200, "new key")
        with_keys(process, tmp_path, OLD)
        process.process.send_signal(signal.SIGHUP)
        until(lambda: process.notify(payment("HUP-NEW", "pending", key=NEW))[0] == 401, "old key")
    with_keys(process, tmp_path, NEW, OLD)
    process.process.send_signal(signal.SIGHUP)
    until(lambda: process.notify(payment("HUP-NEW", "pending", key=NEW))[0] == 200, "new key")
    so_far = load.accepted
    until(lambda: load.accepted > so_far + 20, "load goes on")
    load.stopping.set()
    load.join()
    assert load.refused == []
    assert reloads(process, True)
    assert total(process, "sinyal_signature_key_used_total", merchant=MERCHANT, key="0") > 0


def test_sighup_with_a_broken_file_keeps_what_was_good(kafka, prefix, sinyal):
    process = sinyal(kafka, prefix, role="ingest").start()
    good = process.config.read_text()
    process.config.write_text(good + "\n[nonsense]\nx = 1\n")
    process.process.send_signal(signal.SIGHUP)
    until(lambda: reloads(process, False), "the failure shows")
    assert process.notify(payment("HUP-KEPT", "pending"))[0] == 200
    process.config.write_text(good)
    process.process.send_signal(signal.SIGHUP)
    until(lambda: reloads(process, True), "mended")
    assert process.process.poll() is None
