/// Standard MIDI Files 1.1 (RP-001), formats 0 and 1.
extension Score {
  /// Reads a `.mid` file: notes, tempi, metre, keys, programs, volume swells, pitch bends, lyrics and markers. Each track and
  /// channel with notes becomes a part; channel 10 becomes a kit. Times are brought to 960 ticks to the quarter.
  /// - Throws: `MIDIError` naming the byte where the file isn't as it should be.
  public init(midi bytes: [UInt8]) throws(MIDIError) {
    var reader = MIDIFileReader(bytes: bytes)
    try reader.read()
    self = try reader.score()
  }
}

/// Why a MIDI file can't be read.
public struct MIDIError: Error, Hashable, CustomStringConvertible {
  /// Where, counted in bytes from 0.
  public let offset: Int
  public let reason: String
  public var description: String { "Byte \(offset) of the MIDI file: \(reason)" }
}

private struct MIDIFileReader {
  private struct Strike {
    var start: Int
    var velocity: Int
  }
  /// The notes of one channel in one track.
  private struct Line {
    var notes: [Note] = []
    var controls: [Control] = []
    var open: [Int: [Strike]] = [:]
    var program: Int?
    var pan: Double?
  }

  let bytes: [UInt8]
  private var position = 0
  private var division = 480
  private var title: String?
  private var tempos: [Int: Double] = [:]
  private var meter: Meter?
  private var keys: [Int: Key] = [:]
  private var markers: [Int: String] = [:]
  private var tracks: [(name: String?, lines: [Int: Line], lyrics: [Int: String])] = []
  private var endTick = 0
  private var noteCount = 0

  private static let lastTick = ABCLimits.bars * Score.ticksPerQuarter * 4

  init(bytes: [UInt8]) { self.bytes = bytes }

  // MARK: Bytes

  private func fail(_ reason: String) -> MIDIError { MIDIError(offset: position, reason: reason) }

  private mutating func byte(before end: Int) throws(MIDIError) -> Int {
    guard position < end else { throw fail("the file ends in the middle of something.") }
    position += 1
    return Int(bytes[position - 1])
  }

  private mutating func number(_ count: Int, before end: Int) throws(MIDIError) -> Int {
    var value = 0
    for _ in 0..<count { value = value << 8 | (try byte(before: end)) }
    return value
  }

  /// Seven bits a byte, at most four bytes.
  private mutating func variable(before end: Int) throws(MIDIError) -> Int {
    var value = 0
    for _ in 0..<4 {
      let next = try byte(before: end)
      value = value << 7 | next & 0x7F
      if next & 0x80 == 0 { return value }
    }
    throw fail("a number is longer than four bytes.")
  }

  private func tag() -> String {
    position + 4 <= bytes.count ? String(decoding: bytes[position..<position + 4], as: UTF8.self) : ""
  }

  // MARK: Chunks

  mutating func read() throws(MIDIError) {
    guard bytes.count <= ABCLimits.bytes else { throw fail("the file is longer than \(ABCLimits.bytes / 1_000_000) MB.") }
    guard tag() == "MThd" else { throw fail("a MIDI file begins with MThd.") }
    position = 4
    let headerLength = try number(4, before: bytes.count)
    guard headerLength >= 6, headerLength <= bytes.count - position else { throw fail("its header has no length.") }
    let headerEnd = position + headerLength
    let format = try number(2, before: headerEnd)
    _ = try number(2, before: headerEnd)
    division = try number(2, before: headerEnd)
    guard format < 2 else { throw fail("files of several songs (format 2) can't be read.") }
    guard division > 0, division & 0x8000 == 0 else { throw fail("times in SMPTE frames can't be read.") }
    position = headerEnd
    while position + 8 <= bytes.count {
      let name = tag()
      position += 4
      let length = try number(4, before: bytes.count)
      // A chunk cut off by the file's end is read as far as it goes.
      let end = min(position + length, bytes.count)
      if name == "MTrk" {
        guard tracks.count < ABCLimits.voices * 4 else { throw fail("there are too many tracks.") }
        try track(end: end)
      }
      position = end
    }
    guard !tracks.isEmpty else { throw fail("there is no track.") }
  }

  /// File ticks in the score's; kept within what a score can hold.
  private func scaled(_ tick: Int) -> Int {
    min((tick * Score.ticksPerQuarter + division / 2) / division, Self.lastTick)
  }

  private mutating func track(end: Int) throws(MIDIError) {
    var now = 0
    var status = 0
    var name: String?
    var lines: [Int: Line] = [:]
    var lyrics: [Int: String] = [:]
    while position < end {
      now = min(now + (try variable(before: end)), Self.lastTick * division)
      let tick = scaled(now)
      let first = try byte(before: end)
      if first == 0xFF {
        let type = try byte(before: end)
        let length = try variable(before: end)
        guard length <= end - position else { throw fail("a text or setting is longer than its track.") }
        let content = Array(bytes[position..<position + length])
        position += length
        if type == 0x2F { break }
        meta(type, content, at: tick, name: &name, lyrics: &lyrics)
        endTick = max(endTick, tick)
        continue
      }
      if first == 0xF0 || first == 0xF7 {
        let length = try variable(before: end)
        guard length <= end - position else { throw fail("a system message is longer than its track.") }
        position += length
        continue
      }
      var data1 = first
      if first >= 0x80 {
        guard first < 0xF0 else { throw fail("a message that belongs to no file.") }
        status = first
        data1 = try byte(before: end)
      }
      guard status >= 0x80 else { throw fail("data without a status byte.") }
      let kind = status >> 4
      let data2 = kind == 0xC || kind == 0xD ? 0 : try byte(before: end)
      let channel = status & 0x0F
      try message(kind, data1 & 0x7F, data2 & 0x7F, at: tick, in: &lines[channel, default: Line()])
      endTick = max(endTick, tick)
    }
    let last = scaled(now)
    for channel in lines.keys {
      for (pitch, strikes) in lines[channel]?.open ?? [:] {
        for strike in strikes {
          lines[channel]?.notes.append(note(pitch, strike, end: max(last, strike.start + 1)))
        }
      }
      lines[channel]?.open = [:]
    }
    endTick = max(endTick, last)
    tracks.append((name, lines, lyrics))
  }

  private func note(_ pitch: Int, _ strike: Strike, end: Int) -> Note {
    Note(
      startTick: strike.start, durationTicks: max(1, end - strike.start), pitch: Pitch(midi: pitch),
      velocity: min(max(strike.velocity, 1), 127))
  }

  private mutating func message(_ kind: Int, _ a: Int, _ b: Int, at tick: Int, in line: inout Line) throws(MIDIError) {
    switch kind {
    case 0x9 where b > 0:
      noteCount += 1
      guard noteCount <= ABCLimits.notes else { throw fail("there are more than \(ABCLimits.notes) notes.") }
      line.open[a, default: []].append(Strike(start: tick, velocity: b))
    case 0x8, 0x9:
      guard var strikes = line.open[a], !strikes.isEmpty else { return }
      let strike = strikes.removeFirst()
      line.open[a] = strikes
      line.notes.append(note(a, strike, end: tick))
    case 0xB where line.controls.count < ABCLimits.notes:
      switch a {
      case 1: line.controls.append(Control(tick: tick, kind: .modulation, value: b))
      case 11: line.controls.append(Control(tick: tick, kind: .expression, value: b))
      case 64: line.controls.append(Control(tick: tick, kind: .sustain, value: b >= 64 ? 127 : 0))
      case 10 where line.pan == nil: line.pan = max(-1, min(1, (Double(b) - 63.5) / 63.5))
      default: break
      }
    case 0xC: if line.program == nil { line.program = a }
    case 0xE where line.controls.count < ABCLimits.notes:
      let cents = ((b << 7 | a) - 8192) * 200 / 8192
      line.controls.append(Control(tick: tick, kind: .pitchBend, value: cents))
    default: break
    }
  }

  private mutating func meta(
    _ type: Int, _ content: [UInt8], at tick: Int, name: inout String?, lyrics: inout [Int: String]
  ) {
    func text(_ limit: Int) -> String {
      String(String(decoding: content, as: UTF8.self).filter { !$0.isNewline && $0 != "\0" }.prefix(limit))
    }
    switch type {
    case 0x03:
      if name == nil { name = text(100) }
      if tracks.isEmpty, title == nil { title = text(200) }
    case 0x05: lyrics[tick] = text(ABCLimits.syllableCharacters)
    case 0x06: markers[tick] = text(100)
    case 0x51 where content.count == 3:
      let microseconds = content.reduce(0) { $0 << 8 | Int($1) }
      if microseconds > 0 { tempos[tick] = min(max(60_000_000 / Double(microseconds), 5), 2000) }
    case 0x58 where content.count >= 2 && meter == nil && content[1] <= 5:
      meter = Meter(beats: Int(content[0]), unit: 1 << Int(content[1]))
    case 0x59 where content.count == 2:
      let fifths = Int(Int8(bitPattern: content[0]))
      guard (-7...7).contains(fifths) else { return }
      let tonic = PitchClass(rawValue: fifths * 7 + (content[1] == 1 ? 9 : 0))
      keys[tick] = Key(tonic: tonic, mode: content[1] == 1 ? .minor : .major)
    default: break
    }
  }

  // MARK: The score

  func score() throws(MIDIError) -> Score {
    let known: [Meter] = [.twoFour, .threeFour, .fourFour, .sixEight]
    // Other metres keep their notes and are barred as the one of ours that fits best.
    let meter = self.meter.map { given in
      known.contains(given) ? given : given.unit == 8 && given.beats % 3 == 0 ? .sixEight : given.beats % 3 == 0 ? .threeFour : .fourFour
    } ?? .fourFour
    let bars = max(1, (endTick + meter.ticksPerBar - 1) / meter.ticksPerBar)
    guard bars <= ABCLimits.bars * 2 else { throw MIDIError(offset: bytes.count, reason: "the music is too long.") }
    var taken: Set<String> = []
    var hasMelody = false
    var parts: [Part] = []
    for track in tracks {
      for (channel, line) in track.lines.sorted(by: { $0.key < $1.key }) where !line.notes.isEmpty || line.program != nil {
        guard parts.count < ABCLimits.voices else { break }
        // A track of several channels is named for the piece.
        let own = track.lines.count == 1 ? track.name.flatMap { $0.isEmpty ? nil : $0 } : nil
        var imported = ImportedPart(
          name: own ?? (channel == 9 ? "Drums" : GeneralMIDI.name(ofProgram: line.program ?? 0)), isPercussion: channel == 9, program: line.program,
          pan: line.pan ?? 0, notes: line.notes, controls: line.controls)
        for index in imported.notes.indices {
          imported.notes[index].syllable = track.lyrics[imported.notes[index].startTick]
        }
        parts.append(imported.part(taken: &taken, hasMelody: &hasMelody))
      }
    }
    guard !parts.isEmpty else { throw MIDIError(offset: bytes.count, reason: "there are no notes.") }
    let key = keys[0] ?? keys.min { $0.key < $1.key }?.value ?? Key(tonic: PitchClass(rawValue: 0), mode: .major)
    var last = key
    var lastBar = 0
    let changes = keys.sorted { $0.key < $1.key }.compactMap { tick, next -> KeyChange? in
      let bar = (tick + meter.ticksPerBar / 2) / meter.ticksPerBar
      guard bar > lastBar, bar < bars, next != last else { return nil }
      last = next
      lastBar = bar
      return KeyChange(tick: bar * meter.ticksPerBar, key: next)
    }
    if tempos[0] == nil {
      var all = tempos
      all[0] = 120
      return make(meter, key, changes, all, bars, parts)
    }
    return make(meter, key, changes, tempos, bars, parts)
  }

  private func make(
    _ meter: Meter, _ key: Key, _ changes: [KeyChange], _ tempos: [Int: Double], _ bars: Int, _ parts: [Part]
  ) -> Score {
    Score(
      title: title.flatMap { $0.isEmpty ? nil : $0 } ?? "Untitled", key: key, keyChanges: changes, meter: meter,
      tempo: tempos.sorted { $0.key < $1.key }.map { TempoChange(tick: $0.key, quartersPerMinute: $0.value) },
      sections: Section.sections(labels: markers, bars: bars, barTicks: meter.ticksPerBar), parts: parts,
      lengthTicks: bars * meter.ticksPerBar)
  }
}
