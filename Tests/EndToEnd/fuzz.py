#!/usr/bin/env python3
"""Hostile bytes against a running studio: nothing may crash, leak memory or answer 5xx.

    .build-venv/bin/python Tests/EndToEnd/fuzz.py [--seconds 120] [--seed 1] [--schemathesis PATH] [--repository DIR]

Four kinds, in turn: FastCGI records straight to the backend's socket; and through nginx JSON, multipart and forms, tokens and keys, and
ranges of media files, each a valid one with some bytes changed. Then, where schemathesis is given (pip install schemathesis==4.32.5, in a
venv of its own), its cases for every call of the description. `--repository` is a checkout with another build, such as one made with
`--sanitize=address`.
"""
import argparse
import json
import pathlib
import random
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from client import Client  # noqa: E402
from load import PASSWORD, sign_in  # noqa: E402
from studio import REPOSITORY, Studio  # noqa: E402

BEGIN, ABORT, PARAMS, STDIN, STDOUT = 1, 2, 4, 5, 6
NASTY = [b"\0", b"\xff", b"\r\n", b"\r\n\r\n", b"%00", b"../", b"\xc3", b"\xed\xa0\x80", b"{" * 200, b"[" * 5000, b"1e999", b"-1", b"'", b'"', b"--",
         b"\xef\xbb\xbf", b"4294967296", b"9" * 400, b"=", b"&", b";", b",", b"bytes=", b"\xf0\x9f\x8e\xb5", b"null", b"A" * 9000]
# What a request may be told: refused, or for a moment not served. 501 is what a top-up answers.
ALLOWED = {501, 503}


def mutated(data, draw, most=6):
    """`data` with up to `most` changes of a few bytes."""
    data = bytearray(data)
    for _ in range(draw.randint(0, most)):
        at = draw.randrange(len(data) + 1)
        kind = draw.randrange(5)
        if kind == 0 and data:
            data[at % len(data)] = draw.randrange(256)
        elif kind == 1:
            data[at:at] = draw.choice(NASTY)
        elif kind == 2:
            del data[at:at + draw.randint(1, 40)]
        elif kind == 3:
            data[at:at] = data[at:at + draw.randint(1, 60)]
        else:
            data = data[:at]
    return bytes(data)


def record(kind, content, request=1):
    return struct.pack("!BBHHBB", 1, kind, request, len(content), 0, 0) + content


def pair(name, value):
    def length(data):
        return struct.pack("!B", len(data)) if len(data) < 128 else struct.pack("!I", len(data) | 1 << 31)
    return length(name) + length(value) + name + value


def exchange(connection, data, seconds=10):
    """What is answered to `data`; empty where the connection was closed."""
    connection.settimeout(seconds)
    try:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer
    except (ConnectionError, BrokenPipeError, socket.timeout):
        return b""


class Fuzz:
    def __init__(self, studio, key, token, media, seed):
        self.studio, self.key, self.token, self.media = studio, key.encode(), token.encode(), media.encode()
        self.draw = random.Random(seed)
        self.told = {}

    def count(self, kind, status, sent):
        self.told.setdefault(kind, {}).setdefault(status, 0)
        self.told[kind][status] += 1
        if status >= 500 and status not in ALLOWED:
            raise SystemExit(f"{kind}: {status} for {sent[:2000]!r}")

    def http(self, kind, head, body=b""):
        data = head + (b"" if b"ontent-Length" in head else b"Content-Length: %d\r\n" % len(body)) + b"Connection: close\r\n\r\n" + body
        # Each from an address of its own, as nginx lets one address write only so often.
        source = f"127.{self.draw.randrange(256)}.{self.draw.randrange(256)}.{self.draw.randrange(1, 255)}"
        with socket.create_connection(("127.0.0.1", self.studio.port), source_address=(source, 0)) as connection:
            answer = exchange(connection, data, seconds=2)
        self.count(kind, int(answer[9:12]) if answer[9:12].isdigit() else 0, data)

    def head(self, method, path, **headers):
        lines = [b"%s %s HTTP/1.1" % (method, path), b"Host: localhost"]
        lines += [name.replace("_", "-").encode() + b": " + value for name, value in headers.items()]
        return b"\r\n".join(lines) + b"\r\n"

    def fastcgi(self):
        body = b'{"prompt": "short jazz tune", "audio_duration": 1}'
        variables = {
            b"REQUEST_METHOD": self.draw.choice([b"GET", b"POST", b"PATCH", b"DELETE", b"HEAD", b"BREW"]),
            b"REQUEST_URI": self.draw.choice([b"/api/v1/music/jobs?limit=3", b"/library?q=x", b"/api/v1/music/simple", b"/jobs/1", b"/%2e%2e/", b""]),
            b"CONTENT_LENGTH": str(len(body)).encode(), b"CONTENT_TYPE": b"application/json", b"HTTP_X_API_KEY": self.key,
            b"REMOTE_ADDR": b"127.0.0.1", b"HTTP_HOST": b"localhost",
        }
        names = b"".join(pair(name, mutated(value, self.draw, 2) if self.draw.random() < .4 else value) for name, value in variables.items())
        data = record(BEGIN, struct.pack("!HB5x", 1, 0)) + record(PARAMS, names) + record(PARAMS, b"") + record(STDIN, body) + record(STDIN, b"")
        data = mutated(data, self.draw) if self.draw.random() < .6 else data
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.studio.data / "run" / "cantiga.sock"))
            # A request that never ends is nginx's to end; here the client goes away.
            answer = exchange(connection, data, seconds=0.3)
        at = answer.find(b"Status: ")
        self.count("fastcgi", int(answer[at + 8:at + 11]) if at >= 0 and answer[at + 8:at + 11].isdigit() else 0, data)

    def json(self):
        path, body = self.draw.choice([
            (b"/api/v1/music/simple", {"query": "a waltz", "audio_duration": 1, "instrumental": True}),
            (b"/api/v1/music/text2music", {"caption": "a waltz", "lyrics": "[verse]\nla la", "audio_duration": 1, "manual_seeds": [1, 2], "bpm": 90}),
            (b"/api/v1/music/v3/plan", {"style": "a waltz", "target_seconds": 30}),
            (b"/api/v1/music/v3/generate", {"abc": "X:1\nT:x\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n", "style": "piano"}),
            (b"/api/v1/music/retake", {"source_job_id": 1, "retake_variance": 0.2}),
            (b"/api/v1/music/repaint", {"source_job_id": 1, "repainting_start": 0, "repainting_end": 1}),
            (b"/api/v1/auth/token", {"username": "load", "password": PASSWORD}),
            (b"/api/v1/music/jobs/1/share", {"expires_in_days": 3, "allow_download": True}),
        ])
        data = mutated(json.dumps(body).encode(), self.draw)
        self.http("json", self.head(b"POST", path, X_API_Key=self.key, Content_Type=b"application/json", Idempotency_Key=b"%d" % self.draw.randrange(9)), data)

    def form(self):
        boundary = b"frontier"
        sound = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\0\0\0\0" + bytes(64)
        body = b"".join([
            b"--" + boundary + b'\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n' + sound + b"\r\n",
            b"--" + boundary + b'\r\nContent-Disposition: form-data; name="caption"\r\n\r\nwaltz\r\n', b"--" + boundary + b"--\r\n"])
        kind, body = self.draw.choice([
            (b"multipart/form-data; boundary=" + boundary, body), (b"application/x-www-form-urlencoded", b"prompt=a+waltz&audio_duration=1&seed=%31")])
        path = self.draw.choice([b"/api/v1/music/uploads", b"/api/v1/music/cover", b"/api/v1/music/analyze", b"/api/v1/music/prompt2instrumental", b"/login", b"/"])
        kind = mutated(kind, self.draw, 2).replace(b"\r", b"").replace(b"\n", b"") if self.draw.random() < .3 else kind
        self.http("form", self.head(b"POST", path, X_API_Key=self.key, Content_Type=kind), mutated(body, self.draw))

    def token_(self):
        head, claims, seal = self.token.split(b".")
        token = self.draw.choice([mutated(self.token, self.draw, 3), b".".join([mutated(head, self.draw, 1), claims, seal]),
                                  b".".join([head, mutated(claims, self.draw, 1), seal]), b"eyJhbGciOiJub25lIn0." + claims + b".", head + b"." + claims])
        token = token.replace(b"\r", b"").replace(b"\n", b"")
        secret = mutated(self.key, self.draw, 2).replace(b"\r", b"").replace(b"\n", b"")
        self.http("token", self.head(b"GET", b"/api/v1/auth/me", **self.draw.choice([
            {"Authorization": b"Bearer " + token}, {"Authorization": mutated(b"Basic " + token, self.draw, 2).replace(b"\n", b"").replace(b"\r", b"")},
            {"X_API_Key": secret}, {"Cookie": b"session=" + token}])))

    def range_(self):
        given = mutated(self.draw.choice([b"bytes=0-99", b"bytes=-500", b"bytes=100-", b"bytes=0-0,-1", b"bytes=" + b"0-1," * 300]), self.draw, 2)
        path = self.media if self.draw.random() < .7 else mutated(self.media, self.draw, 2).replace(b" ", b"")
        self.http("range", self.head(b"GET", path.replace(b"\r", b"").replace(b"\n", b""), Range=given.replace(b"\r", b"").replace(b"\n", b"")))

    def run(self, seconds):
        end = time.monotonic() + seconds
        kinds = [self.fastcgi, self.json, self.form, self.token_, self.range_]
        while time.monotonic() < end:
            for kind in kinds:
                kind()


def memory(process):
    """Resident MiB."""
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--schemathesis", type=pathlib.Path)
    parser.add_argument("--examples", type=int, default=30, help="cases of schemathesis for each call")
    parser.add_argument("--repository", type=pathlib.Path, default=REPOSITORY)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(pathlib.Path(folder) / "data", options.repository).start(180)
        try:
            sign_in(studio)
            client = Client(studio, studio.create_key("fuzz"))
            song = client.song()
            token = client.post("/api/v1/auth/token", json={"username": "load", "password": PASSWORD}).json()["access_token"]
            backend = studio.process_of("backend")
            fuzz = Fuzz(studio, client.key, token, song["output_url"].split(str(studio.port), 1)[1], options.seed)
            fuzz.run(min(10, options.seconds))
            before = memory(backend)
            fuzz.run(options.seconds)
            for kind, told in fuzz.told.items():
                print(f"{kind:8} {sum(told.values()):6} requests  " + "  ".join(f"{status or 'closed'}: {count}" for status, count in sorted(told.items())))
            print(f"memory {before:.0f} -> {memory(backend):.0f} MiB")
            code = 0
            if options.schemathesis:
                code = subprocess.run([
                    options.schemathesis.absolute(), "run", studio.url + "/api/v1/openapi.json", "-H", f"X-API-Key: {client.key}", "--no-color",
                    "--phases", "examples,coverage,fuzzing", "--max-examples", str(options.examples), "--seed", str(options.seed), "--request-timeout", "60",
                    "--checks", "all", "--continue-on-failure",
                    "--workers", "8",
                    # What else a request must be (a finished job, words for only_lyrics) can't all be said in JSON Schema; and who calls
                    # too often hears 429 before anybody asks for a key.
                    "--exclude-checks", "positive_data_acceptance,ignored_auth",
                    # Those that would lock the caller out, that are refused always, that never end, and that listen for 24 seconds.
                    *(word for id in ["revokeAPIKey", "changePassword", "logout", "topUp", "topUpIntent", "events", "jobEvents", "analyze"]
                      for word in ("--exclude-operation-id", id)),
                ], cwd=folder).returncode
            assert client.get("/health").status_code == 200
            assert studio.process_of("backend") == backend, "the backend was started again"
            failures = [line for line in studio.said().splitlines() if "request failed" in line or "AddressSanitizer" in line]
            assert not failures, failures[:5]
        finally:
            studio.stop()
    sys.exit(code)


if __name__ == "__main__":
    main()
