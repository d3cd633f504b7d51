import Music

/// Turns comping step strings into notes: `X` `x` `o` `g` the whole chord from loud to faint, `d` `u` a strum down or
/// up, `b` the lowest note, `h` all but the lowest, digits single voices counted from the lowest, `-` holds,
/// `.` rests, and `=` alone one chord for as long as it lasts.
struct CompingWriter {
  let frame: SongFrame
  let harmony: Harmony
  let gate: Double
  let strumTicks: Int
  var voicer: Voicer
  private var voicings: [(span: Int, keys: [Int])] = []

  init(frame: SongFrame, harmony: Harmony, voicer: Voicer, gate: Double, strumTicks: Int) {
    self.frame = frame
    self.harmony = harmony
    self.voicer = voicer
    self.gate = gate
    self.strumTicks = strumTicks
  }

  /// The chord of a span, voiced when first needed so that voices lead from what was really played before.
  mutating func keys(span index: Int) -> [Int] {
    if let last = voicings.last, last.span == index { return last.keys }
    let chord = harmony.spans[index].chord
    if let last = voicings.last, harmony.spans[last.span].chord == chord {
      voicings.append((index, last.keys))
      return last.keys
    }
    let keys = voicer.voice(chord)
    voicings.append((index, keys))
    return keys
  }

  mutating func write(_ steps: StepBars, section: SongFrame.FeltSection, into notes: inout [Note]) {
    let range = section.startTick..<(section.startTick + section.bars * frame.barTicks)
    if steps.bars == [["="]] {
      for span in harmony.spans(in: range) {
        let keys = keys(span: harmony.index(atTick: span.startTick))
        for key in keys {
          notes.append(
            Note(
              startTick: span.startTick, durationTicks: Int(Double(span.durationTicks) * min(gate, 1)),
              pitch: Pitch(midi: key), velocity: velocity("x", span.startTick, section.energy)))
        }
      }
      return
    }
    var sounding: [Int] = []
    for bar in 0..<section.bars {
      let tokens = steps.bar(bar)
      let start = section.startTick + bar * frame.barTicks
      for (index, token) in tokens.enumerated() {
        let tick = start + index * frame.barTicks / tokens.count
        let end = start + (index + 1) * frame.barTicks / tokens.count
        let spanIndex = harmony.index(atTick: tick)
        let span = harmony.spans[spanIndex]
        switch token {
        case ".": sounding = []
        case "-":
          guard !sounding.isEmpty else { continue }
          if span.startTick == tick, spanIndex > 0, harmony.spans[spanIndex - 1].chord != span.chord {
            // A held chord gives way when the harmony moves.
            sounding = strike("o", keys(span: spanIndex), from: tick, to: end, section.energy, &notes)
          } else {
            for index in sounding { notes[index].durationTicks = end - notes[index].startTick }
          }
        default:
          sounding = strike(token, keys(span: spanIndex), from: tick, to: end, section.energy, &notes)
          if token.isNumber {
            // Plucked strings ring on until the chord changes.
            let ring = min(span.startTick + span.durationTicks, range.upperBound, tick + frame.barTicks)
            for index in sounding { notes[index].durationTicks = max(end, ring) - tick }
            sounding = []
          }
        }
      }
    }
  }

  private func strike(
    _ token: Character, _ keys: [Int], from tick: Int, to end: Int, _ energy: Double, _ notes: inout [Note]
  ) -> [Int] {
    var chosen = keys
    var spread = strumTicks
    var delays = Array(keys.indices)
    switch token {
    case "b": chosen = Array(keys.prefix(1))
    case "h": chosen = Array(keys.dropFirst())
    case "u":
      chosen = Array(keys.suffix(4))
      delays = chosen.indices.reversed()
    case "1"..."9":
      let voice = (token.wholeNumberValue ?? 1) - 1
      chosen = [keys[voice % keys.count] + 12 * (voice / keys.count)]
      spread = 0
    default: break
    }
    if token == "b" || token == "h" { delays = Array(chosen.indices) }
    let first = notes.count
    for (index, key) in chosen.enumerated() {
      notes.append(
        Note(
          startTick: tick, durationTicks: max(40, Int(Double(end - tick) * min(gate, 1))), pitch: Pitch(midi: key),
          velocity: velocity(token, tick, energy), nudgeTicks: index < delays.count ? delays[index] * spread : 0))
    }
    return Array(first..<notes.count)
  }

  private func velocity(_ token: Character, _ tick: Int, _ energy: Double) -> Int {
    let base: Double =
      switch token {
      case "X": 88
      case "o", "u", "h": 64
      case "g": 46
      default: 76
      }
    return min(118, Int(base * (0.78 + 0.3 * energy) + 6 * frame.weight(atTick: tick)))
  }
}
