"""Scores from elsewhere, and notes changed by hand."""
import io
import re
import subprocess
import zipfile

import mido
import pytest
import soundfile
from studio import REPOSITORY

ABC = """X:1
T:Harbour tune
M:3/4
L:1/8
Q:1/4=120
K:G
"G"G2B2d2|"C"e4c2|"D"d2A2F2|"G"G6|"G"G2B2d2|"C"e4c2|"D"d2A2F2|"G"G6|]
"""


def midi_file():
    """Two bars of a scale, as another program would write it."""
    file = mido.MidiFile(ticks_per_beat=96)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track += [mido.MetaMessage("set_tempo", tempo=500_000), mido.Message("program_change", program=73)]
    for key in [60, 62, 64, 65, 67, 69, 71, 72]:
        track += [mido.Message("note_on", note=key, velocity=90, time=0), mido.Message("note_off", note=key, time=96)]
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def send(owner, page, fields, file=("", b"")):
    """Sends the form as a browser does: with its file, or an empty one."""
    return owner.send(page, "/scores", fields, files={"file": file})


def played(owner, client, fields, file=("", b"")):
    page = send(owner, owner.open("/scores"), fields, file)
    assert page.status == 200, page.words
    return client.finished(int(re.search(r"/jobs/(\d+)$", page.url).group(1)))


def test_a_tune_with_chord_symbols_gets_a_band(owner, client):
    job = played(owner, client, {"abc": ABC, "style": "folk with accordion"})
    assert (job["status"], job["display_name"]) == ("COMPLETED", "Harbour tune")
    assert 12 <= job["audio_duration"] < 16
    assert len(job["used"]["instruments"]) >= 3


def test_a_midi_file_is_played_as_it_is(owner, client, tmp_path):
    job = played(owner, client, {}, ("scale.mid", midi_file()))
    assert job["status"] == "COMPLETED" and job["used"]["instruments"] == ["Flute"]
    assert 4 <= job["audio_duration"] < 6.1


@pytest.mark.parametrize("name, content, reason", [
    ("song.mid", b"MThd\0\0", "MIDI"), ("song.mxl", b"PK\3\4garbage", "archive"), ("photo.jpg", b"\xff\xd8\xff\xe0\0\0", "UTF-8"),
    ("song.xml", b"<score-partwise><part>", "XML"), ("none", b"", "choose a file"),
])
def test_a_file_that_is_no_score_is_refused_and_says_why(owner, name, content, reason):
    page = send(owner, owner.open("/scores"), {"style": "kept words"}, (name, content))
    assert page.status == 422 and reason in page
    assert dict(page.form("/scores").values)["style"] == "kept words"


def test_notes_of_a_song_are_changed_by_hand(owner, client):
    song = client.song(task="text2music", prompt="folk waltz, flute", audio_duration=12, seed=5)
    page = owner.open(f"/jobs/{song['id']}")
    address = f"/scores?job={song['id']}&v=1"
    assert any(address in link for link in page.links)
    form = owner.open(address)
    abc = dict(form.form("/scores").values)["abc"]
    assert "K:" in abc and "cantiga-score" not in abc
    faster = re.sub(r"^Q:.*", "Q:1/4=150", abc, count=1, flags=re.M)
    page = send(owner, form, {"abc": faster})
    assert page.status == 200, page.words
    job = client.finished(int(re.search(r"/jobs/(\d+)$", page.url).group(1)))
    assert (job["status"], job["task"], job["source_job_id"]) == ("COMPLETED", "v3_edit", song["id"])
    assert job["used"]["bpm"] == pytest.approx(150, abs=1)


def test_another_users_song_has_no_notes_to_change(owner, client, studio):
    assert owner.open("/scores?job=999999").status == 404
    assert owner.open("/scores?job=x").status == 404


def test_the_command_line_plays_scores(tmp_path):
    (tmp_path / "tune.abc").write_text(ABC)
    with zipfile.ZipFile(tmp_path / "no.mxl", "w") as archive:
        archive.writestr("readme", "nothing")
    program = REPOSITORY / ".build/release/cantiga"

    def song(*words):
        return subprocess.run([program, "song", *map(str, words)], capture_output=True, text=True, timeout=300)

    made = song("folk", "--from", tmp_path / "tune.abc", "-o", tmp_path / "a.flac", "--seed", 3)
    assert made.returncode == 0, made.stderr
    samples, rate = soundfile.read(tmp_path / "a.flac")
    assert 12 <= len(samples) / rate < 16
    for name in ("no.mxl", "missing.abc"):
        refused = song("", "--from", tmp_path / name, "-o", tmp_path / "b.flac")
        assert refused.returncode != 0 and name in refused.stderr
