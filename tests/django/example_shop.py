"""The example project as a person runs it: manage.py in processes of its own."""
import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import threading

import psycopg
from support import until

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
    """`database` is what the environment must hold for it; its tables are there already."""

    def __init__(self, root, kafka, group, database, prefix=None):
        self.directory = root / "connectors" / "django" / "example"
        self.group, self.prefix, self.database = group, prefix or group, database
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
            "KAFKA": kafka.address, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(pathlib.Path(__file__).parent), **database,
            "DJANGO_SETTINGS_MODULE": "shop_settings"}
        self.running = []

    def set(self, **sinyal):
        """Of the setting SINYAL, by key."""
        self.environment["SHOP_SINYAL"] = json.dumps(sinyal)

    def manage(self, *arguments, fails=False):
        """Standard output; where it must fail, standard error."""
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=self.directory,
                              env=self.environment, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stderr if fails else done.stdout

    def start(self, *arguments):
        process = Process([sys.executable, "manage.py", *arguments], self.environment,
                          self.directory)
        self.running.append(process)
        return process

    def receive(self, *arguments, wait=True):
        process = self.start("sinyal_receive", "--group", self.group, "--topic-prefix",
                             self.prefix, *arguments)
        if wait:
            process.wait_for("receives from")
        return process

    def connect(self):
        if "SHOP_SQLITE" in self.database:
            return contextlib.closing(sqlite3.connect(self.database["SHOP_SQLITE"], timeout=20))
        return psycopg.connect(host=self.database["PGHOST"], user=self.database["PGUSER"],
                               dbname=self.database["PGDATABASE"])

    def rows(self, query):
        with self.connect() as connection:
            return [tuple(row) for row in connection.execute(query).fetchall()]

    def place_orders(self, *numbers):
        with self.connect() as connection:
            connection.execute("INSERT INTO shop_product (id, name, stock) VALUES (1, 'batik', 100)"
                               " ON CONFLICT DO NOTHING")
            for number in numbers:
                connection.execute(
                    "INSERT INTO shop_order (number, product_id, quantity, email, sequence, "
                    "status, times_paid, refunded) VALUES "
                    f"('{number}', 1, 1, '{number}@example.com', 0, 'placed', 0, 0)")
            connection.commit()

    def orders(self):
        """{number: (status, times paid, refunded)}"""
        rows = self.rows("SELECT number, status, times_paid, refunded FROM shop_order")
        return {row[0]: (row[1], row[2], float(row[3])) for row in rows}

    def inbox(self):
        """[(signal, subject)], as handled"""
        return self.rows("SELECT signal, subject FROM sinyal_django_inboxevent ORDER BY handled_at")

    def mails(self):
        """[(state, to, subject)]"""
        return self.rows('SELECT state, "to", subject FROM sinyal_django_outboxmail')

    def wait_for_events(self, count):
        until(lambda: len(self.inbox()) >= count, f"{count} events in the inbox")

    def close(self):
        for process in self.running:
            process.kill()
            print(f"--- {' '.join(process.process.args[1:])}", *process.lines[-40:], sep="\n")
