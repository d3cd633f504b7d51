/// How free of measurable defects a finished song is, 0...1, higher is better (`api.md` 11.3). It finds faults that can
/// be measured; it doesn't know whether a song is beautiful.
public struct QualityScore: Sendable, Hashable {
  /// What is looked at, each on its own.
  public enum Aspect: String, Sendable, Hashable, CaseIterable {
    /// Clipping, direct current, gaps in the music, level.
    case sound
    /// How energy is spread from bass to treble.
    case balance
    /// Whether what is heard falls on the score's beats.
    case rhythm
    /// Whether the melody agrees with chords and key.
    case harmony
    /// Leaps, range and monotony of the melody.
    case melody
    /// Sections that differ as planned, choruses that come back.
    case structure
    /// Length, tempo and key as asked.
    case adherence

    /// Its share in the total; all add up to 1.
    public var weight: Double {
      switch self {
      case .sound, .rhythm, .harmony: 0.2
      case .balance, .melody, .structure: 0.08
      case .adherence: 0.16
      }
    }
  }

  /// Each 0...1; an aspect that the song doesn't have (the melody of a drum loop) is missing.
  public let aspects: [Aspect: Double]

  /// - Parameter aspects: clamped to 0...1; what is not a number is left out.
  public init(aspects: [Aspect: Double]) {
    self.aspects = aspects.filter { !$0.value.isNaN }.mapValues { min(max($0, 0), 1) }
  }

  /// The weighted mean of the aspects there are; 0 where there is none.
  public var total: Double {
    // In a fixed order, so that the sum is the same each time.
    let present = Aspect.allCases.compactMap { aspect in aspects[aspect].map { (weight: aspect.weight, value: $0) } }
    let weight = present.reduce(0) { $0 + $1.weight }
    return weight == 0 ? 0 : min(1, present.reduce(0) { $0 + $1.weight * $1.value } / weight)
  }
}
