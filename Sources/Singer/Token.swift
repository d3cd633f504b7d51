/// A symbol of the voice network's input, and what it is in its syllable (`singer.md` 3.1).
public struct Token: Sendable, Hashable {
  /// What a symbol is for the syllable that it belongs to. Durations, energy and voicing of the sung line follow it.
  public enum Role: String, Sendable, CaseIterable {
    /// The silence at both ends.
    case pad
    /// Between two words.
    case space = "sp"
    /// A consonant before the vowel; it sounds before the beat.
    case onset = "on"
    /// The stress mark.
    case stress = "str"
    /// The vowel, or a syllabic consonant; it starts on the beat and is what is held.
    case nucleus = "nuc"
    /// The second vowel of a diphthong.
    case glide = "gl"
    /// The length mark, or nasality.
    case length = "len"
    /// A consonant after the vowel.
    case coda
    /// The full stop that ends the line.
    case end
  }
  /// The row of the network's symbol table: 0 (the pad) ... 177.
  public var id: Int
  public var role: Role
  /// The syllable it belongs to, counted from 0 in the line; nil for pads and the end.
  public var syllable: Int?

  public init(id: Int, role: Role, syllable: Int? = nil) {
    self.id = id
    self.role = role
    self.syllable = syllable
  }
}

/// A note as sung: times in seconds from the start of the phrase, pitch as a MIDI number (60 is middle C; a fraction is
/// part of a semitone).
public struct SungNote: Sendable, Hashable {
  public var startSeconds: Double
  public var endSeconds: Double
  public var pitch: Double

  public init(startSeconds: Double, endSeconds: Double, pitch: Double) {
    self.startSeconds = startSeconds
    self.endSeconds = endSeconds
    self.pitch = pitch
  }
}
