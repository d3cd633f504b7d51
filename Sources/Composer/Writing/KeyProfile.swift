import Music

/// What key a listener would hear, by the probe-tone profiles of Krumhansl and Kessler (1982) over all sounding
/// notes and their first overtones.
struct KeyProfile: Sendable {
  /// Energy of the twelve pitch classes.
  let chroma: [Double]

  init(score: Score) {
    var chroma = [Double](repeating: 0, count: 12)
    for part in score.parts where !part.playsDrumKit && part.role != .effects {
      for note in part.notes {
        let seconds = Double(note.durationTicks) / Double(Score.ticksPerQuarter)
        let energy = min(seconds, 4) * Double(note.velocity) / 100
        // What sounds after a modulation counts as if it stood in the first key.
        let lift = score.key(atTick: note.startTick).tonic.interval(above: score.key.tonic)
        let pitchClass = (note.pitch.midi - lift + 12) % 12
        for (interval, strength) in [(0, 1.0), (7, 0.4), (4, 0.18)] {
          chroma[(pitchClass + interval) % 12] += energy * strength
        }
      }
    }
    self.chroma = chroma
  }

  private static let major = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
  private static let minor = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]

  /// Correlation of the music with a major or minor key, -1...1.
  func correlation(tonic: PitchClass, isMinor: Bool) -> Double {
    let profile = isMinor ? Self.minor : Self.major
    let mean = chroma.reduce(0, +) / 12
    let profileMean = profile.reduce(0, +) / 12
    var product = 0.0
    var squares = 0.0
    var profileSquares = 0.0
    for degree in 0..<12 {
      let a = chroma[(tonic.rawValue + degree) % 12] - mean
      let b = profile[degree] - profileMean
      product += a * b
      squares += a * a
      profileSquares += b * b
    }
    let scale = (squares * profileSquares).squareRoot()
    return scale > 0 ? product / scale : 0
  }

  /// By how much a key's correlation exceeds that of every other key; negative where another is heard.
  func clarity(of key: Key) -> Double {
    var rival = -1.0
    for tonic in 0..<12 {
      for isMinor in [false, true] where !(tonic == key.tonic.rawValue && isMinor == key.mode.isMinor) {
        rival = max(rival, correlation(tonic: PitchClass(rawValue: tonic), isMinor: isMinor))
      }
    }
    return correlation(tonic: key.tonic, isMinor: key.mode.isMinor) - rival
  }
}
