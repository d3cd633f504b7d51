import Foundation
public import Music

/// Which key a song is in (`listening.md` 5.6).
public struct KeyEstimate: Sendable, Equatable {
  public var key: Key
  /// 0 ... 1, by how far the second is behind.
  public var confidence: Double
  /// The second best, where it is near enough to be shown.
  public var runnerUp: Key?

  /// Temperley's profiles of the Kostka-Payne corpus, from the tonic on.
  static let major = [0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400]
  static let minor = [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330]

  /// - Parameters:
  ///   - vector: strengths of the twelve pitch classes.
  ///   - chords: a first pass without a key; how much of it is the tonic triad speaks for a key, and its ends most.
  init(_ vector: [Double], chords: [RecognisedChord]) {
    let chords = chords.filter { $0.label != nil }
    let seconds = chords.reduce(0) { $0 + $1.end - $1.start }
    let triads = chords.map { $0.label?.triad }
    var scores: [(key: Key, score: Double)] = []
    for mode in [Mode.major, .minor] {
      let profile = mode == .major ? Self.major : Self.minor
      for tonic in 0..<12 {
        let rotated = (0..<12).map { profile[($0 - tonic + 12) % 12] }
        var score = Self.correlation(vector, rotated)
        let triad = ChordLabel(root: tonic, kind: mode == .major ? .major : .minor)
        if seconds > 0 {
          let held = zip(chords, triads).reduce(0) { $0 + ($1.1 == triad ? $1.0.end - $1.0.start : 0) }
          score += 0.15 * held / seconds
        }
        if triads.first == triad { score += 0.08 }
        if triads.last == triad { score += 0.08 }
        scores.append((Key(tonic: PitchClass(rawValue: tonic), mode: mode), score))
      }
    }
    scores.sort { $0.score > $1.score }
    let margin = scores[0].score - scores[1].score
    key = scores[0].key
    confidence = min(max(margin / 0.25, 0), 1)
    runnerUp = margin < 0.1 ? scores[1].key : nil
  }

  /// Pearson's.
  private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    let (one, other) = (a.mean, b.mean)
    return similarity(a.map { $0 - one }, b.map { $0 - other })
  }
}
