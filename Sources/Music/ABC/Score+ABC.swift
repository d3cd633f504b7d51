/// ABC 2.1 (abcnotation.com/wiki/abc:standard:v2.1), the API's score format.
extension Score {
  /// The score as ABC: a voice for each part, chord symbols and section labels on top, lyrics below, drums on a percussion
  /// staff with their keys in `%%MIDI drummap`.
  ///
  /// - Parameter performance: whether what ABC has no words for (velocities, early releases, lateness, pan, controllers)
  ///   follows as `%%cantiga-score` comments, which other readers skip. With them `Score(abc:)` gives this same score
  ///   back; without them it needs this score as its base.
  public func abc(performance: Bool = true) -> String {
    var writer = ABCWriter(score: self)
    writer.write()
    if performance, let json = try? self.json() { writer.append(json: String(decoding: json, as: UTF8.self)) }
    return writer.text
  }
}

struct ABCWriter {
  static let scoreDirective = "%%cantiga-score "
  static let partDirective = "%%cantiga-part "
  private static let barsPerLine = 4

  let score: Score
  private(set) var text = ""
  private let notation: Notation
  /// The part over whose staff chord symbols stand.
  private let chordPart: Int?

  init(score: Score) {
    self.score = score
    notation = Notation(score: score)
    chordPart = score.leadPart
  }

  mutating func write() {
    line("%abc-2.1")
    line("X:1")
    line("T:\(Self.plain(score.title, or: "Untitled"))")
    line("M:\(score.meter.name)")
    line("L:1/8")
    if let tempo = score.tempo.first { line("Q:\(tempoText(tempo.quartersPerMinute))") }
    line("%%continueall 1")
    line("%%scale 0.5")
    line("%%maxshrink 1")
    line("%%score \(score.parts.indices.map { String($0 + 1) }.joined(separator: " "))")
    line("%%MIDI gchordoff")
    for quality in Chord.Quality.allCases where Self.chordNames.contains(quality) {
      guard score.chords.contains(where: { $0.chord.quality == quality }) else { continue }
      line("%%MIDI chordname \(quality.suffix) \(quality.intervals.map(String.init).joined(separator: " "))")
    }
    line("K:\(Self.text(of: score.key))")
    for (index, part) in score.parts.enumerated() { write(part, number: index + 1) }
  }

  /// Chords whose names abc2midi has to be told.
  private static let chordNames: Set<Chord.Quality> = [
    .halfDiminished7, .minorMajor7, .add9, .dominant13, .dominant7flat9, .dominant7sus4, .power, .sus2, .sus4, .minor6,
    .major9, .minor9, .dominant9, .diminished7,
  ]

  /// The whole score on comment lines that are not too long for an editor.
  mutating func append(json: String) {
    line("% What follows is how the score is played, for Cantiga. Change or delete nothing in it but all of it.")
    var chunk = ""
    for piece in json.split(separator: ",", omittingEmptySubsequences: false) {
      if chunk.utf8.count + piece.utf8.count > 150, !chunk.isEmpty {
        line(Self.scoreDirective + chunk)
        chunk = ""
      }
      chunk += piece + ","
    }
    line(Self.scoreDirective + chunk.dropLast())
  }

  private mutating func line(_ content: String) {
    text += content
    text += "\n"
  }

  private func tempoText(_ quartersPerMinute: Double) -> String {
    let bpm = score.meter.bpm(quartersPerMinute: quartersPerMinute)
    let rounded = (bpm * 100).rounded() / 100
    let number = rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    return "\(score.meter.isCompound ? "3/8" : "1/4")=\(number)"
  }

  static func text(of key: Key) -> String {
    let mode: String =
      switch key.mode {
      case .major: ""
      case .minor, .harmonicMinor: "m"
      case .dorian: "dor"
      case .phrygian: "phr"
      case .lydian: "lyd"
      case .mixolydian: "mix"
      case .locrian: "loc"
      }
    return key.tonicName + mode
  }

  /// A text for one line: no line breaks or control characters, no comment sign.
  static func plain(_ text: String, or substitute: String) -> String {
    let kept = text.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 && $0.value != 0x2028 && $0.value != 0x2029 }
    let line = String(String.UnicodeScalarView(kept)).split(separator: " ").joined(separator: " ")
    let escaped = line.replacing("%", with: "\\%")
    return escaped.isEmpty ? substitute : escaped
  }

  // MARK: A voice

  private mutating func write(_ part: Part, number: Int) {
    let name = Self.plain(part.name, or: part.id).replacing("\"", with: "'")
    line("V:\(number) clef=\(clef(of: part)) name=\"\(name)\"")
    line("\(Self.partDirective)\(part.id) \(part.role.rawValue) \(part.instrument.text)")
    let places = PercussionStaff.places(for: part.playsDrumKit ? Set(part.notes.map(\.pitch.midi)) : [])
    if part.playsDrumKit {
      line("%%MIDI channel 10")
      line("%%MIDI program \(part.midiProgram)")
      for (key, place) in places.sorted(by: { $0.key < $1.key }) {
        line("%%MIDI drummap \(PercussionStaff.spelling(of: place).abc(accidental: true)) \(key)")
      }
    } else {
      line("%%MIDI program \(part.midiProgram)")
    }
    let isFirst = number == 1
    let hasChords = chordPart == number - 1
    var cuts: [Int] = []
    if isFirst { cuts += score.tempo.dropFirst().map(\.tick) }
    if hasChords { cuts += score.chords.map(\.startTick) }
    let bars = notation.bars(of: part, cuts: cuts)
    var voice = ABCVoiceText(score: score, part: part, places: places)
    voice.chords = hasChords ? Dictionary(score.chords.map { ($0.startTick, $0.chord) }) { $1 } : [:]
    voice.tempos = isFirst ? Dictionary(score.tempo.dropFirst().map { ($0.tick, tempoText($0.quartersPerMinute)) }) { $1 } : [:]
    let labels = isFirst ? Dictionary(score.sections.map { ($0.startTick / notation.barTicks, $0.label) }) { $1 } : [:]
    let isSung = part.notes.contains { $0.syllable != nil }
    for range in lines(of: bars, isSung: isSung) {
      if let label = labels[range.lowerBound] { line("P:\(Self.plain(label, or: "Section"))") }
      let music = range.map { bar in
        let label = bar > range.lowerBound ? labels[bar].map { "[P:\(Self.plain($0, or: "Section").replacing("]", with: ")"))]" } : nil
        return (label ?? "") + voice.music(bars[bar])
      }
      line(music.joined(separator: "| ") + (range.upperBound == bars.count ? "|]" : "| % \(range.lowerBound + 1)"))
      if isSung { line("w: " + voice.lyrics(Array(bars[range]))) }
    }
  }

  /// The bars of each line of text: four, fewer before a section. In a sung voice silent bars share a line with sung ones,
  /// as some readers want words under every line.
  private func lines(of bars: [[Notation.Element]], isSung: Bool) -> [Range<Int>] {
    let sectionStarts = Set(score.sections.map { $0.startTick / notation.barTicks })
    var lines: [Range<Int>] = []
    var first = 0
    while first < bars.count {
      var last = first + 1
      while last < bars.count, last - first < Self.barsPerLine, !sectionStarts.contains(last) { last += 1 }
      let isSilent = bars[first..<last].allSatisfy { $0.allSatisfy(\.isRest) }
      if isSung, let previous = lines.last,
        isSilent || bars[previous].allSatisfy({ $0.allSatisfy(\.isRest) }) {
        lines[lines.count - 1] = previous.lowerBound..<last
      } else {
        lines.append(first..<last)
      }
      first = last
    }
    return lines
  }

  private func clef(of part: Part) -> String {
    part.playsDrumKit ? "perc" : part.usesBassClef ? "bass" : "treble"
  }
}

extension Part {
  /// Whether its notes lie lower than middle C for the most part.
  var usesBassClef: Bool {
    guard !notes.isEmpty else { return role == .bass }
    return notes.reduce(0) { $0 + $1.pitch.midi } < 58 * notes.count
  }
}

extension Spelling {
  /// The note as ABC writes it: `^F,`.
  func abc(accidental: Bool) -> String {
    let sign = accidental ? ["__", "_", "=", "^", "^^"][min(max(alter + 2, 0), 4)] : ""
    let name = Self.letterNames[letter]
    if octave >= 5 { return sign + name.lowercased() + String(repeating: "'", count: octave - 5) }
    return sign + name + String(repeating: ",", count: 4 - octave)
  }
}
