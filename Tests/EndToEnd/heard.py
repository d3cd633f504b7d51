#!/usr/bin/env python3
"""How well the studio hears its own songs, whose truth is known: tempo, key, metre and chords; stems; words; covers.

    python Tests/EndToEnd/heard.py table|stems|words|covers [--count 10] [--binary PATH] [--keep DIR] [--seconds 40]

Needs numpy and soundfile, a listening pack and, for words, a voice pack (CANTIGA_LISTENERS, CANTIGA_VOICES). Songs have settings drawn from
a seed.
table   tempo within 4 % (octaves folded), key (exact; or relative, parallel, a fifth away), metre, and chords (root and third, share of time).
stems   SI-SDR of vocals, drums and bass against the true stems of sung songs, and how much better than the mix they are.
words   word error rate of sung songs in full, of their separated voice and of the dry voice; language; start of words against the lyrics' own
        times; and whether instrumentals are heard as such.
covers  what is heard in covers of strengths 1 ... 0 against what is heard in their sources: tempo, key, chords and chroma in time, length.
"""
import argparse
import json
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

PRESETS = ["Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae", "Latin", "R&B", "Metal"]
KEYS = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]
LYRICS = {
    "en": "[Verse]\nWalking down the road tonight\nFollowing a distant light\nEvery step I take alone\nBrings me closer to my home\n"
          "[Chorus]\nHold my hand and stay with me\nLet the river run so free",
    "es": "[Verso]\nCamino por la calle azul\nBuscando siempre aquella luz\n[Coro]\nVen conmigo a bailar\nHasta que despierte el mar",
    "fr": "[Couplet]\nJe marche seul dans la ville\nLa nuit est douce et tranquille\n[Refrain]\nDonne moi ta main mon amour\nJe reste avec toi toujours",
    "it": "[Strofa]\nCammino solo nella sera\nAspetto ancora primavera\n[Ritornello]\nResta vicino a me\nLa notte canta di te",
}
SUNG = [("en", 7), ("es", 1), ("fr", 1), ("it", 1)]


def song(binary, path, caption, seed, *more):
    """Makes a song; what `cantiga song --json` says of it."""
    done = subprocess.run(
        [binary, "song", caption, "-o", str(path), "--seed", str(seed), "--json", *map(str, more)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{caption}: {done.stderr}")
    return json.loads(done.stdout)


def analyse(binary, path, *more):
    done = subprocess.run([binary, "analyze", str(path), "--json", *more], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{path}: {done.stderr}")
    return json.loads(done.stdout)


def triad(symbol):
    """Root and whether the third is minor; None for no chord."""
    found = re.match(r"([A-G])([#b♯♭]?)(.*)", symbol or "")
    if not found:
        return None
    root = "C D EF G A B".index(found[1]) + {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[found[2]]
    rest = found[3]
    return root % 12, rest.startswith("m") and not rest.startswith("maj") or rest.startswith("dim") or rest.startswith("°")


def at(chords, time):
    return next((c for start, end, c in chords if start <= time < end), None)


def overlap(found, truth, seconds):
    times = [t for t in np.arange(0.05, seconds, 0.1) if at(truth, t) is not None]
    return sum(at(found, t) == at(truth, t) for t in times) / max(1, len(times))


def seconds_of(score):
    changes = [(t["tick"], t["quartersPerMinute"]) for t in score["tempo"]]

    def seconds(tick):
        total = 0.0
        for i, (start, bpm) in enumerate(changes):
            end = changes[i + 1][0] if i + 1 < len(changes) else float("inf")
            if tick <= start:
                break
            total += (min(tick, end) - start) * 60 / bpm / score["ticksPerQuarter"]
        return total
    return seconds


def chords_of(score):
    time = seconds_of(score)
    return [(time(c["start"]), time(c["start"] + c["duration"]), (c["root"], c["quality"].startswith(("minor", "dim", "half")))) for c in score["chords"]]


def heard_chords(heard):
    return [(c["start"], c["end"], triad(c["chord"])) for c in heard["chords"]]


def key_of(name):
    found = triad((name or "").split(" ")[0])
    return None if found is None else (found[0], "minor" in name.lower())


def related(a, b):
    if a is None or b is None:
        return False
    step = (a[0] - b[0]) % 12
    return step in (0, 5, 7) if a[1] == b[1] else step in (0, 3 if a[1] is False else 9)


def table(binary, folder, count, seconds):
    rows = []
    print(f"{'song':34} {'tempo':>16} {'metre':>11} {'key':>24} chords")
    for seed in range(1, count + 1):
        draw = random.Random(seed)
        preset = draw.choice(PRESETS)
        path, score = folder / f"t{seed}.flac", folder / f"t{seed}.json"
        asked = ["--genre", preset, "--duration", seconds, "--bpm", draw.randint(66, 160), "--meter",
                 draw.choice(["4/4"] * 5 + ["3/4", "6/8"]), "--key", f"{draw.choice(KEYS)} {draw.choice(['major', 'minor'])}"]
        made = song(binary, path, "a song", seed, *asked, "--score", score)
        heard = analyse(binary, path, "--signal-only")
        bpm, found = made["bpm"], heard["tempo"]["bpm"] if heard["tempo"] else 0
        row = {
            "tempo": any(abs(found / (f * bpm) - 1) <= 0.04 for f in (0.5, 1, 2)),
            "exact": abs(found / bpm - 1) <= 0.04,
            "metre": heard["timesignature"] == made["timesignature"],
            "key": key_of(heard["keyscale"]) == key_of(made["keyscale"]),
            "related": related(key_of(heard["keyscale"]), key_of(made["keyscale"])),
            "chords": overlap(heard_chords(heard), chords_of(json.loads(score.read_text())), seconds),
        }
        rows.append(row)
        print(f"{preset + ' ' + str(seed):34} {found:7.1f} ({bpm:5.0f}) {heard['timesignature'] or '-':>4} ({made['timesignature']}) "
              f"{heard['keyscale'] or '-':>10} ({made['keyscale']:>9}) {row['chords']:.2f}", flush=True)
    print({name: round(statistics.mean(float(r[name]) for r in rows), 2) for name in rows[0]})


def si_sdr(estimate, truth):
    estimate, truth = estimate.reshape(-1), truth.reshape(-1)
    length = min(len(estimate), len(truth))
    estimate, truth = estimate[:length].astype(np.float64), truth[:length].astype(np.float64)
    target = (estimate @ truth) / max(truth @ truth, 1e-12) * truth
    return 10 * np.log10((target @ target) / max(((estimate - target) ** 2).sum(), 1e-12))


def stems(binary, folder, count, seconds):
    gains = {}
    for seed in range(1, count + 1):
        draw = random.Random(100 + seed)
        preset = PRESETS[seed % len(PRESETS)]
        path, parts = folder / f"s{seed}.flac", folder / f"s{seed}"
        (folder / "en.txt").write_text(LYRICS["en"])
        song(binary, path, draw.choice(["bright", "warm", "driving", "calm"]), seed, "--genre", preset, "--duration", seconds, "--lyrics",
             folder / "en.txt", "--language", "en", "--stems", parts)
        mix, _ = soundfile.read(path)
        truth = {"vocals": 0, "drums": 0, "bass": 0}
        for file in parts.glob("*.flac"):
            name = "vocals" if file.stem in ("vocal", "harmony") else "drums" if file.stem.startswith(("drum", "percussion")) else \
                "bass" if "bass" in file.stem else None
            if name:
                truth[name] = truth[name] + soundfile.read(file)[0]
        line = []
        for name, true in truth.items():
            if isinstance(true, int) or np.abs(true).max() < 1e-4:
                continue
            out = folder / f"s{seed}-{name}.flac"
            song(binary, out, name, 1, "--task", "extract", "--source", path, "--track", name)
            found, _ = soundfile.read(out)
            before, after = si_sdr(mix, true), si_sdr(found, true)
            gains.setdefault(name, []).append((before, after))
            line.append(f"{name} {before:6.1f} -> {after:5.1f}")
        print(f"{preset:12} {seed:3}  " + "   ".join(line), flush=True)
    for name, pairs in gains.items():
        print(f"{name}: median {statistics.median(b for b, _ in pairs):.1f} -> {statistics.median(a for _, a in pairs):.1f} dB, "
              f"improvement {statistics.median(a - b for b, a in pairs):.1f} dB ({len(pairs)} songs)")


def plain(text):
    return re.findall(r"[^\W\d_]+", re.sub(r"\[[^]]*\]", "", text).lower())


def word_errors(asked, heard):
    row = list(range(len(heard) + 1))
    for i, a in enumerate(asked, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1] / max(1, len(asked))


def words(binary, folder, count, seconds):
    import shutil
    rates, right, offsets, index = {"mix": [], "separated": [], "dry": []}, 0, [], 0
    for language, songs in SUNG:
        for _ in range(max(1, songs * count // 10)):
            index += 1
            lyrics, path, dry = folder / f"{language}.txt", folder / f"w{index}.flac", folder / f"w{index}-dry"
            lyrics.write_text(LYRICS[language])
            made = song(binary, path, "a song", index, "--genre", PRESETS[index % len(PRESETS)], "--duration", seconds, "--lyrics", lyrics,
                        "--language", language, "--dry", dry)
            voices = sorted(dry.glob("*.wav"))
            asked = plain(" ".join(line["text"] for line in made["lyric_lines"]))
            line = []
            separated = folder / f"w{index}-separated.flac"
            song(binary, separated, "vocals", 1, "--task", "extract", "--source", path, "--track", "vocals")
            for name, file in [("mix", path), ("separated", separated), ("dry", next(v for v in voices if v.stem == "vocal"))]:
                heard = analyse(binary, file)["lyrics"]
                rate = word_errors(asked, plain(heard["text"]))
                rates[name].append(rate)
                line.append(f"{name} {rate:.2f} {heard['language']} ({heard['language_confidence']:.2f}, sure {heard['confidence']:.2f})")
                if name == "mix":
                    right += heard["language"] == language
                    starts = [(plain(w["text"]), w["start"]) for l in heard["lines"] for w in l["words"]]
                    # The first word of a line, where it is heard near its time.
                    for asked_line in made["lyric_lines"]:
                        near = [s for w, s in starts if w[:1] == plain(asked_line["text"])[:1] and abs(s - asked_line["start"]) < 1]
                        if near:
                            offsets.append(min((s - asked_line["start"] for s in near), key=abs))
            print(f"{index:3} {language} " + "   ".join(line), flush=True)
            shutil.rmtree(dry)
    empty = 0
    for seed in range(1, count + 1):
        path = folder / f"i{seed}.flac"
        song(binary, path, "instrumental", seed, "--genre", PRESETS[(seed * 3) % len(PRESETS)], "--duration", seconds, "--task", "prompt2instrumental")
        heard = analyse(binary, path)["lyrics"]
        empty += not heard["lines"]
        if heard["lines"]:
            print(f"instrumental {seed}: {heard['text']!r}")
    for name, values in rates.items():
        print(f"word errors, {name}: median {statistics.median(values):.2f}, mean {statistics.mean(values):.2f}")
    print(f"language right {right} of {index}; instrumentals empty {empty} of {count}")
    if offsets:
        print(f"words (first of lines) start {statistics.median(offsets):+.2f} s, off by {statistics.median(map(abs, offsets)):.2f} s in the median, {len(offsets)} found")


def chroma(path):
    """A unit vector of twelve classes each half second."""
    samples, rate = soundfile.read(path)
    mono = samples.mean(axis=1)
    size, hop = 16384, rate // 2
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(mono, size // 2), size)[::hop] * np.hanning(size)
    power = np.sqrt(np.abs(np.fft.rfft(frames)))
    hertz = np.fft.rfftfreq(size, 1 / rate)
    inside = (hertz > 110) & (hertz < 1800)
    classes = np.round(69 + 12 * np.log2(hertz[inside] / 440)).astype(int) % 12
    result = np.stack([power[:, inside][:, classes == c].sum(axis=1) for c in range(12)], axis=1)
    result -= result.min(axis=1, keepdims=True)
    return result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-9)


def covers(binary, folder, count, seconds):
    styles = {"Rock": "acoustic folk", "Jazz": "electronic dance", "Folk": "rock band", "Modern Pop": "jazz trio", "Country": "reggae"}
    strengths = [1, 0.75, 0.5, 0.25, 0]
    totals = {s: [] for s in strengths}
    for seed, (preset, style) in list(enumerate(styles.items(), 1))[:count]:
        path = folder / f"c{seed}.flac"
        song(binary, path, "a song", seed, "--genre", preset, "--duration", seconds)
        source, colours = analyse(binary, path, "--signal-only"), chroma(path)
        for strength in strengths:
            out = folder / f"c{seed}-{strength}.flac"
            song(binary, out, style, seed, "--task", "cover", "--source", path, "--strength", strength)
            heard, length = analyse(binary, out, "--signal-only"), soundfile.info(out).duration
            other = chroma(out)
            # Covers begin on the bar: the best shift within a second.
            best = max(np.mean([(colours[max(0, -s):][:n] * other[max(0, s):][:n]).sum(axis=1).mean()
                                for n in [min(len(colours), len(other)) - abs(s)]]) for s in range(-2, 3))
            chords = max(overlap([(a + s, b + s, c) for a, b, c in heard_chords(heard)], heard_chords(source), seconds)
                         for s in np.arange(-1, 1.01, 0.1))
            tempo = heard["tempo"]["bpm"] / source["tempo"]["bpm"] if heard["tempo"] and source["tempo"] else 0
            totals[strength].append((chords, best, abs(tempo - 1) < 0.04, heard["keyscale"] == source["keyscale"]))
            print(f"{preset:11} -> {style:17} {strength:4}: chords {chords:.2f} chroma {best:.3f} tempo x{tempo:.2f} "
                  f"{heard['keyscale']} ({source['keyscale']}) length {length - soundfile.info(path).duration:+.2f} s", flush=True)
    for strength, rows in totals.items():
        print(strength, [round(statistics.mean(float(r[i]) for r in rows), 2) for i in range(4)], "chords, chroma, tempo, key")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["table", "stems", "words", "covers"])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--binary", default=str(pathlib.Path(__file__).parents[2] / ".build/release/cantiga"))
    parser.add_argument("--keep", help="a folder to keep the songs in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(asked.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        globals()[asked.what](asked.binary, folder, asked.count, asked.seconds)


if __name__ == "__main__":
    main()
