extension Mode {
  /// As shown to people: "Major", "Dorian", "Harmonic Minor".
  public var title: String {
    switch self {
    case .major: "Major"
    case .minor: "Minor"
    case .dorian: "Dorian"
    case .phrygian: "Phrygian"
    case .lydian: "Lydian"
    case .mixolydian: "Mixolydian"
    case .locrian: "Locrian"
    case .harmonicMinor: "Harmonic Minor"
    }
  }

  /// Reads a mode as musicians write it, spaces and hyphens ignored: "", "maj", "major", "m", "min", "minor",
  /// "dorian", "harmonic minor". An upper-case "M" alone is major.
  init?(suffix: String) {
    if suffix == "M" {
      self = .major
      return
    }
    switch String(suffix.lowercased().filter { !" -_".contains($0) }) {
    case "", "maj", "major", "ionian", "dur": self = .major
    case "m", "mi", "min", "minor", "aeolian", "naturalminor", "moll": self = .minor
    case "dorian", "dor": self = .dorian
    case "phrygian", "phr": self = .phrygian
    case "lydian", "lyd": self = .lydian
    case "mixolydian", "mixo", "mix": self = .mixolydian
    case "locrian", "loc": self = .locrian
    case "harmonicminor", "hminor": self = .harmonicMinor
    default: return nil
    }
  }
}

extension Key {
  /// Reads a key as people write it: "C Major", "Am", "F# minor", "Bb", "D dorian", "E♭ maj", "b flat minor".
  ///
  /// Any case; `#`/`♯`/"sharp" and `b`/`♭`/"flat"; no mode means major. Nil when it is no key
  /// (`api.md` 7.5 answers 400 then).
  public init?(parsing text: String) {
    var source = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    for (word, sign) in [(" sharp", "#"), ("-sharp", "#"), (" flat", "b"), ("-flat", "b")] {
      source = source.replacingFirst(word, with: sign)
    }
    guard let (tonic, rest) = PitchClass.prefix(of: Array(source)) else { return nil }
    let suffix = String(rest).split(separator: " ").joined(separator: " ")
    guard let mode = Mode(suffix: suffix) else { return nil }
    self.init(tonic: tonic, mode: mode)
  }

  /// The canonical name, spelled as its key signature is: "A Minor", "F# Minor", "Eb Major", "D Dorian".
  public var name: String { "\(tonicName) \(mode.title)" }

  /// The tonic's name: "Eb".
  public var tonicName: String { tonic.name(flats: usesFlats) }

  /// Sharps of the key signature, flats negative: -6...6. Of the two spellings of six, the one in use:
  /// F# for major, Eb for minor.
  public var signature: Int {
    let relativeMajor = tonic.rawValue - mode.degreeOfRelativeMajor
    let fifths = ((relativeMajor * 7) % 12 + 12) % 12
    if fifths == 6 { return mode == .minor || mode == .harmonicMinor ? -6 : 6 }
    return fifths > 6 ? fifths - 12 : fifths
  }

  /// Whether black keys are written with flats in this key.
  public var usesFlats: Bool { signature < 0 }
}

extension Mode {
  /// Semitones from the tonic of the major scale with the same notes up to this mode's tonic.
  var degreeOfRelativeMajor: Int {
    switch self {
    case .major: 0
    case .dorian: 2
    case .phrygian: 4
    case .lydian: 5
    case .mixolydian: 7
    case .minor, .harmonicMinor: 9
    case .locrian: 11
    }
  }
}

extension String {
  /// This text with the first occurrence of `word`, in any case, replaced.
  fileprivate func replacingFirst(_ word: String, with replacement: String) -> String {
    let characters = Array(self)
    let target = Array(word)
    guard characters.count >= target.count else { return self }
    for start in 0...(characters.count - target.count)
    where String(characters[start..<(start + target.count)]).lowercased() == word {
      return String(characters[..<start]) + replacement + String(characters[(start + target.count)...])
    }
    return self
  }
}
