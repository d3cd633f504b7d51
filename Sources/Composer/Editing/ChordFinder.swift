import Music

/// Finds other chords for a tune: for every chord of the stretch but the first and the last, by the cheapest way through
/// the key's triads and sevenths that fits the notes that are sung or played over it.
struct ChordFinder {
  let score: Score
  let ticks: Range<Int>

  func chords(random: inout Random) -> [ChordSpan] {
    let tune = score.parts.filter { $0.role == .vocal || $0.role == .melody }.flatMap(\.notes)
    let places = score.chords.indices.filter { ticks.contains(score.chords[$0].startTick) }
    guard places.count >= 3 else { return score.chords }
    let inner = Array(places.dropFirst().dropLast())
    let options = inner.map { index in candidates(for: score.chords[index], tune: tune, random: &random) }
    // The cheapest way, chord by chord; roots a fourth or a second apart follow one another gladly.
    var best = options[0].map { (cost: $0.cost + motion(score.chords[places[0]].chord, $0.chord), path: [$0.chord]) }
    for place in 1..<max(1, options.count) {
      best = options[place].map { option in
        let ways = best.map { (cost: $0.cost + option.cost + motion($0.path[$0.path.count - 1], option.chord), path: $0.path) }
        let cheapest = ways.min { $0.cost < $1.cost } ?? (0, [])
        return (cheapest.cost, cheapest.path + [option.chord])
      }
    }
    var result = score.chords
    for (index, chord) in zip(inner, best.min { $0.cost < $1.cost }?.path ?? []) { result[index].chord = chord }
    return result
  }

  private func candidates(
    for span: ChordSpan, tune: [Note], random: inout Random
  ) -> [(chord: Chord, cost: Double)] {
    let key = score.key(atTick: span.startTick)
    let range = span.startTick..<span.startTick + span.durationTicks
    let notes = tune.filter { ticks in range.contains(ticks.startTick) }
    return (1...7).flatMap { [key.triad($0), key.seventhChord($0)] }.compactMap { chord in
      guard chord.quality != .diminished else { return nil }
      let total = notes.reduce(0) { $0 + $1.durationTicks }
      let outside = notes.reduce(0) { chord.contains($1.pitch.pitchClass) ? $0 : $0 + $1.durationTicks }
      var cost = total > 0 ? Double(outside) / Double(total) * 2 : 0
      // It is to be another chord than before.
      if chord.root == span.chord.root { cost += 1.2 }
      return (chord, cost + random.unit() * 0.35)
    }
  }

  private func motion(_ from: Chord, _ to: Chord) -> Double {
    switch (to.root.rawValue - from.root.rawValue + 12) % 12 {
    case 0: 0.6
    case 5: 0
    case 2, 10, 7, 9: 0.2
    default: 0.35
    }
  }
}
