/// A chord: a root, a quality and a bass.
public struct Chord: Hashable, Sendable {
  public enum Quality: String, Sendable, CaseIterable {
    case major, minor, diminished, augmented, sus2, sus4, power
    case major6, minor6, dominant7, major7, minor7, halfDiminished7, diminished7, minorMajor7
    case dominant9, major9, minor9, add9, dominant7sus4, dominant13, dominant7flat9
  }
  public var root: PitchClass
  public var quality: Quality
  /// The lowest note where it isn't the root.
  public var bass: PitchClass?
  public init(root: PitchClass, quality: Quality, bass: PitchClass? = nil) {
    self.root = root
    self.quality = quality
    self.bass = bass
  }
}
