"""The example project as a person runs it: manage.py in processes of its own."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

from support import until

STATE = """
import json
from django.core import serializers
from shop.models import Order, Product
from sinyal_django.models import InboxEvent, OutboxMail
print(json.dumps({
    "orders": {each.number: {"status": each.status, "times_paid": each.times_paid,
                             "refunded": str(each.refunded)} for each in Order.objects.all()},
    "stock": Product.objects.get().stock,
    "inbox": [[each.signal, each.subject, str(each.event_id)] for each in InboxEvent.objects.all()],
    "mails": [[each.state, each.to, each.subject, str(each.pk)]
              for each in OutboxMail.objects.all()],
}))
"""


class Process:
    """A manage.py command that runs on; its log is collected."""

    def __init__(self, command, environment, directory):
        self.lines = []
        self.process = subprocess.Popen(command, env=environment, cwd=directory, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self.reader = threading.Thread(target=self._collect, daemon=True)
        self.reader.start()

    def _collect(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip())

    def log(self):
        return "\n".join(self.lines)

    def says(self, words):
        return any(words in line for line in list(self.lines))

    def wait_for(self, words):
        def heard():
            assert self.process.poll() is None or self.says(words), self.log()
            return self.says(words)
        until(heard, f"the log says {words!r}; it says\n{self.log()}")

    def terminate(self):
        """Politely. Returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self):
        status = self.process.wait(60)
        self.reader.join()
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()


class Shop:
    def __init__(self, root, directory, kafka, group, database, prefix="pay"):
        self.directory = root / "connectors" / "django" / "example"
        self.group, self.prefix, self.settings = group, prefix, "project.settings"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "KAFKA": kafka.address, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
            **database}
        self.running = []
        self.python = os.environ.get("SHOP_PYTHON", sys.executable)
        self.extra = pathlib.Path(directory)

    def manage(self, *arguments, fails=False):
        done = subprocess.run([self.python, "manage.py", *arguments], cwd=self.directory,
                              env=self.environment, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    def migrate(self):
        self.manage("migrate", "-v0")

    def start(self, *arguments):
        process = Process([self.python, "manage.py", *arguments], self.environment, self.directory)
        self.running.append(process)
        return process

    def receiver_arguments(self):
        return ["sinyal_receive", "--group", self.group, "--topic-prefix", self.prefix]

    def receive(self, *arguments, wait=True):
        process = self.start(*self.receiver_arguments(), *arguments)
        if wait:
            process.wait_for("receives from")
        return process

    def place_orders(self, *numbers):
        self.manage("shell", "-c", f"""
from shop.models import Order, Product
product, _ = Product.objects.get_or_create(name="batik", defaults={{"stock": 100}})
Order.objects.bulk_create([Order(number=number, product=product, email=number.lower() +
                                 "@example.com") for number in {list(numbers)!r}])
""")

    def state(self):
        return json.loads(self.manage("shell", "-v0", "-c", STATE).splitlines()[-1])

    def close(self):
        for process in self.running:
            process.kill()
            print(f"--- {' '.join(process.process.args[1:])}", *process.lines[-40:], sep="\n")
