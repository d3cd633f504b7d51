/// What comes out: a piece with a beginning and an end, whole bars that repeat without a seam, or a single sound.
public enum SongForm: String, Sendable, Hashable, CaseIterable {
  case song, loop
  case oneShot = "one-shot"
}

/// How the pulse is felt against the written beat.
public enum PulseFeel: String, Sendable, Hashable, CaseIterable {
  case normal
  case halfTime = "half-time"
  case doubleTime = "double-time"
}

/// One section of a finished song.
public struct UsedSection: Sendable, Hashable {
  /// "verse", "preChorus": a `Music.Section.Kind` by its raw value, or a word of the engine's own.
  public var kind: String
  /// As shown to people: "Verse 2".
  public var label: String
  public var bars: Int
  public var startSeconds: Double
  /// Where the next one begins, or the song ends.
  public var endSeconds: Double
  /// 0 (bare) ... 1 (everything plays).
  public var energy: Double
  public init(kind: String, label: String, bars: Int, startSeconds: Double, endSeconds: Double, energy: Double) {
    self.kind = kind
    self.label = label
    self.bars = bars
    self.startSeconds = startSeconds
    self.endSeconds = endSeconds
    self.energy = energy
  }
}

/// What a caption can speak of, and a plan tells as "asked / used".
public enum PlanTopic: String, Sendable, Hashable, CaseIterable {
  case genre, mood, tempo, key, meter, language, vocals, instruments
  /// Instruments ruled out.
  case without
}
