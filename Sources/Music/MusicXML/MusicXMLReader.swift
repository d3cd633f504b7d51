/// A score-partwise document as a tune and what it sounds like: the same two values that an ABC text is read into, so that
/// both are laid over the score they were written from in one way (`ABCMerge`).
struct MusicXMLReader {
  let root: XMLTree
  private(set) var tune = ABCTune()
  private(set) var music = ABCMusic()
  private var noteCount = 0

  private static let unitsPerQuarter = Score.ticksPerQuarter * ABCTune.unitsPerTick
  private static let barLimit = ABCLimits.bars

  init(_ root: XMLTree) throws(MusicXMLError) {
    self.root = root
    guard root.name == "score-partwise" else {
      throw MusicXMLError(
        line: root.line,
        message: root.name == "score-timewise"
          ? "This is score-timewise; save it as score-partwise." : "A MusicXML score begins with score-partwise, not \(root.name).")
    }
    try read()
  }

  // MARK: The document

  private mutating func read() throws(MusicXMLError) {
    tune.title = String((root["work"]?.text("work-title") ?? root.text("movement-title") ?? "").prefix(200))
    let fields = root["identification"]?["miscellaneous"]?.all("miscellaneous-field") ?? []
    tune.scoreJSON = fields.first { $0.attributes["name"] == "cantiga-score" }?.text ?? ""
    let declared = Dictionary((root["part-list"]?.all("score-part") ?? []).map { ($0.attributes["id"] ?? "", $0) }) { $1 }
    let parts = root.all("part")
    guard !parts.isEmpty, parts.count <= ABCLimits.voices else {
      throw MusicXMLError(line: root.line, message: "A score has 1 to \(ABCLimits.voices) parts, not \(parts.count).")
    }
    let bars = parts.map { $0.all("measure").count }.max() ?? 0
    guard (1...Self.barLimit).contains(bars) else {
      throw MusicXMLError(line: root.line, message: "A score has 1 to \(Self.barLimit) measures, not \(bars).")
    }
    try readMeter(parts)
    let scale = try meterScale()
    var lines: [MusicXMLLine] = []
    for part in parts {
      let id = part.attributes["id"] ?? ""
      var line = MusicXMLLine(id: id, declaration: declared[id], unitsPerQuarter: Self.unitsPerQuarter)
      for measure in part.all("measure") {
        try line.read(measure)
        noteCount += line.bars.last?.tones.count ?? 0
        guard noteCount <= ABCLimits.notes else {
          throw MusicXMLError(line: measure.line, message: "There are more than \(ABCLimits.notes) notes.")
        }
      }
      lines.append(line)
    }
    tune.key = lines.lazy.flatMap(\.bars).compactMap(\.key).first ?? tune.key
    lay(lines, scale: scale)
  }

  /// The one metre of the piece.
  private mutating func readMeter(_ parts: [XMLTree]) throws(MusicXMLError) {
    var found: (beats: Int, unit: Int)?
    for part in parts {
      for attributes in part.all("measure").flatMap({ $0.all("attributes") }) {
        for time in attributes.all("time") {
          guard let unit = time.integer("beat-type"), let text = time.text("beats") else { continue }
          let beats = text.split(separator: "+").map { Int($0) ?? 0 }.reduce(0) { min($0, 1000) + min($1, 1000) }
          if let found, found != (beats, unit) {
            throw MusicXMLError(
              line: time.line, message: "The metre changes from \(found.beats)/\(found.unit) to \(beats)/\(unit); a score keeps one.")
          }
          found = (beats, unit)
        }
      }
    }
    tune.meter = found.map { Meter(beats: $0.beats, unit: $0.unit) } ?? .fourFour
  }

  private mutating func meterScale() throws(MusicXMLError) -> (numerator: Int, denominator: Int) {
    let meter = tune.meter ?? .fourFour
    guard let form = ABCTune.forms["\(meter.beats)/\(meter.unit)"] else {
      throw MusicXMLError(
        line: 0,
        message: "A score can't be in \(meter.beats)/\(meter.unit). It can be in 2/4, 3/4, 4/4 or 6/8, or in metres written as these: 2/2, 3/2, 3/8, 4/8, 9/8, 12/8, 6/4.")
    }
    music.meter = form.meter
    return (form.numerator, form.denominator)
  }

  // MARK: The time line

  /// Measures with repeats played out, each at its bar line.
  private mutating func lay(_ lines: [MusicXMLLine], scale: (numerator: Int, denominator: Int)) {
    let meter = tune.meter ?? .fourFour
    let barUnits = meter.beats * ABCTune.unitsPerWhole / meter.unit
    let count = lines.map(\.bars.count).max() ?? 0
    let lengths = (0..<count).map { bar in lines.compactMap { bar < $0.bars.count ? $0.bars[bar].length : nil }.max() ?? 0 }
    let order = Self.playOrder(lines.first?.bars ?? [], count: count)
    func ticks(_ units: Int) -> Int {
      let whole = ABCTune.unitsPerTick * scale.denominator
      return (units * scale.numerator + whole / 2) / whole
    }
    var starts: [Int] = []
    var cursor = 0
    for (position, bar) in order.enumerated() {
      let length = lengths[bar]
      let begun = cursor % barUnits
      if length < barUnits, position == 0 {
        // A pick-up ends at the bar line.
        starts.append(barUnits - length)
        cursor = barUnits
      } else if begun > 0, begun + length <= barUnits {
        // A measure written in two halves.
        starts.append(cursor)
        cursor += length
      } else {
        let start = (cursor + barUnits - 1) / barUnits * barUnits
        starts.append(start)
        cursor = start + max(length, 1)
      }
    }
    let bars = (cursor + barUnits - 1) / barUnits
    for line in lines {
      tune.voices.append(line.voice)
      var voice = ABCMusic.Voice()
      voice.bars = min(bars, Self.barLimit)
      var open: [Int: (note: Int, end: Int)] = [:]
      for (position, bar) in order.enumerated() where bar < line.bars.count {
        let content = line.bars[bar]
        let start = starts[position]
        for (offset, name) in content.chords { voice.chords[ticks(start + offset)] = name }
        for (offset, qpm) in content.tempos {
          voice.tempos[ticks(start + offset)] = qpm * Double(scale.numerator) / Double(scale.denominator)
        }
        if let section = content.section { voice.sections[ticks(start)] = section }
        if let key = content.key { voice.keys[ticks(start)] = key }
        for tone in content.tones {
          let from = ticks(start + tone.start)
          let to = max(from + 1, ticks(start + tone.start + tone.length))
          if tone.endsTie, let tie = open[tone.midi], tie.end == from {
            voice.notes[tie.note].duration = to - voice.notes[tie.note].start
            open[tone.midi] = tone.startsTie ? (tie.note, to) : nil
            continue
          }
          voice.notes.append(
            .init(start: from, duration: to - from, midi: tone.midi, velocity: tone.velocity, syllable: tone.syllable))
          if tone.startsTie { open[tone.midi] = (voice.notes.count - 1, to) }
        }
      }
      music.voices.append(voice)
    }
  }

  /// The measures in the order in which they sound.
  private static func playOrder(_ bars: [MusicXMLLine.Bar], count: Int) -> [Int] {
    var order: [Int] = []
    var (index, start, pass) = (0, 0, 1)
    while index < count, order.count < barLimit {
      guard index < bars.count else {
        order.append(index)
        index += 1
        continue
      }
      let bar = bars[index]
      if bar.startsRepeat, index != start { (start, pass) = (index, 1) }
      if !bar.endings.isEmpty, !bar.endings.contains(pass) {
        index += 1
        continue
      }
      order.append(index)
      if bar.times > 1, pass < max(bar.times, bars[start...].prefix { $0.endings.isEmpty || !$0.startsRepeat }.flatMap(\.endings).max() ?? 0), pass < 32 {
        (index, pass) = (start, pass + 1)
      } else {
        if bar.times > 1 { (start, pass) = (index + 1, 1) }
        index += 1
      }
    }
    return order
  }
}
