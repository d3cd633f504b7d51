"""A Cantiga of our own for a test: `./run` on a free port with a data folder that is thrown away."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import requests

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def until(fact, seconds=30, every=0.02, what="the fact"):
    """Waits for `fact()` to be true and gives what it returned; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(every)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Studio:
    def __init__(self, data, repository=REPOSITORY, environment=None):
        self.data = pathlib.Path(data)
        self.repository = repository
        self.environment = environment or {}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.console = self.data.parent / f"{self.data.name}.console"
        self.process = None

    def start(self, seconds=90):
        """Starts and waits until it says "ready"; a start that fails shows what it said."""
        with open(self.console, "ab") as console:
            begin = console.tell()
            self.process = subprocess.Popen(
                [self.repository / "run", "--no-install", "--port", str(self.port), "--data", self.data],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
            )

        def is_ready():
            said = self.said()[begin:]
            assert self.process.poll() is None, f"run ended with {self.process.returncode}:\n{said}"
            return "ready:" in said

        until(is_ready, seconds, what="readiness")
        return self

    def said(self):
        return self.console.read_text(errors="replace")

    def stop(self, how=signal.SIGTERM):
        """Stops it and gives the exit status of `run`."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(timeout=20)

    def process_of(self, part):
        """The id of the child of `run` that is the "backend" or "nginx"."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in map(int, children):
            command = pathlib.Path(f"/proc/{child}/cmdline").read_bytes()
            if part == ("nginx" if command.startswith(b"nginx:") else "backend"):
                return child
        raise LookupError(f"run has no {part}")

    def kill_backend(self):
        """kill -9, as a crash or a power cut would; `run` then ends too, and its status is given."""
        os.kill(self.process_of("backend"), signal.SIGKILL)
        return self.process.wait(timeout=20)

    def create_key(self, name):
        """What `cantiga key create` prints, the running server notwithstanding."""
        made = subprocess.run(
            [self.repository / ".build/release/cantiga", "key", "create", "--data", self.data, "--name", name],
            capture_output=True, text=True, timeout=30,
        )
        assert made.returncode == 0, made.stderr
        keys = re.findall(r"(?m)^ap_[A-Za-z0-9_-]{32,}$", made.stdout)
        assert len(keys) == 1, f"no key alone on a line: {made.stdout!r}"
        return keys[0]

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path, **options):
        return requests.post(self.url + path, timeout=30, **options)
