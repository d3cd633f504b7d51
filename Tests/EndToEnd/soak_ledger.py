#!/usr/bin/env python3
"""Songs that cost credits, while the server is killed with -9: no credit may be lost, doubled or held for ever.

    .build-venv/bin/python Tests/EndToEnd/soak_ledger.py [--events 1500] [--kills 20] [--seed N] [--repository DIR]

Two users' programs create songs (some that must fail), cancel, retry and delete them in random order; each call is repeated
after a crash as a careful program would, under its Idempotency-Key. In the end the script adds up the database for itself:
each balance by its transfers, and for each song that what was reserved was either charged or given back, charged if
and only if it was made.
"""
import argparse
import collections
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import requests  # noqa: E402
from client import Client  # noqa: E402
from load import PASSWORD  # noqa: E402
from studio import REPOSITORY, Studio, until  # noqa: E402
from visitor import Visitor  # noqa: E402

SONG, FAILING = "short jazz tune", "cover of what can't be fetched"


class Customer:
    """A user's program: what it did, and what it knows of its songs."""

    def __init__(self, studio, name, draw):
        self.client, self.name, self.draw = Client(studio, studio.create_user_key(name)), name, draw
        self.songs, self.calls, self.told = [], 0, collections.Counter()

    def surely(self, method, path, **options):
        """The answer to a call, however often the server has to be asked."""
        self.calls += 1
        headers = {"Idempotency-Key": f"{self.name}-{self.calls}"}

        def answer():
            try:
                found = self.client.call(method, path, headers=headers, **options)
            except requests.ConnectionError:
                return None
            return None if found.status_code in (502, 503, 504) else [found]  # an answer of 4xx is false by itself

        return until(answer, 60, every=0.05, what=f"an answer to {method} {path}")[0]

    def create(self):
        seconds = self.draw.choice([1, 1, 2, 40])
        if self.draw.random() < 0.2:
            path, body = "cover", {"prompt": "folk", "src_audio_url": "http://nowhere.invalid/none.wav", "audio_duration": seconds}
        else:
            path, body = "prompt2instrumental", {"prompt": SONG, "audio_duration": seconds, "seed": self.calls}
        answer = self.surely("POST", f"/api/v1/music/{path}", json=body)
        self.told[f"create {answer.status_code}"] += 1
        assert answer.status_code in (200, 402, 429), answer.text
        if answer.status_code == 200:
            self.songs.append(answer.json()["id"])

    def one(self, action):
        if not self.songs:
            return
        song = self.draw.choice(self.songs[-8:])
        path = f"/api/v1/music/jobs/{song}"
        answer = self.surely("DELETE", path) if action == "delete" else self.surely("POST", f"{path}/{action}")
        self.told[f"{action} {answer.status_code}"] += 1
        assert answer.status_code < 500, answer.text
        if action == "delete":
            self.songs.remove(song)

    def waiting(self):
        return int(self.client.get("/api/v1/music/jobs", params={"status": "PENDING", "limit": 1}).headers["X-Total-Count"])

    def act(self):
        kind = self.draw.choices(["create", "cancel", "retry", "delete"], [5, 2, 2, 1])[0]
        self.create() if kind == "create" else self.one(kind)


def assert_sums(path):
    """Adds up everything and gives how many songs were charged and how many given back."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT user_id, currency, from_account, to_account, amount, reason, job_id FROM ledger ORDER BY id").fetchall()
        balances = database.execute("SELECT user_id, currency, granted, plan, extra, held, spent FROM balances").fetchall()
        states = dict(database.execute("SELECT id, status FROM jobs"))
        used = collections.Counter(job for job, in database.execute("SELECT job_id FROM usage WHERE credits > 0"))
    accounts, jobs = collections.Counter(), {}
    for user, currency, source, target, amount, reason, job in rows:
        for account, sign in ((source, -1), (target, 1)):
            accounts[user, currency, account] += sign * amount
            assert account == "granted" or accounts[user, currency, account] >= 0, f"{account} of {user} was negative at job {job}"
        if job is not None:
            jobs.setdefault(job, collections.Counter())[reason] += amount
    for user, currency, granted, plan, extra, held, spent in balances:
        told = {"granted": -granted, "plan": plan, "extra": extra, "held": held, "spent": spent}
        for account, amount in told.items():
            assert accounts[user, currency, account] == amount, f"{account} of {user}: {amount}, by its transfers {accounts[user, currency, account]}"
        assert held == 0 and granted == plan + extra + spent
    charged = 0
    for job, sums in jobs.items():
        assert sums["reserve"] == sums["capture"] + sums["release"], f"job {job}: {dict(sums)}"
        assert sums["capture"] == 0 or used[job] == 1, f"job {job} was charged and used {used[job]} times"
        if job in states:
            assert (sums["capture"] > 0) == (states[job] == "COMPLETED"), f"job {job} is {states[job]}: {dict(sums)}"
        charged += sums["capture"] > 0
    assert all(job in jobs and jobs[job]["capture"] > 0 for job in used), "something was used that nobody paid"
    return charged, len(jobs) - charged


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=1500)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options.add_argument("--repository", type=pathlib.Path, default=REPOSITORY)
    options = options.parse_args()
    print(f"{options.events} events, {options.kills} kills, seed {options.seed}", flush=True)
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(pathlib.Path(folder) / "data", options.repository).start()
        started = time.monotonic()
        try:
            chief = Visitor(studio.url)
            chief.send(chief.open("/setup"), "/setup", {
                "code": studio.setup_code(), "site_name": "Soak", "name": "soak", "email": "soak@example.org", "password": PASSWORD})
            # What two users can spend of a month's credits runs out before the end, so that refusals are among the events.
            chief.send(chief.open("/admin"), "/admin/credits", {"pricing": "tiers", "monthly": str(options.events)})
            customers = [Customer(studio, name, draw) for name in ("ana", "rui")]
            kills = sorted(draw.sample(range(1, options.events), options.kills))
            for event in range(options.events):
                customer = draw.choice(customers)
                # Songs are made all the while, rather than after everything was said.
                until(lambda: customer.waiting() < 8, 300, every=0.1, what=f"room in {customer.name}'s queue")
                customer.act()
                if kills and kills[0] <= event:
                    kills.pop(0)
                    time.sleep(draw.random() * 0.5)
                    studio.kill_backend()
                    studio.start()
            for customer in customers:
                for song in customer.songs:
                    customer.client.finished(song, 600)
                print(customer.name, dict(sorted(customer.told.items())))
            said = studio.command("check")
            assert "doesn't add up" not in studio.said(), "a start found the ledger wrong"
        finally:
            if studio.process.poll() is None:
                studio.stop()
        charged, given_back = assert_sums(studio.data / "cantiga.sqlite")
        print(said.strip())
        print(f"{charged} songs charged, {given_back} given back, every sum exact after {options.kills} kills, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
