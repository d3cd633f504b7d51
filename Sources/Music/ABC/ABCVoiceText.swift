/// The bars of one voice as ABC text.
struct ABCVoiceText {
  let score: Score
  let part: Part
  /// The written pitches of a kit's keys; empty for pitched parts.
  let places: [Int: Int]
  /// What stands over the staff, by tick.
  var chords: [Int: Chord] = [:]
  /// Tempo changes by tick, as the field's text.
  var tempos: [Int: String] = [:]

  init(score: Score, part: Part, places: [Int: Int]) {
    self.score = score
    self.part = part
    self.places = places
  }

  /// A bar without its bar line.
  func music(_ elements: [Notation.Element]) -> String {
    var text = ""
    var alters: [Int: Int] = [:]
    var lastBeat: Int?
    var tripletBeat: Int?
    let beam = score.meter.ticksPerFeltBeat
    guard let start = elements.first?.startTick else { return "" }
    // Key changes lie on bar lines. Voices of percussion have the signature too, though their notes say all they need.
    let key = score.key(atTick: start)
    let signature = key.signatureAlters
    if score.keyChanges.contains(where: { $0.tick == start }) { text += "[K:\(ABCWriter.text(of: key))]" }
    for (index, element) in elements.enumerated() {
      let beat = element.startTick / beam
      if let lastBeat, lastBeat != beat || element.durationTicks >= 960 { text += " " }
      lastBeat = beat
      let quarter = element.startTick / Score.ticksPerQuarter
      if let tempo = tempos[element.startTick] { text += "[Q:\(tempo)]" }
      if let chord = chords[element.startTick] { text += "\"\(chord.symbol(in: key))\"" }
      if element.isTriplet, tripletBeat != quarter {
        tripletBeat = quarter
        let count = elements[index...].prefix { $0.isTriplet && $0.startTick / Score.ticksPerQuarter == quarter }.count
        text += "(3:2:\(count)"
      }
      text += notes(of: element, key: key, signature: signature, alters: &alters) + Self.length(element.writtenTicks)
      if element.isTied { text += "-" }
    }
    return text + " "
  }

  private func notes(
    of element: Notation.Element, key: Key, signature: [Int], alters: inout [Int: Int]
  ) -> String {
    guard !element.isRest else { return "z" }
    var names: [String] = []
    var last: Pitch?
    for index in element.notes {
      let pitch = part.notes[index].pitch
      // Two strokes on one key at once are one note on paper.
      if pitch == last { continue }
      last = pitch
      let spelling =
        part.playsDrumKit ? PercussionStaff.spelling(of: places[pitch.midi] ?? pitch.midi)
        : (element.isContinuation ? score.key(atTick: part.notes[index].startTick) : key).spelling(of: pitch)
      // Readers differ on whether an accidental counts in other octaves: said again wherever that matters.
      let inForce = alters[spelling.letter] ?? signature[spelling.letter]
      let isWritten = part.playsDrumKit || spelling.alter != inForce || alters[spelling.letter] != nil
      if spelling.alter != inForce || alters[spelling.letter] != nil { alters[spelling.letter] = spelling.alter }
      names.append(spelling.abc(accidental: isWritten))
    }
    return names.count == 1 ? names[0] : "[\(names.joined())]"
  }

  /// A multiple of an eighth: "", "2", "3/2", "/4".
  static func length(_ ticks: Int) -> String {
    var numerator = ticks
    var denominator = Score.ticksPerQuarter / 2
    var (a, b) = (numerator, denominator)
    while b != 0 { (a, b) = (b, a % b) }
    numerator /= max(a, 1)
    denominator /= max(a, 1)
    if denominator == 1 { return numerator == 1 ? "" : String(numerator) }
    return "\(numerator == 1 ? "" : String(numerator))/\(denominator)"
  }

  /// The `w:` line of these bars.
  func lyrics(_ bars: [[Notation.Element]]) -> String {
    var words: [String] = []
    var isHeld = false
    for element in bars.joined() where !element.isRest {
      let syllable = element.notes.compactMap { part.notes[$0].syllable }.first
      if element.isContinuation {
        words.append(isHeld ? "_" : "*")
      } else if let syllable, syllable == "-" {
        words.append("_")
      } else if let syllable, !syllable.isEmpty {
        isHeld = true
        words.append(Self.escaped(syllable))
      } else {
        isHeld = false
        words.append("*")
      }
    }
    return words.joined(separator: " ")
  }

  /// A syllable with the signs that mean something in a `w:` line escaped; a hyphen at its end stays one.
  private static func escaped(_ syllable: String) -> String {
    let goesOn = syllable.count > 1 && syllable.hasSuffix("-")
    var result = ""
    for character in ABCWriter.plain(goesOn ? String(syllable.dropLast()) : syllable, or: "*") {
      switch character {
      case " ": result += "~"
      case "-", "_", "*", "|", "~": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result + (goesOn ? "-" : "")
  }
}
