/// A pitch as written on a staff: a letter with its accidental, and the octave of the letter.
struct Spelling: Hashable, Sendable {
  /// 0 for C ... 6 for B.
  var letter: Int
  /// Semitones that the accidental adds: -2 ... 2.
  var alter: Int
  /// Scientific: 4 for the octave from middle C.
  var octave: Int

  /// Semitones of the letters C ... B above C.
  static let naturals = [0, 2, 4, 5, 7, 9, 11]
  static let letterNames = ["C", "D", "E", "F", "G", "A", "B"]

  /// Staff steps above middle C: 7 an octave.
  var step: Int { (octave - 4) * 7 + letter }

  /// The MIDI number, which may be outside 0...127.
  var midi: Int { (octave + 1) * 12 + Self.naturals[letter] + alter }
}

extension Key {
  /// The accidental that the key signature gives each letter C ... B: -1, 0 or 1.
  var signatureAlters: [Int] { Self.signatureAlters(fifths: signature) }

  /// - Parameter fifths: sharps, flats negative; -7...7.
  static func signatureAlters(fifths: Int) -> [Int] {
    (0..<7).map { letter in
      let place = ((letter * 2 + 1) % 7 + 7) % 7  // C D E F G A B stand at 1 3 5 0 2 4 6 of F C G D A E B.
      return Self.floorDivision(fifths + 6 - place, by: 7)
    }
  }

  /// How a pitch is written in this key: notes of the scale as the key signature has them, others by the nearest of the
  /// twelve fifths round the tonic (raised sixth and seventh in minor, flat second and sharp fourth everywhere).
  func spelling(of pitch: Pitch) -> Spelling {
    let tonicPlace = signature + mode.fifthsAboveRelativeMajor
    let lowest = min(tonicPlace - 5, signature - 1)
    // Pitch class p is at fifths 7p (mod 12) from C.
    let raw = pitch.pitchClass.rawValue * 7
    let place = lowest + ((raw - lowest) % 12 + 12) % 12
    let letter = [3, 0, 4, 1, 5, 2, 6][((place + 1) % 7 + 7) % 7]
    let alter = Self.floorDivision(place + 1, by: 7)
    let octave = Self.floorDivision(pitch.midi - alter - Spelling.naturals[letter], by: 12) - 1
    return Spelling(letter: letter, alter: alter, octave: octave)
  }

  private static func floorDivision(_ value: Int, by divisor: Int) -> Int {
    value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
  }
}

extension Mode {
  /// Fifths from the tonic of the major scale with the same notes up to this mode's tonic.
  var fifthsAboveRelativeMajor: Int {
    switch self {
    case .lydian: -1
    case .major: 0
    case .mixolydian: 1
    case .dorian: 2
    case .minor, .harmonicMinor: 3
    case .phrygian: 4
    case .locrian: 5
    }
  }
}
