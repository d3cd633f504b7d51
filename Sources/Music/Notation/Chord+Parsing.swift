extension Chord {
  /// Reads a chord symbol as musicians write it: "Am7", "F#maj7", "Bb/D", "C-7", "G7sus", "Bø". Extensions that the
  /// studio has no name for ("C7#11") are read as the nearest chord it has. Nil when it is no chord symbol.
  public init?(parsing text: String) {
    let compact = text.filter { !$0.isWhitespace && $0 != "(" && $0 != ")" }
    guard compact.count <= 24, let first = compact.first, "ABCDEFG".contains(first) else { return nil }
    let halves = compact.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let head = halves.first, let (root, rest) = PitchClass.prefix(of: Array(head)) else { return nil }
    var suffix = String(rest)
    var bass: PitchClass?
    if halves.count == 2 {
      if let named = PitchClass(parsing: String(halves[1])) {
        bass = named == root ? nil : named
      } else if halves[1] == "9" {
        suffix += "9"  // C6/9
      } else {
        return nil
      }
    }
    guard let quality = Quality(suffix: suffix) else { return nil }
    self.init(root: root, quality: quality, bass: bass)
  }
}

extension Chord.Quality {
  /// Reads what follows the root, in any of the usual spellings.
  init?(suffix: String) {
    if let exact = Self.allCases.first(where: { $0.suffix == suffix }) {
      self = exact
      return
    }
    if let known = Self.otherSuffixes[suffix] {
      self = known
      return
    }
    // Unknown extensions after a known beginning: the longest beginning counts, when only extensions follow it.
    for length in (0..<suffix.count).reversed() {
      let beginning = String(suffix.prefix(length))
      guard Self.isExtension(suffix.dropFirst(length)) else { continue }
      if let exact = Self.allCases.first(where: { $0.suffix == beginning }) ?? Self.otherSuffixes[beginning] {
        self = exact
        return
      }
    }
    return nil
  }

  /// Whether only figures, accidentals and the words add, no, omit and sus are left.
  private static func isExtension(_ text: Substring) -> Bool {
    var rest = text
    while let first = rest.first {
      if "0123456789#b+-,♯♭".contains(first) {
        rest.removeFirst()
      } else if let word = ["add", "no", "omit", "sus"].first(where: { rest.hasPrefix($0) }) {
        rest.removeFirst(word.count)
      } else {
        return false
      }
    }
    return true
  }

  private static let otherSuffixes: [String: Chord.Quality] = [
    "M": .major, "maj": .major, "Maj": .major, "major": .major, "min": .minor, "mi": .minor, "-": .minor,
    "o": .diminished, "°": .diminished, "+": .augmented, "aug5": .augmented, "sus": .sus4, "2": .sus2,
    "m6": .minor6, "min6": .minor6, "-6": .minor6, "M6": .major6, "maj6": .major6, "69": .major6, "dom7": .dominant7,
    "M7": .major7, "Maj7": .major7, "ma7": .major7, "Δ": .major7, "Δ7": .major7, "^7": .major7, "j7": .major7,
    "min7": .minor7, "mi7": .minor7, "-7": .minor7, "ø": .halfDiminished7, "ø7": .halfDiminished7,
    "-7b5": .halfDiminished7, "min7b5": .halfDiminished7, "m7-5": .halfDiminished7, "o7": .diminished7,
    "°7": .diminished7, "mM7": .minorMajor7, "mmaj7": .minorMajor7, "minMaj7": .minorMajor7, "-maj7": .minorMajor7,
    "M9": .major9, "Maj9": .major9, "min9": .minor9, "-9": .minor9, "add2": .add9, "sus7": .dominant7sus4,
    "7sus": .dominant7sus4, "9sus4": .dominant7sus4, "9sus": .dominant7sus4, "11": .dominant9, "m11": .minor9,
    "maj13": .major9, "m13": .minor9, "7-9": .dominant7flat9, "aug7": .augmented, "+7": .augmented,
  ]
}
