/// One part of a MusicXML document, measure by measure. Times are in units of 1/2520 tick.
struct MusicXMLLine {
  struct Tone {
    /// From the bar line.
    var start: Int
    var length: Int
    var midi: Int
    var velocity: Int?
    var syllable: String?
    var startsTie: Bool
    var endsTie: Bool
  }

  struct Bar {
    var length = 0
    var tones: [Tone] = []
    var chords: [Int: String] = [:]
    var tempos: [Int: Double] = [:]
    var section: String?
    var key: Key?
    var startsRepeat = false
    /// How often what ends here is played; 1 where nothing is repeated.
    var times = 1
    var endings: Set<Int> = []
  }

  private(set) var voice: ABCTune.Voice
  private(set) var bars: [Bar] = []

  private let unitsPerQuarter: Int
  private var divisions = 1
  private var transposition = 0
  private var velocity: Int?
  private var openEndings: Set<Int> = []
  /// Keys of a kit by the id of its instruments.
  private var strokes: [String: Int] = [:]
  /// Voices whose last syllable is held.
  private var held: Set<String> = []

  init(id: String, declaration: XMLTree?, unitsPerQuarter: Int) {
    self.unitsPerQuarter = unitsPerQuarter
    voice = ABCTune.Voice(id: id)
    voice.name = declaration?.text("part-name").flatMap { $0.isEmpty ? nil : String($0.prefix(200)) }
    for midi in declaration?.all("midi-instrument") ?? [] {
      if let program = midi.integer("midi-program"), (1...128).contains(program) { voice.program = voice.program ?? program - 1 }
      if let channel = midi.integer("midi-channel"), (1...16).contains(channel) { voice.channel = voice.channel ?? channel }
      if let key = midi.integer("midi-unpitched"), (1...128).contains(key) { strokes[midi.attributes["id"] ?? ""] = key - 1 }
    }
  }

  private func units(_ element: XMLTree) throws(MusicXMLError) -> Int {
    guard let duration = element.number("duration"), duration >= 0, duration / Double(divisions) < 100_000 else {
      throw MusicXMLError(line: element.line, message: "A \(element.name) here has no duration that can be read.")
    }
    return Int((duration / Double(divisions) * Double(unitsPerQuarter)).rounded())
  }

  mutating func read(_ measure: XMLTree) throws(MusicXMLError) {
    var bar = Bar()
    var cursor = 0
    var chordStart = 0
    for element in measure.children {
      switch element.name {
      case "attributes": try read(attributes: element, in: &bar)
      case "backup": cursor = max(0, cursor - (try units(element)))
      case "forward": cursor += try units(element)
      case "note":
        // Ornaments have no time of their own, cues are somebody else's notes.
        guard element["grace"] == nil, element["cue"] == nil else { continue }
        let length = try units(element)
        if element["chord"] == nil { chordStart = cursor }
        try read(note: element, at: chordStart, length: length, in: &bar)
        if element["chord"] == nil { cursor += length }
      case "harmony": if let name = Self.chordName(element) { bar.chords[cursor] = name }
      case "direction", "sound": read(direction: element, at: cursor, in: &bar)
      case "barline": read(barline: element, in: &bar)
      default: break
      }
      bar.length = max(bar.length, cursor)
    }
    bar.endings.formUnion(openEndings)
    if measure.all("barline").contains(where: { ["stop", "discontinue"].contains($0["ending"]?.attributes["type"]) }) { openEndings = [] }
    bars.append(bar)
  }

  private mutating func read(attributes: XMLTree, in bar: inout Bar) throws(MusicXMLError) {
    if let text = attributes.text("divisions") {
      guard let count = Int(text), (1...1_000_000).contains(count) else {
        throw MusicXMLError(line: attributes.line, message: "divisions must be a whole number from 1, not \(text.prefix(20)).")
      }
      divisions = count
    }
    if let key = attributes["key"], let fifths = key.integer("fifths"), (-7...7).contains(fifths) {
      bar.key = Key(fifths: fifths, mode: Mode(suffix: key.text("mode") ?? "") ?? .major)
    }
    switch attributes["clef"]?.text("sign") {
    case "F": if bars.isEmpty { voice.clef = "bass" }
    case "percussion": voice.clef = "perc"
    default: break
    }
    if let transpose = attributes["transpose"] {
      transposition = (transpose.integer("chromatic") ?? 0).clamped(36) + 12 * (transpose.integer("octave-change") ?? 0).clamped(3)
    }
  }

  private mutating func read(note: XMLTree, at start: Int, length: Int, in bar: inout Bar) throws(MusicXMLError) {
    let line = note.text("voice") ?? "1"
    if note["rest"] != nil {
      held.remove(line)
      return
    }
    let midi: Int
    if let pitch = note["pitch"] {
      guard let step = pitch.text("step"), let letter = Spelling.letterNames.firstIndex(of: step),
        let octave = pitch.integer("octave"), (-1...10).contains(octave)
      else { throw MusicXMLError(line: note.line, message: "A note here has no step A to G or no octave.") }
      let alter = (pitch.number("alter") ?? 0).rounded()
      midi = 12 * (octave + 1) + Spelling.naturals[letter] + (abs(alter) <= 3 ? Int(alter) : 0) + transposition
    } else {
      midi = strokes[note["instrument"]?.attributes["id"] ?? ""] ?? strokes.values.min() ?? 38
    }
    guard (0...127).contains(midi) else {
      throw MusicXMLError(line: note.line, message: "A note here is outside the 128 keys of MIDI.")
    }
    var loudness = velocity
    if let percent = note.attributes["dynamics"].flatMap(Double.init), percent.isFinite {
      loudness = Int(min(max(percent * 0.9, 1), 127))
    }
    let ties = note.all("tie").compactMap { $0.attributes["type"] }
    let endsTie = ties.contains("stop")
    bar.tones.append(
      Tone(
        start: start, length: length, midi: midi, velocity: loudness,
        syllable: note["chord"] == nil && !endsTie ? syllable(of: note, line: line) : nil, startsTie: ties.contains("start"),
        endsTie: endsTie))
  }

  /// The first verse's syllable as a score has it: a hyphen where the word goes on, "-" alone where it is held.
  private mutating func syllable(of note: XMLTree, line: String) -> String? {
    guard let lyric = note["lyric"], let text = lyric.text("text"), !text.isEmpty else { return held.contains(line) ? "-" : nil }
    if lyric["extend"] != nil { held.insert(line) } else { held.remove(line) }
    let goesOn = ["begin", "middle"].contains(lyric.text("syllabic"))
    return String(text.prefix(ABCLimits.syllableCharacters)) + (goesOn ? "-" : "")
  }

  private mutating func read(direction: XMLTree, at cursor: Int, in bar: inout Bar) {
    let sound = direction.name == "sound" ? direction : direction["sound"]
    if let tempo = sound?.attributes["tempo"].flatMap(Double.init), (5...2000).contains(tempo) {
      bar.tempos[cursor] = tempo
    } else if let metronome = direction.all("direction-type").lazy.compactMap({ $0["metronome"] }).first,
      let count = metronome.number("per-minute"), let unit = metronome.text("beat-unit"),
      let quarters = ["whole": 4.0, "half": 2, "quarter": 1, "eighth": 0.5, "16th": 0.25][unit] {
      let tempo = count * quarters * (metronome["beat-unit-dot"] == nil ? 1 : 1.5)
      if (5...2000).contains(tempo) { bar.tempos[cursor] = tempo }
    }
    for kind in direction.all("direction-type") {
      if let mark = kind.text("rehearsal"), !mark.isEmpty { bar.section = String(mark.prefix(100)) }
      if let sign = kind["dynamics"]?.children.first?.name, let known = Self.dynamics[sign] { velocity = known }
    }
    if let percent = sound?.attributes["dynamics"].flatMap(Double.init), percent.isFinite {
      velocity = Int(min(max(percent * 0.9, 1), 127))
    }
  }

  private static let dynamics = ["ppp": 24, "pp": 36, "p": 49, "mp": 64, "mf": 80, "f": 96, "ff": 112, "fff": 124]

  private mutating func read(barline: XMLTree, in bar: inout Bar) {
    switch barline["repeat"]?.attributes["direction"] {
    case "forward": bar.startsRepeat = true
    case "backward": bar.times = min(max(barline["repeat"]?.attributes["times"].flatMap(Int.init) ?? 2, 2), 32)
    default: break
    }
    if let ending = barline["ending"], ending.attributes["type"] == "start" {
      openEndings = Set((ending.attributes["number"] ?? "1").split { !$0.isNumber }.prefix(32).compactMap { Int($0) })
    }
  }

  /// A `harmony` as a chord symbol; nil for what has no root.
  private static func chordName(_ harmony: XMLTree) -> String? {
    func note(_ name: String) -> String? {
      guard let place = harmony[name], let step = place.text("\(name)-step"), Spelling.letterNames.contains(step) else { return nil }
      let alter = Int((place.number("\(name)-alter") ?? 0).rounded().clamped(2))
      return step + String(repeating: alter < 0 ? "b" : "#", count: abs(alter))
    }
    let kind = harmony.text("kind") ?? "major"
    if kind == "none" { return "N.C." }
    guard let root = note("root") else { return nil }
    let degree = harmony["degree"].flatMap { degree -> (Int, Int)? in
      guard degree.text("degree-type") == "add", let value = degree.integer("degree-value") else { return nil }
      return (value, degree.integer("degree-alter") ?? 0)
    }
    let exact = Chord.Quality.allCases.first { quality in
      let (name, added) = quality.musicXML
      return name == kind && added?.value == degree?.0 && added?.alter == degree?.1
    }
    let plain = Chord.Quality.allCases.first { $0.musicXML.kind == kind && $0.musicXML.degree == nil }
    let suffix = exact?.suffix ?? plain?.suffix ?? nearest[kind] ?? ""
    return root + suffix + (note("bass").map { "/" + $0 } ?? "")
  }

  /// Kinds that the studio has no name for.
  private static let nearest = [
    "augmented-seventh": Chord.Quality.augmented.suffix, "dominant-11th": Chord.Quality.dominant9.suffix,
    "major-11th": Chord.Quality.major9.suffix, "major-13th": Chord.Quality.major9.suffix,
    "minor-11th": Chord.Quality.minor9.suffix, "minor-13th": Chord.Quality.minor9.suffix,
  ]
}

extension Key {
  /// The key of a signature: sharps, flats negative.
  init(fifths: Int, mode: Mode) {
    let wanted = mode == .harmonicMinor ? .minor : mode
    let keys = (0..<12).map { Key(tonic: PitchClass(rawValue: $0), mode: wanted) }
    // Seven sharps are five flats and the other way round, in keys that we spell otherwise.
    self = keys.first { $0.signature == fifths } ?? keys.first { ($0.signature - fifths) % 12 == 0 } ?? keys[0]
  }
}

extension Comparable where Self: SignedNumeric {
  fileprivate func clamped(_ limit: Self) -> Self { min(max(self, -limit), limit) }
}
