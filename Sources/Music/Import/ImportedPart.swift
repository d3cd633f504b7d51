/// A part of somebody else's file: what a score needs besides its notes is found by name, clef and texture.
struct ImportedPart {
  var name: String
  var isPercussion = false
  var usesBassClef = false
  var program: Int?
  var pan = 0.0
  var notes: [Note] = []
  var controls: [Control] = []

  /// - Parameters:
  ///   - taken: ids in use; the new one is added.
  ///   - hasMelody: whether the score has a melody already; set when this becomes it.
  func part(taken: inout Set<String>, hasMelody: inout Bool) -> Part {
    let role = self.role(hasMelody: hasMelody)
    if role == .melody || role == .vocal { hasMelody = true }
    var id = String(String.UnicodeScalarView(
      name.lowercased().unicodeScalars.map { ("a"..."z").contains($0) || ("0"..."9").contains($0) ? $0 : "-" }.prefix(40)))
    id = id.split(separator: "-").joined(separator: "-")
    if id.isEmpty { id = role.rawValue }
    var unique = id
    var number = 2
    while !taken.insert(unique).inserted {
      unique = "\(id)-\(number)"
      number += 1
    }
    return Part(
      id: unique, name: name.isEmpty ? id : name, role: role, instrument: instrument(role),
      notes: notes.sorted { ($0.startTick, $0.pitch.midi, $0.durationTicks) < ($1.startTick, $1.pitch.midi, $1.durationTicks) },
      controls: controls.sorted { $0.tick < $1.tick }, pan: pan)
  }

  private func role(hasMelody: Bool) -> Part.Role {
    let word = name.lowercased()
    if isPercussion { return word.contains("perc") ? .percussion : .drums }
    if notes.contains(where: { $0.syllable != nil }) || ["vocal", "voice", "sing"].contains(where: word.contains) { return .vocal }
    if word.replacing("bassoon", with: "").contains("bass") || program.map({ (32...39).contains($0) }) == true { return .bass }
    var chords = 0
    for (a, b) in zip(notes, notes.dropFirst()) where a.startTick == b.startTick { chords += 1 }
    if chords * 4 > notes.count {
      return program.map { (88...95).contains($0) || (48...54).contains($0) } == true ? .pad : .chords
    }
    let mean = notes.isEmpty ? 60 : notes.reduce(0) { $0 + $1.pitch.midi } / notes.count
    if mean < 50, usesBassClef || hasMelody { return .bass }
    return hasMelody ? .counterMelody : .melody
  }

  private func instrument(_ role: Part.Role) -> Instrument {
    if isPercussion { return .drumKit(program ?? 0) }
    if let program { return .program(program) }
    let word = name.lowercased()
    if let known = Self.programs.first(where: { word.contains($0.0) }) { return .program(known.1) }
    switch role {
    case .bass: return .program(33)
    case .vocal: return .program(53)
    case .pad: return .program(48)
    default: return .program(0)
    }
  }

  /// Words in a part's name and the General MIDI program they stand for; the first that fits counts.
  private static let programs: [(String, Int)] = [
    ("electric piano", 4), ("piano", 0), ("harpsichord", 6), ("vibra", 11), ("marimba", 12), ("organ", 16),
    ("accordion", 21), ("harmonica", 22), ("bass guitar", 33), ("double bass", 32), ("contrabass", 43), ("bassoon", 70),
    ("bass", 33), ("electric guitar", 27), ("guitar", 25), ("banjo", 105), ("mandolin", 25), ("violin", 40),
    ("fiddle", 40), ("viola", 41), ("cello", 42), ("harp", 46), ("string", 48), ("choir", 52), ("soprano", 52),
    ("alto sax", 65), ("tenor sax", 66), ("sax", 65), ("alto", 52), ("tenor", 52), ("trumpet", 56), ("trombone", 57),
    ("tuba", 58), ("horn", 60), ("brass", 61), ("oboe", 68), ("clarinet", 71), ("piccolo", 72), ("flute", 73),
    ("recorder", 74), ("whistle", 78), ("vocal", 53), ("voice", 53),
  ]
}

extension Section.Kind {
  /// Reads a section's label: "Chorus 2", "pre-chorus", "Verse"; nil for words that name no section.
  init?(label: String) {
    let word = String(label.lowercased().filter { $0.isLetter })
    let names: [(String, Section.Kind)] = [
      ("prechorus", .preChorus), ("chorus", .chorus), ("refrain", .chorus), ("hook", .chorus), ("intro", .intro),
      ("verse", .verse), ("bridge", .bridge), ("solo", .solo), ("interlude", .interlude), ("drop", .drop),
      ("build", .build), ("outro", .outro), ("coda", .outro), ("ending", .outro),
    ]
    guard let known = names.first(where: { word.hasPrefix($0.0) }) else { return nil }
    self = known.1
  }

  /// How full a section of this kind usually is, 0 ... 1.
  var usualEnergy: Double {
    switch self {
    case .intro, .outro: 0.4
    case .interlude: 0.45
    case .verse: 0.55
    case .bridge, .preChorus: 0.65
    case .solo, .build: 0.75
    case .chorus: 0.85
    case .drop: 0.95
    }
  }
}

extension Section {
  /// Sections from labels at ticks, which are moved to their bar lines. What comes before the first label is an
  /// introduction, and what no label names takes the kind of a verse.
  static func sections(labels: [Int: String], bars: Int, barTicks: Int, like known: [Section] = []) -> [Section] {
    guard bars > 0, barTicks > 0 else { return [] }
    var starts: [Int: String] = [:]
    for (tick, label) in labels where tick / barTicks < bars { starts[tick / barTicks] = label }
    if starts.isEmpty { return [Section(kind: .verse, label: "Verse", startTick: 0, bars: bars, energy: 0.6)] }
    if starts[0] == nil { starts[0] = "Intro" }
    let order = starts.keys.sorted()
    return order.enumerated().map { place, bar in
      let label = starts[bar] ?? ""
      let twin = known.first { $0.label == label }
      let kind = twin?.kind ?? Kind(label: label) ?? .verse
      return Section(
        kind: kind, label: label, startTick: bar * barTicks,
        bars: (place + 1 < order.count ? order[place + 1] : bars) - bar, energy: twin?.energy ?? kind.usualEnergy)
    }
  }
}

extension Score {
  /// Whether all its numbers are within what the program reckons with: ticks in the score's length, velocities,
  /// tempi. Scores from outside are refused when it is false.
  public var isWithinBounds: Bool {
    let limit = ABCLimits.bars * Score.ticksPerQuarter * 4
    guard (1...limit).contains(lengthTicks), let first = tempo.first, first.tick == 0, parts.count <= ABCLimits.voices,
      tempo.allSatisfy({ $0.tick >= 0 && $0.tick <= limit && $0.quartersPerMinute >= 5 && $0.quartersPerMinute <= 2000 }),
      zip(tempo, tempo.dropFirst()).allSatisfy({ $0.tick < $1.tick }),
      keyChanges.allSatisfy({ (1...limit).contains($0.tick) }),
      sections.allSatisfy({ (0...limit).contains($0.startTick) && (0...ABCLimits.bars).contains($0.bars) && (0...1).contains($0.energy) }),
      chords.allSatisfy({ (0...limit).contains($0.startTick) && (0...limit).contains($0.durationTicks) }),
      parts.reduce(0, { $0 + $1.notes.count }) <= ABCLimits.notes
    else { return false }
    return parts.allSatisfy { part in
      part.pan.isFinite && part.gainDecibels.isFinite && abs(part.pan) <= 1 && abs(part.gainDecibels) <= 100
        && part.controls.allSatisfy { (-limit...limit).contains($0.tick) && abs($0.value) <= 100_000 }
        && part.notes.allSatisfy {
          (0...limit).contains($0.startTick) && (1...limit).contains($0.durationTicks) && (1...127).contains($0.velocity)
            && abs($0.nudgeTicks) <= limit
        }
    }
  }
}
