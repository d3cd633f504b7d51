"""`cantiga analyze`: what is heard in a file, and what is said of files that are none."""
import json
import os
import pathlib
import subprocess

import pytest
from studio import REPOSITORY

PROGRAM = REPOSITORY / ".build/release/cantiga"
FIXTURES = REPOSITORY / "Tests/ListeningTests/Fixtures"
LISTENERS = pathlib.Path(os.environ.get("CANTIGA_LISTENERS") or "/nowhere")


def analyze(*words):
    return subprocess.run([PROGRAM, "analyze", *map(str, words)], capture_output=True, text=True, timeout=300)


def test_without_the_networks_the_signal_is_analysed_and_the_rest_says_what_to_install(tmp_path):
    done = analyze(FIXTURES / "clips/a1_pop.flac", "--json", "--listening-pack", tmp_path / "none")
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert heard["bpm"] == 118 and heard["timesignature"] == "4/4" and heard["keyscale"] == "G Major"
    assert [chord["chord"] for chord in heard["chords"] if chord["chord"]] == ["G", "D", "Em", "C"]
    assert abs(heard["downbeats"][1] - 2.244) < 0.07
    assert heard["lyrics"] is None and heard["melody"] is None
    assert "cantiga listeners install" in heard["notes"][0]
    assert 0 <= heard["key"]["confidence"] <= 1 and -30 < heard["loudness"]["integrated_lufs"] < -5
    told = analyze(FIXTURES / "clips/a1_pop.flac", "--listening-pack", tmp_path / "none")
    assert told.returncode == 0 and "G Major" in told.stdout and "cantiga listeners install" in told.stdout


@pytest.mark.parametrize("content", [b"", b"RIFF", b"<html>not a song</html>", b"fLaC" + bytes(100), bytes(5000)])
def test_a_file_that_is_no_sound_is_named(tmp_path, content):
    file = tmp_path / "song.flac"
    file.write_bytes(content)
    done = analyze(file, "--listening-pack", tmp_path / "none")
    assert done.returncode == 1 and "song.flac" in done.stderr and "Usage" not in done.stderr


def test_a_cut_off_file_is_an_error_or_a_shorter_song(tmp_path):
    whole = (FIXTURES / "clips/a1_pop.flac").read_bytes()
    file = tmp_path / "cut.flac"
    file.write_bytes(whole[: len(whole) // 2])
    done = analyze(file, "--json", "--listening-pack", tmp_path / "none")
    assert done.returncode in (0, 1)
    assert done.returncode == 1 or json.loads(done.stdout)["duration_seconds"] <= 9


@pytest.mark.skipif(
    not (LISTENERS / "pack.json").exists(),
    reason="the listening pack is not there (CANTIGA_LISTENERS names its folder; ./test fetches it)")
def test_with_the_networks_lyrics_and_melody_are_heard():
    done = analyze(FIXTURES / "mix_44k_stereo.flac", "--json", "--listening-pack", LISTENERS)
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert heard["lyrics"]["language"] == "en" and "my way back home" in heard["lyrics"]["text"]
    assert len(heard["melody"]) >= 8 and heard["notes"] == []
    words = [word for line in heard["lyrics"]["lines"] for word in line["words"]]
    assert [word["start"] for word in words] == sorted(word["start"] for word in words)
