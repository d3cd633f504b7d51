"""Stem extraction and audio to MIDI (api.md 19), through the real nginx: own songs exactly, other recordings as well as they are heard."""
import io
import os

import mido
import numpy
import pytest
from client import Client, decode, download
from studio import until
from test_uploads import tone

EXTRACT = "/api/v1/stem-extraction/api/extract"
hears = pytest.mark.skipif(
    not os.environ.get("CANTIGA_LISTENERS"), reason="no listening pack: CANTIGA_LISTENERS names its folder; ./test fetches it")


def ended(client, path, seconds=180):
    """A job of a service when it has ended."""
    def look():
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.json()["status"] in ("COMPLETED", "FAILED") else None

    return until(look, seconds, every=0.1, what=f"the end of {path}")


def stems(client, **fields):
    """Starts a separation by a form and gives it done."""
    answer = client.post(EXTRACT, data=fields)
    assert answer.status_code == 200, answer.text
    return ended(client, f"/api/v1/stem-extraction/status/{answer.json()['id']}")


def midi(client, path="convert", **options):
    answer = client.post(f"/api/v1/midi/{path}", **options)
    assert answer.status_code == 200, answer.text
    return ended(client, f"/api/v1/midi/status/{answer.json()['id']}")


def notes(link):
    """Starts and pitches of a MIDI file, in ticks."""
    file = mido.MidiFile(file=io.BytesIO(download(link).content))
    found = set()
    for track in file.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity > 0:
                found.add((at, message.note))
    return found


@pytest.fixture(scope="module")
def own(client):
    """A song with a voice, drums and a bass."""
    return client.song(task="text2music", caption="rock band with drums and bass", lyrics="[verse]\nThe river knows my name\nAnd runs to the sea", audio_duration=12, seed=11)


@pytest.mark.parametrize("mode, names", [("two", ["vocals", "no_vocals"]), ("four", ["vocals", "drums", "bass", "other"])])
def test_a_song_of_ours_comes_apart_exactly(client, own, mode, names):
    job = stems(client, mode=mode, url=own["output_url"])
    assert job["status"] == "COMPLETED", job["error_message"]
    assert list(job["download_urls"]) == names and all(job["quality_scores"][name] == 1 for name in names)
    song, rate, _ = decode(download(own["output_urls"]["flac"]).content)
    total = numpy.zeros_like(song)
    for name in names:
        samples, stem_rate, kind = decode(download(job["download_urls"][name]).content)
        assert (stem_rate, kind, len(samples)) == (rate, "FLAC", len(song))
        total += samples
        assert abs(samples).max() > 0.01, f"{name} is silent"
    assert 10 * numpy.log10(numpy.mean((total - song) ** 2) / numpy.mean(song**2)) < -60
    assert client.job(job["id"])["audio_duration"] == pytest.approx(12, abs=0.5)


def test_every_part_of_a_song_of_ours(client, own):
    job = stems(client, mode="mastering", url=own["output_url"])
    assert job["status"] == "COMPLETED", job["error_message"]
    assert 4 <= len(job["download_urls"]) <= 16


def test_the_notes_of_a_song_of_ours_are_its_score(client, own):
    job = midi(client, data={"url": own["output_url"]})
    assert job["status"] == "COMPLETED", job["error_message"]
    truth = notes(own["outputs"][0]["midi_url"])
    assert notes(job["merged_midi_url"]) == truth
    assert {"vocals", "bass", "drums"} <= set(job["midi_urls"])
    parts = [notes(link) for link in job["midi_urls"].values()]
    assert all(parts) and set.union(*parts) == truth
    assert download(job["musicxml_url"]).content.startswith(b"<?xml")


def test_what_cannot_be_made_is_refused_by_its_field(client, own):
    for fields, field in [
        ({"mode": "producer"}, "mode"), ({"mode": "single"}, "stem"), ({"mode": "single", "stem": "kazoo"}, "stem"), ({"mode": "seven"}, "mode"),
    ]:
        answer = client.post(EXTRACT, data={"url": own["output_url"], **fields})
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field, answer.text
    assert client.post(EXTRACT, data={"mode": "two"}).json()["errors"][0]["field"] == "url"
    foreign = client.post(EXTRACT, files={"file": ("tone.wav", tone())}, data={"mode": "six"})
    assert foreign.status_code == 400 and foreign.json()["error"] == "stem_unavailable", foreign.text


def test_jobs_are_listed_cancelled_retried_and_deleted(client, studio, own):
    stranger = Client(studio, studio.create_user_key("someone else"))
    job = stems(client, mode="two", url=own["output_url"])
    assert job["id"] in [each["id"] for each in client.get("/api/v1/stem-extraction/jobs").json()]
    assert job["id"] not in [each["id"] for each in client.get("/api/v1/music/jobs?limit=100").json()]
    assert stranger.get(f"/api/v1/stem-extraction/status/{job['id']}").status_code == 404
    assert stranger.post(EXTRACT, data={"mode": "two", "url": own["output_url"]}).status_code == 404
    assert stranger.post(f"/api/v1/midi/convert/from-stems/{job['id']}", json={}).status_code == 404
    long = client.create(audio_duration=600)
    waiting = client.post(EXTRACT, data={"mode": "two", "url": own["output_url"]}).json()["id"]
    assert client.post(f"/api/v1/music/jobs/{waiting}/cancel").status_code == 200
    gone = ended(client, f"/api/v1/stem-extraction/status/{waiting}")
    assert gone["status"] == "FAILED" and gone["download_urls"] is None
    client.post(f"/api/v1/music/jobs/{long}/cancel")
    assert client.post(f"/api/v1/music/jobs/{waiting}/retry").status_code == 200
    assert ended(client, f"/api/v1/stem-extraction/status/{waiting}")["status"] == "COMPLETED"
    folder = client.studio.data / "media" / f"{waiting & 0xff:02x}" / str(waiting)
    assert (folder / "0.stems/vocals.flac").exists()
    assert client.call("DELETE", f"/api/v1/stem-extraction/jobs/{waiting}").json()["message"]
    until(lambda: not folder.exists(), 10, what="the removal of the files")


@hears
def test_a_recording_from_elsewhere_comes_apart_and_adds_up(client, own):
    content = download(own["output_urls"]["wav"]).content
    answer = client.post(EXTRACT, files={"file": ("mix.wav", content)}, data={"mode": "four"}, timeout=60)
    assert answer.status_code == 200 and answer.json()["source_type"] == "FILE", answer.text
    job = ended(client, f"/api/v1/stem-extraction/status/{answer.json()['id']}")
    assert job["status"] == "COMPLETED", job["error_message"]
    assert "approximate" in job["methods"]["drums"] and 0 < job["quality_scores"]["drums"] < 1
    mix = decode(content)[0]
    total = sum(decode(download(link).content)[0] for link in job["download_urls"].values())
    assert 10 * numpy.log10(numpy.mean((total - mix) ** 2) / numpy.mean(mix**2)) < -40
    found = midi(client, path=f"convert/from-stems/{job['id']}", json={"stems": None, "options": None})
    assert found["status"] == "COMPLETED", found["error_message"]
    assert "drums" in found["skipped_stems"] and found["mode"] == "from_stems" and set(found["stem_urls"]) == {"vocals", "drums", "bass", "other"}
    assert notes(found["merged_midi_url"])


@hears
def test_the_notes_of_a_recording_from_elsewhere(client, own):
    content = download(own["output_urls"]["wav"]).content
    answer = client.post(
        "/api/v1/midi/convert", files={"file": ("a.wav", content)}, data={"stems": "['bass', 'drums']", "options": '{"tempo_bpm": 120}'}, timeout=60)
    assert answer.status_code == 200, answer.text
    job = ended(client, f"/api/v1/midi/status/{answer.json()['id']}")
    assert job["status"] == "COMPLETED", job["error_message"]
    assert job["skipped_stems"] == ["drums"] and list(job["midi_urls"]) == ["bass"] and job["original_filename"] == "a (MIDI)"
    assert notes(job["midi_urls"]["bass"])


@hears
def test_the_pages_offer_stems_and_notes(client, owner, own):
    content = download(own["output_urls"]["flac"]).content
    upload = client.post("/api/v1/music/uploads", files={"file": ("mix.flac", content)}).json()["id"]
    page = owner.open(f"/uploads/{upload}")
    assert "Take it apart" in page.words and "Write down its notes" in page.words
    for task, form, words in [("stem_extraction", {"mode": "two"}, "All stems"), ("midi", {"stems": "bass", "tempo_bpm": "120"}, "MusicXML")]:
        sent = owner.send(owner.open(f"/uploads/{upload}/use?do={task}"), f"/uploads/{upload}/use", form)
        id = int(sent.url.rsplit("/", 1)[1].split("?")[0])
        assert client.finished(id)["status"] == "COMPLETED"
        assert words in owner.open(f"/jobs/{id}").words
