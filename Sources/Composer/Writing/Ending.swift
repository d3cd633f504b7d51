import Music

/// How a song ends, and what that does to its tempo.
struct Ending: Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// The last chord rings out.
    case ring
    /// Everybody stops together.
    case cold
    /// The last bar slows down into the last chord.
    case ritard
  }

  let kind: Kind
  /// The song's whole tempo map.
  let tempo: [TempoChange]
  /// Length of the final bar.
  let finalSeconds: Double

  /// The least that a last chord after a ritard gets.
  private static let leastFinal = 1.6

  init(style: Style, plan: SongPlan, frame: SongFrame) {
    let steady = plan.meter.quartersPerMinute(bpm: plan.bpm)
    guard let final = frame.finalTick else {
      (kind, finalSeconds) = (.ring, plan.finalBarSeconds)
      tempo = [TempoChange(tick: 0, quartersPerMinute: steady)]
      return
    }
    var random = frame.random("ending")
    let names = style.endings?.keys.sorted() ?? []
    var kind = names.isEmpty ? Kind.ring : Kind(rawValue: random.pick(names) { style.endings?[$0] ?? 0 }) ?? .ring
    // A stop needs a bar of about its own length, or the piece would seem cut off early.
    if kind == .cold, plan.finalBarSeconds > 2.4 || final == 0 { kind = .ring }
    var changes = final == 0 ? [] : [TempoChange(tick: 0, quartersPerMinute: steady)]
    var left = plan.finalBarSeconds
    if kind == .ritard {
      let slow = Self.slowing(plan: plan, final: final, steady: steady, room: left - Self.leastFinal)
      if slow.isEmpty { kind = .ring }
      for change in slow {
        let quarters = Double(plan.meter.ticksPerFeltBeat) / Double(Score.ticksPerQuarter)
        left -= quarters * 60 * (1 / change.quartersPerMinute - 1 / steady)
      }
      changes += slow
    }
    let quarters = Double(plan.meter.ticksPerBar) / Double(Score.ticksPerQuarter)
    changes.append(TempoChange(tick: final, quartersPerMinute: quarters * 60 / left))
    (self.kind, tempo, finalSeconds) = (kind, changes, left)
  }

  /// A slower tempo for each beat of the last bar before the final one, down to 70 % where there is room for it.
  private static func slowing(plan: SongPlan, final: Int, steady: Double, room: Double) -> [TempoChange] {
    let beat = plan.meter.ticksPerFeltBeat
    let beats = plan.meter.feltBeats
    guard final >= beat * beats * 2, room > 0 else { return [] }
    let beatSeconds = 60 / plan.bpm
    for depth in [0.3, 0.24, 0.18, 0.12] {
      let factors = (1...beats).map { 1 - depth * Double($0) / Double(beats) }
      let extra = factors.reduce(0) { $0 + beatSeconds * (1 / $1 - 1) }
      if extra <= room {
        return factors.enumerated().map { index, factor in
          TempoChange(tick: final - (beats - index) * beat, quartersPerMinute: steady * factor)
        }
      }
    }
    return []
  }
}
