"""The program's own commands, without a server."""
import os
import re
import subprocess

import numpy
import pytest
import soundfile
from studio import REPOSITORY

PROGRAM = REPOSITORY / ".build/release/cantiga"


def cantiga(*words, **options):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=120, **options)


def make(path, seed=7):
    done = cantiga("song", "upbeat synth pop, 120 bpm, A minor, bright", "--duration", 6, "--seed", seed, "-o", path)
    assert done.returncode == 0, done.stderr
    return soundfile.read(path, always_2d=True)


def test_a_seed_gives_the_same_samples_and_another_seed_another_song(tmp_path):
    (first, rate), (second, _) = make(tmp_path / "a.flac"), make(tmp_path / "b.flac")
    assert rate == 48000
    assert abs(len(first) - 6 * 48000) <= 1
    assert numpy.array_equal(first, second)
    assert not numpy.array_equal(first, make(tmp_path / "c.flac", seed=8)[0])


def test_a_song_is_loud_enough_and_never_over(tmp_path):
    samples, _ = make(tmp_path / "a.flac")
    assert abs(samples).max() < 10 ** (-1 / 20)
    assert 0.05 < numpy.sqrt((samples**2).mean()) < 0.5


@pytest.mark.skipif(not os.environ.get("CANTIGA_TEST_LONG"), reason="takes a minute; CANTIGA_TEST_LONG=1 runs it")
def test_ten_minutes_of_music_stay_under_a_gigabyte_and_a_half(tmp_path):
    song = subprocess.Popen([PROGRAM, "song", "pop", "--duration", "600", "--seed", "5", "-o", tmp_path / "a.wav"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(song.pid, 0)
    song.returncode = os.waitstatus_to_exitcode(status)
    assert song.returncode == 0
    assert usage.ru_maxrss < 1536 * 1024


@pytest.mark.parametrize("ending", ["flac", "wav", "mp3", "ogg"])
def test_the_file_is_what_its_name_says(tmp_path, ending):
    make(tmp_path / f"a.{ending}")
    assert soundfile.info(tmp_path / f"a.{ending}").format == ending.upper()


@pytest.mark.parametrize(
    "words", [("song",), ("song", "x", "--duration", "0", "-o", "a.flac"), ("song", "x", "--duration", "900", "-o", "a.flac"),
              ("song", "x", "-o", "a.aiff"), ("song", "x", "--duration", "2", "-o", "/nowhere/a.flac"),
              ("serve", "--workers", "0"), ("key", "revoke", "none"), ("nonsense",)],
    ids=lambda words: " ".join(words),
)
def test_a_wrong_command_says_so_and_exits_otherwise_than_zero(tmp_path, words):
    done = cantiga(*words, cwd=tmp_path)
    assert done.returncode != 0
    assert done.stderr.startswith("Error: ")
    assert not list(tmp_path.glob("a.*"))


def test_check_tells_what_it_found(tmp_path):
    done = cantiga("check", "--data", tmp_path / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    for row in ("openblas", "soundfont", "voices", "checkpoints", "disk"):
        assert re.search(rf"(?m)^{row}\s+\S", done.stdout), row


def test_check_fails_without_a_soundfont(tmp_path):
    done = cantiga("check", "--data", tmp_path / "data", "--sound-font", tmp_path / "none.sf2")
    assert done.returncode != 0
    assert "none.sf2" in done.stdout


def test_a_key_on_an_empty_data_folder_makes_the_first_administrator(tmp_path):
    made = cantiga("key", "create", "--data", tmp_path / "data", "--name", "first")
    assert made.returncode == 0
    assert re.fullmatch(r"ap_[A-Za-z0-9_-]{32,}\n", made.stdout)
    assert "admin" in cantiga("user", "list", "--data", tmp_path / "data").stdout
    listed = cantiga("key", "list", "--data", tmp_path / "data").stdout
    assert "first" in listed and made.stdout.strip() not in listed


def test_the_data_folder_is_for_its_owner(tmp_path):
    cantiga("key", "create", "--data", tmp_path / "data", "--name", "first")
    assert (tmp_path / "data").stat().st_mode & 0o007 == 0
