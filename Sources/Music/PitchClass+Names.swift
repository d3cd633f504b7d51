extension PitchClass {
  private static let sharpNames = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
  private static let flatNames = ["C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"]

  /// The note name, with a flat or a sharp on the black keys: "Bb" or "A#".
  public func name(flats: Bool) -> String {
    flats ? Self.flatNames[rawValue] : Self.sharpNames[rawValue]
  }

  /// Reads a note name: a letter A-G in any case, then any sharps (`#`, `♯`) or flats (`b`, `♭`).
  /// Nil when anything else is there.
  public init?(parsing text: String) {
    guard let (pitchClass, rest) = Self.prefix(of: Array(text)), rest.isEmpty else { return nil }
    self = pitchClass
  }

  /// The note name at the start of `characters` and what follows it.
  static func prefix(of characters: [Character]) -> (PitchClass, ArraySlice<Character>)? {
    guard let letter = characters.first?.lowercased(),
      let natural = ["c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11][letter]
    else { return nil }
    var value = natural
    var index = 1
    while index < characters.count {
      if "#♯".contains(characters[index]) {
        value += 1
      } else if "b♭".contains(characters[index]) {
        value -= 1
      } else {
        break
      }
      index += 1
    }
    return (PitchClass(rawValue: value), characters[index...])
  }

  /// The pitch class so many semitones higher.
  public static func + (a: PitchClass, semitones: Int) -> PitchClass {
    PitchClass(rawValue: a.rawValue + semitones)
  }

  /// Semitones up from `other` to this pitch class, 0...11.
  public func interval(above other: PitchClass) -> Int {
    PitchClass(rawValue: rawValue - other.rawValue).rawValue
  }
}

extension Pitch {
  /// The scientific name: "A4".
  public func name(flats: Bool = false) -> String { pitchClass.name(flats: flats) + String(octave) }

  /// The pitch of this class that is nearest to `other`; of two equally near, the lower.
  public init(_ pitchClass: PitchClass, nearest other: Pitch) {
    let up = pitchClass.interval(above: other.pitchClass)
    self.init(midi: up < 6 ? other.midi + up : other.midi + up - 12)
  }

  /// The frequency in hertz, A4 = 440.
  public var hertz: Double {
    let semitone = 1.0594630943592953
    var value = 440.0
    for _ in 0..<abs(midi - 69) { value = midi > 69 ? value * semitone : value / semitone }
    return value
  }
}
