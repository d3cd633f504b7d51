import Music

/// The song's chords, and what lies under any tick.
struct Harmony: Sendable {
  let spans: [ChordSpan]
  /// The tonic chord in the style's colour.
  let tonic: Chord

  /// - Complexity: O(log spans).
  func index(atTick tick: Int) -> Int {
    var low = 0
    var high = spans.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if spans[middle].startTick <= tick { low = middle } else { high = middle - 1 }
    }
    return low
  }

  func chord(atTick tick: Int) -> Chord { spans[index(atTick: tick)].chord }

  /// The spans that begin in a section.
  func spans(in range: Range<Int>) -> [ChordSpan] {
    spans.filter { range.contains($0.startTick) }
  }
}

/// Chooses progressions for the kinds of section and lays them over the form.
struct HarmonyWriter {
  let style: Style
  let frame: SongFrame
  /// 0 at first; each further attempt leans more on progressions that make the key plain.
  let attempt: Int

  func write() throws -> Harmony {
    var random = frame.random("harmony \(attempt)")
    let family = frame.key.mode.isMinor ? "minor" : "major"
    let pools = style.progressions[family] ?? [:]
    let reharmonizer = try Reharmonizer(style.substitutions?[family] ?? [])
    var chosen: [Section.Kind: ChordBars] = [:]
    var used: Set<String> = []
    for kind in Section.Kind.allCases where frame.sections.contains(where: { $0.kind == kind }) {
      let (text, bars) = try choose(kind, pools: pools, used: used, random: &random)
      used.insert(text)
      // Later attempts are to make the key plainer, and colour blurs it.
      let changes = max(0, random.int(in: 0...2) + (bars.bars.count - 4) / 4 - attempt / 2)
      chosen[kind] = reharmonizer.changed(bars, count: changes, random: &random)
    }
    let cadence = try ChordBars(
      parsing: random.pick(style.cadences[family] ?? []) { $0.weight ?? 1 }.chords)
    let tonic = tonicChord(chosen)
    var spans: [ChordSpan] = []
    for (index, section) in frame.sections.enumerated() {
      guard let progression = chosen[section.kind] else { continue }
      let next = index + 1 < frame.sections.count ? frame.sections[index + 1] : nil
      let nextStart = next.flatMap { chosen[$0.kind]?.startsOnTonic } ?? true
      var bars = laidOut(progression, over: section.bars)
      if index == 0 { bars[0] = openOnTonic(bars[0], tonic: tonic) }
      let endsSong = next == nil && !frame.isLoop
      let lifts = next?.kind == .chorus || next?.kind == .drop
      if section.bars >= 2, endsSong || (nextStart && lifts) || (nextStart && section.kind == .bridge) {
        bars[bars.count - 1] = cadence.bars[cadence.bars.count - 1].map(adapted)
      }
      if let next, next.keyShift != section.keyShift, section.bars >= 2, random.chance(0.65) {
        // The dominant of the new key leads into it; without one the key changes outright.
        let dominant = Chord(root: frame.key.tonic + (7 + next.keyShift - section.keyShift), quality: .dominant7)
        bars[bars.count - 1] = Array(bars[bars.count - 1].prefix(1)) + [dominant]
      }
      append(bars, at: section.startTick, to: &spans)
    }
    if let final = frame.finalTick {
      spans.append(ChordSpan(startTick: final, durationTicks: frame.lengthTicks - final, chord: tonic))
    }
    return Harmony(spans: merged(spans), tonic: tonic)
  }

  private func choose(
    _ kind: Section.Kind, pools: [String: [Style.Progression]], used: Set<String>, random: inout Random
  ) throws -> (String, ChordBars) {
    let stand: [Section.Kind: String] = [
      .intro: "verse", .outro: "chorus", .solo: "verse", .interlude: "verse", .drop: "chorus", .build: "preChorus",
    ]
    let pool = pools[kind.rawValue] ?? stand[kind].flatMap { pools[$0] } ?? pools["any"] ?? []
    let isOpening = frame.sections.first?.kind == kind
    let options = try pool.map { (text: $0.chords, weight: $0.weight ?? 1, bars: try ChordBars(parsing: $0.chords)) }
    let pick = random.pick(options) { option in
      var weight = option.weight
      if !option.bars.startsOnTonic { weight *= isOpening ? 0.15 : 0.5 / Double(1 + attempt * 2) }
      if used.contains(option.text), kind != .intro, kind != .outro, kind != .solo { weight *= 0.3 }
      return weight
    }
    return (pick.text, pick.bars)
  }

  private func tonicChord(_ chosen: [Section.Kind: ChordBars]) -> Chord {
    for kind in Section.Kind.allCases {
      for numeral in (chosen[kind]?.bars ?? []).joined() where numeral.semitones == 0 && numeral.bassSemitones == nil {
        let chord = adapted(numeral)
        // A tonic seventh of blues or funk may close a piece; suspensions may not.
        if ![.sus2, .sus4, .dominant7sus4].contains(chord.quality) { return chord }
      }
    }
    return Chord(root: frame.key.tonic, quality: frame.key.mode.isMinor ? .minor : .major)
  }

  /// Bars of chords. Short bars make harmony hurry, so there every bar of the progression takes two.
  private func laidOut(_ progression: ChordBars, over bars: Int) -> [[Chord]] {
    let stretch = frame.barSeconds < 1.25 && bars >= progression.bars.count * 2 ? 2 : 1
    return (0..<bars).map { bar in
      let source = progression.bars[bar / stretch % progression.bars.count]
      guard stretch == 2, source.count > 1 else { return source.map(adapted) }
      let half = (source.count + 1) / 2
      return (bar % 2 == 0 ? source.prefix(half) : source.suffix(source.count - half)).map(adapted)
    }
  }

  private func openOnTonic(_ bar: [Chord], tonic: Chord) -> [Chord] {
    bar[0].root == frame.key.tonic ? bar : [tonic] + bar.dropFirst()
  }

  private func append(_ bars: [[Chord]], at start: Int, to spans: inout [ChordSpan]) {
    for (index, chords) in bars.enumerated() {
      let beats = frame.meter.feltBeats
      let beat = frame.barTicks / beats
      var place = 0
      for (number, chord) in chords.enumerated() {
        // Chords change on beats: of three beats the first chord takes two.
        let until =
          number == chords.count - 1
          ? frame.barTicks : (beats * (number + 1) + chords.count - 1) / chords.count * beat
        let end = max(until, place + min(beat, frame.barTicks / chords.count))
        spans.append(
          ChordSpan(
            startTick: start + index * frame.barTicks + place, durationTicks: min(end, frame.barTicks) - place,
            chord: chord))
        place = min(end, frame.barTicks)
        if place >= frame.barTicks { break }
      }
    }
  }

  /// In the church modes a chord is built of the mode's own notes; in major and minor it is what it says.
  private func adapted(_ numeral: RomanNumeral) -> Chord {
    let key = frame.key
    let chord = numeral.chord(in: key)
    let plain: Mode = key.mode.isMinor ? .minor : .major
    guard key.mode != plain, key.mode != .harmonicMinor,
      let degree = plain.intervals.firstIndex(of: numeral.semitones)
    else { return chord }
    if key.contains(chord) { return chord }
    var own = chord.quality.intervals.count > 3 ? key.seventhChord(degree + 1) : key.triad(degree + 1)
    if own.quality == .diminished, let third = own.third { own = Chord(root: third, quality: .minor) }
    return own
  }

  /// Neighbours of one chord become one span, within a felt bar or two so that comping keeps breathing.
  private func merged(_ spans: [ChordSpan]) -> [ChordSpan] {
    var result: [ChordSpan] = []
    for span in spans {
      if let last = result.last, last.chord == span.chord, span.startTick % frame.barTicks != 0 {
        result[result.count - 1].durationTicks += span.durationTicks
      } else {
        result.append(span)
      }
    }
    return result
  }
}
