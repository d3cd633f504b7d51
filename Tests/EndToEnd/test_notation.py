"""The score in the field's formats, read by programs that know nothing of ours."""
import collections
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
from client import download

mido = pytest.importorskip("mido", reason="mido is missing: pip install -r Tests/EndToEnd/requirements.txt")
music21 = pytest.importorskip("music21", reason="music21 is missing: pip install -r Tests/EndToEnd/requirements.txt")

LYRICS = """[Verse 1]
Walking down the empty harbour road
Every window carries someone home
[Chorus]
Hold the morning, hold it in your hand
Everything is turning into sand
"""
BAR = {"2/4": 1920, "3/4": 2880, "4/4": 3840, "6/8": 2880}
SONGS = [("Modern Pop", "4/4", True), ("Jazz", "3/4", False), ("Latin", "6/8", True), ("Folk", "2/4", False), ("Metal", "4/4", True)]


def is_kit(part):
    return part["instrument"].startswith("kit") or part["instrument"].startswith("synth") and part["role"] in ("drums", "percussion")


def strokes(part):
    """Written onsets and pitches: one for each key struck at a time."""
    return sorted({(start, pitch) for start, _, pitch, *_ in part["notes"]})


@pytest.fixture(scope="module", params=SONGS, ids=lambda song: f"{song[0]} in {song[1]}")
def files(request, client, tmp_path_factory):
    """A song's score, and the paths of its ABC, MusicXML and MIDI."""
    preset, meter, sung = request.param
    job = client.song(
        prompt=preset, genre_preset=preset, timesignature=meter, audio_duration=30, seed=11,
        **({"lyrics": LYRICS} if sung else {"instrumental": True}))
    output = job["outputs"][0]
    folder = tmp_path_factory.mktemp("score")
    paths = {}
    for name, ending in (("abc", "abc"), ("musicxml", "musicxml"), ("midi", "mid")):
        answer = download(output[f"{name}_url"])
        assert answer.status_code == 200
        paths[name] = folder / f"song.{ending}"
        paths[name].write_bytes(answer.content)
    score = download(output["score_url"]).json()
    assert score["meter"] == meter
    return score, paths


def bars(score):
    return -(-score["lengthTicks"] // BAR[score["meter"]])


def check_parts(score, parsed):
    """Parts, bars, metre, key, and every onset and pitch of the pitched parts."""
    assert len(parsed.parts) == len(score["parts"])
    assert [len(part.getElementsByClass("Measure")) for part in parsed.parts] == [bars(score)] * len(score["parts"])
    assert parsed.recurse().getElementsByClass("TimeSignature")[0].ratioString == score["meter"]
    tonic, mode = score["key"].split(" ", 1)
    key = parsed.recurse().getElementsByClass("KeySignature")[0]
    assert key.asKey("minor" if "Minor" in mode else mode.lower()).tonic.name.replace("-", "b") == tonic
    for ours, theirs in zip(score["parts"], parsed.parts):
        if is_kit(ours):
            continue
        line = theirs.stripTies()
        found = sorted({
            (round(float(note.getOffsetInHierarchy(line)) * 960), pitch.midi)
            for note in line.recurse().notes if "Harmony" not in note.classes for pitch in note.pitches})
        assert found == strokes(ours), ours["id"]


def kit_strokes(path, number):
    """Onsets and keys of a percussion part; music21 forgets the instruments of chords."""
    root = ElementTree.parse(path).getroot()
    keys = {
        each.get("id"): int(each.find("midi-unpitched").text) - 1
        for each in root.find(f"part-list/score-part[{number}]").iter("midi-instrument")}
    now = last = 0
    found = set()
    for note in root.find(f"part[{number}]").iter("note"):
        if note.find("chord") is None:
            last = now
            now += int(note.find("duration").text)
        instrument = note.find("instrument")
        if instrument is not None and not any(tie.get("type") == "stop" for tie in note.iter("tie")):
            found.add((last, keys[instrument.get("id")]))
    return sorted(found)


def check_musicxml(score, path):
    parsed = music21.converter.parse(path)
    check_parts(score, parsed)
    for number, part in enumerate(score["parts"], 1):
        if is_kit(part):
            assert kit_strokes(path, number) == strokes(part)
    sung = [lyric.rawText for part in parsed.parts for note in part.recurse().notes for lyric in note.lyrics]
    ours = [note[5].rstrip("-") for part in score["parts"] for note in part["notes"] if len(note) > 5 and note[5] != "-"]
    assert [word.strip("-") for word in sung] == ours
    assert len(parsed.recurse().getElementsByClass("RehearsalMark")) == len(score["sections"])
    assert len(parsed.recurse().getElementsByClass("ChordSymbol")) == len(score["chords"])


def check_abc(score, path):
    parsed = music21.converter.parse(path, format="abc")
    drum_maps = [{} for _ in score["parts"]]
    voice = -1
    for line in path.read_text().splitlines():
        if line.startswith("V:"):
            voice += 1
        elif line.startswith("%%MIDI drummap"):
            _, _, name, key = line.split()
            drum_maps[voice][name] = int(key)
    assert len(parsed.parts) == len(score["parts"])
    assert {len(part.getElementsByClass("Measure")) for part in parsed.parts} == {bars(score)}
    assert parsed.recurse().getElementsByClass("TimeSignature")[0].ratioString == score["meter"]
    for ours, theirs, drums in zip(score["parts"], parsed.parts, drum_maps):
        line = theirs.stripTies()
        found = {
            (round(float(note.getOffsetInHierarchy(line)) * 960), pitch.midi)
            for note in line.recurse().notes if "Harmony" not in note.classes for pitch in note.pitches}
        if is_kit(ours):
            assert collections.Counter(start for start, _ in found) == collections.Counter(start for start, _ in strokes(ours))
            assert set(drums.values()) == {pitch for _, pitch in strokes(ours)}
            continue
        # music21 loses the ties of chords, so that their second halves count as notes: every note must be there, and
        # nothing that isn't ours but the repetition of a pitch.
        assert found >= set(strokes(ours)), ours["id"]
        pitches = {pitch for _, pitch in strokes(ours)}
        assert {pitch for _, pitch in found} == pitches


def check_midi(score, path):
    midi = mido.MidiFile(path)
    assert midi.type == 1 and midi.ticks_per_beat == 960
    assert len(midi.tracks) == len(score["parts"]) + 1
    meta = {message.type: message for message in midi.tracks[0]}
    assert f"{meta['time_signature'].numerator}/{meta['time_signature'].denominator}" == score["meter"]
    for part, track in zip(score["parts"], midi.tracks[1:]):
        tick = 0
        found = []
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found.append((tick, message.note, message.velocity))
        assert sorted(found) == sorted((max(0, note[0] + note[4]), note[2], note[3]) for note in part["notes"])


def complaints(*command):
    """What a program says besides its name and what it does."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = (result.stdout + result.stderr).splitlines()
    assert result.returncode == 0, lines
    return [line for line in lines if any(word in line.lower() for word in ("warning", "error"))]


def test_musicxml_says_what_the_score_says(files):
    score, paths = files
    check_musicxml(score, paths["musicxml"])


def test_abc_says_what_the_score_says(files):
    score, paths = files
    check_abc(score, paths["abc"])


def test_midi_says_what_the_score_says(files):
    score, paths = files
    check_midi(score, paths["midi"])


@pytest.mark.skipif(not shutil.which("abcm2ps"), reason="abcm2ps is missing: apt-get install abcm2ps")
def test_abcm2ps_engraves_the_abc_without_complaint(files):
    _, paths = files
    assert complaints("abcm2ps", "-q", str(paths["abc"]), "-O", str(paths["abc"].with_suffix(".ps"))) == []


@pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is missing: apt-get install abcmidi")
def test_abc2midi_plays_the_abc_without_complaint(files):
    score, paths = files
    target = paths["abc"].with_suffix(".abc.mid")
    assert complaints("abc2midi", str(paths["abc"]), "-o", str(target)) == []
    played = mido.MidiFile(target)
    keys = {message.note for track in played.tracks for message in track if message.type == "note_on" and message.velocity}
    assert keys == {pitch for part in score["parts"] for _, pitch in strokes(part)}
