"""A sample of `matrix.py`: the sound of finished songs keeps its limits, and the measures see what breaks them."""
import matrix
import numpy
import pytest
import soundfile
from studio import REPOSITORY

PROGRAM = REPOSITORY / ".build/release/cantiga"


@pytest.mark.parametrize("preset", ["Hip Hop", "Classical"])
def test_songs_keep_their_limits(tmp_path, preset):
    row = matrix.measure(PROGRAM, tmp_path, preset, 0, 30, keep=True)
    assert matrix.faults(row) == []
    assert row["joins"] >= 1


def test_the_measures_see_faults(tmp_path):
    path = tmp_path / "a.wav"
    told = matrix.make(PROGRAM, path, "Classical", 1, 30)
    audio, rate = soundfile.read(path, always_2d=True)
    joins = [section["start_seconds"] for section in told["sections"][1:]]
    limit = max(matrix.CREST, 1.5 * matrix.crests(audio, rate, matrix.bar_lines(told["sections"])).max(initial=0))
    assert matrix.clicks(audio, rate, joins, limit) == 0
    assert matrix.planted(audio, rate, joins, limit) >= len(joins) / 2 > 0
    right = matrix.loudness(audio, rate)
    assert right == pytest.approx(-14, abs=0.5)
    assert matrix.loudness(audio / 2, rate) == pytest.approx(right - 6.02, abs=0.05)
    # A sine between the samples' own times: its peak lies 3 dB above every sample of it.
    sine = numpy.sin(numpy.pi / 2 * numpy.arange(4800) + numpy.pi / 4)[:, None] * numpy.ones(2)
    assert 20 * numpy.log10(abs(sine).max()) == pytest.approx(-3.01, abs=0.01)
    assert matrix.true_peak(sine) == pytest.approx(0, abs=0.3)
