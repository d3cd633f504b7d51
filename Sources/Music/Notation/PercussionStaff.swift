/// Where the strokes of a kit stand on a percussion staff. Each General MIDI key has a semitone of its own from E4 up,
/// as ABC's `%%MIDI drummap` needs; sharps are drawn with a cross by readers that know percussion staves.
enum PercussionStaff {
  /// The written pitch (MIDI number) of the usual keys: kick in the lowest space, snare in the third, cymbals on top.
  private static let usual: [Int: Int] = [
    35: 64, 36: 65, 44: 63, 37: 73, 38: 72, 40: 71, 39: 75, 41: 67, 43: 69, 45: 70, 47: 74, 48: 76, 50: 77, 42: 80,
    46: 79, 51: 78, 49: 82, 57: 83, 52: 84, 55: 85, 53: 86, 59: 88, 54: 68, 56: 81, 70: 66, 82: 66 + 21,
  ]

  /// The written pitch of each key among `keys`; keys without a usual place take free semitones from C4 up.
  static func places(for keys: Set<Int>) -> [Int: Int] {
    var result: [Int: Int] = [:]
    var taken: Set<Int> = []
    for key in keys {
      guard let place = usual[key] else { continue }
      result[key] = place
      taken.insert(place)
    }
    var free = (60..<128).lazy.filter { !taken.contains($0) && !usual.values.contains($0) }.makeIterator()
    var low = (0..<60).reversed().makeIterator()
    for key in keys.sorted() where result[key] == nil { result[key] = free.next() ?? low.next() ?? key }
    return result
  }

  /// A written pitch in sharps, as percussion staves have no key.
  static func spelling(of place: Int) -> Spelling {
    let letter = [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6][place % 12]
    return Spelling(letter: letter, alter: place % 12 - Spelling.naturals[letter], octave: place / 12 - 1)
  }
}

extension PercussionStaff {
  /// Whether a key's note has a cross for its head: cymbals, hi-hats, sticks.
  static func isMetal(_ key: Int) -> Bool { [37, 42, 44, 46, 49, 51, 52, 53, 55, 57, 59, 69, 70, 82].contains(key) }

  /// The General MIDI name of a key.
  static func name(of key: Int) -> String {
    (35...81).contains(key) ? names[key - 35] : "Percussion \(key)"
  }

  private static let names = [
    "Acoustic bass drum", "Bass drum", "Side stick", "Acoustic snare", "Hand clap", "Electric snare", "Low floor tom",
    "Closed hi-hat", "High floor tom", "Pedal hi-hat", "Low tom", "Open hi-hat", "Low-mid tom", "High-mid tom",
    "Crash cymbal 1", "High tom", "Ride cymbal 1", "Chinese cymbal", "Ride bell", "Tambourine", "Splash cymbal", "Cowbell",
    "Crash cymbal 2", "Vibraslap", "Ride cymbal 2", "High bongo", "Low bongo", "Mute high conga", "Open high conga",
    "Low conga", "High timbale", "Low timbale", "High agogo", "Low agogo", "Cabasa", "Maracas", "Short whistle",
    "Long whistle", "Short guiro", "Long guiro", "Claves", "High wood block", "Low wood block", "Mute cuica",
    "Open cuica", "Mute triangle", "Open triangle",
  ]
}
