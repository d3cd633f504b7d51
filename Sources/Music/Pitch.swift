/// One of the twelve pitch classes, C = 0 ... B = 11.
public struct PitchClass: Hashable, Sendable, RawRepresentable {
  public let rawValue: Int
  /// Takes any integer and folds it into 0...11.
  public init(rawValue: Int) { self.rawValue = ((rawValue % 12) + 12) % 12 }
}

/// A pitch on the equal-tempered keyboard, by MIDI number: middle C is 60, A4 = 440 Hz is 69.
public struct Pitch: Hashable, Sendable, Comparable {
  /// 0...127.
  public let midi: Int
  public init(midi: Int) { self.midi = min(max(midi, 0), 127) }
  public var pitchClass: PitchClass { PitchClass(rawValue: midi) }
  /// The scientific octave number: 4 for middle C.
  public var octave: Int { midi / 12 - 1 }
  public static func < (a: Pitch, b: Pitch) -> Bool { a.midi < b.midi }
}
