import Foundation
import Generation

/// A recording's timbre and rhythm in numbers that tell styles apart, without its pitches, its loudness and its length.
struct StyleFeatures: Sendable {
  /// Means and deviations of the cepstrum's coefficients; low, high and all onsets at the places of a beat; what is low and high in the
  /// onsets; their rate and the tempo.
  let values: [Double]

  private static let coefficients = 12
  /// Where the deviations stand among the values.
  static let deviations = coefficients..<2 * coefficients
  /// In a beat.
  private static let places: [Double] = [0, 1.0 / 4, 1.0 / 3, 1.0 / 2, 2.0 / 3, 3.0 / 4]

  /// - Returns: nil for less than eight beats, and for silence.
  init?(_ signal: SignalAnalysis) {
    guard let tempo = signal.tempo, signal.beats.count >= 8 else { return nil }
    let onsets = signal.onsets
    let frames = stride(from: 0, to: onsets.logMel.count, by: 4).map { onsets.logMel[$0] }.filter { ($0.max() ?? 0) > 0 }
    guard !frames.isEmpty else { return nil }
    let cepstra = frames.map(Self.cepstrum)
    var values: [Double] = []
    for k in 0..<Self.coefficients { values.append(cepstra.map { $0[k] }.mean) }
    for k in 0..<Self.coefficients { values.append(cepstra.map { $0[k] }.deviation) }

    // How the beats are divided, by what is low, by what is high and by all.
    for strengths in [onsets.low, onsets.high, onsets.all] {
      let mean = max(strengths.mean, 1e-9)
      for place in Self.places {
        values.append(zip(signal.beats, signal.beats.dropFirst()).map { beat, next in
          let frame = OnsetStrength.frame(beat + place * (next - beat))
          return strengths.highest(frame - 1...frame + 1) ?? 0
        }.mean / mean)
      }
    }
    let all = max(onsets.all.mean, 1e-9)
    values += [onsets.low.mean / all, onsets.high.mean / all, log(max(0.1, signal.onsetsPerBeat * tempo.bpm / 60)), log(tempo.bpm)]
    self.values = values
  }

  /// Coefficients 1 and up of the orthonormal cosine transform of a frame.
  private static func cepstrum(_ frame: [Float]) -> [Double] {
    let scale = (2 / Double(frame.count)).squareRoot()
    return cosines.map { wave in
      var sum = 0.0
      for (value, cosine) in zip(frame, wave) { sum += Double(value) * cosine }
      return scale * sum
    }
  }

  private static let cosines: [[Double]] = (1...coefficients).map { k in
    (0..<80).map { band in cosine(.pi * Double(k) * (Double(band) + 0.5) / 80) }
  }
}

extension HeardSong.Likeness {
  /// The genre preset that a recording sounds most like, by a linear discriminant (`StyleTable`).
  /// - Returns: nil where none is likelier than all others together, and for what sounds like no music of ours.
  init?(_ signal: SignalAnalysis) {
    guard let features = StyleFeatures(signal)?.values, features.count == StyleTable.means.count else { return nil }
    let standardised = features.indices.map { (features[$0] - StyleTable.means[$0]) / StyleTable.deviations[$0] }
    guard standardised.map({ $0 * $0 }).mean <= Self.furthest, Array(standardised[StyleFeatures.deviations]).mean >= Self.stillest else { return nil }
    let scores = StyleTable.presets.map { preset in
      Self.calibration * (preset.constant + zip(preset.weights, standardised).reduce(0.0) { $0 + $1.0 * $1.1 })
    }
    guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else { return nil }
    let confidence = 1 / scores.reduce(0.0) { $0 + exp($1 - scores[best]) }
    guard confidence >= Self.leastConfidence else { return nil }
    self.init(preset: StyleTable.presets[best].name, confidence: confidence)
  }

  /// The discriminant is surer of itself than it may be: with a quarter of its scores the mean confidence is .88 where .93 are right.
  private static let calibration = 0.25
  /// At this 95 % of songs of our own are named, and 95 % of those rightly.
  private static let leastConfidence = 0.5
  /// The mean square of the standardised features; the furthest of our own songs has 4.2.
  private static let furthest = 5.0
  /// The mean of the standardised deviations: noise and a metronome change too little to be music (-2.8), songs and clips have -1.2 at the least.
  private static let stillest = -2.0
}
