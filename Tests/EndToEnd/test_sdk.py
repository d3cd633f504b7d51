"""The published client, unmodified, with another base address."""
import asyncio
import subprocess
import sys

import audiopod
import pytest
from client import decode, download
from studio import until


@pytest.fixture(scope="module")
def sdk(studio, client):
    return audiopod.Client(api_key=client.key, base_url=studio.url)


def assert_song(job, seconds, format="FLAC"):
    assert job["status"] == "COMPLETED"
    samples, rate, kind = decode(download(job["output_url"]).content)
    assert kind == format
    assert abs(len(samples) / rate - seconds) <= 0.5
    assert abs(samples).max() > 0.05


def test_simple_instrumental_and_song(sdk):
    instrumental = sdk.music.generate("warm jazz trio", duration=3, wait_for_completion=True)
    assert_song(instrumental, 3)
    song = sdk.music.generate(
        "upbeat pop", task="text2music", lyrics="[verse]\nla la la", duration=4, wait_for_completion=True,
        format="mp3", bpm=120, keyscale="A minor", seed=3, generate_lrc=True,
    )
    assert_song(song, 4, "MP3")
    assert song["lrc_content"].startswith("[00:0") and song["lrc_content"].endswith("] la la la")
    assert song["bpm"] == 120
    created = sdk.music.simple("a calm piano piece", instrumental=True, duration=3)
    id = created.get("id") or created["job_id"]
    simple = until(lambda: next((j for j in [sdk.music.get_job(id)] if j["status"] == "COMPLETED"), None), 60)
    assert_song(simple, 3)


def test_the_short_forms(sdk):
    for created in (sdk.music.instrumental("blues", duration=2), sdk.music.song("rock", "[chorus]\nhey", duration=2)):
        assert created["job"]["status"] == "PENDING"
        assert sdk.music.get_job(created["id"])["id"] == created["id"]


def test_jobs_presets_account(sdk):
    created = sdk.music.instrumental("short", duration=2)
    assert created["id"] in [job["id"] for job in sdk.music.list_jobs(limit=100)]
    assert all(job["task"] == "simple" for job in sdk.music.list_jobs(task="simple"))
    assert "message" in sdk.music.delete_job(created["id"])
    assert len(dict(sdk.music.get_presets()["genre_presets"].items())) == 14
    assert sdk.music.v3_availability()["available"] in (True, False)
    assert sdk.get_user_info()["email"] == "olive@example.org"


def test_errors_reach_the_caller_in_words(studio, sdk):
    with pytest.raises(audiopod.exceptions.APIError, match="audio_duration"):
        sdk.music.generate("x", duration=9999)
    with pytest.raises(audiopod.exceptions.APIError, match="Music job not found"):
        sdk.music.get_job(999999999)
    with pytest.raises(audiopod.exceptions.AuthenticationError):
        audiopod.Client(api_key="ap_" + "x" * 40, base_url=studio.url).music.list_jobs()


def test_the_asynchronous_client(studio, client):
    async def drive():
        async with audiopod.AsyncClient(api_key=client.key, base_url=studio.url) as sdk:
            job = await sdk.music.generate("soft folk", duration=2, wait_for_completion=True)
            listed = await sdk.music.list_jobs(limit=5)
            return job, listed

    job, listed = asyncio.run(drive())
    assert_song(job, 2)
    assert isinstance(listed, list)


def test_the_command_line_downloads_a_song(studio, client, tmp_path):
    out = tmp_path / "song.flac"
    done = subprocess.run(
        [f"{sys.prefix}/bin/audiopod", "--base-url", studio.url, "--api-key", client.key, "music", "quiet strings",
         "--kind", "instrumental", "--duration", "10", "--out", str(out)],
        capture_output=True, text=True, timeout=120,
    )
    assert done.returncode == 0, done.stderr
    samples, rate, _ = decode(out.read_bytes())
    assert abs(len(samples) / rate - 10) <= 0.5
