import Music

/// The time grid that all writers share: felt bars, sections, and the final bar.
struct SongFrame: Sendable {
  struct FeltSection: Sendable {
    var index: Int
    var kind: Section.Kind
    var startTick: Int
    /// Felt bars.
    var bars: Int
    var energy: Double
    /// How its words are given, where not as the rest of the song.
    var delivery: Instrument.Delivery?
    var lines: [String]
    var barsPerLine: Int
    /// Semitones by which it sounds above `key`. Writers write in `key`; `Modulator` moves what they wrote.
    var keyShift: Int
    /// Which of the sections of its kind it is, from 0.
    var occurrence: Int
    var isLast: Bool
  }

  let key: Key
  let meter: Meter
  /// Ticks in a felt bar.
  let barTicks: Int
  let sections: [FeltSection]
  /// Where the final chord is struck; nil for loops.
  let finalTick: Int?
  let lengthTicks: Int
  let secondsPerTick: Double
  let take: Take

  init(_ plan: SongPlan, take: Take) {
    key = plan.key
    meter = plan.meter
    let felt = Int(Double(plan.meter.ticksPerBar) * plan.feel.barScale)
    barTicks = felt
    var tick = 0
    var seen: [Section.Kind: Int] = [:]
    var sections: [FeltSection] = []
    for (index, section) in plan.sections.enumerated() {
      let ticks = section.bars * plan.meter.ticksPerBar
      sections.append(
        FeltSection(
          index: index, kind: section.kind, startTick: tick, bars: ticks / felt, energy: section.energy,
          delivery: Instrument.Delivery(sectionName: section.label), lines: section.lines, barsPerLine: section.barsPerLine, keyShift: section.keyShift, occurrence: seen[section.kind, default: 0],
          isLast: index == plan.sections.count - 1))
      seen[section.kind, default: 0] += 1
      tick += ticks
    }
    self.sections = sections
    finalTick = plan.form == .loop ? nil : tick
    lengthTicks = plan.form == .loop ? tick : tick + plan.meter.ticksPerBar
    secondsPerTick =
      60 / plan.meter.quartersPerMinute(bpm: plan.bpm) / Double(Score.ticksPerQuarter)
    self.take = take
  }

  var isLoop: Bool { finalTick == nil }

  /// The stream of chance of one writer, named "layer player" (`Take`).
  func random(_ purpose: String) -> Random { take.random(purpose) }

  var barSeconds: Double { Double(barTicks) * secondsPerTick }

  func ticks(milliseconds: Double) -> Int { Int((milliseconds / 1000 / secondsPerTick).rounded()) }

  /// How strong a place in the felt bar is: 1 the first beat, 0.75 the middle of a bar of four or two, 0.5 other
  /// beats, 0.25 half beats, 0.1 the rest.
  func weight(atTick tick: Int) -> Double {
    let place = tick % barTicks
    if place == 0 { return 1 }
    let beats = meter.feltBeats
    let beat = barTicks / beats
    if place % beat == 0 { return beats % 2 == 0 && place == barTicks / 2 ? 0.75 : 0.5 }
    let parts = meter.isCompound ? 3 : 2
    if place % (beat / parts) == 0 { return 0.25 }
    return 0.1
  }

  /// Where the band is silent in front of the last chorus: half a bar, of two choruses or more.
  var dropOut: Range<Int>? {
    guard let last = sections.last(where: { $0.kind == .chorus || $0.kind == .drop }), last.occurrence > 0,
      last.startTick >= barTicks
    else { return nil }
    return (last.startTick - barTicks / 2)..<last.startTick
  }

  func section(atTick tick: Int) -> FeltSection? {
    sections.last { $0.startTick <= tick }
  }
}
