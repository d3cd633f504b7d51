extension Mode {
  /// Semitones of the seven degrees above the tonic.
  public var intervals: [Int] {
    switch self {
    case .major: [0, 2, 4, 5, 7, 9, 11]
    case .minor: [0, 2, 3, 5, 7, 8, 10]
    case .dorian: [0, 2, 3, 5, 7, 9, 10]
    case .phrygian: [0, 1, 3, 5, 7, 8, 10]
    case .lydian: [0, 2, 4, 6, 7, 9, 11]
    case .mixolydian: [0, 2, 4, 5, 7, 9, 10]
    case .locrian: [0, 1, 3, 5, 6, 8, 10]
    case .harmonicMinor: [0, 2, 3, 5, 7, 8, 11]
    }
  }

  /// Whether the third above the tonic is minor.
  public var isMinor: Bool { intervals[2] == 3 }
}

extension Key {
  /// The seven pitch classes from the tonic up.
  public var scale: [PitchClass] { mode.intervals.map { tonic + $0 } }

  /// The pitch class of a scale degree counted from 1; degrees beyond 7 wrap round.
  public func degree(_ number: Int) -> PitchClass {
    scale[((number - 1) % 7 + 7) % 7]
  }

  public func contains(_ pitchClass: PitchClass) -> Bool { scale.contains(pitchClass) }

  /// The triad built of the scale's own notes on a degree counted from 1.
  public func triad(_ number: Int) -> Chord { stack(number, sevenths: false) }

  /// The seventh chord built of the scale's own notes on a degree counted from 1. Where no common chord has
  /// those notes, the triad.
  public func seventhChord(_ number: Int) -> Chord { stack(number, sevenths: true) }

  /// Whether all notes of a chord belong to the scale.
  public func contains(_ chord: Chord) -> Bool { chord.pitchClasses.allSatisfy(contains) }

  private func stack(_ number: Int, sevenths: Bool) -> Chord {
    let root = degree(number)
    let intervals = [0, 2, 4, 6].map { degree(number + $0).interval(above: root) }
    if sevenths, let quality = Chord.Quality.stackedThirds.first(where: { $0.intervals == intervals }) {
      return Chord(root: root, quality: quality)
    }
    let triad = Chord.Quality.stackedThirds.first { $0.intervals == Array(intervals.prefix(3)) }
    return Chord(root: root, quality: triad ?? .major)
  }
}

extension Chord.Quality {
  static let stackedThirds: [Chord.Quality] = [
    .major, .minor, .diminished, .augmented, .dominant7, .major7, .minor7, .halfDiminished7, .diminished7,
    .minorMajor7,
  ]
}
