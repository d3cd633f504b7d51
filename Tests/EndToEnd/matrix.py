#!/usr/bin/env python3
"""Measures the sound of every preset over seeds and lengths: length, loudness, true peak, DC, clicks where sections meet.

    .build-venv/bin/python Tests/EndToEnd/matrix.py [--seeds 20] [--seconds 60 180] [--presets Jazz Custom] [--binary PATH]

Every song is made by `cantiga song` and measured here, by other code than the engine's own: ITU-R BS.1770-4 loudness from
the frequency response of its two filters, true peak by interpolation as in its annex 2. Limits
(issue 3): length exact to the sample, -14 +- 0.5 LUFS, -1 dBTP, DC below -60 dBFS, no click at a join. Prints a row a
preset and length and what misses a limit; exits 1 when something does.

A click is a jump that neither what sounds before it nor what sounds after it explains. Linear prediction (order 32, over
100 ms: the usual detector, Godsill and Rayner 1998) leaves of the sound what can't be foretold; "crest" is the highest of
that within 10 ms of a place over the median of the 30 ms before or after, whichever is louder: so a cymbal or a drum that
goes on sounding is none. A join clicks when its crest is above 20 and 1.5 times that of every other bar line in the song.
To show what the measure can see, a click as high as the music's level is also planted at every join, and how many are
found is told: in dense music such a click drowns, for an ear too.
"""
import argparse
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

PRESETS = ["Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae",
           "Latin", "R&B", "Metal", "Custom"]
# "Custom" stands for captions without a preset, one a seed.
CAPTIONS = ["a rainy night in the city, melancholy piano", "happy ukulele tune for a picnic", "dark ambient drone for a cave",
            "epic battle with choir and brass", "lo-fi beats to study to", "bossa nova at the beach", "irish jig with fiddle",
            "80s synthwave drive", "gospel choir celebration", "angry punk anthem", "trap beat with heavy 808",
            "slow waltz for strings", "drum and bass, 174 bpm", "funky disco party", "lullaby with music box",
            "tango in a smoky bar", "ska with horns", "deep house groove", "reggaeton summer hit",
            "sad country ballad with steel guitar"]
LOUDNESS, LOUDNESS_SLACK, PEAK, DC, CREST = -14.0, 0.5, -1.0, -60.0, 20.0


def make(binary, path, preset, seed, seconds):
    """Renders a song unless it is there already; returns what the engine says of it."""
    told = path.with_suffix(".json")
    if not told.exists():
        named = ["--genre", preset] if preset != "Custom" else []
        caption = preset if preset != "Custom" else CAPTIONS[seed % len(CAPTIONS)]
        done = subprocess.run([binary, "song", caption, *named, "--duration", str(seconds), "--seed", str(seed), "--json",
                               "-o", str(path)], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{preset}, seed {seed}, {seconds} s: {done.stderr.strip()}")
        told.write_text(done.stdout)
    return json.loads(told.read_text())


def biquad(frequencies, rate, b, a):
    z = np.exp(-2j * np.pi * frequencies / rate)
    return (b[0] + b[1] * z + b[2] * z * z) / (a[0] + a[1] * z + a[2] * z * z)


def loudness(audio, rate):
    """Integrated loudness in LUFS, ITU-R BS.1770-4: K-weighting, blocks of 400 ms every 100 ms, both gates.

    The filters are those of the standard's tables, at 48 kHz."""
    assert rate == 48000
    size = 1 << (len(audio) + rate).bit_length()
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    weight = (biquad(frequencies, rate, (1.53512485958697, -2.69169618940638, 1.19839281085285),
                     (1, -1.69065929318241, 0.73248077421585))
              * biquad(frequencies, rate, (1, -2, 1), (1, -1.99004745483398, 0.99007225036621)))
    power = np.zeros(len(audio))
    for channel in audio.T:
        power += np.fft.irfft(np.fft.rfft(channel, size) * weight, size)[:len(audio)] ** 2
    block, hop = rate * 4 // 10, rate // 10
    sums = np.concatenate([[0], np.cumsum(power)])
    starts = np.arange(0, len(audio) - block + 1, hop)
    means = (sums[starts + block] - sums[starts]) / block
    level = lambda mean: -0.691 + 10 * np.log10(max(mean, 1e-12))
    means = means[means > 10 ** ((-70 + 0.691) / 10)]
    if not len(means):
        return -70.0
    return level(means[means > means.mean() / 10].mean())


def true_peak(audio, taps=12):
    """The highest level between samples too, in dBTP: four times the rate by so many taps a phase of a windowed sinc.

    Twelve is what ITU-R BS.1770-4, annex 2, has."""
    places = np.arange(-taps // 2 + 1, taps // 2 + 1)
    highest = np.abs(audio).max()
    for phase in (0.25, 0.5, 0.75):
        distance = places - phase
        weights = np.sinc(distance) * np.kaiser(2 * 1024 + 1, 6)[np.round(distance / (taps / 2) * 1024).astype(int) + 1024]
        weights /= weights.sum()
        for channel in audio.T:
            highest = max(highest, np.abs(np.convolve(channel, weights[::-1], mode="valid")).max())
    return 20 * np.log10(max(highest, 1e-9))


def crest(channel, frame, rate, order=32):
    """How far what sounds within 10 ms of a frame stands out from what could be foretold there."""
    half, guard, width = rate // 20, rate // 1000, rate * 30 // 1000
    first = max(0, frame - half)
    piece, centre = channel[first:frame + half], min(frame, half)
    if centre < width + order or len(piece) < centre + width:
        return 0.0
    # Linear prediction by the autocorrelation method.
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 2 * len(piece))) ** 2
    lags = np.fft.irfft(power)[:order + 1]
    lags[0] = lags[0] * (1 + 1e-9) + 1e-9
    matrix = lags[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
    rest = np.convolve(piece, np.concatenate([[1], -np.linalg.solve(matrix, lags[1:])]))[:len(piece)]
    rest = np.abs(rest)
    before = np.median(rest[centre - width + order:centre - guard])
    after = np.median(rest[centre + guard:centre + width])
    # 1e-5: below the resolution of 16 bits nothing is a click.
    return rest[centre - rate // 100:centre + rate // 100].max() / (max(before, after) / 0.6745 + 1e-5)


def crests(audio, rate, seconds):
    """The louder channel's, for each of some times."""
    return np.array([max(crest(channel, int(time * rate), rate) for channel in audio.T) for time in seconds])


def bar_lines(sections):
    """The bar lines at which no section begins, but for the last section's, which may slow down."""
    result = []
    for section, end in zip(sections, [section["start_seconds"] for section in sections[1:]]):
        length = (end - section["start_seconds"]) / section["bars"]
        result += [section["start_seconds"] + length * bar for bar in range(1, section["bars"])]
    return result


def clicks(audio, rate, joins, limit):
    """How many joins click."""
    return int((crests(audio, rate, joins) > limit).sum())


def planted(audio, rate, joins, limit):
    """How many joins click once a jump as high as the level around it, dying away in a few milliseconds, is put there."""
    audio = audio.copy()
    for join in joins:
        frame = int(join * rate)
        level = np.sqrt((audio[max(0, frame - rate // 20):frame + rate // 20] ** 2).mean())
        length = min(rate // 200, len(audio) - frame)
        audio[frame:frame + length] += level * np.exp(-np.arange(length) * 800 / rate)[:, None]
    return clicks(audio, rate, joins, limit)


def measure(binary, folder, preset, seed, seconds, keep):
    path = folder / f"{preset.replace(' ', '-').replace('&', 'n')}-{seed}-{seconds}.wav"
    told = make(binary, path, preset, seed, seconds)
    audio, rate = soundfile.read(path, always_2d=True)
    joins = [section["start_seconds"] for section in told["sections"][1:]]
    found = crests(audio, rate, joins)
    others = crests(audio, rate, bar_lines(told["sections"]))
    limit = max(CREST, 1.5 * others.max(initial=0))
    row = {"preset": preset, "seed": seed, "seconds": seconds, "frames": len(audio) - round(seconds * rate),
           "loudness": loudness(audio, rate), "peak": true_peak(audio),
           "dc": 20 * np.log10(max(np.abs(audio.mean(axis=0)).max(), 1e-9)), "joins": len(joins),
           "crest": float(found.max(initial=0)), "clicks": int((found > limit).sum()),
           "planted": planted(audio, rate, joins, limit)}
    if not keep:
        path.unlink()
        path.with_suffix(".json").unlink()
    return row


def faults(row):
    """What misses a limit, in words."""
    found = []
    if row["frames"]:
        found.append(f"{row['frames']:+} frames")
    if abs(row["loudness"] - LOUDNESS) > LOUDNESS_SLACK:
        found.append(f"{row['loudness']:.2f} LUFS")
    if row["peak"] > PEAK:
        found.append(f"{row['peak']:.2f} dBTP")
    if row["dc"] > DC:
        found.append(f"DC {row['dc']:.0f} dBFS")
    if row["clicks"]:
        found.append(f"{row['clicks']} of {row['joins']} joins click, crest {row['crest']:.0f}")
    return found


def table(rows):
    """A line a preset and length."""
    lines = ["preset        s   songs  LUFS min    max   dBTP max  DC max  joins  crest max  clicks  planted found"]
    groups = {}
    for row in rows:
        groups.setdefault((PRESETS.index(row["preset"]), row["seconds"]), []).append(row)
    for (preset, seconds), group in sorted(groups.items()):
        column = lambda name: [row[name] for row in group]
        lines.append(
            f"{PRESETS[preset]:11}{seconds:5}{len(group):7}{min(column('loudness')):11.2f}{max(column('loudness')):8.2f}"
            f"{max(column('peak')):10.2f}{max(column('dc')):8.0f}{sum(column('joins')):7}{max(column('crest')):11.1f}"
            f"{sum(column('clicks')):8}{sum(column('planted')):9} of {sum(column('joins'))}")
    return lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, nargs="+", default=[60, 180])
    parser.add_argument("--presets", nargs="+", default=PRESETS, choices=PRESETS)
    parser.add_argument("--binary", default=".build/release/cantiga")
    parser.add_argument("--keep", help="a folder for the songs, which are taken from there another time")
    options = parser.parse_args()
    rows, missed = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        # Seed by seed through the presets, so that a run that is stopped has seen them all.
        work = [(preset, seed, seconds) for seconds in options.seconds
                for seed in range(options.first_seed, options.first_seed + options.seeds) for preset in options.presets]
        # While one song is measured the next is made.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            try:
                for row in pool.map(lambda one: measure(options.binary, folder, *one, keep=bool(options.keep)), work):
                    rows.append(row)
                    wrong = faults(row)
                    missed += bool(wrong)
                    if wrong:
                        print(f"{row['preset']}, seed {row['seed']}, {row['seconds']} s: {'; '.join(wrong)}", flush=True)
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
    print("\n".join(table(rows)))
    print(f"{len(rows)} songs, {missed} with a fault")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
