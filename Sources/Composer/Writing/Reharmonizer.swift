import Music

/// Makes a progression a song's own: puts a style's substitutions in for some of its chords.
struct Reharmonizer {
  private struct Rule {
    var replaces: RomanNumeral?
    var before: RomanNumeral?
    var chords: [RomanNumeral]
    var weight: Double
  }
  private let rules: [Rule]

  init(_ substitutions: [Style.Substitution]) throws {
    rules = try substitutions.map { substitution in
      Rule(
        replaces: try substitution.replaces.map { try RomanNumeral(parsing: $0) },
        before: try substitution.before.map { try RomanNumeral(parsing: $0) },
        chords: try ChordBars(parsing: substitution.chords).bars[0], weight: substitution.weight ?? 1)
    }
  }

  /// The progression with up to `count` bars changed, its first chord's root kept.
  func changed(_ progression: ChordBars, count: Int, random: inout Random) -> ChordBars {
    var bars = progression.bars
    var touched: Set<Int> = []
    for _ in 0..<count {
      let options = bars.indices.filter { !touched.contains($0) }.flatMap { bar in
        rules.compactMap { rule in result(of: rule, at: bar, in: bars).map { (bar: bar, chords: $0, weight: rule.weight) } }
      }
      guard !options.isEmpty else { break }
      let choice = random.pick(options) { $0.weight }
      bars[choice.bar] = choice.chords
      touched.insert(choice.bar)
    }
    return ChordBars(bars: bars)
  }

  /// What a rule makes of a bar of one chord; nil where it doesn't apply.
  private func result(of rule: Rule, at bar: Int, in bars: [[RomanNumeral]]) -> [RomanNumeral]? {
    guard bars[bar].count == 1, let chord = bars[bar].first else { return nil }
    if let replaces = rule.replaces {
      guard same(chord, replaces), bar > 0 || rule.chords[0].semitones == chord.semitones else { return nil }
      return rule.chords
    }
    guard let before = rule.before, let next = bars[(bar + 1) % bars.count].first, same(next, before),
      !rule.chords.contains(where: { same($0, chord) })
    else { return nil }
    return [chord] + rule.chords
  }

  private func same(_ a: RomanNumeral, _ b: RomanNumeral) -> Bool {
    a.semitones == b.semitones && a.quality == b.quality && a.bassSemitones == b.bassSemitones
  }
}
