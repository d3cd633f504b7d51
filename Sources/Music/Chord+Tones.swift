extension Chord.Quality {
  /// Semitones above the root, in the order that the chord is stacked; ninths and thirteenths lie above 12.
  public var intervals: [Int] {
    switch self {
    case .major: [0, 4, 7]
    case .minor: [0, 3, 7]
    case .diminished: [0, 3, 6]
    case .augmented: [0, 4, 8]
    case .sus2: [0, 2, 7]
    case .sus4: [0, 5, 7]
    case .power: [0, 7]
    case .major6: [0, 4, 7, 9]
    case .minor6: [0, 3, 7, 9]
    case .dominant7: [0, 4, 7, 10]
    case .major7: [0, 4, 7, 11]
    case .minor7: [0, 3, 7, 10]
    case .halfDiminished7: [0, 3, 6, 10]
    case .diminished7: [0, 3, 6, 9]
    case .minorMajor7: [0, 3, 7, 11]
    case .dominant9: [0, 4, 7, 10, 14]
    case .major9: [0, 4, 7, 11, 14]
    case .minor9: [0, 3, 7, 10, 14]
    case .add9: [0, 4, 7, 14]
    case .dominant7sus4: [0, 5, 7, 10]
    case .dominant13: [0, 4, 7, 10, 14, 21]
    case .dominant7flat9: [0, 4, 7, 10, 13]
    }
  }

  /// What follows the root in a chord symbol: "m7", "maj9", "7b9"; empty for the major triad.
  public var suffix: String {
    switch self {
    case .major: ""
    case .minor: "m"
    case .diminished: "dim"
    case .augmented: "aug"
    case .sus2: "sus2"
    case .sus4: "sus4"
    case .power: "5"
    case .major6: "6"
    case .minor6: "m6"
    case .dominant7: "7"
    case .major7: "maj7"
    case .minor7: "m7"
    case .halfDiminished7: "m7b5"
    case .diminished7: "dim7"
    case .minorMajor7: "mMaj7"
    case .dominant9: "9"
    case .major9: "maj9"
    case .minor9: "m9"
    case .add9: "add9"
    case .dominant7sus4: "7sus4"
    case .dominant13: "13"
    case .dominant7flat9: "7b9"
    }
  }

  /// Whether the chord has a minor third.
  public var isMinor: Bool { intervals.contains(3) }
}

extension Chord {
  /// The chord's notes from the root up, without the bass.
  public var pitchClasses: [PitchClass] { quality.intervals.map { root + $0 } }

  public func contains(_ pitchClass: PitchClass) -> Bool {
    quality.intervals.contains { (root + $0) == pitchClass }
  }

  /// What sounds lowest: the bass where there is one, else the root.
  public var lowest: PitchClass { bass ?? root }

  /// The third, or for chords without one the note in its place (second or fourth); nil for the power chord.
  public var third: PitchClass? {
    quality.intervals.first { (2...5).contains($0) }.map { root + $0 }
  }

  public var fifth: PitchClass { root + (quality.intervals.first { (6...8).contains($0) } ?? 7) }

  /// The sixth or seventh, where the chord has one.
  public var seventh: PitchClass? { quality.intervals.first { (9...11).contains($0) }.map { root + $0 } }

  /// The chord symbol, spelled for a key: "Bbmaj7", "Am7/G".
  public func symbol(in key: Key) -> String {
    let flats = key.usesFlats
    let slash = bass.map { "/" + $0.name(flats: flats) } ?? ""
    return root.name(flats: flats) + quality.suffix + slash
  }

  public func transposed(by semitones: Int) -> Chord {
    Chord(root: root + semitones, quality: quality, bass: bass.map { $0 + semitones })
  }
}
