#!/usr/bin/env python3
"""How many requests Cantiga answers, through nginx, on this machine. Needs wrk; wants the machine to itself.

    .build-venv/bin/python Tests/EndToEnd/load.py

First wrk with 16 connections against an idle studio: a job's status (goal 15,000/s) and its page (goal 3,500/s).
Then, while a song is being made, 200 requests/s of both kinds, sent on a fixed timetable whatever the answers take,
so that a slow answer is not hidden by the requests it held up; the 99th percentile is counted from the time each was due
(goal 50 ms). Exits 1 when a goal is missed.
"""
import http.client
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from client import Client  # noqa: E402
from studio import Studio, until  # noqa: E402
from visitor import Visitor  # noqa: E402

PASSWORD = "correct horse 7 battery"


def sign_in(studio):
    """Sets the studio up in a browser's way, for its cookie."""
    visitor = Visitor(studio.url)
    visitor.send(visitor.open("/setup"), "/setup", {
        "code": studio.setup_code(), "site_name": "Load", "name": "load", "email": "load@example.org", "password": PASSWORD,
    })
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.session.cookies)


def flood(url, headers, seconds=8):
    """wrk's word: requests a second, and the latency at the 50th and 99th percentile."""
    words = ["wrk", "-c16", "-t1", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        words += ["-H", f"{name}: {value}"]
    said = subprocess.run([*words, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
    return rate, *(re.search(rf"(?m)^\s+{share}%\s+(\S+)", said)[1] for share in (50, 99))


def steady(port, calls, rate, seconds, connections=16):
    """Sends `calls` in turn, `rate` a second, and gives each answer's delay from its due time, sorted."""
    begin = time.monotonic() + 0.2
    delays, lock, position = [], threading.Lock(), iter(range(int(rate * seconds)))

    def work():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        mine = []
        while True:
            with lock:
                number = next(position, None)
            if number is None:
                break
            due = begin + number / rate
            time.sleep(max(0, due - time.monotonic()))
            path, headers = calls[number % len(calls)]
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, f"{answer.status} for {path}"
            mine.append(time.monotonic() - due)
        with lock:
            delays.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(delays) == int(rate * seconds), "a request failed"
    return sorted(delays)


def main():
    missed = []

    def report(what, value, goal, enough):
        print(f"{what}: {value} (goal {goal}){'' if enough else '  MISSED'}", flush=True)
        if not enough:
            missed.append(what)

    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(pathlib.Path(folder) / "data").start()
        try:
            cookie = {"Cookie": sign_in(studio)}
            client = Client(studio, studio.create_key("load"))
            key = {"X-API-Key": client.key}
            job = client.song(audio_duration=30)
            status, page = f"/api/v1/music/jobs/{job['id']}/status", f"/jobs/{job['id']}"
            print(f"load average at the start: {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors")
            for what, path, headers, goal in (("job status", status, key, 15_000), ("job page", page, cookie, 3_500)):
                rate, middle, late = flood(studio.url + path, headers)
                report(f"{what}, 16 connections", f"{rate:,.0f}/s, p50 {middle}, p99 {late}", f"{goal:,}/s", rate >= goal)

            busy = client.create(audio_duration=600, batch_size=8)
            until(lambda: client.job(busy)["status"] == "PROCESSING", 30)
            delays = steady(studio.port, [(status, key), (page, cookie)], rate=200, seconds=15)
            assert client.job(busy)["status"] == "PROCESSING", "the song was done before the measurement"
            late = delays[int(len(delays) * 0.99)] * 1000
            middle = delays[len(delays) // 2] * 1000
            report("both at 200/s while a song is made", f"p50 {middle:.1f} ms, p99 {late:.1f} ms", "p99 50 ms", late < 50)
            client.call("DELETE", f"/api/v1/music/jobs/{busy}")
        finally:
            studio.stop()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
