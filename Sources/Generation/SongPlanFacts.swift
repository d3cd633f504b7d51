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

/// What became of one stem of a recording.
public struct UsedStem: Sendable, Hashable {
  /// "vocals".
  public var name: String
  /// How it was made: "AI separation (2 stems)", "true stem".
  public var label: String
  /// What to expect of it, 0...1; nil where nothing is known.
  public var quality: Double?
  /// The ids of the score's parts that it has.
  public var parts: [String]
  public init(name: String, label: String, quality: Double? = nil, parts: [String] = []) {
    self.name = name
    self.label = label
    self.quality = quality
    self.parts = parts
  }
}

/// What a caption can speak of, and a plan tells as "asked / used".
public enum PlanTopic: String, Sendable, Hashable, CaseIterable {
  case genre, mood, tempo, key, meter, language, vocals, instruments
  /// Instruments ruled out.
  case without
}
