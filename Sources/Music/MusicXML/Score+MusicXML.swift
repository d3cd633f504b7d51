/// MusicXML 4.0 (W3C Community Group report), score-partwise.
extension Score {
  /// The score as a `.musicxml` document: a part for each part with clef, key, metre, chord symbols, tempi, section marks,
  /// lyrics, ties and triplets. Kits stand on a percussion staff with the key of each stroke.
  /// - Parameter performance: whether what notation has no words for (velocities, early releases, lateness, pan,
  ///   controllers) goes along as a field of its own, so that the document read back is the same score.
  public func musicXML(performance: Bool = true) -> String {
    var writer = MusicXMLWriter(score: self)
    let json = performance ? try? self.json() : nil
    writer.write(json: json.map { String(decoding: $0, as: UTF8.self) })
    return writer.xml.text
  }
}

/// XML as it grows, indented.
struct XMLText {
  private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
  private var depth = 0

  mutating func raw(_ line: String) { text += line + "\n" }

  mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: String? = nil) {
    indent()
    text += "<\(name)\(Self.list(attributes))"
    text += content.map { ">\(Self.escaped($0))</\(name)>\n" } ?? "/>\n"
  }

  mutating func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ body: (inout XMLText) -> Void
  ) {
    indent()
    text += "<\(name)\(Self.list(attributes))>\n"
    depth += 1
    body(&self)
    depth -= 1
    indent()
    text += "</\(name)>\n"
  }

  private mutating func indent() { text += String(repeating: " ", count: depth) }

  private static func list(_ attributes: KeyValuePairs<String, String>) -> String {
    attributes.reduce(into: "") { $0 += " \($1.key)=\"\(escaped($1.value))\"" }
  }

  /// Without the characters that XML 1.0 can't hold.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

struct MusicXMLWriter {
  let score: Score
  var xml = XMLText()
  private let notation: Notation
  private let chordPart: Int?

  init(score: Score) {
    self.score = score
    notation = Notation(score: score)
    chordPart = score.leadPart
  }

  mutating func write(json: String?) {
    xml.raw(
      "<!DOCTYPE score-partwise PUBLIC \"-//Recordare//DTD MusicXML 4.0 Partwise//EN\" \"http://www.musicxml.org/dtds/partwise.dtd\">")
    let score = self.score
    let copy = self
    xml.element("score-partwise", ["version": "4.0"]) { xml in
      xml.element("work") { $0.element("work-title", [:], score.title) }
      xml.element("identification") { xml in
        xml.element("encoding") { $0.element("software", [:], "Cantiga") }
        if let json {
          xml.element("miscellaneous") { $0.element("miscellaneous-field", ["name": "cantiga-score"], json) }
        }
      }
      xml.element("part-list") { xml in
        for index in score.parts.indices { copy.declare(part: index, in: &xml) }
      }
      for index in score.parts.indices { copy.write(part: index, in: &xml) }
    }
  }

  private func channel(ofPart index: Int) -> Int {
    if score.parts[index].playsDrumKit { return 10 }
    let place = score.parts[..<index].filter { !$0.playsDrumKit }.count % 15
    return place < 9 ? place + 1 : place + 2
  }

  private func keys(of part: Part) -> [Int] { Set(part.notes.map(\.pitch.midi)).sorted() }

  private func declare(part index: Int, in xml: inout XMLText) {
    let part = score.parts[index]
    let id = "P\(index + 1)"
    let channel = String(channel(ofPart: index))
    let pan = String(Int((part.pan * 90).rounded()))
    xml.element("score-part", ["id": id]) { xml in
      xml.element("part-name", [:], part.name)
      guard part.playsDrumKit else {
        xml.element("score-instrument", ["id": id + "-I1"]) { $0.element("instrument-name", [:], part.name) }
        xml.element("midi-instrument", ["id": id + "-I1"]) {
          $0.element("midi-channel", [:], channel)
          $0.element("midi-program", [:], String(part.midiProgram + 1))
          $0.element("pan", [:], pan)
        }
        return
      }
      for key in keys(of: part) {
        xml.element("score-instrument", ["id": "\(id)-I\(key)"]) {
          $0.element("instrument-name", [:], PercussionStaff.name(of: key))
        }
      }
      for key in keys(of: part) {
        xml.element("midi-instrument", ["id": "\(id)-I\(key)"]) {
          $0.element("midi-channel", [:], channel)
          $0.element("midi-program", [:], String(part.midiProgram + 1))
          $0.element("midi-unpitched", [:], String(key + 1))
          $0.element("pan", [:], pan)
        }
      }
    }
  }

  private func write(part index: Int, in xml: inout XMLText) {
    let part = score.parts[index]
    let hasChords = chordPart == index
    var cuts: [Int] = []
    if index == 0 { cuts += score.tempo.dropFirst().map(\.tick) }
    if hasChords { cuts += score.chords.map(\.startTick) }
    let bars = notation.bars(of: part, cuts: cuts)
    let places = PercussionStaff.places(for: part.playsDrumKit ? Set(part.notes.map(\.pitch.midi)) : [])
    let chords = hasChords ? Dictionary(score.chords.map { ($0.startTick, $0.chord) }) { $1 } : [:]
    let syllables = MusicXMLSyllables(part: part, bars: bars)
    let score = self.score
    let isFirst = index == 0
    let barTicks = notation.barTicks
    xml.element("part", ["id": "P\(index + 1)"]) { xml in
      for (number, bar) in bars.enumerated() {
        let start = number * barTicks
        let key = score.key(atTick: start)
        xml.element("measure", ["number": String(number + 1)]) { xml in
          Self.attributes(of: part, score: score, key: key, bar: number, start: start, in: &xml)
          if isFirst, let section = score.sections.last(where: { $0.startTick / barTicks == number }) {
            xml.element("direction", ["placement": "above"]) {
              $0.element("direction-type") { $0.element("rehearsal", [:], section.label) }
            }
          }
          for (place, element) in bar.enumerated() {
            if isFirst { Self.tempo(at: element.startTick, score: score, in: &xml) }
            if let chord = chords[element.startTick] { Self.harmony(chord, key: key, in: &xml) }
            var note = MusicXMLNote(element: element, key: score.key(atTick:), barTicks: barTicks, partID: "P\(index + 1)")
            if element.isTriplet {
              let beat = element.startTick / Score.ticksPerQuarter
              note.opensTriplet = place == 0 || bar[place - 1].startTick / Score.ticksPerQuarter != beat
              note.closesTriplet = place + 1 == bar.count || bar[place + 1].startTick / Score.ticksPerQuarter != beat
            }
            note.lyric = syllables.lyric(of: element)
            note.write(part: part, places: places, in: &xml)
          }
          if number == bars.count - 1 {
            xml.element("barline", ["location": "right"]) { $0.element("bar-style", [:], "light-heavy") }
          }
        }
      }
    }
  }

  private static func attributes(of part: Part, score: Score, key: Key, bar: Int, start: Int, in xml: inout XMLText) {
    let changes = score.keyChanges.contains { $0.tick == start }
    guard bar == 0 || changes else { return }
    xml.element("attributes") { xml in
      if bar == 0 { xml.element("divisions", [:], String(Score.ticksPerQuarter)) }
      xml.element("key") {
        $0.element("fifths", [:], String(key.signature))
        $0.element("mode", [:], key.mode == .harmonicMinor ? "minor" : key.mode.rawValue)
      }
      guard bar == 0 else { return }
      xml.element("time") {
        $0.element("beats", [:], String(score.meter.beats))
        $0.element("beat-type", [:], String(score.meter.unit))
      }
      xml.element("clef") {
        $0.element("sign", [:], part.playsDrumKit ? "percussion" : part.usesBassClef ? "F" : "G")
        if !part.playsDrumKit { $0.element("line", [:], part.usesBassClef ? "4" : "2") }
      }
    }
  }

  private static func tempo(at tick: Int, score: Score, in xml: inout XMLText) {
    guard let change = score.tempo.last(where: { $0.tick == tick }) else { return }
    let bpm = score.meter.bpm(quartersPerMinute: change.quartersPerMinute)
    xml.element("direction", ["placement": "above"]) { xml in
      xml.element("direction-type") {
        $0.element("metronome") {
          $0.element("beat-unit", [:], "quarter")
          if score.meter.isCompound { $0.element("beat-unit-dot") }
          $0.element("per-minute", [:], String((bpm * 100).rounded() / 100))
        }
      }
      xml.element("sound", ["tempo": String(change.quartersPerMinute)])
    }
  }

  private static func harmony(_ chord: Chord, key: Key, in xml: inout XMLText) {
    func spelled(_ pitchClass: PitchClass, _ name: String, in xml: inout XMLText) {
      let spelling = key.spelling(of: Pitch(midi: 60 + pitchClass.rawValue))
      xml.element(name) {
        $0.element("\(name)-step", [:], Spelling.letterNames[spelling.letter])
        if spelling.alter != 0 { $0.element("\(name)-alter", [:], String(spelling.alter)) }
      }
    }
    let (kind, degree) = chord.quality.musicXML
    xml.element("harmony") { xml in
      spelled(chord.root, "root", in: &xml)
      xml.element("kind", ["text": chord.quality.suffix], kind)
      if let bass = chord.bass { spelled(bass, "bass", in: &xml) }
      if let degree {
        xml.element("degree") {
          $0.element("degree-value", [:], String(degree.value))
          $0.element("degree-alter", [:], String(degree.alter))
          $0.element("degree-type", [:], "add")
        }
      }
    }
  }
}

extension Score {
  /// The part over whose staff chord symbols stand: the voice, else the melody, else the first that has pitches.
  public var leadPart: Int? {
    parts.firstIndex { $0.role == .vocal } ?? parts.firstIndex { $0.role == .melody } ?? parts.firstIndex { !$0.playsDrumKit }
  }
}

extension Chord.Quality {
  /// The `kind`, and a degree that is added to it.
  var musicXML: (kind: String, degree: (value: Int, alter: Int)?) {
    switch self {
    case .major: ("major", nil)
    case .minor: ("minor", nil)
    case .diminished: ("diminished", nil)
    case .augmented: ("augmented", nil)
    case .sus2: ("suspended-second", nil)
    case .sus4: ("suspended-fourth", nil)
    case .power: ("power", nil)
    case .major6: ("major-sixth", nil)
    case .minor6: ("minor-sixth", nil)
    case .dominant7: ("dominant", nil)
    case .major7: ("major-seventh", nil)
    case .minor7: ("minor-seventh", nil)
    case .halfDiminished7: ("half-diminished", nil)
    case .diminished7: ("diminished-seventh", nil)
    case .minorMajor7: ("major-minor", nil)
    case .dominant9: ("dominant-ninth", nil)
    case .major9: ("major-ninth", nil)
    case .minor9: ("minor-ninth", nil)
    case .add9: ("major", (9, 0))
    case .dominant7sus4: ("suspended-fourth", (7, 0))
    case .dominant13: ("dominant-13th", nil)
    case .dominant7flat9: ("dominant", (9, -1))
    }
  }
}
