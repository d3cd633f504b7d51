/// A song as it was composed, or what an edit made of it.
public struct Revision: Sendable, Hashable {
  public var composition: Composition
  public var manuscript: Manuscript
  /// Where the sound of the source goes on unchanged, in order.
  public var keptSound: [KeptSound]
  /// A sentence on what was done, where a sentence asked for it.
  public var note: String?

  public init(composition: Composition, manuscript: Manuscript, keptSound: [KeptSound] = [], note: String? = nil) {
    self.composition = composition
    self.manuscript = manuscript
    self.keptSound = keptSound
    self.note = note
  }
}

/// A stretch of the source's sound, and when it is heard in the edited song.
public struct KeptSound: Sendable, Hashable {
  /// In the source.
  public var seconds: Range<Double>
  /// In the edited song.
  public var startSeconds: Double
  /// Whether both scores have the same notes here, so that fading from one to the other is not heard, at the end of
  /// the stretch. If not, every sample of it stays as it is and the fade is outside.
  public var fadesInside: Bool
}

/// Why a song can't be edited as asked, in words its owner can act on.
public enum EditError: Error, Hashable, CustomStringConvertible {
  /// "loop", "one-shot": a form that has no such edit.
  case unsuited(String)
  case outside(startSeconds: Double, durationSeconds: Double)
  case tooLong(seconds: Double, limit: Double)

  public var description: String {
    switch self {
    case .unsuited(let reason): reason
    case .outside(let start, let duration):
      "The range starts at \(start.formatted) s, and the song lasts \(((duration * 100).rounded() / 100).formatted) s."
    case .tooLong(let seconds, let limit): "The song would last \(seconds.formatted) s; at most \(limit.formatted) s are made."
    }
  }
}
