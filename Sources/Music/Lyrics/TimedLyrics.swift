/// Lyrics with the times at which they are sung: lines, their words, and the syllables of those.
///
/// Times are seconds from the first sample of the song and never go back. A line that nobody timed by its words has none;
/// the texts of the others' words, with the blanks between them, are the line's, unless it was sung in other letters ("24").
public struct TimedLyrics: Sendable, Hashable {
  public var lines: [Line]
  /// ISO 639-1; nil where it is unknown.
  public var language: String?

  public init(lines: [Line], language: String? = nil) {
    self.lines = lines
    self.language = language
  }

  public struct Line: Sendable, Hashable {
    public var startSeconds: Double
    public var endSeconds: Double
    /// As it was written, without a line break.
    public var text: String
    public var words: [Word]

    public init(startSeconds: Double, endSeconds: Double, text: String, words: [Word] = []) {
      self.startSeconds = startSeconds
      self.endSeconds = endSeconds
      self.text = text
      self.words = words
    }
  }

  /// What stands between two blanks; in scripts that are written without blanks, a syllable.
  public struct Word: Sendable, Hashable {
    public var startSeconds: Double
    public var endSeconds: Double
    /// With its punctuation, and signs beside it that are not sung: "now &".
    public var text: String
    /// Whether a blank parts it from the next word.
    public var isFollowedBySpace: Bool
    public var syllables: [Syllable]

    public init(startSeconds: Double, endSeconds: Double, text: String, isFollowedBySpace: Bool, syllables: [Syllable] = []) {
      self.startSeconds = startSeconds
      self.endSeconds = endSeconds
      self.text = text
      self.isFollowedBySpace = isFollowedBySpace
      self.syllables = syllables
    }
  }

  public struct Syllable: Sendable, Hashable {
    public var startSeconds: Double
    public var endSeconds: Double
    /// Its letters, and punctuation beside them: the texts of a word's syllables make up the word's.
    public var text: String

    public init(startSeconds: Double, endSeconds: Double, text: String) {
      self.startSeconds = startSeconds
      self.endSeconds = endSeconds
      self.text = text
    }
  }
}
