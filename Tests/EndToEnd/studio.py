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
    def __init__(self, data, repository=REPOSITORY, environment=None, options=("--no-install",)):
        self.data = pathlib.Path(data)
        self.repository = repository
        self.environment = environment or {}
        self.options = options
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.console = self.data.parent / f"{self.data.name}.console"
        self.process = None

    def start(self, seconds=90):
        """Starts and waits until it says "ready"; a start that fails shows what it said."""
        with open(self.console, "ab") as console:
            begin = console.tell()
            self.process = subprocess.Popen(
                [self.repository / "run", *self.options, "--port", str(self.port), "--data", self.data],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                env={**os.environ, "CANTIGA_RATE_LIMITS": "off", **self.environment},
                # A shell that runs the tests in the background has them ignore SIGINT, and what is ignored at its
                # start no script can trap.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

        def is_ready():
            said = self.said()[begin:]
            assert self.process.poll() is None, f"run ended with {self.process.returncode}:\n{said}"
            return "ready:" in said

        until(is_ready, seconds, what="readiness")
        return self

    def said(self):
        return self.console.read_text(errors="replace")

    def setup_code(self):
        """The code that the log of the first start gives for /setup."""
        found = re.findall(r"setup_code=(\S+)", self.said())
        assert found, f"no setup code in the log:\n{self.said()}"
        return found[-1]

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

    def command(self, *words):
        """What `cantiga WORDS --data ...` prints, the running server notwithstanding."""
        done = subprocess.run(
            [self.repository / ".build/release/cantiga", *words, "--data", self.data],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def create_key(self, name, user=None):
        said = self.command("key", "create", "--name", name, *(["--user", user] if user else []))
        assert re.fullmatch(r"ap_[A-Za-z0-9_-]{32,}\n", said), f"no key alone on a line: {said!r}"
        return said.strip()

    def create_user_key(self, user):
        """A new user, who has no password, and a key of theirs."""
        self.command("user", "create", "--name", user, "--no-password")
        return self.create_key("end to end", user)

    def get(self, path, **options):
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path, **options):
        return requests.post(self.url + path, timeout=30, **options)

    def delete(self, path, **options):
        return requests.delete(self.url + path, timeout=30, **options)
