"""Live updates: each event at once, the state first, an end."""
import json
import socket
import threading
import time

import pytest


class Listener:
    """Reads a stream in the background; each event with the time of its arrival."""

    def __init__(self, client, path, **headers):
        self.answer = client.get(path, stream=True, headers=headers, timeout=60)
        self.events, self._done = [], threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if self.answer.status_code == 200:
            self._thread.start()

    def _read(self):
        event = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line.startswith(":"):
                    continue
                if line:
                    name, _, value = line.partition(":")
                    event[name] = value.removeprefix(" ")
                elif event:
                    event["at"] = time.monotonic()
                    self.events.append(event)
                    event = {}
        except Exception:  # The test closed the stream under the reader.
            pass
        self._done.set()

    def wait(self, fact, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [event for event in list(self.events) if fact(event)]
            if found:
                return found[0]
            time.sleep(0.005)
        raise AssertionError(f"no such event in {seconds} s; came: {[event.get('event') for event in self.events]}")

    def ended(self, seconds):
        return self._done.wait(seconds)

    def close(self):
        """Hangs up under the reader, who otherwise holds the connection until the next line."""
        self.answer.raw._connection.sock.shutdown(socket.SHUT_RDWR)


def about(id):
    def is_about(event):
        job = json.loads(event.get("data", "{}")).get("job")
        return id == (job["id"] if isinstance(job, dict) else job)

    return is_about


def test_a_stream_begins_with_the_state(client, song):
    listener = Listener(client, "/api/v1/events")
    first = listener.wait(lambda event: True)
    assert listener.answer.headers["Content-Type"].startswith("text/event-stream")
    assert listener.answer.headers["Cache-Control"] == "no-store"
    assert first["event"] == "snapshot"
    json.loads(first["data"])
    listener.close()


def test_what_happens_is_told_within_300_milliseconds(client):
    listener = Listener(client, "/api/v1/events")
    listener.wait(lambda event: True)
    created = time.monotonic()
    id = client.create(audio_duration=2)
    assert listener.wait(about(id))["at"] - created < 0.3
    done = listener.wait(lambda event: event.get("event") == "completed" and about(id)(event), 60)
    assert client.job(id)["status"] == "COMPLETED"
    stages = [json.loads(event["data"]) for event in listener.events if event.get("event") == "progress" and about(id)(event)]
    assert all(0 <= stage["done"] <= stage["total"] for stage in stages)
    numbers = [int(event["id"]) for event in listener.events if "id" in event]
    assert numbers == sorted(set(numbers))
    assert done
    listener.close()


def test_the_stream_of_one_job_ends_with_it(client):
    id = client.create(audio_duration=2)
    listener = Listener(client, f"/api/v1/music/jobs/{id}/events")
    listener.wait(lambda event: event.get("event") == "completed", 60)
    assert listener.ended(5), "the stream stayed open after the job's end"
    again = Listener(client, f"/api/v1/music/jobs/{id}/events", **{"Last-Event-ID": "3"})
    assert again.answer.status_code == 204


def test_streams_hold_no_worker(client):
    listeners = [Listener(client, "/api/v1/events") for _ in range(20)]
    try:
        started = time.monotonic()
        assert client.get("/api/v1/music/jobs").status_code == 200
        assert time.monotonic() - started < 1
    finally:
        for listener in listeners:
            listener.close()


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/music/jobs/1/events"])
def test_a_stream_needs_a_key(studio, owner, path):
    assert studio.get(path).status_code == 401
