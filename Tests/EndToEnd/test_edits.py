"""Edits of finished songs (`api.md` 10): what they keep, what they change, what they refuse."""
import numpy
import pytest
from client import decode, download
from test_api import assert_refused

EDIT = "/api/v1/music/"


@pytest.fixture(scope="module")
def song(client):
    return client.song(prompt="upbeat synth pop, 120 bpm, A minor", audio_duration=16, seed=7, format="wav")


def edited(client, task, **body):
    answer = client.post(EDIT + task, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["job_id"] == answer.json()["job"]["id"]
    job = client.finished(answer.json()["id"])
    assert job["status"] == "COMPLETED", job["error_message"]
    assert job["task"] == task
    return job


def samples(job, format="flac"):
    return decode(download(job["output_urls"][format]).content)[0]


def test_a_retake_inherits_what_was_asked(client, song):
    job = edited(client, "retake", original_job_id=song["id"], retake_seeds=[5, 6])
    assert job["source_job_id"] == song["id"]
    assert job["actual_seeds"] == [5, 6] and len(job["outputs"]) == 2
    assert job["format"] == "wav" and job["output_url"].split("?")[0].endswith(".wav")
    assert (job["bpm"], job["keyscale"], job["caption"]) == (song["bpm"], song["keyscale"], song["caption"])
    assert job["display_name"] == song["display_name"] + " (retake)"
    assert all(output["audio_duration"] == 16 for output in job["outputs"])
    first = decode(download(job["outputs"][0]["output_urls"]["flac"]).content)[0]
    assert not numpy.array_equal(first, samples(song))


def test_a_retake_of_no_variance_is_the_same_song(client, song):
    job = edited(client, "retake", source_job_id=song["id"], retake_variance=0)
    assert numpy.array_equal(samples(job), samples(song))


def test_repaint_leaves_every_sample_outside(client, song):
    job = edited(
        client, "repaint", source_job_id=song["id"], repaint_start=4, repaint_end=9.5, prompt="strings and no drums")
    old, new = samples(song), samples(job)
    start, end = 4 * 48000, int(9.5 * 48000)
    assert old.shape == new.shape
    assert numpy.array_equal(old[:start], new[:start]) and numpy.array_equal(old[end:], new[end:])
    assert numpy.abs(old[start:end] - new[start:end]).max() > 0.05
    # An edit is a song like any other: it can be edited again, also by the address of its sound.
    again = edited(
        client, "repaint", src_audio_url=job["output_url"], repainting_start=12, repainting_end=-1, caption="piano alone")
    third = samples(again)
    assert numpy.array_equal(third[: 12 * 48000], new[: 12 * 48000])
    assert again["source_job_id"] == job["id"]


def test_extend_adds_what_was_asked(client, song):
    job = edited(
        client, "extend", source_job_id=song["id"], left_extend_length=4.5, right_extend_length=10, prompt="the same, bigger")
    new, old = samples(job), samples(song)
    assert len(new) == int((4.5 + 16 + 10) * 48000)
    shift = int(4.5 * 48000)
    assert numpy.array_equal(new[shift + 48000 : shift + 10 * 48000], old[48000 : 10 * 48000])
    assert job["display_name"].endswith("(extended)")


LYRICS = "[Verse]\nMorning light is on the water\nAll the boats are coming home\n[Chorus]\nHarbour lights are shining\nShining on the sea"


def test_edit_changes_words_or_style(client):
    song = client.song(task="text2music", prompt="folk, 96 bpm", lyrics=LYRICS, audio_duration=24)
    words = edited(
        client, "edit", source_job_id=song["id"], edit_type="only_lyrics",
        edit_target_lyrics=LYRICS.replace("Morning light", "Silver moon"), generate_lrc=True)
    assert "Silver moon" in words["lyrics"] and "Silver moon" in words["lrc_content"]
    assert words["audio_duration"] == song["audio_duration"]
    style = edited(client, "edit", source_job_id=song["id"], edit_target_prompt="heavy metal")
    assert style["genre"] == "Metal" and "Morning light" in style["lyrics"]
    assert (style["bpm"], style["keyscale"]) == (song["bpm"], song["keyscale"])


@pytest.mark.parametrize(
    "task,body,words",
    [
        ("retake", {}, ["original_job_id", "required"]),
        ("retake", {"original_job_id": "SONG", "retake_variance": 1.5}, ["retake_variance", "1"]),
        ("retake", {"original_job_id": "SONG", "source_output_index": 3}, ["source_output_index"]),
        ("repaint", {"source_job_id": "SONG", "repainting_start": 5, "repainting_end": 5, "caption": "x"}, ["repainting_end"]),
        ("repaint", {"source_job_id": "SONG", "repainting_start": 16, "repainting_end": -1, "caption": "x"}, ["repainting_start", "16"]),
        ("repaint", {"source_job_id": "SONG", "repainting_start": -1, "repainting_end": 5, "caption": "x"}, ["repainting_start"]),
        ("repaint", {"source_job_id": "SONG", "repainting_start": 1, "repainting_end": 5}, ["caption"]),
        ("repaint", {"repainting_start": 1, "repainting_end": 5, "caption": "x"}, ["source_job_id", "src_audio_url"]),
        ("repaint", {"src_audio_url": "http://127.0.0.1:1/x.wav", "repainting_start": 1, "repainting_end": 5, "caption": "x"}, ["src_audio_url"]),
        ("repaint", {"src_audio_url": "file:///etc/passwd", "repainting_start": 1, "repainting_end": 5, "caption": "x"}, ["src_audio_url"]),
        ("extend", {"source_job_id": "SONG", "right_extend_length": 0, "prompt": "x"}, ["right_extend_length"]),
        ("extend", {"source_job_id": "SONG", "left_extend_length": 61, "prompt": "x"}, ["left_extend_length", "60"]),
        ("edit", {"source_job_id": "SONG"}, ["edit_target_prompt", "edit_target_lyrics"]),
        ("edit", {"source_job_id": "SONG", "edit_type": "only_lyrics", "caption": "x"}, ["edit_target_lyrics"]),
        ("edit", {"source_job_id": "SONG", "caption": "x", "edit_n_min": 0.8, "edit_n_max": 0.2}, ["edit_n_min"]),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, song, task, body, words):
    body = {name: song["id"] if value == "SONG" else value for name, value in body.items()}
    assert_refused(client.post(EDIT + task, json=body), 400, *words)


def test_only_own_finished_songs_are_edited(client, song):
    for task, rest in (("retake", {}), ("edit", {"caption": "x"}), ("extend", {"caption": "x"})):
        body = {"source_job_id": 10**9, **rest}
        assert_refused(client.post(EDIT + task, json=body), 404, "Original music job not found")
    waiting = client.create(audio_duration=200)
    assert_refused(client.post(EDIT + "retake", json={"original_job_id": waiting}), 400, "Job must be completed")
    client.call("DELETE", f"/api/v1/music/jobs/{waiting}")


def test_counts_and_lists_know_edits(client, song):
    counts = client.get("/api/v1/music/jobs/counts").json()
    assert counts["by_song_type"]["edits"] >= 3
    assert sum(counts["by_song_type"].values()) == counts["total"]
    jobs = client.get("/api/v1/music/jobs", params={"task": "retake"}).json()
    assert jobs and all(job["task"] == "retake" for job in jobs)
