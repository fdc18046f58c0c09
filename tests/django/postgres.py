"""Debian's PostgreSQL, started in a directory of its own as a user without rights, reachable
through a Unix socket alone."""
import os
import pathlib
import pwd
import re
import shutil
import subprocess
import tempfile

USER = "nobody"


def binaries():
    """Where Debian puts the newest server's programs."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parent.parent.name))
    assert found, "no PostgreSQL server. Hint: deploy/install postgresql"
    return found[-1].parent


class Postgres:
    def __init__(self):
        # a socket's path is 107 bytes at most, and its folder must be open to the user
        self.sockets = pathlib.Path(tempfile.gettempdir()) / f"sinyal-pg-{os.getpid()}"
        self.data = self.sockets / "data"
        self.as_user = {}

    def run(self, program, *arguments, **options):
        done = subprocess.run([str(binaries() / program), *arguments], text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **self.as_user, **options)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self):
        self.sockets.mkdir(mode=0o755)
        if os.getuid() == 0:  # the server refuses to be root
            nobody = pwd.getpwnam(USER)
            os.chown(self.sockets, nobody.pw_uid, nobody.pw_gid)
            self.as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [],
                            "cwd": str(self.sockets)}
        self.run("initdb", "-D", str(self.data), "-U", "shop", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        self.up()

    def up(self):
        self._start()

    def down(self):
        """At once, as in a crash."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def _start(self):
        # without pipes: the server keeps them open
        done = subprocess.run(
            [str(binaries() / "pg_ctl"), "-D", str(self.data), "-w", "-l",
             str(self.sockets / "log"), "-o", f"-k {self.sockets} -h ''", "start"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            check=False, **self.as_user)
        assert done.returncode == 0, (self.sockets / "log").read_text()

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self.down()
        shutil.rmtree(self.sockets)

    def new_database(self, name, template="template1"):
        """Creates it; returns what libpq needs in the environment to find it."""
        name = re.sub(r"[^a-z0-9]", "_", name.lower())
        self.run("createdb", "-h", str(self.sockets), "-U", "shop", "-T", template, name)
        return {"PGHOST": str(self.sockets), "PGUSER": "shop", "PGDATABASE": name}
