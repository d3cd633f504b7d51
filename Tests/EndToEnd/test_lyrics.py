"""Timed lyrics: files, the API's call for them, karaoke in a real browser."""
import re

import pytest
from client import download

LINES = ["The river knows my name and where I go", "Walking by the water in the morning light",
         "Oh carry me, slow river, carry me home", "Everything is quiet now & all is bright"]
SHEET = "[Verse]\n{}\n{}\n\n[Chorus]\n{}\n{}\n".format(*LINES)


@pytest.fixture(scope="module")
def sung(client):
    return client.song(task="text2music", caption="bright folk tune", lyrics=SHEET, audio_duration=40, format="mp3",
                       seed=7, generate_lrc=True, display_name="River")


def times(stamp):
    """Seconds of "mm:ss.xx", "hh:mm:ss.xxx" or "hh:mm:ss,xxx"."""
    seconds = 0.0
    for part in stamp.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def test_all_forms_tell_the_same_times(client, sung):
    files = {form: download(url).content.decode() for form, url in sung["outputs"][0]["lyrics_urls"].items()}
    assert set(files) == {"lrc", "words.lrc", "srt", "vtt", "lyrics.json"}
    assert files["lrc"] == sung["lrc_content"] == download(sung["lrc_url"]).content.decode()
    lrc = [re.fullmatch(r"\[(\d\d:\d\d\.\d\d)\] (.*)", line).groups() for line in files["lrc"].split("\n")]
    assert [text for _, text in lrc] == LINES
    starts = [times(stamp) for stamp, _ in lrc]
    assert starts == sorted(starts) and 0 < starts[0] and starts[-1] <= sung["audio_duration"]
    # Enhanced LRC is LRC once its word times are taken out.
    assert re.sub(r"<\d\d:\d\d\.\d\d>", "", files["words.lrc"]) == files["lrc"]
    cues = re.findall(r"(\d+)\n(\S+) --> (\S+)\n(.*)\n", files["srt"])
    assert [int(number) for number, *_ in cues] == [1, 2, 3, 4]
    assert [text for *_, text in cues] == LINES
    assert all(abs(times(cue[1]) - start) < 0.006 and times(cue[2]) > start for cue, start in zip(cues, starts))
    assert files["vtt"].startswith("WEBVTT\n\n")
    captions = re.sub(r"<[\d:.]+>", "", files["vtt"]).replace("&amp;", "&")
    assert all(line in captions for line in LINES)
    lyrics = download(sung["outputs"][0]["lyrics_urls"]["lyrics.json"]).json()
    assert lyrics["language"] == "en" and [line["text"] for line in lyrics["lines"]] == LINES
    for line, start in zip(lyrics["lines"], starts):
        assert abs(line["start"] - start) < 0.006
        assert "".join(word["text"] + " " * word.get("space", False) for word in line["words"]) == line["text"]
        for word in line["words"]:
            assert line["start"] <= word["start"] <= word["end"] <= line["end"]
            assert "".join(syllable["text"] for syllable in word["syllables"]) == word["text"]


def test_the_words_are_sung_on_their_notes(client, sung):
    score = download(sung["outputs"][0]["score_url"]).json()
    vocal = next(part for part in score["parts"] if part["role"] == "vocal")
    # [start, duration, pitch, velocity, nudge, syllable, whether a line begins]
    sung_notes = [note for note in vocal["notes"] if len(note) > 5 and note[5] != "-"]
    lyrics = download(sung["outputs"][0]["lyrics_urls"]["lyrics.json"]).json()
    syllables = [syllable for line in lyrics["lines"] for word in line["words"] for syllable in word["syllables"]]
    assert len(syllables) == len(sung_notes)
    for syllable, note in zip(syllables, sung_notes):
        letters = note[5].rstrip("-").lower()
        assert letters in syllable["text"].lower()


def test_the_call_for_lrc(client, sung, song):
    reply = client.post(f"/api/v1/music/{sung['id']}/lrc")
    assert reply.status_code == 200
    assert reply.json() == {"success": True, "job_id": sung["id"], "lrc_content": sung["lrc_content"], "lrc_url": sung["lrc_url"]}
    assert client.post(f"/api/v1/music/jobs/{sung['id']}/lrc", json={}).json() == reply.json()
    instrumental = client.song(audio_duration=1)
    refused = client.post(f"/api/v1/music/{instrumental['id']}/lrc")
    assert refused.status_code == 400 and refused.json()["message"] == "Job has no lyrics"
    assert client.post("/api/v1/music/999999/lrc").status_code == 404
    assert client.call("GET", f"/api/v1/music/{sung['id']}/lrc").status_code == 405


def test_the_page_has_the_times_without_javascript(owner, sung):
    page = owner.open(f"/jobs/{sung['id']}")
    assert page.status == 200
    for stamp, line in (text.split("] ", 1) for text in sung["lrc_content"].split("\n")):
        assert line in page.words
        minutes, seconds = stamp[1:].split(":")
        total = int(minutes) * 60 + round(float(seconds))
        assert f"{total // 60}:{total % 60:02}" in page.words
    for name in ("LRC", "LRC with words", "SRT", "VTT", "JSON"):
        assert name in page.words
