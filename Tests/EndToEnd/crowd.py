#!/usr/bin/env python3
"""A crowd that waits: 500 programs that poll a job and 200 event streams, while songs are being made.

    .build-venv/bin/python Tests/EndToEnd/crowd.py [--seconds 120] [--pollers 500] [--streams 200] [--every 2] [--repository DIR]

Each poller asks every two seconds, as the SDK does, on a connection of its own. Jobs of four songs of one minute are made all the while, so
that memory rises and falls with each of them. Goals: no error but 429, the 99th percentile of a status below 100 ms from the time it was due,
and memory flat: its peak in the second half no higher than in the first, but for a twentieth. Wants the machine to itself. Exits 1 when a goal is missed.
"""
import argparse
import asyncio
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from client import Client  # noqa: E402
from fuzz import memory  # noqa: E402
from load import sign_in  # noqa: E402
from studio import REPOSITORY, Studio, until  # noqa: E402


def source(number):
    """A loopback address for each, as one address may hold only so many streams."""
    return (f"127.1.{number // 250}.{number % 250 + 1}", 0)


async def poll(port, number, path, key, every, end, delays, told):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source(number))
    due = time.monotonic() + random.random() * every
    while due < end:
        await asyncio.sleep(max(0, due - time.monotonic()))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if b"Content-Length" in head:
            await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]))
        else:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        status = int(head[9:12])
        told[status] = told.get(status, 0) + 1
        delays.append(time.monotonic() - due)
        due += every
    writer.close()


async def listen(port, number, key, end, told):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source(number))
    writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n".encode())
    status = int((await reader.readuntil(b"\r\n\r\n"))[9:12])
    told[f"stream {status}"] = told.get(f"stream {status}", 0) + 1
    while time.monotonic() < end:
        try:
            piece = await asyncio.wait_for(reader.read(65536), max(0.01, end - time.monotonic()))
        except asyncio.TimeoutError:
            break
        if not piece:
            told["stream ended"] = told.get("stream ended", 0) + 1
            return
        told["event pieces"] = told.get("event pieces", 0) + 1
    writer.close()


async def watch(process, end, seen):
    """Notes the resident MiB of a process twice a second."""
    while time.monotonic() < end:
        seen.append(memory(process))
        await asyncio.sleep(0.5)


async def crowd(port, path, key, backend, options):
    end, delays, told, seen = time.monotonic() + options.seconds, [], {}, []
    tasks = [poll(port, number, path, key, options.every, end, delays, told) for number in range(options.pollers)]
    tasks += [listen(port, number, key, end, told) for number in range(options.streams)]
    tasks.append(watch(backend, end, seen))
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, BaseException):
            told[repr(outcome)[:80]] = told.get(repr(outcome)[:80], 0) + 1
    return sorted(delays), told, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pollers", type=int, default=500)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--every", type=float, default=2)
    parser.add_argument("--repository", type=pathlib.Path, default=REPOSITORY)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(pathlib.Path(folder) / "data", options.repository).start(180)
        try:
            sign_in(studio)
            client = Client(studio, studio.create_key("crowd"))
            songs = [client.create(audio_duration=60, batch_size=4, seed=seed) for seed in range(1, 2 + int(options.seconds / 2))]
            until(lambda: client.job(songs[1])["status"] == "COMPLETED", 240)
            backend, watched = studio.process_of("backend"), songs[-1]
            delays, told, seen = asyncio.run(crowd(studio.port, f"/api/v1/music/jobs/{watched}/status", client.key, backend, options))
            made = sum(client.job(song)["status"] == "COMPLETED" for song in songs)
            late = delays[int(len(delays) * 0.99)] * 1000
            first, second = max(seen[:len(seen) // 2]), max(seen[len(seen) // 2:])
            print(told)
            print(f"{len(delays)} answers, p50 {delays[len(delays) // 2] * 1000:.1f} ms, p99 {late:.1f} ms (goal 100), {4 * made} songs made; "
                  f"memory at most {first:.0f} MiB in the first half, {second:.0f} in the second")
            good = {200, 429, "stream 200", "event pieces"}
            missed = late >= 100 or second > 1.05 * first or made == len(songs) or not set(told) <= good or studio.process_of("backend") != backend
            for song in songs:
                client.call("DELETE", f"/api/v1/music/jobs/{song}")
        finally:
            studio.stop()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
