import Music

/// Lays chords out for an instrument, each as near to the one before as its kind of layout allows.
struct Voicer {
  enum Layout: String {
    case close, open, power, guitar, rootless, strings, single, octave
  }

  let layout: Layout
  let range: ClosedRange<Int>
  private var last: [Int] = []

  init(layout: Layout, range: ClosedRange<Int>) {
    self.layout = layout
    self.range = range
  }

  /// Keys from low to high.
  mutating func voice(_ chord: Chord) -> [Int] {
    let options = candidates(chord)
    let best = options.min { cost($0, chord) < cost($1, chord) } ?? [range.lowerBound]
    last = best
    return best
  }

  private func candidates(_ chord: Chord) -> [[Int]] {
    switch layout {
    case .power: return rooted(chord) { root in [root, root + 7, root + 12] }
    case .single: return rooted(chord) { [$0] }
    case .octave: return rooted(chord) { [$0, $0 + 12] }
    case .guitar: return rooted(chord) { strings(chord, from: $0) }
    case .close: return inversions(tones(chord, limit: 4))
    case .rootless: return inversions(rootless(chord))
    case .open:
      return inversions(tones(chord, limit: 4)).compactMap { notes in
        // Drop two: the second voice from the top goes down an octave.
        guard notes.count >= 3 else { return notes }
        var open = notes
        open[open.count - 2] -= 12
        open.sort()
        return open[0] >= range.lowerBound ? open : nil
      }
    case .strings:
      return inversions(tones(chord, limit: 4)).compactMap { notes in
        guard notes.count >= 3 else { return notes }
        var spread = notes
        spread[1] += 12
        spread.sort()
        return spread[spread.count - 1] <= range.upperBound ? spread : nil
      }
    }
  }

  /// The notes that matter most, `limit` at most: the fifth goes first, then the root of ninths.
  private func tones(_ chord: Chord, limit: Int) -> [Int] {
    var intervals = chord.quality.intervals
    if intervals.count > limit { intervals.removeAll { $0 == 7 } }
    if intervals.count > limit { intervals.removeAll { $0 == 0 } }
    return intervals.map { (chord.root + $0).rawValue }
  }

  /// Third, fifth or thirteenth, seventh and ninth: the bass has the root. Chords of rest (sixths, major sevenths)
  /// keep theirs, or a listener would take them for another chord.
  private func rootless(_ chord: Chord) -> [Int] {
    let third = chord.quality.intervals.first { (2...5).contains($0) } ?? 4
    let isMinor = third == 3
    let seventh = chord.quality.intervals.first { (9...11).contains($0) } ?? (isMinor ? 10 : 9)
    let fifth = chord.quality == .dominant13 ? 9 : chord.quality.intervals.first { (6...8).contains($0) } ?? 7
    let rests: [Chord.Quality] = [.major, .minor, .major6, .minor6, .major7]
    let ninth = rests.contains(chord.quality) ? 0 : chord.quality == .dominant7flat9 ? 1 : [.halfDiminished7, .diminished7].contains(chord.quality) ? 0 : 2
    return [third, fifth, seventh, ninth].map { (chord.root + $0).rawValue }
  }

  private func rooted(_ chord: Chord, _ build: (Int) -> [Int]) -> [[Int]] {
    let low = range.lowerBound
    let first = low + PitchClass(rawValue: chord.lowest.rawValue - low).rawValue
    return stride(from: first, through: max(first, range.upperBound - 12), by: 12).map(build)
  }

  /// Five or six strings as an open or barre chord has them: root, fifth, octave, third, fifth, octave.
  private func strings(_ chord: Chord, from root: Int) -> [Int] {
    var notes = [root]
    let fifth = root + chord.fifth.interval(above: PitchClass(rawValue: root))
    if chord.bass == nil { notes.append(fifth) }
    var pool = chord.quality.intervals.map { (chord.root + $0).rawValue }
    if chord.quality.intervals.count > 3 { pool.removeAll { $0 == chord.root.rawValue } }
    var key = (notes.last ?? root) + 3
    while notes.count < 6, key <= range.upperBound {
      if pool.contains(key % 12) {
        notes.append(key)
        key += 3
      } else {
        key += 1
      }
    }
    return notes
  }

  private func inversions(_ classes: [Int]) -> [[Int]] {
    var result: [[Int]] = []
    let sorted = Array(Set(classes)).sorted()
    for (index, _) in sorted.enumerated() {
      let order = sorted[index...] + sorted[..<index]
      for octave in 1...8 {
        var notes: [Int] = []
        var key = octave * 12
        for pitchClass in order {
          key += PitchClass(rawValue: pitchClass - key).rawValue
          notes.append(key)
          key += 1
        }
        if let low = notes.first, let high = notes.last, low >= range.lowerBound, high <= range.upperBound {
          result.append(notes)
        }
      }
    }
    return result
  }

  private func cost(_ notes: [Int], _ chord: Chord) -> Double {
    let centre = Double(range.lowerBound + range.upperBound) / 2
    let mean = Double(notes.reduce(0, +)) / Double(max(1, notes.count))
    var cost = 0.25 * abs(mean - centre)
    if !last.isEmpty {
      for note in notes { cost += Double(last.map { abs($0 - note) }.min() ?? 0) }
      if let top = notes.last, let before = last.last { cost += 0.6 * Double(abs(top - before)) }
    }
    // Thirds and seconds are mud in the low register.
    for (low, high) in zip(notes, notes.dropFirst()) where high - low < 5 && low < 50 && layout != .power {
      cost += Double(50 - low) * 0.6
    }
    for (low, high) in zip(notes, notes.dropFirst()) where high - low == 1 { cost += high == notes.last ? 3 : 1 }
    return cost
  }
}
