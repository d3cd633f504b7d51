/// A chord by its place in a key, as progressions are written: "I", "vi7", "bVII", "V7/V", "IV/1".
///
/// Degrees are counted on the *major* scale of the tonic whatever the mode, so the A minor chord sequence
/// Am F C G is "i bVI bIII bVII" and its dominant is "V". Upper case is major, lower case minor. After the
/// numeral comes the quality (7, maj7, 9, maj9, add9, 13, 7b9, 6, sus2, sus4, 7sus4, 5, dim or °, ø, +), then
/// an optional slash with either a numeral ("V7/V", the dominant of V) or a bass degree ("I/3", "IV/1", "i/b7").
public struct RomanNumeral: Hashable, Sendable {
  /// Semitones from the tonic to the root, 0...11.
  public let semitones: Int
  public let quality: Chord.Quality
  /// Semitones from the tonic to the bass, where it isn't the root.
  public let bassSemitones: Int?
  /// As it was written.
  public let text: String

  /// - Throws: `RomanNumeralError` naming the text when it can't be read.
  public init(parsing text: String) throws(RomanNumeralError) {
    self.text = text
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let head = Self.readHead(parts[0]) else { throw RomanNumeralError(text: text) }
    quality = head.quality
    guard parts.count == 2 else {
      semitones = head.semitones
      bassSemitones = nil
      return
    }
    if let bass = Self.readDegree(parts[1]) {
      semitones = head.semitones
      bassSemitones = bass
    } else if let target = Self.readHead(parts[1]) {
      semitones = (head.semitones + target.semitones) % 12
      bassSemitones = nil
    } else {
      throw RomanNumeralError(text: text)
    }
  }

  public func chord(in key: Key) -> Chord {
    Chord(root: key.tonic + semitones, quality: quality, bass: bassSemitones.map { key.tonic + $0 })
  }

  private static let majorScale = [0, 2, 4, 5, 7, 9, 11]
  private static let numerals = ["VII", "III", "IV", "VI", "II", "V", "I"]
  private static let degrees = ["I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7]

  private static func accidental(_ text: inout Substring) -> Int {
    var shift = 0
    while let sign = text.first, sign == "b" || sign == "#" {
      shift += sign == "b" ? -1 : 1
      text.removeFirst()
    }
    return shift
  }

  private static func readDegree(_ text: Substring) -> Int? {
    var rest = text
    let shift = accidental(&rest)
    guard let number = Int(rest), (1...7).contains(number) else { return nil }
    return (majorScale[number - 1] + shift + 12) % 12
  }

  private static func readHead(_ text: Substring) -> (semitones: Int, quality: Chord.Quality)? {
    var rest = text
    let shift = accidental(&rest)
    guard
      let numeral = numerals.first(where: { rest.hasPrefix($0) || rest.hasPrefix($0.lowercased()) }),
      let degree = degrees[numeral]
    else { return nil }
    let isMinor = rest.hasPrefix(numeral.lowercased())
    let suffix = String(rest.dropFirst(numeral.count))
    guard let quality = quality(suffix, minor: isMinor) else { return nil }
    return ((majorScale[degree - 1] + shift + 12) % 12, quality)
  }

  private static func quality(_ suffix: String, minor: Bool) -> Chord.Quality? {
    switch suffix {
    case "": minor ? .minor : .major
    case "7": minor ? .minor7 : .dominant7
    case "maj7": minor ? .minorMajor7 : .major7
    case "9": minor ? .minor9 : .dominant9
    case "maj9": minor ? nil : .major9
    case "6": minor ? .minor6 : .major6
    case "add9": minor ? nil : .add9
    case "13": minor ? nil : .dominant13
    case "7b9": minor ? nil : .dominant7flat9
    case "sus2": .sus2
    case "sus4": .sus4
    case "7sus4": .dominant7sus4
    case "5": .power
    case "dim", "°": .diminished
    case "dim7", "°7": .diminished7
    case "ø", "ø7": .halfDiminished7
    case "+", "aug": .augmented
    default: nil
    }
  }
}

/// A chord numeral that can't be read.
public struct RomanNumeralError: Error, Hashable, CustomStringConvertible {
  public let text: String
  public init(text: String) { self.text = text }
  public var description: String {
    "“\(text)” is no chord numeral. Write one like I, vi7, bVII, V7/V or I/3."
  }
}
