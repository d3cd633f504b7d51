/// Reads a Standard MIDI File back, independently of how it was written. Throws on anything out of order.
struct MIDIReader {
  struct Malformed: Error { let reason: String }
  struct Timed: Equatable { let tick: Int, value: Int }
  struct NoteEvent: Equatable { let channel: Int, pitch: Int, start: Int, end: Int, velocity: Int }
  struct Track {
    var notes: [NoteEvent] = []
    var tempos: [Timed] = []
    var meter: [UInt8] = []
    var key: [UInt8] = []
    var markers: [String] = []
    var lyrics: [String] = []
    var programs: [Int] = []
    var bends: [Int] = []
    var endTick = 0
  }
  var format = 0
  var ticksPerQuarter = 0
  var tracks: [Track] = []

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    try expect("MThd")
    guard try number(4) == 6 else { throw Malformed(reason: "header length") }
    format = try number(2)
    let count = try number(2)
    ticksPerQuarter = try number(2)
    for _ in 0..<count { tracks.append(try track()) }
    guard position == bytes.count else { throw Malformed(reason: "bytes after the last track") }
  }

  private mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw Malformed(reason: "early end") }
    defer { position += 1 }
    return bytes[position]
  }
  private mutating func number(_ count: Int) throws -> Int {
    var value = 0
    for _ in 0..<count { value = value << 8 | Int(try byte()) }
    return value
  }
  private mutating func expect(_ tag: String) throws {
    for letter in tag.utf8 where try byte() != letter { throw Malformed(reason: "no \(tag)") }
  }
  private mutating func variable() throws -> Int {
    var value = 0
    while true {
      let next = try byte()
      value = value << 7 | Int(next & 0x7F)
      if next & 0x80 == 0 { return value }
    }
  }

  private mutating func track() throws -> Track {
    try expect("MTrk")
    let end = try number(4) + position
    var track = Track()
    var tick = 0
    var open: [Int: [(start: Int, velocity: Int)]] = [:]
    while position < end {
      tick += try variable()
      let status = try byte()
      if status == 0xFF {
        let type = try byte()
        var payload: [UInt8] = []
        for _ in 0..<(try variable()) { payload.append(try byte()) }
        switch type {
        case 0x51: track.tempos.append(Timed(tick: tick, value: payload.reduce(0) { $0 << 8 | Int($1) }))
        case 0x58: track.meter = payload
        case 0x59: track.key = payload
        case 0x06: track.markers.append(String(decoding: payload, as: UTF8.self))
        case 0x05: track.lyrics.append(String(decoding: payload, as: UTF8.self))
        case 0x2F: track.endTick = tick
        default: break
        }
        continue
      }
      let channel = Int(status & 0x0F)
      let first = Int(try byte())
      switch status >> 4 {
      case 0x9: open[first, default: []].append((tick, Int(try byte())))
      case 0x8:
        _ = try byte()
        guard var stack = open[first], !stack.isEmpty else { throw Malformed(reason: "an end without a start") }
        let note = stack.removeFirst()
        open[first] = stack
        track.notes.append(
          NoteEvent(channel: channel, pitch: first, start: note.start, end: tick, velocity: note.velocity))
      case 0xC: track.programs.append(first)
      case 0xE: track.bends.append(Int(try byte()) << 7 | first)
      default: _ = try byte()
      }
    }
    guard position == end, open.values.allSatisfy(\.isEmpty) else { throw Malformed(reason: "a note left open") }
    return track
  }
}
