"""What must not lose a song: kill -9, a full disk."""
import os
import pathlib
import signal
import subprocess
import time

import pytest
from client import Client
from soak_kill import assert_nothing_left_over, soak
from studio import Studio, until


@pytest.fixture
def own(tmp_path):
    studio = Studio(tmp_path / "data").start()
    yield studio
    if studio.process.poll() is None:
        studio.stop()


def test_twenty_jobs_outlive_three_kills(own):
    client = Client(own, own.create_key("soak"))
    soak(own, client, jobs=20, kills=3, seed=11)
    assert_nothing_left_over(own, 20)


def test_a_song_that_was_being_made_is_made_again(own):
    client = Client(own, own.create_key("kill"))
    id = client.create(audio_duration=120)
    until(lambda: client.job(id)["status"] == "PROCESSING", 30, what="the start of the job")
    own.kill_backend()
    own.start()
    job = client.finished(id)
    assert job["status"] == "COMPLETED"
    assert job["attempts"] == 2


def test_stems_that_were_being_made_are_made_again(own):
    client = Client(own, own.create_key("kill"))
    id = client.song(audio_duration=60)["id"]
    path = f"/api/v1/music/jobs/{id}/stems"
    client.post(path)
    state = lambda: client.get(path).json()["variations"][0]
    until(lambda: state()["status"] == "PROCESSING", 30, what="the start of the stems")
    own.kill_backend()
    own.start()
    until(lambda: state()["status"] not in ("PENDING", "PROCESSING"), 60, what="the end of the stems")
    assert state()["status"] == "COMPLETED" and len(state()["stems"]) >= 3
    assert not list((own.data / "media/tmp").iterdir()), "half-made files are left"


def test_what_was_queued_stays_queued(own):
    client = Client(own, own.create_key("kill"))
    ids = [client.create(audio_duration=30) for _ in range(4)]
    own.kill_backend()
    own.start()
    assert [client.finished(id)["status"] for id in ids] == ["COMPLETED"] * 4


def test_a_finished_song_is_there_after_a_kill(own):
    client = Client(own, own.create_key("kill"))
    before = client.song()
    own.kill_backend()
    own.start()
    after = client.job(before["id"])
    assert {**after, "output_url": 0, "output_urls": 0, "audio_url": 0, "outputs": 0} \
        == {**before, "output_url": 0, "output_urls": 0, "audio_url": 0, "outputs": 0}


def test_a_job_that_kills_the_server_three_times_fails_with_a_reason(own):
    client = Client(own, own.create_key("kill"))
    id = client.create(audio_duration=600)
    for _ in range(3):
        until(lambda: client.job(id)["status"] == "PROCESSING", 30, what="the start of the job")
        own.kill_backend()
        own.start()
    job = client.finished(id)
    assert job["status"] == "FAILED"
    assert job["error_message"]
    assert client.song()["status"] == "COMPLETED", "the queue goes on"


def test_stopping_in_the_middle_of_a_song_is_quick_and_costs_no_attempt(own):
    client = Client(own, own.create_key("stop"))
    id = client.create(audio_duration=300)
    until(lambda: client.job(id)["status"] == "PROCESSING", 30, what="the start of the job")
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 3
    own.start()
    assert client.finished(id)["status"] == "COMPLETED"


def test_an_open_stream_does_not_hold_up_the_stop(own):
    client = Client(own, own.create_key("stop"))
    stream = client.get("/api/v1/events", stream=True)
    assert stream.status_code == 200
    started = time.monotonic()
    assert own.stop(signal.SIGINT) == 0
    assert time.monotonic() - started < 3
    stream.close()


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 24 MiB, which only root can make."""
    if os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root alone")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill(path, leave):
    """Fills the disk under `path` but for `leave` bytes."""
    free = os.statvfs(path.parent)
    size = max(0, free.f_bavail * free.f_frsize - leave)
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, size) if size else None


@pytest.mark.parametrize("leave", [3 << 20, 256 << 10], ids=["room_for_the_row", "hardly_any"])
def test_a_full_disk_fails_the_job_and_not_the_server(small_disk, leave):
    studio = Studio(small_disk / "data")
    studio.console = pathlib.Path(str(small_disk) + ".console")
    studio.start()
    try:
        client = Client(studio, studio.create_key("disk"))
        kept = client.song()
        fill(small_disk / "filler", leave)
        refused = client.post("/api/v1/music/prompt2instrumental", json={"prompt": "long", "audio_duration": 60})
        if refused.status_code == 200:
            job = client.finished(refused.json()["id"])
            assert job["status"] == "FAILED"
            assert "disk" in job["error_message"].lower() or "space" in job["error_message"].lower()
        else:
            assert refused.status_code in (503, 507)
            assert refused.json()["detail"]
        assert client.job(kept["id"])["status"] == "COMPLETED", "the server still answers"
        (small_disk / "filler").unlink()
        until(lambda: studio.get("/health").status_code == 200, 10, what="health with room again")
        assert client.song(audio_duration=2)["status"] == "COMPLETED"
    finally:
        studio.stop()
