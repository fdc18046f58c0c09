"""Runs what a page tells its reader to type: the blocks marked `sh`, in order, in one shell. The
last one is a single command that runs until it is stopped."""
import os
import re
import shutil
import signal
import subprocess
import threading
import time


def script_of(page, replacements, again):
    """The page's commands, `again` only the last; `replacements` are what a reader would put in
    their place."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
    assert len(blocks) > 1, f"{page}: no commands"
    whole = "".join([] if again else blocks[:-1]) + "exec " + blocks[-1]
    for old, new in replacements.items():
        assert old in whole, f"{page}: {old} is not there any more"
        whole = whole.replace(old, new)
    return "set -euo pipefail\n" + whole


class Page:
    """One page's commands at work, in a copy of its folder."""

    def __init__(self, page, directory, environment=None):
        self.page, self.directory = page, directory
        self.environment = {**os.environ, **(environment or {})}
        self.lines, self.process, self.collector = [], None, None
        if not directory.exists():
            shutil.copytree(page.parent, directory)

    def start(self, replacements, again=False):
        self.lines = []
        script = script_of(self.page, replacements, again)
        self.process = subprocess.Popen(
            ["bash", "-c", script], cwd=self.directory, text=True,
            env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
            # a shell's background job ignores SIGINT, and so would all that it starts
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.collector = threading.Thread(target=self._collect, args=(self.process,), daemon=True)
        self.collector.start()

    def _collect(self, process):
        for line in process.stdout:
            self.lines.append(line.rstrip())

    def wait_for(self, condition, what, deadline=600):
        end = time.monotonic() + deadline
        while not condition():
            assert self.process.poll() is None and time.monotonic() < end, \
                f"{self.page}: {what}: not seen in\n" + "\n".join(self.lines[-40:])
            time.sleep(0.05)

    def stop(self, number=signal.SIGTERM):
        """Returns the exit status of the page's last command."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended(60)

    def ended(self, deadline=180):
        """Waits for it; the status, when all that it said is in `lines`."""
        status = self.process.wait(deadline)
        self.collector.join(20)
        return status

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
