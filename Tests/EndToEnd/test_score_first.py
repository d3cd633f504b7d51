"""Score-first music (`api.md` 20) through the published SDK and over the wire."""
import io
import shutil
import subprocess

import pytest
import requests
from audiopod import AudioPod
from client import decode, download

V3 = "/api/v1/music/v3"
WAIT = dict(wait_for_completion=True, poll_interval=1, timeout=120)


@pytest.fixture(scope="module")
def music(studio, client):
    return AudioPod(api_key=client.key, base_url=studio.url).music


@pytest.fixture(scope="module")
def plan(music):
    return music.compose(
        style="warm folk, 96 bpm, G major", seed=5, display_name="Harbour",
        lyrics="[Verse]\nMorning light is on the water\nAll the boats are coming home\n[Chorus]\nHarbour lights are shining\nShining on the sea", **WAIT)


def test_it_is_available(music):
    assert music.v3_availability() == {"available": True, "revise": True}


def test_a_plan_is_a_score_without_a_sound(music, client, plan):
    assert (plan["status"], plan["workflow"], plan["audio_url"]) == ("COMPLETED", "plan", None)
    assert plan["lyrics_source"] == "user" and "Morning light" in plan["lyrics"]
    score = music.get_score(plan["job_id"])
    assert score["editable"] and score["duration_seconds"] > 10
    assert "K:G" in score["abc"] and "w:" in score["abc"]
    # The music2 lists know nothing of it; it has a list of its own.
    assert plan["job_id"] not in [job["id"] for job in client.get("/api/v1/music/jobs", params={"limit": 100}).json()]
    assert plan["job_id"] in [job["job_id"] for job in music.list_v3_jobs(workflow="plan")]


def test_a_description_has_its_words_written(music):
    job = music.compose(description="a happy song about the sea", target_seconds=40, language="en", seed=3, **WAIT)
    assert job["status"] == "COMPLETED" and job["lyrics_source"] == "audiopod"
    assert "[" in job["lyrics"]


@pytest.mark.parametrize(
    "instruction,options",
    [
        ("transpose it up two semitones", {}),
        ("another melody", {"section": "chorus"}),
        ("reharmonise", {"bars": {"start": 2, "end": 6}}),
        ("make it faster", {"allow_tempo_change": True}),
    ],
)
def test_a_score_is_revised_where_it_was_asked(music, plan, instruction, options):
    job = music.revise_score(plan["job_id"], instruction, **options, **WAIT)
    assert (job["status"], job["workflow"], job["source_job_id"]) == ("COMPLETED", "revise", plan["job_id"]), job
    assert job["note"] and job["score"]["abc"] != plan["score"]["abc"]
    changed = job["score_comparison"]["changed_bars"]
    if "bars" in options:
        assert any(changed.values())
        for ranges in changed.values():
            assert all(options["bars"]["start"] <= first and last <= options["bars"]["end"] for first, last in ranges)
    # The source stays as it was.
    assert music.get_score(plan["job_id"])["abc"] == plan["score"]["abc"]


def test_an_edited_score_is_recorded(music, plan):
    abc = plan["score"]["abc"].replace("\nT:Harbour", "\nT:Changed", 1)
    job = music.record_score(plan["job_id"], abc=abc, **WAIT)
    assert (job["status"], job["workflow"]) == ("COMPLETED", "edit"), job
    samples, rate, _ = decode(download(job["audio_url"]).content)
    assert abs(len(samples) / rate - plan["score"]["duration_seconds"]) < 2
    assert abs(samples).max() > 0.1


def test_score_and_sound_in_one_call_and_somebody_elses_tune(music):
    job = music.generate_v3(style="slow piano, 70 bpm, D minor", seed=9, **WAIT)
    assert job["status"] == "COMPLETED" and job["audio_url"]
    tune = "X:1\nT:Cradle\nM:3/4\nL:1/4\nQ:1/4=100\nK:C\n" + '"C"C E G | "F"A2 c | "G"B A G | "C"G3 | "F"F A c | "G"B2 G | "C"E D C | C3 |]\n'
    job = music.generate_v3(style="folk waltz", abc=tune, **WAIT)
    assert job["status"] == "COMPLETED", job
    assert 12 < job["score"]["duration_seconds"] < 20


def test_other_programs_read_the_score(music, plan, tmp_path):
    music21 = pytest.importorskip("music21")
    abc = music.get_score(plan["job_id"])["abc"]
    parsed = music21.converter.parse(abc, format="abc")
    assert len(list(parsed.recurse().notes)) > 50
    mido = pytest.importorskip("mido")
    midi = mido.MidiFile(file=io.BytesIO(requests.get(plan["score"]["midi_url"], timeout=30).content))
    assert sum(message.type == "note_on" and message.velocity > 0 for track in midi.tracks for message in track) > 50
    if not shutil.which("abcm2ps"):
        pytest.skip("abcm2ps is not installed: the engraving is not checked")
    (tmp_path / "x.abc").write_text(abc)
    done = subprocess.run(["abcm2ps", "-O", tmp_path / "x.ps", tmp_path / "x.abc"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "rror" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "path,body,status,code",
    [
        ("plan", {}, 422, "INVALID_REQUEST"),
        ("plan", {"description": "x", "lyrics": "y"}, 422, "INVALID_REQUEST"),
        ("plan", {"style": "x", "target_seconds": 5}, 422, "INVALID_REQUEST"),
        ("plan", {"style": "x", "cfg_scale": 11}, 422, "INVALID_REQUEST"),
        ("revise", {"source_job_id": 10**9, "instruction": "another melody"}, 404, "job_not_found"),
        ("revise", {"source_job_id": "PLAN", "instruction": " "}, 422, "INVALID_REQUEST"),
        ("revise", {"source_job_id": "PLAN", "instruction": "paint it black"}, 422, "REVISE_FAILED"),
        ("revise", {"source_job_id": "PLAN", "instruction": "reharmonise", "section": "bridge 9"}, 422, "REVISE_TARGET_NOT_FOUND"),
        ("revise", {"source_job_id": "PLAN", "instruction": "reharmonise", "bars": {"start": 900, "end": 901}}, 422, "REVISE_TARGET_NOT_FOUND"),
        ("revise", {"source_job_id": "PLAN", "instruction": "reharmonise", "bars": {"start": 0}}, 422, "INVALID_REQUEST"),
        ("edit", {"source_job_id": "PLAN", "abc": "this is no tune"}, 422, "INVALID_SCORE"),
        ("edit", {"source_job_id": "PLAN", "abc": "FASTER"}, 422, "TEMPO_CHANGED"),
        ("generate", {"style": "x", "abc": "X:1\nK:C\n" + "C" * 200_000}, 422, "INVALID_SCORE"),
    ],
)
def test_refusals_have_a_code_and_a_sentence(client, plan, path, body, status, code):
    body = {name: plan["job_id"] if value == "PLAN" else value for name, value in body.items()}
    if body.get("abc") == "FASTER":
        lines = [line for line in plan["score"]["abc"].splitlines() if not line.startswith("%%cantiga")]
        body["abc"] = "\n".join("Q:1/4=150" if line.startswith("Q:") else line for line in lines)
    answer = client.post(f"{V3}/{path}", json=body)
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    assert detail["code"] == code and detail["message"] == answer.json()["message"]


def test_what_has_no_score_is_not_found(client):
    answer = client.get(f"{V3}/jobs/999999/score")
    assert answer.status_code == 404 and answer.json()["detail"]["code"] == "job_not_found"
    song = client.song(audio_duration=2)
    assert client.get(f"{V3}/jobs/{song['id']}").status_code == 404
    # A song of the other calls has a score too, and can be revised.
    assert client.get(f"{V3}/jobs/{song['id']}/score").status_code == 200
