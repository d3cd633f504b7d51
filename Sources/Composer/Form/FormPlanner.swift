import Music

/// Lays out sections so that they fill a number of bars.
///
/// Bars here are *felt* bars: with a half-time feel one lasts two written ones, with double time half of one.
struct FormPlanner {
  var style: Style
  /// Length of a felt bar.
  var barSeconds: Double
  /// Lengths must be even numbers of felt bars, because two make a written one.
  var evenOnly: Bool
  /// Nothing but words is heard.
  var isVoiceOnly = false

  struct Block: Hashable {
    var kind: Section.Kind
    var bars: Int
    var delivery: Instrument.Delivery?
    var lines: [String] = []
    var barsPerLine = 0
  }

  private var lengths: [Int] { style.form.sectionBars.filter { !evenOnly || $0 % 4 == 0 } }

  /// The usual form of the style, for a length of the composer's own choice.
  func usualForm(targetSeconds: Double = 15) -> [Block] {
    let length = lengths.min { abs(fitness($0, targetSeconds)) < abs(fitness($1, targetSeconds)) } ?? 8
    return blocks(style.form.usual, length: length)
  }

  private func fitness(_ length: Int, _ targetSeconds: Double) -> Double {
    var ratio = Double(length) * barSeconds / targetSeconds
    var octaves = 0.0
    while ratio > 2 { (ratio, octaves) = (ratio / 2, octaves + 1) }
    while ratio < 0.5 { (ratio, octaves) = (ratio * 2, octaves - 1) }
    return octaves + (ratio - 1) * (ratio > 1 ? 1 : 2)
  }

  /// How well the best form fits `bars`: 0 is perfect.
  func cost(bars: Int) -> Double {
    candidates(bars: bars).map { $0.cost }.min() ?? 9
  }

  /// The form that fills `bars` best; `random` chooses between forms that fit about as well.
  func form(bars: Int, random: inout Random) -> [Block] {
    let found = candidates(bars: bars)
    guard let best = found.map({ $0.cost }).min() else { return [Block(kind: .verse, bars: bars)] }
    let close = found.filter { $0.cost <= best + 0.2 }
    let choice = random.pick(close) { 1.3 + best - $0.cost }
    return fill(choice.blocks, to: bars)
  }

  private func candidates(bars: Int) -> [(blocks: [Block], cost: Double)] {
    var result: [(blocks: [Block], cost: Double)] = []
    for length in lengths {
      for text in forms(bars: bars, length: length) {
        let blocks = blocks(text, length: length)
        let total = blocks.reduce(0) { $0 + $1.bars }
        let left = bars - total
        guard left > -length / 2 || total == length, total - bars < bars else { continue }
        var cost = Double(abs(left)) / Double(length) * (left < 0 ? 1.4 : 1)
        let seconds = Double(bars) * barSeconds
        cost += 0.8 * abs(fitness(length, bars < 12 ? 8 : seconds > 110 ? 19 : 15))
        cost += 0.08 * Double(max(0, blocks.count - 12))
        result.append((blocks, cost))
      }
    }
    return result
  }

  /// The ladder, and for long pieces its last rungs with the cycle put in again and again.
  private func forms(bars: Int, length: Int) -> [String] {
    var result = style.form.ladder
    guard let top = style.form.ladder.last else { return result }
    let letters = Array(top.filter { $0 != " " })
    let insertion = letters.lastIndex { "bB".contains($0) } ?? letters.lastIndex { "cCdDvV".contains($0) } ?? 0
    var extended = letters
    for _ in 0..<40 {
      extended.insert(contentsOf: style.form.cycle.filter { $0 != " " }, at: insertion)
      if extended.count * length / 2 > bars + length * 2 { break }
      result.append(String(extended))
    }
    return result
  }

  private func blocks(_ text: String, length: Int) -> [Block] {
    text.compactMap { letter in
      FormLetter.kind(of: letter).map {
        Block(kind: $0, bars: letter.isUppercase ? length : max(evenOnly ? 2 : 1, length / 2))
      }
    }
  }

  /// Makes up for the bars that a form leaves over or lacks, at its edges.
  func fill(_ blocks: [Block], to bars: Int) -> [Block] {
    var result = blocks
    var left = bars - blocks.reduce(0) { $0 + $1.bars }
    while left > 0 {
      let step = min(2, left)
      let edges = result.indices.filter { [.intro, .outro].contains(result[$0].kind) }
      if let edge = edges.min(by: { result[$0].bars < result[$1].bars }), result[edge].bars < 8 {
        result[edge].bars += step
      } else if edges.isEmpty, left >= 2, result.count > 1 || left >= 4 {
        result.insert(Block(kind: .intro, bars: step), at: 0)
      } else if !result.isEmpty {
        result[result.count - 1].bars += step
      } else {
        result.append(Block(kind: .verse, bars: step))
      }
      left -= step
    }
    while left < 0, !result.isEmpty {
      let step = min(evenOnly ? 2 : 1, -left)
      let edges = result.indices.filter { [.outro, .intro, .interlude].contains(result[$0].kind) }
      let index = edges.max(by: { result[$0].bars < result[$1].bars }) ?? result.count - 1
      result[index].bars -= step
      if result[index].bars <= 0 { result.remove(at: index) }
      left += step
    }
    return result
  }

  // MARK: With lyrics

  /// Sections for lyrics. Every line gets `barsPerLine` bars, fewer where `bars` is short.
  /// - Returns: the blocks, and how many lines found no room.
  func form(sheet: LyricSheet, bars: Int?, syllablesPerLine: Double) -> (blocks: [Block], droppedLines: Int) {
    let options = lineBars
    let natural = barsPerLine(syllables: syllablesPerLine)
    guard let bars else {
      var blocks = stanzaBlocks(sheet, barsPerLine: natural)
      addEdges(&blocks, intro: isVoiceOnly ? breath : edge, outro: isVoiceOnly ? 0 : edge)
      return (blocks, 0)
    }
    var barsPerLine = natural
    while barsPerLine > options[0], total(stanzaBlocks(sheet, barsPerLine: barsPerLine)) > bars { barsPerLine /= 2 }
    var blocks = stanzaBlocks(sheet, barsPerLine: barsPerLine)
    var dropped = 0
    while total(blocks) > bars, let last = blocks.indices.last {
      let over = total(blocks) - bars
      if blocks[last].lines.isEmpty || blocks[last].bars <= over {
        dropped += blocks[last].lines.count
        blocks.removeLast()
      } else {
        let lines = max(0, (blocks[last].bars - over) / barsPerLine)
        dropped += blocks[last].lines.count - lines
        blocks[last].lines.removeLast(blocks[last].lines.count - lines)
        blocks[last].bars -= over
      }
    }
    if isVoiceOnly {
      repeatStanzas(&blocks, to: bars)
    } else {
      extend(&blocks, to: bars)
    }
    return (fill(blocks, to: bars), dropped)
  }

  /// How many bars a line may take.
  private var lineBars: [Int] { evenOnly ? [2, 4] : [1, 2, 4] }

  /// How many bars a line of so many syllables takes where there is room.
  func barsPerLine(syllables: Double) -> Int {
    let wanted = max(2.4, syllables / Self.syllablesPerSecond)
    return lineBars.min { abs(ratio(Double($0) * barSeconds, wanted)) < abs(ratio(Double($1) * barSeconds, wanted)) } ?? 2
  }

  /// At what rate words are sung at ease, rests included.
  static let syllablesPerSecond = 2.3

  private var edge: Int {
    let four = 4 * barSeconds
    return four > 12 ? 2 : four < 5 ? 8 : 4
  }

  private var breath: Int { evenOnly ? 2 : 1 }

  private func total(_ blocks: [Block]) -> Int { blocks.reduce(0) { $0 + $1.bars } }

  private func ratio(_ a: Double, _ b: Double) -> Double { a > b ? a / b - 1 : b / a - 1 }

  private func stanzaBlocks(_ sheet: LyricSheet, barsPerLine: Int) -> [Block] {
    sheet.stanzas.filter { !isVoiceOnly || !$0.lines.isEmpty }.map { stanza in
      let sung = stanza.lines.count * barsPerLine
      // Sections without words, and odd numbers of lines, are made up to whole phrases.
      let bars = stanza.lines.isEmpty ? edge : (sung + barsPerLine * 2 - 1) / (barsPerLine * 2) * (barsPerLine * 2)
      return Block(
        kind: stanza.kind, bars: stanza.lines.count == 1 ? max(sung, 2) : bars, delivery: stanza.delivery, lines: stanza.lines,
        barsPerLine: stanza.lines.isEmpty ? 0 : barsPerLine)
    }
  }

  private func addEdges(_ blocks: inout [Block], intro: Int, outro: Int) {
    if blocks.first?.kind != .intro { blocks.insert(Block(kind: .intro, bars: intro), at: 0) }
    if blocks.last?.kind != .outro { blocks.append(Block(kind: .outro, bars: outro)) }
  }

  /// A bar to breathe in, the stanzas again while they fit, and silence.
  private func repeatStanzas(_ blocks: inout [Block], to bars: Int) {
    let sung = blocks
    if total(blocks) + breath <= bars { blocks.insert(Block(kind: .intro, bars: breath), at: 0) }
    var next = 0
    while !sung.isEmpty, total(blocks) + sung[next % sung.count].bars <= bars {
      blocks.append(sung[next % sung.count])
      next += 1
    }
    if total(blocks) < bars { blocks.append(Block(kind: .outro, bars: bars - total(blocks))) }
  }

  /// Fills a length that the words alone don't: intro, outro, a solo, then choruses and stanzas again.
  private func extend(_ blocks: inout [Block], to bars: Int) {
    let sung = blocks
    if bars - total(blocks) >= 2, blocks.first?.kind != .intro {
      blocks.insert(Block(kind: .intro, bars: min(edge, bars - total(blocks))), at: 0)
    }
    if bars - total(blocks) >= 2, blocks.last?.kind != .outro {
      blocks.append(Block(kind: .outro, bars: min(edge, bars - total(blocks))))
    }
    guard !sung.isEmpty else { return }
    var next = 0
    let chorus = sung.last { $0.kind == .chorus }
    while bars - total(blocks) >= edge {
      let left = bars - total(blocks)
      let end = blocks.last?.kind == .outro ? blocks.count - 1 : blocks.count
      let solos = blocks.filter { $0.kind == .solo }.count
      let hasTwoSolosSinceSong = solos > next / max(1, sung.count)
      if !hasTwoSolosSinceSong {
        blocks.insert(Block(kind: .solo, bars: min(left, edge * 2)), at: end)
      } else if let chorus, chorus.bars <= left, left < chorus.bars * 2 {
        blocks.insert(chorus, at: end)
      } else if sung[next % sung.count].bars <= left {
        blocks.insert(sung[next % sung.count], at: end)
        next += 1
      } else {
        blocks.insert(Block(kind: .solo, bars: min(left, edge)), at: end)
      }
    }
  }
}
