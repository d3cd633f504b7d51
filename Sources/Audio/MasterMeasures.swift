/// What of a recording's sound a master can be led towards (`score-engine.md` F): tone, loudness, width, dynamics; nil where it has none
/// of it, or where nothing was asked. What a reference set is kept with the song, so that its stems, its edits and the services master alike.
public struct MasterMeasures: Sendable, Hashable {
  /// Energy below 70 Hz, to 200, to 600, to 2,000, to 6,000 and above, in decibels of the whole.
  public var tone: [Double]?
  /// LUFS.
  public var loudness: Double?
  /// Energy of the sides, (L - R) / 2, over that of the middle, in decibels; -infinity for mono.
  public var width: Double?
  /// Loudness range in LU (EBU Tech 3342).
  public var dynamics: Double?

  public init(tone: [Double]? = nil, loudness: Double? = nil, width: Double? = nil, dynamics: Double? = nil) {
    self.tone = tone
    self.loudness = loudness
    self.width = width
    self.dynamics = dynamics
  }

  /// Whether there is nothing in it.
  public var isEmpty: Bool { self == MasterMeasures() }
}
