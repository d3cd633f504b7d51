#!/usr/bin/env python3
"""What an independent listener makes of the score engine's songs: tempo, key, metre, length, and which preset it is.

    .build-venv/bin/pip install librosa essentia
    .build-venv/bin/python Tests/EndToEnd/hear.py [--requests 100] [--seeds 6] [--keep DIR] [--binary PATH]

First so many random requests of 30-45 s, each with a preset, and some with tempo, key or metre asked for. Their audio
goes through librosa and Essentia; neither score nor engine is looked at. Then every preset with so many seeds: a nearest centroid over
timbre and rhythm, trained on half of the seeds, names the preset of the other half. Goals (issue 3): tempo within 2 %,
octave-folded, 98 %; key 90 %, relative ones told apart; metre 90 %; length exact, all; preset 85 %. Exits 1 when one is missed.

The key is what Essentia's KeyExtractor says with every setting as it comes (HPCP, profiles "bgate": Faraldo, Jordà and
Herrera 2017). Other ears are told beside it and judged by no goal: Essentia with the probe-tone profiles of Krumhansl and
Kessler (1982), those of Temperley (2005), and librosa's CQT chroma of the harmonic part with Krumhansl and Kessler's.

Metre is how beats group, in twos or threes. Whether beats divide in threes ("division") is told beside it and judged by no
goal: a shuffle in 4/4 divides them so as well as 6/8.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import essentia
import essentia.standard
import librosa
import numpy as np
import soundfile

PRESETS = ["Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae",
           "Latin", "R&B", "Metal"]
NAMES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
RATE, HOP = 22050, 256
essentia.log.infoActive = essentia.log.warningActive = False


def make(binary, path, preset, seed, seconds, **asked):
    """Renders a song unless it is there already; returns what the engine says it used."""
    told = path.with_suffix(".json")
    if not told.exists():
        command = [binary, "song", preset, "--genre", preset, "--duration", str(seconds), "--seed", str(seed),
                   "--json", "-o", str(path)]
        for name, value in asked.items():
            command += [f"--{name}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        told.write_text(done.stdout)
    return json.loads(told.read_text())


def pitch_class(name):
    """0 to 11 of a tonic's name, in sharps or flats."""
    return ("C D EF G A B".index(name[0]) + name.count("#") - name[1:].count("b")) % 12


class Heard:
    """A recording, and what can be told from it."""

    def __init__(self, path):
        audio, self.rate = soundfile.read(path, always_2d=True)
        self.frames = len(audio)
        self.path = path
        self.audio = librosa.resample(audio.mean(axis=1), orig_sr=self.rate, target_sr=RATE)
        self.harmonic, self.percussive = librosa.effects.hpss(self.audio, margin=(1.0, 2.0))
        self.onsets = librosa.onset.onset_strength(y=self.audio, sr=RATE, hop_length=HOP, aggregate=np.median)

    def rhythm(self):
        """The autocorrelation of the onsets, one value a frame of lag."""
        flux = self.onsets - self.onsets.mean()
        count = len(flux)
        power = np.abs(np.fft.rfft(flux, 2 * count)) ** 2
        result = np.fft.irfft(power)[:count] / np.arange(count, 0, -1)
        return result / result[0]

    def tempo(self):
        """Beats a minute: the period whose multiples fit the onsets best, with the usual preference for middling ones."""
        lags = self.rhythm()
        best = (-1.0, 0.0)
        for bpm in np.arange(45, 230, 0.2):
            period = 60 * RATE / HOP / bpm
            places = period * np.arange(1, 17)
            places = places[places < len(lags) * 0.7]
            fit = np.interp(places, np.arange(len(lags)), lags).mean()
            best = max(best, (fit * np.exp(-0.5 * (np.log2(bpm / 115) / 1.1) ** 2), bpm))
        return best[1]

    def chroma(self):
        return librosa.feature.chroma_cqt(y=self.harmonic, sr=RATE, hop_length=2048)

    def key(self, **settings):
        """Tonic and mode by Essentia."""
        audio = essentia.standard.MonoLoader(filename=str(self.path), sampleRate=44100)()
        tonic, scale, _ = essentia.standard.KeyExtractor(**settings)(audio)
        return pitch_class(tonic), scale == "minor"

    def key_by_chroma(self):
        """Tonic and mode by Krumhansl and Kessler's profiles on librosa's chroma."""
        mean = self.chroma().mean(axis=1)
        fits = [(np.corrcoef(np.roll(profile, tonic), mean)[0, 1], tonic, minor)
                for tonic in range(12) for profile, minor in ((MAJOR, False), (MINOR, True))]
        return max(fits)[1:]

    def metre(self, bpm):
        """2 (two or four beats), 3 (three) or 6 (beats that divide into three), for a felt tempo."""
        lags = self.rhythm()
        beat = 60 * RATE / HOP / bpm
        at = lambda beats: np.interp(np.arange(1, 5) * beats * beat, np.arange(len(lags)), lags).mean()
        thirds = np.mean([at(1 / 3), at(2 / 3)]) - np.mean([at(1 / 4), at(1 / 2), at(3 / 4)])
        bass = librosa.feature.melspectrogram(y=self.audio, sr=RATE, hop_length=HOP, n_mels=48, fmax=4000)
        bass = librosa.power_to_db(bass, top_db=60)
        change = librosa.feature.chroma_stft(y=self.harmonic, sr=RATE, hop_length=HOP)
        starts = np.arange(0, bass.shape[1] - beat, beat).astype(int)
        sync = lambda feature: np.array([feature[:, s:s + int(beat)].mean(axis=1) for s in starts])
        early = np.array([bass[:, s:s + int(beat / 3)].mean(axis=1) for s in starts])
        likeness = {}
        for beats in (2, 3, 4):
            total = 0
            for frames in (sync(bass), sync(change), early):
                frames = (frames - frames.mean(axis=0)) / (frames.std(axis=0) + 1e-9)
                total += np.mean([np.mean(frames[k * beats:] * frames[:-k * beats]) for k in (1, 2) if len(frames) > k * beats])
            likeness[beats] = total
        if likeness[3] > max(likeness[2], likeness[4]):
            return 3
        return 6 if thirds > 0.06 else 2

    def features(self):
        """Timbre and rhythm, without pitch or loudness."""
        mfcc = librosa.feature.mfcc(y=self.audio, sr=RATE, n_mfcc=20, hop_length=1024)[1:]
        contrast = librosa.feature.spectral_contrast(y=self.audio, sr=RATE, hop_length=1024)
        flatness = np.log(librosa.feature.spectral_flatness(y=self.audio, hop_length=1024) + 1e-9)
        centroid = np.log(librosa.feature.spectral_centroid(y=self.audio, sr=RATE, hop_length=1024) + 1)
        share = np.log((np.mean(self.percussive ** 2) + 1e-9) / (np.mean(self.harmonic ** 2) + 1e-9))
        bpm = self.tempo()
        lags = self.rhythm()
        beat = 60 * RATE / HOP / bpm
        places = np.array([1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 3 / 2, 2, 3, 4]) * beat
        pulse = np.interp(places, np.arange(len(lags)), lags)
        rate = len(librosa.onset.onset_detect(onset_envelope=self.onsets, sr=RATE, hop_length=HOP)) / (len(self.audio) / RATE)
        mel = librosa.power_to_db(librosa.feature.melspectrogram(y=self.percussive, sr=RATE, n_mels=12, hop_length=HOP))
        return np.concatenate([
            mfcc.mean(axis=1), mfcc.std(axis=1), contrast.mean(axis=1), contrast.std(axis=1),
            [flatness.mean(), flatness.std(), centroid.mean(), centroid.std(), share, np.log(rate + 0.1), np.log(bpm)],
            pulse, mel.std(axis=1), mel.mean(axis=1) - mel.mean()])


def requests(count):
    """Random requests, the same every time."""
    chance = random.Random(3)
    for index in range(count):
        asked = {}
        if chance.random() < 0.5:
            asked["bpm"] = chance.randint(66, 176)
        if chance.random() < 0.6:
            asked["key"] = f"{chance.choice(NAMES)} {chance.choice(['major', 'minor'])}"
        if chance.random() < 0.35:
            asked["meter"] = chance.choice(["3/4", "4/4", "6/8", "2/4"])
        yield index, PRESETS[index % len(PRESETS)], chance.randint(30, 45), asked


def judge(binary, folder, count):
    tally = {"tempo": [], "key": [], "or relative": [], "metre": [], "length": []}
    beside = {"division": [], "key by Krumhansl": [], "by Temperley 2005": [], "by librosa": []}
    for index, preset, seconds, asked in requests(count):
        path = folder / f"request-{index}.wav"
        used = make(binary, path, preset, 1000 + index, seconds, **asked)
        heard = Heard(path)
        bpm, tempo = used["bpm"], heard.tempo()
        # Beats of 6/8 divide into three, so there the fold is by three as well.
        folds = [2.0 ** k * t for k in (-2, -1, 0, 1, 2) for t in ((1, 3, 1 / 3) if used["timesignature"] == "6/8" else (1,))]
        if used["timesignature"] == "3/4":
            folds += [3, 1 / 3]
        is_tempo = min(abs(tempo / (bpm * fold) - 1) for fold in folds) <= 0.02
        real_tonic, real_mode = used["keyscale"].split(" ", 1)
        real = (pitch_class(real_tonic), real_mode.lower() in ("minor", "dorian", "phrygian", "locrian", "harmonic minor"))
        key = heard.key()
        is_key = key == real
        is_relative = key[1] != real[1] and key[0] == (real[0] + (3 if real[1] else -3)) % 12
        metre = heard.metre(bpm)
        real_metre = {"2/4": 2, "4/4": 2, "3/4": 3, "6/8": 6}[used["timesignature"]]
        is_metre = (metre == 3) == (real_metre == 3)
        is_length = heard.frames == round(seconds * heard.rate)
        for name, right in zip(tally, (is_tempo, is_key, is_key or is_relative, is_metre, is_length)):
            tally[name].append(right)
        others = (metre == real_metre, heard.key(profileType="krumhansl") == real,
                  heard.key(profileType="temperley2005") == real, heard.key_by_chroma() == real)
        for name, right in zip(beside, others):
            beside[name].append(right)
        if not (is_tempo and is_key and is_metre and is_length):
            print(f"{index:3} {preset:11} {used['keyscale']:9} {bpm:5.1f} {used['timesignature']}  heard "
                  f"{NAMES[key[0]]} {'minor' if key[1] else 'major'}, {tempo:.1f}, {metre}, {heard.frames / heard.rate:.3f} s", flush=True)
    shares = {name: 100 * np.mean(values) for name, values in (tally | beside).items()}
    print(f"{count} requests  " + "  ".join(f"{name} {share:.1f} %" for name, share in shares.items()), flush=True)
    return shares["tempo"] >= 98 and shares["key"] >= 90 and shares["metre"] >= 90 and shares["length"] == 100


def separate(binary, folder, seeds):
    rows = {preset: [] for preset in PRESETS}
    for preset in PRESETS:
        for seed in range(seeds):
            path = folder / f"{preset.replace(' ', '-')}-{seed}.wav"
            make(binary, path, preset, seed, 30)
            saved = path.with_suffix(".npy")
            if not saved.exists():
                np.save(saved, Heard(path).features())
            rows[preset].append(np.load(saved))
    right, wrong = 0, {}
    for training in (0, 1):
        train = np.array([row for preset in PRESETS for row in rows[preset][training::2]])
        mean, spread = train.mean(axis=0), train.std(axis=0) + 1e-9
        centroids = {p: ((np.array(rows[p][training::2]) - mean) / spread).mean(axis=0) for p in PRESETS}
        for preset in PRESETS:
            for row in rows[preset][1 - training::2]:
                row = (row - mean) / spread
                named = min(PRESETS, key=lambda p: np.sum((centroids[p] - row) ** 2))
                right += named == preset
                if named != preset:
                    wrong[(preset, named)] = wrong.get((preset, named), 0) + 1
    share = 100 * right / sum(len(values) for values in rows.values())
    print(f"preset named rightly {share:.1f} %")
    for (real, named), times in sorted(wrong.items(), key=lambda item: -item[1]):
        print(f"  {real} heard as {named}: {times}")
    return share >= 85


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--binary", default=".build/release/cantiga")
    parser.add_argument("--keep", help="a folder for the songs, which are taken from there another time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        good = [judge(options.binary, folder, options.requests)] if options.requests else []
        if options.seeds:
            good.append(separate(options.binary, folder, options.seeds))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
