"""The variations of one job are songs that differ to the ear: by a distance over harmony and rhythm."""
import itertools

import numpy
import pytest
from client import decode, download

RATE, HOP, WINDOW = 48000, 4800, 9600


def spectra(samples):
    """Magnitudes of windows of 0.2 s, every 0.1 s."""
    mono = samples.mean(axis=1)
    frames = numpy.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP]
    return numpy.abs(numpy.fft.rfft(frames * numpy.hanning(WINDOW), axis=1))


def chroma(samples):
    """The twelve pitch classes of each second, each second with length 1."""
    frequencies = numpy.fft.rfftfreq(WINDOW, 1 / RATE)
    heard = (frequencies > 60) & (frequencies < 2000)
    classes = numpy.round(69 + 12 * numpy.log2(frequencies[heard] / 440)).astype(int) % 12
    fold = (classes[:, None] == numpy.arange(12)).astype(float)
    seconds = len(samples) // RATE
    bands = spectra(samples)[:, heard] @ fold
    bands = numpy.stack([bands[10 * second:10 * second + 10].sum(axis=0) for second in range(seconds)])
    bands -= bands.min(axis=1, keepdims=True)
    return bands / numpy.maximum(numpy.linalg.norm(bands, axis=1, keepdims=True), 1e-9)


def onsets(samples):
    """How much begins in each sixteenth at 120 bpm (0.125 s), below 200 Hz, up to 2 kHz and above, about their means."""
    size = RATE // 40
    frames = samples.mean(axis=1)[:len(samples) // size * size].reshape(-1, size)
    power = numpy.abs(numpy.fft.rfft(frames * numpy.hanning(size), axis=1)) ** 2
    frequencies = numpy.fft.rfftfreq(size, 1 / RATE)
    edges = [(20, 200), (200, 2000), (2000, 12000)]
    level = numpy.stack([numpy.log(power[:, (frequencies >= low) & (frequencies < high)].sum(axis=1) + 1e-4)
                         for low, high in edges])
    rises = numpy.maximum(0, numpy.diff(level, axis=1, prepend=level[:, :1]))
    grid = rises[:, :rises.shape[1] // 5 * 5].reshape(len(edges), -1, 5).max(axis=2)
    return grid - grid.mean(axis=1, keepdims=True)


def distance(one, other):
    """0: the same harmony and rhythm; 1: nothing in common. One minus cosines, meaned over chroma and onsets."""
    harmony = 1 - (chroma(one) * chroma(other)).sum(axis=1).mean()
    (a, b) = (onsets(one), onsets(other))
    rhythm = 1 - (a * b).sum() / max(numpy.linalg.norm(a) * numpy.linalg.norm(b), 1e-9)
    return (harmony + rhythm) / 2


def sounds(job):
    return [decode(download(output["output_urls"]["flac"]).content)[0] for output in job["outputs"]]


@pytest.mark.parametrize("asked", [
    {"prompt": "upbeat synth pop, 120 bpm, A minor"}, {"prompt": "jazz trio", "bpm": 120, "keyscale": "F major"},
    {"prompt": "heavy metal", "bpm": 120, "keyscale": "E minor"}], ids=lambda asked: asked["prompt"])
def test_variations_differ_by_far_more_than_touch(client, asked):
    job = client.song(**asked, audio_duration=16, batch_size=4, seed=11)
    songs = sounds(job)
    assert len(songs) == 4 and len(set(job["actual_seeds"])) == 4

    # The same seeds again are the same songs, and a retake of the touch alone is nearly the same one: what no
    # listener would call another song.
    again = sounds(client.song(**asked, audio_duration=16, manual_seeds=job["actual_seeds"][:1]))[0]
    assert distance(songs[0], again) == pytest.approx(0, abs=1e-9)
    answer = client.post("/api/v1/music/retake", json={"source_job_id": job["id"], "retake_variance": 0.05})
    touch = distance(songs[0], sounds(client.finished(answer.json()["id"]))[0])

    apart = {pair: distance(songs[pair[0]], songs[pair[1]]) for pair in itertools.combinations(range(4), 2)}
    print(f"touch {touch:.3f}, variations " + " ".join(f"{value:.3f}" for value in sorted(apart.values())))
    assert min(apart.values()) > max(0.2, 1.5 * touch), apart
