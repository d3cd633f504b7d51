/// Standard MIDI File 1.1 (RP-001), format 1: a conductor track, then a track for each part.
extension Score {
  /// The score as the bytes of a `.mid` file.
  ///
  /// The first track has title, tempo map, metre, key signatures and a marker for each section. Drum and
  /// percussion kits are on channel 10; other parts take the remaining fifteen channels in turn, each with its
  /// program, volume and pan. Sung syllables are lyric events. Performers' nudges are applied.
  public func midiFile() -> [UInt8] {
    var bytes: [UInt8] = Array("MThd".utf8)
    bytes.append(bigEndian: 6, count: 4)
    bytes.append(bigEndian: 1, count: 2)
    bytes.append(bigEndian: parts.count + 1, count: 2)
    bytes.append(bigEndian: Self.ticksPerQuarter, count: 2)
    bytes += conductorTrack().bytes(endTick: lengthTicks)
    var pitchedParts = 0
    for part in parts {
      var channel = MIDITrack.drumChannel
      if !part.playsDrumKit {
        channel = pitchedParts % 15
        if channel >= MIDITrack.drumChannel { channel += 1 }
        pitchedParts += 1
      }
      bytes += track(of: part, channel: channel).bytes(endTick: lengthTicks)
    }
    return bytes
  }

  private func conductorTrack() -> MIDITrack {
    var track = MIDITrack()
    track.meta(0x03, Array(title.utf8), at: 0)
    // Lower figure as a power of two, 24 MIDI clocks to the quarter, 8 32nds to the quarter.
    let power = meter.unit == 8 ? 3 : 2
    let clocks = 24 * meter.ticksPerFeltBeat / Self.ticksPerQuarter
    track.meta(0x58, [UInt8(meter.beats), UInt8(power), UInt8(clocks), 8], at: 0)
    for change in [KeyChange(tick: 0, key: key)] + keyChanges {
      let signature = UInt8(bitPattern: Int8(change.key.signature))
      track.meta(0x59, [signature, change.key.mode.isMinor ? 1 : 0], at: change.tick)
    }
    for change in tempo {
      let microseconds = Int((60_000_000 / change.quartersPerMinute).rounded())
      let clipped = min(max(microseconds, 1), 0xFF_FFFF)
      track.meta(
        0x51, [UInt8(clipped >> 16), UInt8(clipped >> 8 & 0xFF), UInt8(clipped & 0xFF)], at: change.tick)
    }
    for section in sections { track.meta(0x06, Array(section.label.utf8), at: section.startTick) }
    return track
  }

  private func track(of part: Part, channel: Int) -> MIDITrack {
    var track = MIDITrack()
    track.meta(0x03, Array(part.name.utf8), at: 0)
    track.message([0xC0 | UInt8(channel), UInt8(part.midiProgram)], at: 0)
    let pan = min(max(Int(((part.pan + 1) * 63.5).rounded()), 0), 127)
    track.message([0xB0 | UInt8(channel), 10, UInt8(pan)], at: 0)
    for control in part.controls {
      track.message(control.message(channel: channel), at: max(0, control.tick))
    }
    for note in part.notes {
      let start = max(0, note.startTick + note.nudgeTicks)
      let end = max(start + 1, min(note.startTick + note.durationTicks + note.nudgeTicks, lengthTicks))
      if let syllable = note.syllable, syllable != "-" { track.meta(0x05, Array(syllable.utf8), at: start) }
      let pitch = UInt8(note.pitch.midi)
      track.message([0x90 | UInt8(channel), pitch, UInt8(min(max(note.velocity, 1), 127))], at: start)
      track.message([0x80 | UInt8(channel), pitch, 64], at: end, before: true)
    }
    return track
  }
}

extension Part {
  /// Whether its notes are percussion keys of a kit rather than pitches.
  public var playsDrumKit: Bool {
    switch instrument {
    case .drumKit: true
    case .synth: role == .drums || role == .percussion
    case .program, .voice: false
    }
  }

  /// The General MIDI program that comes nearest, for readers that don't have our synths.
  var midiProgram: Int {
    switch instrument {
    case .program(let number), .drumKit(let number): number
    case .synth(let name): MIDITrack.nearestPrograms[name] ?? 80
    // Voice oohs.
    case .voice: 53
    }
  }
}

extension Control {
  fileprivate func message(channel: Int) -> [UInt8] {
    let controlChange = 0xB0 | UInt8(channel)
    let clipped = UInt8(min(max(value, 0), 127))
    switch kind {
    case .expression: return [controlChange, 11, clipped]
    case .modulation: return [controlChange, 1, clipped]
    case .sustain: return [controlChange, 64, clipped]
    case .pitchBend:
      // 14 bits, 8192 in the middle, the default range of two semitones each way.
      let bend = min(max(8192 + value * 8192 / 200, 0), 16383)
      return [0xE0 | UInt8(channel), UInt8(bend & 0x7F), UInt8(bend >> 7)]
    }
  }
}

/// The events of one track, in any order until they are written.
struct MIDITrack {
  static let drumChannel = 9
  static let nearestPrograms = [
    "808": 25, "909": 24, "subBass": 38, "reese": 39, "sawBass": 38, "supersaw": 81, "pluck": 87,
    "fmKeys": 5, "riser": 97, "reverseCymbal": 119, "distortedGuitar": 30,
  ]

  private struct Event {
    var tick: Int
    var rank: Int
    var bytes: [UInt8]
  }
  private var events: [Event] = []

  mutating func meta(_ type: UInt8, _ payload: [UInt8], at tick: Int) {
    events.append(Event(tick: tick, rank: 1, bytes: [0xFF, type] + Self.variableLength(payload.count) + payload))
  }

  /// - Parameter before: sent ahead of the other events of its tick, as a note's end must be when the same
  ///   key is struck again.
  mutating func message(_ bytes: [UInt8], at tick: Int, before: Bool = false) {
    events.append(Event(tick: tick, rank: before ? 0 : 1, bytes: bytes))
  }

  /// The chunk, its events sorted; those of one tick keep the order in which they were added.
  func bytes(endTick: Int) -> [UInt8] {
    let sorted = events.enumerated().sorted { a, b in
      (a.element.tick, a.element.rank, a.offset) < (b.element.tick, b.element.rank, b.offset)
    }
    var body: [UInt8] = []
    var now = 0
    for (_, event) in sorted {
      body += Self.variableLength(event.tick - now) + event.bytes
      now = event.tick
    }
    body += Self.variableLength(max(0, endTick - now)) + [0xFF, 0x2F, 0x00]
    var chunk: [UInt8] = Array("MTrk".utf8)
    chunk.append(bigEndian: body.count, count: 4)
    return chunk + body
  }

  static func variableLength(_ value: Int) -> [UInt8] {
    var groups = [UInt8(value & 0x7F)]
    var rest = value >> 7
    while rest > 0 {
      groups.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return groups.reversed()
  }
}

extension [UInt8] {
  fileprivate mutating func append(bigEndian value: Int, count: Int) {
    for shift in (0..<count).reversed() { append(UInt8(value >> (8 * shift) & 0xFF)) }
  }
}
