/// One part's staff, and how its bars are drawn.
struct StaffLayout {
  private let score: Score
  private let part: Part
  private let bars: [[Notation.Element]]
  private let barTicks: Int
  private let places: [Int: Int]
  private let syllables: MusicXMLSyllables
  /// Staff step of the bottom line.
  private let bottomStep: Int
  let hasLyrics: Bool
  /// Pixels that notes need above the top line and below the bottom line.
  let roomAbove: Double
  let roomBelow: Double

  init(score: Score, part: Part, notation: Notation) {
    self.score = score
    self.part = part
    barTicks = notation.barTicks
    places = PercussionStaff.places(for: part.playsDrumKit ? Set(part.notes.map(\.pitch.midi)) : [])
    bars = notation.bars(of: part)
    syllables = MusicXMLSyllables(part: part, bars: bars)
    hasLyrics = part.notes.contains { $0.syllable != nil }
    bottomStep = part.usesBassClef && !part.playsDrumKit ? -10 : 2
    var lowest = bottomStep
    var highest = bottomStep + 8
    for note in part.notes {
      let spelling = Self.spelling(of: note, part: part, places: places, key: score.key(atTick: note.startTick))
      lowest = min(lowest, spelling.step)
      highest = max(highest, spelling.step)
    }
    roomAbove = max(26, Double(highest - bottomStep - 8) * 4 + 18)
    roomBelow = max(18, Double(bottomStep - lowest) * 4 + 14)
  }

  private static func spelling(of note: Note, part: Part, places: [Int: Int], key: Key) -> Spelling {
    part.playsDrumKit ? PercussionStaff.spelling(of: places[note.pitch.midi] ?? 71) : key.spelling(of: note.pitch)
  }

  // MARK: Sizes

  /// Room for clef, key and metre.
  func headWidth(in score: Score) -> Double {
    34 + (part.playsDrumKit ? 0 : Double(abs(score.key.signature)) * 7) + 22
  }

  /// So wide that neighbouring notes and words stand apart.
  func width(ofBar bar: Int) -> Double {
    let elements = bars[bar]
    var width = 90.0
    for (index, element) in elements.enumerated() {
      let ticks = Double(element.durationTicks)
      let needed = element.isRest ? 9.0 : 15 + (hasAccidental(element) ? 7.0 : 0)
      width = max(width, needed * Double(barTicks) / max(ticks, 1))
      guard let lyric = syllables.lyric(of: element) else { continue }
      let next = elements[(index + 1)...].first { syllables.lyric(of: $0) != nil }?.startTick ?? (bar + 1) * barTicks
      let letters = Double(lyric.text.count) * (lyric.text.utf8.count > lyric.text.count * 2 ? 14 : 7.2) + 14
      width = max(width, letters * Double(barTicks) / Double(max(next - element.startTick, 1)))
    }
    return min(width, 420)
  }

  private func hasAccidental(_ element: Notation.Element) -> Bool {
    guard !part.playsDrumKit else { return false }
    let key = score.key(atTick: element.startTick)
    return element.notes.contains { index in
      let spelling = key.spelling(of: part.notes[index].pitch)
      return spelling.alter != key.signatureAlters[spelling.letter]
    }
  }

  func words(inBar bar: Int) -> [String] {
    var words: [String] = []
    var isInWord = false
    for lyric in bars[bar].compactMap(syllables.lyric) {
      if isInWord, !words.isEmpty { words[words.count - 1] += lyric.text } else { words.append(lyric.text) }
      isInWord = lyric.syllabic == "begin" || lyric.syllabic == "middle"
    }
    return words
  }

  // MARK: The staff

  func drawStaff(at top: Double, bar: Int, isLast: Bool, isNamed: Bool, in svg: inout SVGText) {
    svg.raw("<g class=\"staff\">")
    for line in 0..<5 { svg.line("0", top + Double(line) * 8, "100%", top + Double(line) * 8, 1) }
    svg.line("100%", top, "100%", top + 32, isLast ? 5 : 1, dx: isLast ? -2.5 : -0.5)
    if isLast { svg.line("100%", top, "100%", top + 32, 1, dx: -8) }
    svg.raw("</g>")
    let start = bar * barTicks
    let key = score.key(atTick: start)
    let changes = score.keyChanges.contains { $0.tick == start }
    guard bar == 0 || changes else { return }
    svg.open(at: "0", top)
    if bar == 0 {
      drawClef(in: &svg)
      if isNamed { svg.text(part.name, "0", -12, "part-name") }
    }
    let x = drawSignature(of: key, at: bar == 0 ? 34 : 8, in: &svg) + 9
    if bar == 0 {
      svg.text(String(score.meter.beats), "0", 15, "meter", dx: x)
      svg.text(String(score.meter.unit), "0", 31, "meter", dx: x)
    }
    svg.close()
  }

  /// What stands in front of a line: staff, clef and key.
  func drawHead(at top: Double, key: Key, in svg: inout SVGText) {
    svg.raw("<g class=\"staff\">")
    for line in 0..<5 { svg.line("0", top + Double(line) * 8, "100%", top + Double(line) * 8, 1) }
    svg.raw("</g>")
    svg.open(at: "0", top)
    drawClef(in: &svg)
    _ = drawSignature(of: key, at: 34, in: &svg)
    svg.close()
  }

  private func drawClef(in svg: inout SVGText) {
    if part.playsDrumKit {
      svg.path(Glyph.percussionClef, "ink", x: 4)
    } else if bottomStep < 0 {
      svg.path(Glyph.bassClef, "pen clef", x: 5)
      svg.path(Glyph.bassDots, "ink", x: 5)
    } else {
      svg.path(Glyph.trebleClef, "pen clef", x: 5)
      svg.path(Glyph.trebleDot, "ink", x: 5)
    }
  }

  /// - Returns: where it ends.
  private func drawSignature(of key: Key, at start: Double, in svg: inout SVGText) -> Double {
    guard !part.playsDrumKit else { return start }
    let sharps = [10, 7, 11, 8, 5, 9, 6]  // F C G D A E B above the bottom line E, in steps from C4.
    let flats = [6, 9, 5, 8, 4, 7, 3]
    var x = start
    for index in 0..<abs(key.signature) {
      let step = key.signature > 0 ? sharps[index] : flats[index]
      svg.path(key.signature > 0 ? Glyph.sharp : Glyph.flat, "pen", x: x, y: y(ofStep: step + (bottomStep < 0 ? -14 : 0)))
      x += 7
    }
    return x
  }

  /// From the top line down.
  private func y(ofStep step: Int) -> Double { 32 - Double(step - bottomStep) * 4 }

  // MARK: The music

  private struct Drawn {
    var element: Notation.Element
    var heads: [(y: Double, alter: Int?, key: Int)]
    var stemUp = true
    var stemEnd = 0.0
    var isBeamed = false
    var beams: Int { [480: 1, 240: 2, 120: 3, 60: 4][value] ?? 0 }
    var hasStem: Bool { !element.isRest && value < 3840 }
    /// The note value without its dot.
    var value: Int
    var isDotted: Bool
  }

  func drawMusic(at top: Double, bar: Int, in svg: inout SVGText) {
    let drawn = layOut(bar: bar)
    for (index, item) in drawn.enumerated() {
      let x = share(item.element.startTick, bar)
      if item.element.isRest {
        drawRest(item, at: top, bar: bar, in: &svg)
        continue
      }
      svg.open(at: x, top)
      drawHeads(item, in: &svg)
      if item.hasStem {
        let side = item.stemUp ? 4.9 : -4.9
        let from = item.stemUp ? item.heads.map(\.y).max() ?? 0 : item.heads.map(\.y).min() ?? 0
        svg.line(SVGText.number(side), from, SVGText.number(side), item.stemEnd, 1.3)
        if !item.isBeamed {
          for flag in 0..<item.beams {
            svg.path(
              item.stemUp ? Glyph.flagDown : Glyph.flagUp, "ink", x: side,
              y: item.stemEnd + Double(flag) * (item.stemUp ? 6 : -6))
          }
        }
      }
      svg.close()
      if item.element.isTied || index == 0 && item.element.isContinuation { drawTie(item, at: top, bar: bar, in: &svg) }
      if let lyric = syllables.lyric(of: item.element) {
        let hyphen = lyric.syllabic == "begin" || lyric.syllabic == "middle" ? " -" : ""
        svg.text(lyric.text + hyphen, x, top + 32 + roomBelow + 14, "lyric-text", dx: -5)
      }
    }
    drawBeams(drawn, at: top, bar: bar, in: &svg)
  }

  private func share(_ tick: Int, _ bar: Int) -> String {
    SVGText.percent(Double(tick - bar * barTicks) / Double(barTicks))
  }

  private func layOut(bar: Int) -> [Drawn] {
    let key = score.key(atTick: bar * barTicks)
    let signature = key.signatureAlters
    var inForce: [Int: Int] = [:]
    var drawn = bars[bar].map { element -> Drawn in
      var heads: [(y: Double, alter: Int?, key: Int)] = []
      for index in element.notes {
        let note = part.notes[index]
        // A tied note keeps its name over a change of key.
        let spelling = Self.spelling(
          of: note, part: part, places: places, key: element.isContinuation ? score.key(atTick: note.startTick) : key)
        var alter: Int?
        if !part.playsDrumKit, !element.isContinuation,
          spelling.alter != inForce[spelling.step] ?? signature[spelling.letter] {
          alter = spelling.alter
          inForce[spelling.step] = spelling.alter
        }
        let y = y(ofStep: spelling.step)
        if heads.last?.y != y { heads.append((y, alter, note.pitch.midi)) }
      }
      let value = [3840, 1920, 960, 480, 240, 120, 60].first { $0 <= element.writtenTicks } ?? 60
      return Drawn(element: element, heads: heads, value: value, isDotted: element.writtenTicks * 2 >= value * 3)
    }
    for group in beamGroups(drawn) {
      let ys = group.flatMap { drawn[$0].heads.map(\.y) }
      guard let high = ys.min(), let low = ys.max() else { continue }
      let up = part.playsDrumKit || (high + low) / 2 >= 16
      let nearest = group.map { index in (up ? drawn[index].heads.map(\.y).min() : drawn[index].heads.map(\.y).max()) ?? 0 }
      let ends = group.count > 1
        ? beam(over: nearest, at: group.map { drawn[$0].element.startTick }, up: up) : nearest.map { $0 + (up ? -27 : 27) }
      for (place, index) in group.enumerated() {
        drawn[index].stemUp = up
        drawn[index].isBeamed = group.count > 1
        drawn[index].stemEnd = ends[place]
      }
    }
    return drawn
  }

  /// Where stems meet their beam: a straight line that leans as the outer notes do, by at most a staff space, and lies
  /// level where an inner note sticks out.
  /// - Parameter nearest: the head nearest to the beam of each note.
  private func beam(over nearest: [Double], at ticks: [Int], up: Bool) -> [Double] {
    guard let first = nearest.first, let last = nearest.last, let start = ticks.first, let end = ticks.last, end > start
    else { return nearest }
    let inner = nearest.dropFirst().dropLast()
    let sticksOut = inner.contains { up ? $0 < min(first, last) : $0 > max(first, last) }
    let lean = sticksOut || part.playsDrumKit ? 0 : min(max((last - first) / 2, -8), 8)
    let line = ticks.map { lean * Double($0 - start) / Double(end - start) }
    // No stem is shorter than three spaces, and none ends short of the middle of the staff.
    let shift = up
      ? min(zip(nearest, line).map { $0 - 25 - $1 }.min() ?? 0, 14 - (line.max() ?? 0))
      : max(zip(nearest, line).map { $0 + 25 - $1 }.max() ?? 0, 18 - (line.min() ?? 0))
    return line.map { $0 + shift }
  }

  /// How far to the side each head stands: of two neighbouring steps one is on the other side of the stem.
  private func shifts(_ item: Drawn) -> [Double] {
    var shifts = [Double](repeating: 0, count: item.heads.count)
    // From the end of the stem that the heads hang on: heads are sorted from the lowest up.
    let order = item.stemUp ? Array(item.heads.indices) : item.heads.indices.reversed()
    for (before, index) in zip(order, order.dropFirst())
    where abs(item.heads[index].y - item.heads[before].y) < 5 && shifts[before] == 0 {
      shifts[index] = item.stemUp ? 9.8 : -9.8
    }
    return shifts
  }

  /// Runs of eighths and shorter in one felt beat; other notes alone.
  private func beamGroups(_ drawn: [Drawn]) -> [[Int]] {
    var groups: [[Int]] = []
    for (index, item) in drawn.enumerated() where !item.element.isRest {
      if item.beams > 0, let last = groups.last?.last, last == index - 1, drawn[last].beams > 0,
        drawn[last].element.startTick / score.meter.ticksPerFeltBeat == item.element.startTick / score.meter.ticksPerFeltBeat {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
    return groups
  }

  private func drawHeads(_ item: Drawn, in svg: inout SVGText) {
    let halfWidth = item.value >= 3840 ? 9.5 : 8.0
    if let low = item.heads.map(\.y).max(), low >= 40 {
      for line in stride(from: 40.0, through: low, by: 8) { svg.line("-\(halfWidth)", line, "\(halfWidth)", line, 1) }
    }
    if let high = item.heads.map(\.y).min(), high <= -8 {
      for line in stride(from: -8.0, through: high, by: -8) { svg.line("-\(halfWidth)", line, "\(halfWidth)", line, 1) }
    }
    var accidentals = 0
    let shifts = self.shifts(item)
    let (leftmost, rightmost) = (min(shifts.min() ?? 0, 0), max(shifts.max() ?? 0, 0))
    for (head, shift) in zip(item.heads, shifts).reversed() {
      if part.playsDrumKit, PercussionStaff.isMetal(head.key) {
        svg.path(Glyph.crossHead, "pen", x: shift, y: head.y)
      } else {
        svg.path(
          item.value >= 3840 ? Glyph.wholeHead : item.value == 1920 ? Glyph.halfHead : Glyph.blackHead, "ink", x: shift, y: head.y)
      }
      if item.isDotted { svg.path(Glyph.dot(10 + rightmost, head.y.truncatingRemainder(dividingBy: 8) == 0 ? head.y - 4 : head.y), "ink") }
      if let alter = head.alter {
        let glyph = alter > 0 ? Glyph.sharp : alter < 0 ? Glyph.flat : Glyph.natural
        for copy in 0..<max(1, abs(alter)) {
          svg.path(glyph, "pen", x: -11.5 + leftmost - Double(accidentals % 3) * 7 - Double(copy) * 6, y: head.y)
        }
        accidentals += 1
      }
    }
  }

  private func drawRest(_ item: Drawn, at top: Double, bar: Int, in svg: inout SVGText) {
    let isBar = item.element.durationTicks == barTicks
    svg.open(at: isBar ? "46%" : share(item.element.startTick, bar), top)
    switch isBar ? 3840 : item.value {
    case 3840: svg.path(Glyph.wholeRest, "ink")
    case 1920: svg.path(Glyph.halfRest, "ink")
    case 960: svg.path(Glyph.quarterRest, "pen thick")
    case 480:
      svg.path(Glyph.eighthRest, "pen")
      svg.path(Glyph.dot(-2.6, 11, 2), "ink")
    default:
      svg.path(Glyph.sixteenthRest, "pen")
      svg.path(Glyph.dot(-2.6, 11, 2), "ink")
      svg.path(Glyph.dot(-4.8, 19, 2), "ink")
    }
    if item.isDotted, !isBar { svg.path(Glyph.dot(9, 12), "ink") }
    svg.close()
  }

  /// An arc from this note to the next or to the bar line; for a note tied from the bar before, the arc's end.
  private func drawTie(_ item: Drawn, at top: Double, bar: Int, in svg: inout SVGText) {
    let span = Double(item.element.durationTicks) / Double(barTicks)
    for head in item.heads {
      let below = item.stemUp
      let y = top + head.y + (below ? 6 : -14)
      let arc = below ? "M6 1Q50 11 94 1Q50 14 6 1Z" : "M6 9Q50-1 94 9Q50-4 6 9Z"
      func draw(_ x: String, _ width: String) {
        svg.raw("<svg x=\"\(x)\" y=\"\(SVGText.number(y))\" width=\"\(width)\" height=\"10\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" overflow=\"visible\"><path class=\"ink\" d=\"\(arc)\"/></svg>")
      }
      if item.element.isTied { draw(share(item.element.startTick, bar), SVGText.percent(span)) }
      if item.element.isContinuation, item.element.startTick == bar * barTicks { draw("-8%", "8%") }
    }
  }

  private func drawBeams(_ drawn: [Drawn], at top: Double, bar: Int, in svg: inout SVGText) {
    for group in beamGroups(drawn) where group.count > 1 {
      guard let first = group.first, let last = group.last else { continue }
      let up = drawn[first].stemUp
      let side = up ? 4.9 : -4.9
      svg.line(
        share(drawn[first].element.startTick, bar), top + drawn[first].stemEnd, share(drawn[last].element.startTick, bar),
        top + drawn[last].stemEnd, 4, dx: side)
      for level in 2...4 {
        func height(_ index: Int) -> Double { top + drawn[index].stemEnd + Double(level - 1) * (up ? 6 : -6) }
        for (place, index) in group.enumerated() where drawn[index].beams >= level {
          let next = place + 1 < group.count ? group[place + 1] : nil
          if let next, drawn[next].beams >= level {
            svg.line(
              share(drawn[index].element.startTick, bar), height(index), share(drawn[next].element.startTick, bar), height(next),
              4, dx: side)
          } else if place == 0 || drawn[group[place - 1]].beams < level {
            svg.open(at: share(drawn[index].element.startTick, bar), height(index))
            let direction = place == 0 ? 1.0 : -1.0
            svg.line(SVGText.number(side), 0, SVGText.number(side + 7 * direction), 0, 4)
            svg.close()
          }
        }
      }
    }
    for (index, item) in drawn.enumerated() where item.element.isTriplet {
      let beat = item.element.startTick / Score.ticksPerQuarter
      guard index == 0 || !drawn[index - 1].element.isTriplet || drawn[index - 1].element.startTick / Score.ticksPerQuarter != beat
      else { continue }
      let middle = Double(beat * Score.ticksPerQuarter - bar * barTicks + Score.ticksPerQuarter / 2) / Double(barTicks)
      svg.text("3", SVGText.percent(middle), top - 6 - (roomAbove > 30 ? 8 : 0), "tuplet")
    }
  }
}
