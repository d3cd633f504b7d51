#!/usr/bin/env python3
"""Sings a sentence in every language of LANGUAGES.md that has a sample: does it come out, with its syllables, and is it voiced?

    judge/bin/python Tests/EndToEnd/languages.py [--languages is sw ...] [--binary PATH]        (the venv that sung.py asks for)

Each is a song for voice alone (`cantiga song --task lyric2vocals`). Of its score the notes are counted and compared
with the syllables of the sample (`Tests/SingerTests/Fixtures`): those that begin a written syllable, or all of them, for a letter may
stand for several sung syllables (Norwegian "jeg", every Sinhala word) and the score has "-" for the others; of the dry voice the share of notes that sound: within
25 dB of the loudest, and periodic (autocorrelation above 0.5 at the lag of any pitch from 70 to 900 Hz). A language passes with all
its syllables, all notes but one or nine of ten sounding, and no complaint in the song's warnings but the language's own notice.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np
import soundfile

from listen import sing
from sung import notes_of

FIXTURES = pathlib.Path(__file__).parent.parent / "SingerTests/Fixtures"


def samples_of_all():
    """A sentence and its syllables by language: those whose phones were recorded, then those that were only counted."""
    found = {}
    for line in json.loads((FIXTURES / "espeak.json").read_text())["lines"]:
        found.setdefault(line["language"], (line["nuclei"], line["text"]))
    for line in (FIXTURES / "samples.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            code, syllables, text = line.split("\t")
            found[code] = (int(syllables), text)
    return found


def sounds(samples, rate, start, end):
    """The level of the middle of a note in decibels, and whether it has a pitch."""
    middle = samples[int((start + 0.3 * (end - start)) * rate):int((start + 0.3 * (end - start) + 0.05) * rate)]
    if len(middle) < rate // 25:
        return -200.0, False
    level = 10 * np.log10(np.mean(middle ** 2) + 1e-20)
    middle = middle - middle.mean()
    spectrum = np.fft.rfft(middle, 2 * len(middle))
    lags = np.fft.irfft(np.abs(spectrum) ** 2)[:len(middle)] / np.arange(len(middle), 0, -1)
    return level, bool(lags[rate // 900:rate // 70].max() > 0.5 * lags[0])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--languages", nargs="*")
    options.add_argument("--binary", default=".build/release/cantiga")
    options = options.parse_args()
    failed, done = [], 0
    for code, (syllables, text) in sorted(samples_of_all().items()):
        if options.languages and code not in options.languages:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "song.wav"
            told = sing(options.binary, path, "lyric2vocals", "pop", "[verse]\n" + text, code, 5, "--score", folder + "/score.json",
                        "--dry", folder + "/dry", "--bpm", "100")
            score = json.loads((pathlib.Path(folder) / "score.json").read_text())
            sung = pathlib.Path(folder) / "dry/vocal.wav"
            notes = notes_of(score)
            count = sum(begins for *_, begins in notes)
            if count % syllables:
                count = len(notes)
            voice, rate = soundfile.read(sung) if sung.exists() else (np.zeros((1, 2)), 48000)
            heard = [sounds(voice.mean(axis=1), rate, start, end) for start, end, *_ in notes]
            loudest = max((level for level, _ in heard), default=0)
            silent = sum(level <= loudest - 25 or not pitched for level, pitched in heard)
            share = 1 - silent / max(1, len(heard))
        passed = count and count % syllables == 0 and silent <= max(1, 0.1 * len(heard))
        done += 1
        if not passed:
            failed.append(code)
        print(f"{code:7} {count:3} notes of {syllables:>3} syllables, {share:4.0%} sound  {'' if passed else 'FAILED'}"
              f" {' '.join(told['warnings'])}", flush=True)
    print(f"{done - len(failed)} of {done} languages sing; failed: {' '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
