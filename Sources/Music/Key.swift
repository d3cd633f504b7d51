/// The seven diatonic modes and the harmonic minor.
public enum Mode: String, Sendable, CaseIterable, Codable {
  case major, minor, dorian, phrygian, lydian, mixolydian, locrian, harmonicMinor
}

/// A key: a tonic and a mode.
public struct Key: Hashable, Sendable {
  public var tonic: PitchClass
  public var mode: Mode
  public init(tonic: PitchClass, mode: Mode) {
    self.tonic = tonic
    self.mode = mode
  }
}
