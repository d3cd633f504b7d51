import Glibc
import Music

/// Fits form, bars and tempo to a length, so that the last chord rings out inside it.
///
/// The tempo holds steady to the last bar line; the last bar alone, in which one chord is struck and held, takes
/// what is left (its own tempo change makes the arithmetic come out).
struct SongLength {
  let style: Style
  let meter: Meter
  /// The tempo that was asked for, which is kept exactly.
  let asked: Double?
  /// The tempo to aim at where none was asked for.
  let target: Double
  let reader: SyllableReader
  var isVoiceOnly = false

  /// The time kept free after the last bar line's end, so that no rounding passes the asked length.
  private static let spare = 0.002

  private func feel(bpm: Double) -> SongPlan.Feel {
    let quarters = meter.isCompound ? bpm * 1.5 : bpm
    let fastest = max(style.tempo.max * 1.18, 150)
    let slowest = min(style.tempo.min * 0.82, 56)
    let felt = meter.isCompound ? bpm * 1.6 : quarters
    if felt > fastest, felt / 2 >= slowest * 0.8 { return .halfTime }
    if felt < slowest, felt * 2 <= fastest * 1.1 { return .doubleTime }
    return .normal
  }

  /// Seconds of a written bar.
  private func barSeconds(_ bpm: Double) -> Double { Double(meter.feltBeats) * 60 / bpm }

  private func planner(_ bpm: Double) -> FormPlanner {
    let feel = feel(bpm: bpm)
    return FormPlanner(style: style, barSeconds: barSeconds(bpm) * feel.barScale, evenOnly: feel == .doubleTime, isVoiceOnly: isVoiceOnly)
  }

  /// The least time for the final bar of a piece of `seconds`.
  private func leastFinal(_ seconds: Double) -> Double {
    seconds < 3 ? 0.7 : seconds < 6 ? 0.9 : seconds < 15 ? 1.3 : 1.7
  }

  /// Felt bars in front of the final bar, for a piece of `seconds`.
  private func bodyBars(_ seconds: Double, _ bpm: Double) -> Int {
    let written = barSeconds(bpm)
    let scale = feel(bpm: bpm).barScale
    let bars = Int((seconds - Self.spare - leastFinal(seconds)) / (written * max(1, scale)) + 1e-9)
    return max(0, scale < 1 ? bars * 2 : bars)
  }

  func layOut(_ plan: inout SongPlan, seconds: Double?, sheet: LyricSheet?, random: inout Random) {
    let syllables = sheet.map { sheet in
      let lines = sheet.stanzas.flatMap(\.lines)
      let count = lines.reduce(0) { $0 + reader.syllables(of: $1, language: plan.language).count }
      return Double(count) / Double(max(1, lines.count))
    }
    let bpm = asked ?? seconds.map { bestTempo(seconds: $0, hasLyrics: sheet != nil) } ?? target
    plan.bpm = bpm
    plan.feel = feel(bpm: bpm)
    let planner = planner(bpm)
    let bars = seconds.map { bodyBars($0, bpm) }
    var blocks: [FormPlanner.Block]
    if let sheet, let syllables {
      let result = planner.form(sheet: sheet, bars: bars, syllablesPerLine: syllables)
      blocks = result.blocks
      if result.droppedLines > 0 {
        plan.notices.append(
          "The lyrics are longer than the music: the last \(result.droppedLines) lines found no room. Ask for a longer duration, or shorten them.")
      }
    } else if let bars {
      blocks = bars == 0 ? [] : planner.form(bars: bars, random: &random)
    } else {
      blocks = planner.usualForm()
    }
    blocks.removeAll { $0.bars <= 0 }
    let scale = plan.feel.barScale
    plan.sections = Energies.sections(of: blocks, barScale: scale, arousal: plan.arousal)
    let written = plan.sections.reduce(0) { $0 + $1.bars }
    let body = Double(written) * barSeconds(bpm)
    if let seconds {
      plan.durationSeconds = seconds
      plan.finalBarSeconds = seconds - Self.spare - body
    } else {
      plan.finalBarSeconds = max(2.4, barSeconds(bpm))
      plan.durationSeconds = ((body + plan.finalBarSeconds + Self.spare) * 10).rounded(.up) / 10
    }
  }

  /// What to write words for, where none are given: the form that the piece would have without words, its stanzas
  /// counted in lines, and how many syllables a line has room for.
  /// - Parameter syllables: how many the lines of the language usually have.
  func sungForm(seconds: Double?, syllables: ClosedRange<Int>, seed: UInt64) -> (stanzas: [LyricWriter.Stanza], lineSyllables: Int) {
    let bpm = asked ?? seconds.map { bestTempo(seconds: $0, hasLyrics: true) } ?? target
    let planner = planner(bpm)
    var random = Random(seed: seed, "sung form")
    let bars = seconds.map { bodyBars($0, bpm) }
    let blocks = bars.map { $0 == 0 ? [] : planner.form(bars: $0, random: &random) } ?? planner.usualForm()
    return planner.stanzas(blocks, syllables: syllables)
  }

  /// A whole tempo near the target whose bars make the best form.
  private func bestTempo(seconds: Double, hasLyrics: Bool) -> Double {
    let around = stride(from: (target * 0.95).rounded(), through: (target * 1.05).rounded(), by: 1)
    var best = (bpm: target, cost: Double.infinity)
    for bpm in around {
      let bars = bodyBars(seconds, bpm)
      let final = seconds - Double(bars) * barSeconds(bpm) * planScale(bpm)
      let wait = max(0, final - max(2.2, barSeconds(bpm)))
      let form = hasLyrics || bars == 0 ? 0 : planner(bpm).cost(bars: bars)
      let cost = form + wait * 0.25 + abs(bpm - target) / target * 4
      if cost < best.cost { best = (bpm, cost) }
    }
    return best.bpm
  }

  private func planScale(_ bpm: Double) -> Double { feel(bpm: bpm).barScale }

  func layOutLoop(_ plan: inout SongPlan, seconds: Double?) {
    let bpm: Double
    let bars: Int
    if let asked, let seconds {
      bpm = asked
      bars = max(1, Int((seconds / barSeconds(asked)).rounded()))
      plan.durationSeconds = Double(bars) * barSeconds(asked)
      if abs(plan.durationSeconds - seconds) > 0.01 {
        let rounded = (plan.durationSeconds * 1000).rounded() / 1000
        plan.notices.append(
          "At \(asked.formatted) BPM the loop has \(bars) whole bars and lasts \(rounded) s instead of \(seconds.formatted) s, so that it repeats without a seam.")
      }
    } else if let asked {
      // Left to us: a power of two, as loops are cut, of about eight seconds.
      let usual = SongLength.usualLoopSeconds / barSeconds(asked)
      bpm = asked
      bars = [1, 2, 4, 8, 16].min { abs(log2(Double($0) / usual)) < abs(log2(Double($1) / usual)) } ?? 4
      plan.durationSeconds = Double(bars) * barSeconds(asked)
    } else {
      let seconds = seconds ?? SongLength.usualLoopSeconds
      let options = [1, 2, 4, 8, 16, 32, 3, 6, 12, 24]
      bars = options.min { cost(of: $0, seconds: seconds) < cost(of: $1, seconds: seconds) } ?? 4
      bpm = Double(bars * meter.feltBeats) * 60 / seconds
      plan.durationSeconds = seconds
    }
    plan.bpm = bpm
    plan.feel = .normal
    plan.sections = [
      PlannedSection(kind: .chorus, label: "Loop", bars: bars, energy: min(max(0.72 + 0.2 * plan.arousal, 0.3), 1))
    ]
  }

  /// What a loop lasts when nothing is asked (`api.md` 8.5).
  private static let usualLoopSeconds = 8.0

  private func cost(of bars: Int, seconds: Double) -> Double {
    let bpm = Double(bars * meter.feltBeats) * 60 / seconds
    let ratio = bpm > target ? bpm / target : target / bpm
    return ratio - 1 + (bars % 3 == 0 ? 0.25 : 0)
  }
}

extension SongPlan.Feel {
  /// Written bars in a felt bar.
  var barScale: Double {
    switch self {
    case .normal: 1
    case .halfTime: 2
    case .doubleTime: 0.5
    }
  }
}

extension Double {
  /// Without a needless ".0".
  var formatted: String { rounded() == self ? String(Int(self)) : String(self) }
}

/// The energy curve: what every section's place in the song makes of it.
enum Energies {
  static func sections(of blocks: [FormPlanner.Block], barScale: Double, arousal: Double) -> [PlannedSection] {
    var seen: [Section.Kind: Int] = [:]
    var totals: [Section.Kind: Int] = [:]
    for block in blocks { totals[block.kind, default: 0] += 1 }
    let lastStrong = blocks.lastIndex { $0.kind == .chorus || $0.kind == .drop }
    return blocks.enumerated().map { index, block in
      let number = seen[block.kind, default: 0] + 1
      seen[block.kind] = number
      var energy = base(block.kind) + arousal * 0.1
      let repeats = Double(number - 1)
      switch block.kind {
      case .verse: energy += min(0.12, 0.07 * repeats)
      case .chorus, .drop: energy += min(0.1, 0.04 * repeats)
      default: break
      }
      if index == lastStrong, blocks.count > 2 { energy += 0.08 }
      let label = name(block.kind, block.delivery) + ((totals[block.kind] ?? 1) > 1 ? " \(number)" : "")
      return PlannedSection(
        kind: block.kind, label: label, bars: max(1, Int((Double(block.bars) * barScale).rounded())),
        energy: min(max(energy, 0.1), 1), lines: block.lines, barsPerLine: block.barsPerLine)
    }
  }

  static func base(_ kind: Section.Kind) -> Double {
    switch kind {
    case .intro: 0.38
    case .verse: 0.52
    case .preChorus: 0.64
    case .chorus: 0.82
    case .bridge: 0.55
    case .solo: 0.78
    case .interlude: 0.42
    case .drop: 0.92
    case .build: 0.6
    case .outro: 0.45
    }
  }

  /// As shown to people, and as `Section.delivery` reads it: "Verse", "Rap verse", "Spoken bridge".
  static func name(_ kind: Section.Kind, _ delivery: Instrument.Delivery?) -> String {
    switch delivery {
    case nil: name(kind)
    case .rap: "Rap " + name(kind).lowercased()
    case .spoken: "Spoken " + name(kind).lowercased()
    case .sung: "Sung " + name(kind).lowercased()
    }
  }

  static func name(_ kind: Section.Kind) -> String {
    switch kind {
    case .intro: "Intro"
    case .verse: "Verse"
    case .preChorus: "Pre-Chorus"
    case .chorus: "Chorus"
    case .bridge: "Bridge"
    case .solo: "Solo"
    case .interlude: "Interlude"
    case .drop: "Drop"
    case .build: "Build"
    case .outro: "Outro"
    }
  }
}
