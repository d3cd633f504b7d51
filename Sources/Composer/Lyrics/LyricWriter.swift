import Music

/// Writes the words of a song where none are given: stanzas that rhyme, in lines as long as the music has room for.
///
/// Lines in matching places have the same number of syllables wherever the words allow it, so that the tune of one
/// verse fits the next. The same seed gives the same words.
struct LyricWriter {
  /// Syllables of a verse's line: those that most lines that can be made have.
  let usualSyllables: ClosedRange<Int>
  private var random: Random
  private var lines: [WordBook.Role: [WordBook.Line]] = [:]
  private var lineSyllables: Int
  /// How often a piece has been sung.
  private var uses: [Int: Int] = [:]
  private var usedRhymes: Set<String> = []
  /// Syllables of the lines of a role's first stanza, by place.
  private var lengths: [WordBook.Role: [Int: Int]] = [:]

  /// A part of the song that is sung, or played (without lines).
  struct Stanza: Sendable, Hashable {
    var kind: Section.Kind
    var lineCount: Int
  }

  init(book: WordBook, themes: Set<String>, seed: UInt64) {
    random = Random(seed: seed, "lyrics")
    for role in WordBook.Role.allCases { lines[role] = book.lines(for: role, themes: themes) }
    let counts = (lines[.verse] ?? []).map(\.syllables).sorted()
    func quantile(_ part: Double) -> Int { counts.isEmpty ? 8 : counts[Int(part * Double(counts.count - 1))] }
    usualSyllables = quantile(0.2)...quantile(0.8)
    lineSyllables = quantile(0.5)
  }

  /// The lyrics with structure tags: `[Verse 1]`, `[Chorus]`, ...
  /// - Parameter lineSyllables: what a verse's line has room for.
  mutating func write(_ stanzas: [Stanza], lineSyllables: Int) -> String {
    self.lineSyllables = min(max(lineSyllables, usualSyllables.lowerBound), usualSyllables.upperBound)
    return song(stanzas)
  }

  private mutating func song(_ stanzas: [Stanza]) -> String {
    let hook = choose(from: lines[.hook] ?? [], syllables: lineSyllables)
    let hasChorus = stanzas.contains { [.chorus, .drop].contains($0.kind) && $0.lineCount > 0 }
    let choruses = Dictionary(
      [4, 8].map { ($0, chorus(hook, count: $0)) }, uniquingKeysWith: { first, _ in first })
    let isCrossed = random.chance(0.5)
    var texts: [String] = []
    var written: [Section.Kind: [[String]]] = [:]
    for stanza in stanzas {
      let number = written[stanza.kind, default: []].count
      let made: [String]
      switch stanza.kind {
      case .chorus, .drop:
        // Short ones sing the whole one's beginning.
        made = Array((choruses[stanza.lineCount > 4 ? 8 : 4] ?? []).prefix(stanza.lineCount))
      case .preChorus, .bridge:
        made = stanza.lineCount == 0 ? [] : written[stanza.kind]?.first.map { Array($0.prefix(stanza.lineCount)) }
          ?? rhymed(stanza.kind == .bridge ? .bridge : .preChorus, count: stanza.lineCount, isCrossed: false)
      case .verse where number >= 6:
        made = Array((written[.verse]?[number % 6] ?? []).prefix(stanza.lineCount))
      case .verse:
        made = rhymed(.verse, count: stanza.lineCount, isCrossed: isCrossed, refrain: hasChorus ? nil : hook)
      default: made = []
      }
      written[stanza.kind, default: []].append(made)
      let tag = stanza.kind == .verse ? "Verse \(number + 1)" : Energies.name(stanza.kind)
      texts.append((["[\(tag)]"] + made).joined(separator: "\n"))
    }
    return texts.joined(separator: "\n\n")
  }

  // MARK: Stanzas

  /// The hook in turn with lines that rhyme with it.
  private mutating func chorus(_ hook: WordBook.Line, count: Int) -> [String] {
    let hookFirst = random.chance(0.6)
    var result: [String] = []
    var others: [WordBook.Line] = []
    for place in 0..<count {
      if (place % 2 == 0) == hookFirst {
        result.append(hook.text)
      } else {
        let wanted =
          others.first?.syllables
          ?? min(max(hook.syllables, usualSyllables.lowerBound), usualSyllables.upperBound - 1) + random.int(in: 0...1)
        let line = choose(
          from: lines[.chorus] ?? [], syllables: wanted, rhyme: hook.rhyme, after: [hook] + others.suffix(3))
        others.append(line)
        result.append(line.text)
      }
    }
    return result
  }

  /// Quatrains that rhyme in turn (ABAB) or in pairs (AABB), and what is left as a couplet.
  /// - Parameter refrain: what the last line of all is, where a song has no chorus for its hook.
  private mutating func rhymed(
    _ role: WordBook.Role, count: Int, isCrossed: Bool, refrain: WordBook.Line? = nil
  ) -> [String] {
    var result = [WordBook.Line?](repeating: nil, count: count)
    var pairs: [(Int, Int?)] = []
    var start = 0
    while start < count {
      switch count - start {
      case 4...: pairs += isCrossed ? [(start, start + 2), (start + 1, start + 3)] : [(start, start + 1), (start + 2, start + 3)]
      case 3: pairs += [(start, start + 1), (start + 2, nil)]
      case 2: pairs += [(start, start + 1)]
      default: pairs += [(start, nil)]
      }
      start += 4
    }
    let pool = lines[role] ?? []
    for (first, second) in pairs {
      let isLast = (second ?? first) == count - 1
      let sung = result.compactMap(\.self)
      guard let second else {
        result[first] = isLast ? refrain : nil
        if result[first] == nil { result[first] = choose(from: pool, syllables: length(role, first), after: sung) }
        continue
      }
      let rhyme = isLast && refrain != nil ? refrain?.rhyme : pickRhyme(pool, length(role, first), length(role, second))
      let line = choose(
        from: pool, syllables: length(role, first), rhyme: rhyme, after: sung + (isLast ? [refrain].compactMap(\.self) : []))
      result[first] = line
      note(line, role, first)
      result[second] = isLast ? refrain : nil
      if result[second] == nil {
        let partner = choose(from: pool, syllables: length(role, second), rhyme: rhyme, after: sung + [line])
        result[second] = partner
        note(partner, role, second)
      }
    }
    return result.compactMap { $0?.text }
  }

  /// What the tune of this place has room for: as the same place before, as the line two before.
  private func length(_ role: WordBook.Role, _ place: Int) -> Int {
    lengths[role]?[place] ?? lengths[role]?[place - 2] ?? lengths[role]?[place - 1] ?? lineSyllables
  }

  private mutating func note(_ line: WordBook.Line, _ role: WordBook.Role, _ place: Int) {
    if lengths[role]?[place] == nil { lengths[role, default: [:]][place] = line.syllables }
  }

  // MARK: Choices

  private func weight(_ line: WordBook.Line, syllables: Int) -> Double {
    let off = abs(line.syllables - syllables)
    guard off <= 4 else { return 1e-12 }
    let fit = [1, 0.004, 1e-4, 1e-6, 1e-7][off]
    let fresh = line.pieces.reduce(1.0) { $0 * [1, 0.08, 0.01, 0.002][min(uses[$1, default: 0], 3)] }
    return fit * fresh * (line.isThemed ? 3 : 1)
  }

  /// A rhyme that two lines of these lengths share, seldom one that has been heard.
  private mutating func pickRhyme(_ pool: [WordBook.Line], _ first: Int, _ second: Int) -> String? {
    var endings: [String: [Substring: Double]] = [:]
    for line in pool {
      guard let rhyme = line.rhyme else { continue }
      let weight = min(weight(line, syllables: first), weight(line, syllables: second))
      endings[rhyme, default: [:]][line.lastWord] = max(endings[rhyme]?[line.lastWord] ?? 0, weight)
    }
    let rhymes = endings.keys.sorted().compactMap { rhyme -> (name: String, weight: Double)? in
      // The second best ending says whether two fit.
      let weights = (endings[rhyme] ?? [:]).values.sorted(by: >)
      return weights.count < 2 ? nil : (rhyme, weights[1] * (usedRhymes.contains(rhyme) ? 0.1 : 1))
    }
    guard !rhymes.isEmpty else { return nil }
    let rhyme = random.pick(rhymes) { $0.weight }.name
    usedRhymes.insert(rhyme)
    return rhyme
  }

  /// - Parameter earlier: lines whose pieces and last words it must not take up again, if that can be helped.
  private mutating func choose(
    from pool: [WordBook.Line], syllables: Int, rhyme: String? = nil, after earlier: [WordBook.Line] = []
  ) -> WordBook.Line {
    let rhyming = rhyme.map { rhyme in pool.filter { $0.rhyme == rhyme } } ?? pool
    let candidates = rhyming.isEmpty ? pool : rhyming
    let pieces = Set(earlier.flatMap(\.pieces))
    let words = Set(earlier.map(\.lastWord))
    let strict = candidates.filter { pieces.isDisjoint(with: $0.pieces) && !words.contains($0.lastWord) }
    let loose = strict.isEmpty ? candidates.filter { !words.contains($0.lastWord) } : strict
    let open = loose.isEmpty ? candidates : loose
    guard !open.isEmpty else { return WordBook.Line(text: "", syllables: 0, isThemed: false, pieces: []) }
    let line = random.pick(open.map { ($0, weight($0, syllables: syllables)) }) { $0.1 }.0
    for piece in line.pieces { uses[piece, default: 0] += 1 }
    return line
  }
}
