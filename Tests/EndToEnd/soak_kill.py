#!/usr/bin/env python3
"""Queues songs while the server is killed with -9 at random moments; all must end COMPLETED, each exactly once.

    .build-venv/bin/python Tests/EndToEnd/soak_kill.py [--jobs 200] [--kills 10] [--seed N]
"""
import argparse
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import requests  # noqa: E402
from client import Client, decode, download  # noqa: E402
from studio import Studio, until  # noqa: E402


def create_surely(client, number):
    """Creates the job as a careful program would: repeated under the same Idempotency-Key until it is answered."""

    def created():
        try:
            answer = client.post(
                "/api/v1/music/prompt2instrumental", headers={"Idempotency-Key": f"job-{number}"},
                json={"prompt": "short jazz tune", "audio_duration": 1 + number % 3, "seed": number},
            )
        except requests.ConnectionError:
            return None
        if answer.status_code in (502, 503, 504):
            return None
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    return until(created, 60, every=0.05, what=f"job {number}'s creation")


def soak(studio, client, jobs, kills, seed):
    """Queues and kills, then checks every song; gives the jobs."""
    chance = random.Random(seed)
    # Two kills while songs are queued, the others spread over the making. They are apart by at least one finished
    # song: a song that is hit three times is given up, as it should be, and would say nothing about lost ones.
    while_queueing = sorted(chance.sample(range(1, jobs), min(2, kills)))
    while_making = sorted(chance.sample(range(1, jobs), kills - len(while_queueing)))
    ids, done = [], 0

    def strike_if_due(moments, reached):
        if moments and moments[0] <= reached:
            moments.pop(0)
            time.sleep(chance.random() * 0.3)  # anywhere within a song, not at its edge
            studio.kill_backend()
            studio.start()

    for number in range(jobs):
        ids.append(create_surely(client, number))
        strike_if_due(while_queueing, len(ids))
    deadline = time.monotonic() + 60 + 6 * jobs
    while done < jobs or while_making:
        assert time.monotonic() < deadline, f"only {done} of {jobs} jobs ended"
        counts = [int(client.get("/api/v1/music/jobs", params={"status": status, "limit": 1}).headers["X-Total-Count"])
                  for status in ("COMPLETED", "FAILED")]
        done = sum(counts)
        strike_if_due(while_making, done)
        time.sleep(0.05)

    assert len(set(ids)) == jobs, "an id was given twice"
    found = [client.job(id) for id in ids]
    failed = [(job["id"], job["error_message"]) for job in found if job["status"] != "COMPLETED"]
    assert not failed, f"not completed: {failed}"
    total = int(client.get("/api/v1/music/jobs").headers["X-Total-Count"])
    assert total == jobs, f"{total} jobs where {jobs} were created"
    for job in found:
        assert len(job["outputs"]) == 1
        samples, rate, _ = decode(download(job["output_url"]).content)
        assert len(samples) == job["audio_duration"] * rate
    return found


def assert_nothing_left_over(studio, jobs):
    """Each job has one row of output, one set of files, and no temporary file lies about."""
    with sqlite3.connect(f"file:{studio.data}/cantiga.sqlite?mode=ro", uri=True) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    audio = [path for path in (studio.data / "media").rglob("*.flac")]
    assert len(audio) == jobs, f"{len(audio)} masters for {jobs} jobs"
    stray = [path for path in (studio.data / "media").rglob("*") if path.is_file() and ("tmp" in path.name or path.name.startswith("."))]
    assert not stray, f"temporary files remain: {stray[:5]}"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=200)
    options.add_argument("--kills", type=int, default=10)
    options.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = options.parse_args()
    print(f"{options.jobs} jobs, {options.kills} kills, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(pathlib.Path(folder) / "data").start()
        started = time.monotonic()
        try:
            soak(studio, Client(studio, studio.create_key("soak")), options.jobs, options.kills, options.seed)
            assert_nothing_left_over(studio, options.jobs)
        finally:
            if studio.process.poll() is None:
                studio.stop()
        print(f"all {options.jobs} jobs COMPLETED exactly once after {options.kills} kills, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
