/// The tune as it sounds: repeats played out, ties joined, lengths in ticks of the score's metre.
struct ABCMusic: Hashable {
  struct Tone: Hashable {
    var start: Int
    var duration: Int
    var midi: Int
    var velocity: Int?
    var syllable: String?
  }
  struct Voice: Hashable {
    var notes: [Tone] = []
    var chords: [Int: String] = [:]
    var tempos: [Int: Double] = [:]
    var sections: [Int: String] = [:]
    var keys: [Int: Key] = [:]
    var bars = 0
  }
  var meter = Meter.fourFour
  var quartersPerMinute: Double?
  var voices: [Voice] = []
  var bars: Int { voices.map(\.bars).max() ?? 0 }
}

extension ABCTune {
  /// - Throws: `ABCError` for bars that don't add up and metres that a score can't hold.
  func played() throws(ABCError) -> ABCMusic {
    var problems: [ABCError.Problem] = []
    var music = ABCMusic()
    var scale = (numerator: 1, denominator: 1)
    if let meter {
      guard let form = Self.forms["\(meter.beats)/\(meter.unit)"] else {
        let place = voices.first?.bars.first?.place ?? Place(line: 1, column: 1)
        throw ABCError(problems: [
          .init(
            kind: .unsupported, line: place.line, column: place.column,
            message: "A score can't be in \(meter.beats)/\(meter.unit). It can be in 2/4, 3/4, 4/4 or 6/8, or in metres written as these: 2/2, 3/2, 3/8, 4/8, 9/8, 12/8, 6/4.")
        ])
      }
      music.meter = form.meter
      scale = (form.numerator, form.denominator)
    }
    music.quartersPerMinute = quartersPerMinute.map { $0 * Double(scale.numerator) / Double(scale.denominator) }
    for voice in voices {
      var layout = ABCLayout(voice: voice, meter: meter, target: music.meter, scale: scale)
      layout.run()
      problems += layout.problems
      music.voices.append(layout.result)
      if problems.count >= ABCLimits.problems { break }
    }
    guard problems.isEmpty else { throw ABCError(problems: Array(problems.prefix(ABCLimits.problems))) }
    return music
  }

  /// Metres as the studio's four, with the factor of their lengths.
  static let forms: [String: (meter: Meter, numerator: Int, denominator: Int)] = [
    "2/4": (.twoFour, 1, 1), "3/4": (.threeFour, 1, 1), "4/4": (.fourFour, 1, 1), "6/8": (.sixEight, 1, 1),
    "2/2": (.fourFour, 1, 1), "4/8": (.twoFour, 1, 1), "8/8": (.fourFour, 1, 1), "12/8": (.sixEight, 1, 1),
    "3/2": (.threeFour, 1, 2), "4/2": (.fourFour, 1, 2), "6/4": (.sixEight, 1, 2), "2/8": (.twoFour, 2, 1),
    "3/8": (.threeFour, 2, 1), "6/16": (.sixEight, 2, 1), "9/8": (.threeFour, 2, 3), "1/4": (.twoFour, 2, 1),
  ]
}

/// Lays one voice's bars along the time line.
private struct ABCLayout {
  let voice: ABCTune.Voice
  let meter: Meter?
  let target: Meter
  let scale: (numerator: Int, denominator: Int)
  var problems: [ABCError.Problem] = []
  var result = ABCMusic.Voice()

  private var expected: Int?
  /// A written bar in units.
  private let barUnits: Int
  /// By letter and octave: the note that a tie leads on from, and the tick where it ends.
  private var open: [Int: (note: Int, end: Int, midi: Int)] = [:]

  init(voice: ABCTune.Voice, meter: Meter?, target: Meter, scale: (numerator: Int, denominator: Int)) {
    self.voice = voice
    self.meter = meter
    self.target = target
    self.scale = scale
    expected = meter.map { $0.beats * ABCTune.unitsPerWhole / $0.unit }
    barUnits = expected ?? ABCTune.unitsPerWhole
  }

  mutating func run() {
    checkLengths()
    guard problems.isEmpty else { return }
    let order = playOrder()
    var cursor = 0
    for (position, step) in order.enumerated() {
      let bar = voice.bars[step.bar]
      guard cursor / barUnits <= ABCLimits.bars else {
        return reportLength(at: bar.place)
      }
      var start = cursor
      if expected == nil {
        start = cursor
      } else if bar.length >= barUnits {
        start = Self.roundedUp(cursor, to: barUnits)
      } else {
        let isPickup = position == 0 || !bar.isClosed || order[position - 1].bar != step.bar - 1 || voice.bars[order[position - 1].bar].isClosed
        let isTail = bar.repeats > 0 || position == order.count - 1
        if isPickup, !isTail || position == 0 {
          // A pick-up ends at the bar line, in the bar that is begun where it fits there.
          let end = cursor % barUnits > 0 && cursor % barUnits + bar.length <= barUnits
            ? cursor - cursor % barUnits + barUnits : Self.roundedUp(cursor, to: barUnits) + barUnits
          start = end - bar.length
        } else {
          start = cursor % barUnits + bar.length <= barUnits ? cursor : Self.roundedUp(cursor, to: barUnits)
        }
      }
      play(bar, at: start, pass: step.pass)
      cursor = start + bar.length * bar.restBars
    }
    if cursor / barUnits > ABCLimits.bars, let bar = voice.bars.last { reportLength(at: bar.place) }
    let ticks = self.ticks(cursor)
    result.bars = max(1, (ticks + target.ticksPerBar - 1) / target.ticksPerBar)
    result.notes.sort { ($0.start, $0.midi, $0.duration) < ($1.start, $1.midi, $1.duration) }
  }

  private mutating func reportLength(at place: ABCTune.Place) {
    problems.append(.init(
      kind: .limit, line: place.line, column: place.column,
      message: "With its repeats and rests the tune is longer than \(ABCLimits.bars) bars."))
  }

  private static func roundedUp(_ value: Int, to step: Int) -> Int { (value + step - 1) / step * step }

  private func ticks(_ units: Int) -> Int {
    let divisor = ABCTune.unitsPerTick * scale.denominator
    return (units * scale.numerator + divisor / 2) / divisor
  }

  private mutating func checkLengths() {
    guard let expected, let meter else { return }
    var number = 0
    for (index, bar) in voice.bars.enumerated() {
      let isFirst = index == 0
      number += bar.restBars
      let mayBeShort = isFirst || bar.isClosed || index == voice.bars.count - 1 || bar.startsRepeat
        || !bar.endings.isEmpty || voice.bars[index - 1].isClosed
      guard bar.length != expected, bar.length > expected || !mayBeShort, problems.count < ABCLimits.problems else {
        continue
      }
      // Halves of a bar round a repeat sign or a double bar were let pass above; this one is wrong.
      let eighth = ABCTune.unitsPerWhole / 8
      let name = voice.name ?? voice.id
      problems.append(.init(
        kind: .barLength(
          voice: voice.id, bar: number, expected: Self.fraction(expected, over: eighth),
          found: Self.fraction(bar.length, over: eighth)),
        line: bar.place.line, column: bar.place.column,
        message:
          "Bar \(number) of voice \(name) has \(Self.fraction(bar.length, over: eighth)) eighths; \(meter.beats)/\(meter.unit) asks for \(Self.fraction(expected, over: eighth))."
      ))
    }
  }

  private static func fraction(_ value: Int, over unit: Int) -> String {
    var (a, b) = (value, unit)
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = max(a, 1)
    return unit / divisor == 1 ? String(value / divisor) : "\(value / divisor)/\(unit / divisor)"
  }

  /// The bars in the order they are played, with the number of the pass.
  private func playOrder() -> [(bar: Int, pass: Int)] {
    var order: [(bar: Int, pass: Int)] = []
    var index = 0
    var start = 0
    var pass = 1
    while index < voice.bars.count, order.count <= ABCLimits.bars {
      let bar = voice.bars[index]
      if bar.startsRepeat, index != start {
        start = index
        pass = 1
      }
      if !bar.endings.isEmpty, !bar.endings.contains(pass) {
        index += 1
        continue
      }
      order.append((index, pass))
      if bar.repeats > 0, pass < max(bar.repeats + 1, lastEnding(ofBlockAt: start)), pass < 32 {
        pass += 1
        index = start
      } else {
        if bar.repeats > 0 || !bar.endings.isEmpty && bar.isClosed {
          start = index + 1
          pass = 1
        }
        index += 1
      }
    }
    return order
  }

  /// The highest number among the endings of the repeat that begins at a bar.
  private func lastEnding(ofBlockAt start: Int) -> Int {
    var last = 0
    for bar in voice.bars[start...] {
      if bar.startsRepeat, last > 0 { break }
      last = max(last, bar.endings.max() ?? 0)
      if last > 0, bar.endings.isEmpty { break }
    }
    return last
  }

  private mutating func play(_ bar: ABCTune.Bar, at start: Int, pass: Int) {
    for (offset, marks) in bar.marks {
      let tick = ticks(start + offset)
      for mark in marks {
        switch mark {
        case .chord(let name): result.chords[tick] = name
        case .tempo(let qpm): result.tempos[tick] = qpm * Double(scale.numerator) / Double(scale.denominator)
        case .section(let label): result.sections[tick] = label
        case .key(let key): result.keys[tick - tick % max(target.ticksPerBar, 1)] = key
        }
      }
    }
    for event in bar.events {
      let from = ticks(start + event.offset)
      let to = max(from + 1, ticks(start + event.offset + event.length))
      let syllable = event.syllables.isEmpty ? nil : event.syllables[min(pass, event.syllables.count) - 1]
      var used = false
      for note in event.notes {
        var midi = note.midi
        // Over a change of key the same pitch may go on by another letter: C as B sharp.
        let respelled = open.first { $0.value.end == from && $0.value.midi == note.midi }?.key
        let step = open[note.step]?.end == from ? note.step : respelled ?? note.step
        if let tie = open[step], tie.end == from, !note.isExplicit || tie.midi == note.midi {
          midi = tie.midi
          result.notes[tie.note].duration = to - result.notes[tie.note].start
          open[step] = nil
          open[note.step] = note.isTied ? (tie.note, to, midi) : nil
          continue
        }
        midi = voice.drumMap[midi] ?? midi
        result.notes.append(.init(
          start: from, duration: to - from, midi: midi, velocity: event.velocity, syllable: used ? nil : syllable))
        used = true
        if note.isTied { open[note.step] = (result.notes.count - 1, to, note.midi) }
      }
    }
  }
}
