#!/usr/bin/env python3
"""Whether what is sung is what is written: pitch, onsets and the times of lines, measured on dry voices.

    judge/bin/pip install praat-parselmouth     # into the venv that listen.py asks for
    judge/bin/python Tests/EndToEnd/sung.py [--languages en es ...] [--seeds 2] [--binary PATH] [--keep DIR]

Songs for voice alone in several languages, by a woman and a man, at tempi from 72 to 120; their notes are taken from the score
(`cantiga song --score`). The pitch is Praat's (autocorrelation), the median over the note from min(50 ms, a fifth) after its start to
20 ms before its end, folded to the nearest octave: a man sings an octave below what is written. An onset is a peak of the spectrum's
change (flux of 40 mel bands, 5 ms apart) within 120 ms of the note's start. A syllable has several, its consonants' and its vowel's, and any may
be the largest: a stop's release before "l", "r" or "w" is louder news than the vowel after them. Counted is the nearest to the note of those with
60 % of the largest. Told besides, for nearness flatters: the last of them up to 60 ms after the note (a vowel is what begins last in its
syllable, wherever the note is), the largest alone, and how many of as many random times 60 to 120 ms beside the notes would pass by the
first two rules. A line begins where the sound
rises out of 20 ms of silence (-30 dB of the line's own level) before the time that the lyrics file has: the breath is no word.
Goals (issue 4): median error 8 cents, 95 % of notes within 50 cents; 95 % of syllables within 25 ms; 95 % of lines within 80 ms. Exits 1
when one is missed.
"""
import argparse
import json
import pathlib
import statistics
import sys
import tempfile

import numpy as np
import parselmouth
import soundfile

from listen import LINES, sing

TEMPI = [72, 88, 104, 120]


def notes_of(score):
    """Start, end (seconds), MIDI number, and whether a syllable begins, of the first voice."""
    per_quarter = score["ticksPerQuarter"]
    changes = [(t["tick"], t["quartersPerMinute"]) for t in score["tempo"]]

    def seconds(tick):
        total = 0.0
        for i, (start, bpm) in enumerate(changes):
            end = changes[i + 1][0] if i + 1 < len(changes) else float("inf")
            if tick <= start:
                break
            total += (min(tick, end) - start) * 60 / bpm / per_quarter
        return total

    part = next(p for p in score["parts"] if p["instrument"].startswith("voice"))
    notes = [(seconds(max(0, n[0] + n[4])), seconds(n[0] + n[1]), n[2], len(n) > 5 and n[5] != "-") for n in part["notes"]]
    return [(a, min(b, notes[i + 1][0]) if i + 1 < len(notes) else b, p, s) for i, (a, b, p, s) in enumerate(notes)]


def flux(samples, rate):
    """How much the sound's colour and strength change, each 5 ms; and the time of the first value."""
    hop, size = rate // 200, 1024
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, size // 2), size)[::hop] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / rate)
    edges = 700 * (10 ** (np.linspace(np.log10(1 + 150 / 700), np.log10(1 + 7000 / 700), 42)) - 1)
    bands = np.stack([np.interp(hertz, edges[i:i + 3], [0, 1, 0], left=0, right=0) for i in range(40)])
    level = np.log(power @ bands.T + 1e-6 * power.max())
    # Over 20 ms, so that a rise counts and a tremble does not.
    change = np.maximum(level[4:] - level[:-4], 0).sum(axis=1)
    return np.concatenate([np.zeros(2), change, np.zeros(2)])


def onsets_at(change, seconds):
    """Milliseconds from a time to the peaks of change: the nearest and the last of those with 60 % of the largest, and the largest."""
    at = int(round(seconds * 200))

    def peaks(after, share):
        near = range(max(1, at - 24), min(at + after + 1, len(change) - 1))
        largest = change[near.start:near.stop].max(initial=0)
        return [i * 5 - seconds * 1000 for i in near if change[i - 1] <= change[i] >= change[i + 1] and change[i] >= share * largest]

    near, before = peaks(24, 0.6), peaks(12, 0.6)
    return (min(near, key=abs, default=120.0), before[-1] if before else 120.0, min(peaks(24, 1), key=abs, default=120.0))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--languages", nargs="*", default=["en", "es", "it", "fr", "de", "pt", "ja", "zh"])
    options.add_argument("--voices", nargs="*", default=["female", "male"])
    options.add_argument("--seeds", type=int, default=2)
    options.add_argument("--binary", default=".build/release/cantiga")
    options.add_argument("--keep")
    options = options.parse_args()
    folder = pathlib.Path(options.keep or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    cents, onsets, beside, begins = [], [], [], []
    random = np.random.default_rng(1)

    def within(times, rule):
        return float(np.mean(np.abs([time[rule] for time in times]) <= 25))

    for number, language in enumerate(options.languages):
        for voice in options.voices:
            for seed in range(options.seeds):
                path = folder / f"{language}-{voice}-{seed}.wav"
                bpm = TEMPI[(number + 2 * seed + len(voice)) % len(TEMPI)]
                told = sing(
                    options.binary, path, "lyric2vocals", "pop", "[verse]\n" + "\n".join(LINES[language]), language, 31 + seed,
                    "--voice", voice, "--bpm", str(bpm), "--score", str(path.with_suffix(".json")), "--dry", str(path.with_suffix("")))
                samples, rate = soundfile.read(path.with_suffix("") / "vocal.wav")
                samples = samples.mean(axis=1)
                floor, ceiling = (75, 700) if voice == "male" else (120, 1100)
                pitch = parselmouth.Sound(samples, rate).to_pitch_ac(
                    time_step=0.005, pitch_floor=floor, pitch_ceiling=ceiling, very_accurate=False)
                times, hertz = pitch.xs(), pitch.selected_array["frequency"]
                change = flux(samples, rate)
                here, late = [], []
                for start, end, midi, begins_syllable in notes_of(json.loads(path.with_suffix(".json").read_text())):
                    inside = (times >= start + min(0.05, 0.2 * (end - start))) & (times <= end - 0.02) & (hertz > 0)
                    if inside.sum() >= 3:
                        off = 1200 * np.log2(np.median(hertz[inside]) / 440) - 100 * (midi - 69)
                        here.append(abs((off + 600) % 1200 - 600))
                    else:
                        here.append(600.0)
                    if begins_syllable:
                        late.append(onsets_at(change, start))
                        beside.append(onsets_at(change, start + random.choice([-1, 1]) * random.uniform(0.06, 0.12)))
                first = []
                envelope = np.sqrt(np.convolve(samples ** 2, np.ones(rate // 100) / (rate // 100), "same"))
                for line in told["lyric_lines"]:
                    a, b = int(line["start"] * rate), int(line["end"] * rate)
                    quiet = envelope < np.percentile(envelope[a:b], 90) * 10 ** (-30 / 20)
                    # Back from the first loud moment to 20 ms of silence: the breath before it is no word.
                    at = a + int(np.argmax(~quiet[a:b]))
                    gap = rate // 50
                    while at > max(gap, a - rate // 2) and not quiet[at - gap:at].all():
                        at -= rate // 1000
                    first.append((at - a) * 1000 / rate)
                cents += here
                onsets += late
                begins += first
                print(f"  {language} {voice:6} {bpm:3} BPM  {len(here):3} notes, median {statistics.median(here):4.1f} cents,"
                      f" within 50: {np.mean(np.array(here) <= 50):.0%}; onsets median {statistics.median(x[0] for x in late):+.0f} ms, within 25:"
                      f" {within(late, 0):.0%} (last {within(late, 1):.0%}); lines {' '.join(f'{x:+.0f}' for x in first)} ms", flush=True)
    facts = [
        ("median error in cents", statistics.median(cents), 8, False),
        ("notes within 50 cents", float(np.mean(np.array(cents) <= 50)), 0.95, True),
        ("onsets within 25 ms", within(onsets, 0), 0.95, True),
        ("lines within 80 ms", float(np.mean(np.abs(begins) <= 80)), 0.95, True),
    ]
    print(f"onsets within 25 ms: the nearest {within(onsets, 0):.1%}, the last {within(onsets, 1):.1%}, the largest {within(onsets, 2):.1%};"
          f" of random times the nearest {within(beside, 0):.1%}, the last {within(beside, 1):.1%}")
    missed = 0
    print(f"{len(cents)} notes, {len(onsets)} syllables, {len(begins)} lines")
    for name, value, goal, is_least in facts:
        met = value >= goal if is_least else value <= goal
        missed += not met
        print(f"{name}: {value:.3f} (goal {goal}) {'met' if met else 'MISSED'}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
