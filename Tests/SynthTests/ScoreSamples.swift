import Audio
import Foundation
import Music
@testable import Synth

/// A score at 120 beats a minute: a quarter note is half a second.
func score(_ parts: [Part], bars: Int = 4) -> Score {
  Score(
    title: "Test", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
    tempo: [TempoChange(tick: 0, quartersPerMinute: 120)], parts: parts,
    lengthTicks: bars * Meter.fourFour.ticksPerBar)
}

func part(
  _ instrument: Instrument, role: Part.Role = .melody, notes: [Note], controls: [Control] = []
) -> Part {
  Part(id: "part", name: "Part", role: role, instrument: instrument, notes: notes, controls: controls)
}

/// One note from the start, of so many beats.
func tone(_ midi: Int, beats: Int = 4, velocity: Int = 100, at beat: Int = 0) -> Note {
  Note(
    startTick: beat * 960, durationTicks: beats * 960, pitch: Pitch(midi: midi), velocity: velocity)
}

func randomNotes(seed: Int, count: Int, range: ClosedRange<Int>) -> [Note] {
  var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  return (0..<count).map { _ in
    Note(
      startTick: next(14) * 960 + next(4) * 240, durationTicks: 120 + next(1800),
      pitch: Pitch(midi: range.lowerBound + next(range.count)), velocity: 20 + next(108),
      nudgeTicks: next(20) - 10)
  }.sorted { $0.startTick < $1.startTick }
}

/// The fundamental in Hz by autocorrelation over a stretch of sound, between 25 and 1,200 Hz.
func pitch(of samples: ArraySlice<Float>, rate: Double = 48_000) -> Double {
  let x = Array(samples)
  let window = x.count / 2
  func correlation(_ lag: Int) -> Double {
    var sum = 0.0, a = 0.0, b = 0.0
    for i in stride(from: 0, to: window, by: 2) {
      sum += Double(x[i]) * Double(x[i + lag])
      a += Double(x[i]) * Double(x[i])
      b += Double(x[i + lag]) * Double(x[i + lag])
    }
    return sum / max(sqrt(a * b), 1e-12)
  }
  let lags = 40...min(1920, window - 1)
  let values = lags.map(correlation)
  let best = values.max() ?? 0
  // The first peak nearly as high as the highest: multiples of the period match as well.
  for index in 1..<values.count - 1
  where values[index] > 0.93 * best && values[index] >= values[index - 1] && values[index] > values[index + 1] {
    let (a, b, c) = (values[index - 1], values[index], values[index + 1])
    let shift = (a - c) / (2 * (a - 2 * b + c))
    return rate / (Double(lags.lowerBound + index) + shift)
  }
  return 0
}

func cents(_ hertz: Double, from midi: Int) -> Double {
  1200 * log2(hertz / Tuning.hertz(key: Double(midi)))
}

func level(_ samples: ArraySlice<Float>) -> Double {
  sqrt(samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(samples.count, 1)))
}
