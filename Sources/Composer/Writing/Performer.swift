import Music

/// Makes players of the parts: swing, small lateness and earliness, swells; and sees to it that no note overlaps
/// itself or outlasts the piece.
struct Performer {
  let frame: SongFrame
  let style: Style
  let ending: Ending

  func perform(_ score: inout Score) {
    for index in score.parts.indices {
      var random = frame.random("touch \(score.parts[index].id)")
      let role = score.parts[index].role
      let deviation = Double(frame.ticks(milliseconds: style.humanize.milliseconds)) * looseness(role)
      var notes = score.parts[index].notes.sorted {
        ($0.startTick, $0.pitch.midi, $0.durationTicks) < ($1.startTick, $1.pitch.midi, $1.durationTicks)
      }
      var lastTick = -1
      var common = 0
      for note in notes.indices {
        // Notes struck together are early or late together.
        if notes[note].startTick != lastTick { common = Int((random.normal() * deviation).rounded()) }
        lastTick = notes[note].startTick
        let swing = swingDelay(atTick: notes[note].startTick)
        var nudge = notes[note].nudgeTicks + swing
        if notes[note].startTick != frame.finalTick { nudge += common }
        notes[note].nudgeTicks = max(-notes[note].startTick, nudge)
        let velocity = Double(notes[note].velocity) + random.normal() * style.humanize.velocity
        notes[note].velocity = min(max(Int(velocity.rounded()), 8), 126)
      }
      if role == .effects { for note in notes.indices { notes[note].nudgeTicks = 0 } }
      score.parts[index].notes = tidied(notes)
      score.parts[index].controls = swells(score.parts[index])
    }
  }

  private func looseness(_ role: Part.Role) -> Double {
    switch role {
    case .drums, .percussion: 0.55
    case .bass: 0.6
    case .vocal, .melody: 1.2
    default: 1
    }
  }

  /// How much later swing puts what is notated at a tick.
  private func swingDelay(atTick tick: Int) -> Int {
    guard style.swing.ratio > 0.5, !frame.meter.isCompound else { return 0 }
    let beat = frame.barTicks / frame.meter.feltBeats
    let pair = style.swing.unit == 16 ? beat / 2 : beat
    let place = tick % pair
    let half = Double(pair) / 2
    let longer = Double(pair) * style.swing.ratio
    let moved =
      Double(place) < half
      ? Double(place) / half * longer
      : longer + (Double(place) - half) / half * (Double(pair) - longer)
    return Int(moved.rounded()) - place
  }

  /// The tick by which all notes have ended: a breath before the end of the piece, or where it stops.
  private var soundEnd: Int {
    guard let final = frame.finalTick, ending.finalSeconds > 0 else { return frame.lengthTicks }
    let breath = min(0.35, ending.finalSeconds * 0.36)
    let sounding = ending.kind == .cold ? Self.stopSeconds : ending.finalSeconds - breath
    return final + Int(sounding / ending.finalSeconds * Double(frame.lengthTicks - final))
  }

  /// What sounds of the last chord when everybody stops together.
  private static let stopSeconds = 0.4

  /// Cuts each note where its own key is struck again, and all of them a little before the end.
  private func tidied(_ notes: [Note]) -> [Note] {
    var notes = notes
    var nextStart: [Int: Int] = [:]
    let end = soundEnd
    for index in notes.indices.reversed() {
      let start = notes[index].startTick + notes[index].nudgeTicks
      let limit = min(end, nextStart[notes[index].pitch.midi].map { $0 - 8 } ?? end)
      notes[index].durationTicks = max(20, min(notes[index].durationTicks, limit - start))
      nextStart[notes[index].pitch.midi] = start
    }
    return notes.filter { $0.startTick + max(0, $0.nudgeTicks) < end }
  }

  /// Sustained instruments grow towards stronger sections and breathe within the bar.
  private func swells(_ part: Part) -> [Control] {
    guard part.role == .pad || isSustained(part.instrument) else { return [] }
    var controls: [Control] = []
    for (index, section) in frame.sections.enumerated() {
      let next = index + 1 < frame.sections.count ? frame.sections[index + 1].energy : section.energy
      let grows = next > section.energy + 0.1
      for bar in 0..<section.bars {
        let place = Double(bar) / Double(max(1, section.bars))
        let level = 84 + 26 * section.energy + (grows && place >= 0.5 ? 16 * (place - 0.5) * 2 : 0)
        let tick = section.startTick + bar * frame.barTicks
        controls.append(Control(tick: tick, kind: .expression, value: min(127, Int(level - 9))))
        controls.append(Control(tick: tick + frame.barTicks / 2, kind: .expression, value: min(127, Int(level))))
      }
    }
    if let final = frame.finalTick {
      for step in 0..<8 {
        let tick = final + (frame.lengthTicks - final) * step / 8
        controls.append(Control(tick: tick, kind: .expression, value: max(40, 108 - step * 8)))
      }
    }
    return controls
  }

  private func isSustained(_ instrument: Instrument) -> Bool {
    guard case .program(let number) = instrument else { return false }
    return (40...44).contains(number) || (48...54).contains(number) || (56...63).contains(number)
      || (64...79).contains(number)
  }
}
