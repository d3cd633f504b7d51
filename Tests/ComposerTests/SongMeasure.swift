import Composer
import Music

/// What can be counted of a song: bars, ranges, parallels, cadence, repetition, contrast, dissonance. Reads only the
/// finished score, never the composer's workings.
struct SongMeasure {
  let score: Score

  // MARK: Bounds

  /// What is wrong with the score as a document: bars that don't add up, chords with gaps, notes outside the piece.
  var faults: [String] {
    var faults: [String] = []
    let bar = score.meter.ticksPerBar
    if score.sections.reduce(0, { $0 + $1.bars }) * bar != score.lengthTicks { faults.append("bars don't add up") }
    var tick = 0
    for section in score.sections {
      if section.startTick != tick { faults.append("\(section.label) doesn't follow the section before") }
      tick += section.bars * bar
    }
    tick = 0
    for span in score.chords {
      if span.startTick != tick || span.durationTicks <= 0 { faults.append("chords have a gap at \(tick)") }
      tick = span.startTick + span.durationTicks
    }
    if tick != score.lengthTicks { faults.append("chords don't fill the piece") }
    for change in score.keyChanges where change.tick % bar != 0 || change.tick <= 0 || change.tick >= score.lengthTicks {
      faults.append("a key change lies off the bar line at \(change.tick)")
    }
    for part in score.parts {
      var last = 0
      for note in part.notes {
        let start = note.startTick + note.nudgeTicks
        if note.startTick < last || start < 0 || note.durationTicks <= 0 || start + note.durationTicks > score.lengthTicks {
          faults.append("\(part.id): a note out of place at \(note.startTick)")
        }
        last = note.startTick
      }
    }
    return faults
  }

  /// Notes that the part's instrument doesn't have.
  var unplayable: [String] {
    score.parts.flatMap { part -> [String] in
      guard !part.playsDrumKit, case .program(let number) = part.instrument else { return [] }
      let range = Self.compass[number] ?? 21...108
      return part.notes.filter { !range.contains($0.pitch.midi) }.map { "\(part.id) \(part.name) \($0.pitch.midi)" }
    }
  }

  /// Sounding compass by General MIDI program, after Adler, The Study of Orchestration; where a program isn't here
  /// it has a keyboard.
  private static let compass: [Int: ClosedRange<Int>] = [
    8: 60...108, 9: 67...108, 10: 48...108, 11: 53...89, 12: 43...96, 13: 53...108, 14: 53...84, 15: 48...91,
    16: 24...108, 21: 41...101, 22: 55...96, 23: 36...96, 24: 40...88, 25: 40...88, 26: 40...88, 27: 40...90,
    28: 40...88, 29: 36...90, 30: 36...90, 32: 24...67, 33: 23...67, 34: 23...67, 35: 23...67, 36: 23...67, 37: 23...67,
    40: 55...103, 41: 48...91, 42: 36...84, 43: 23...67, 44: 28...103, 45: 28...103, 46: 23...103, 48: 28...103,
    49: 28...103, 52: 40...84, 53: 40...84, 56: 54...86, 57: 34...77, 58: 26...65, 59: 54...86, 60: 34...77,
    61: 34...90, 64: 56...91, 65: 49...84, 66: 44...78, 67: 36...72, 68: 58...93, 69: 52...84, 70: 34...77, 71: 50...94,
    72: 74...108, 73: 59...98, 74: 60...98, 75: 55...94, 76: 48...96, 77: 55...93, 78: 60...103, 79: 60...96,
    104: 48...91, 105: 48...93, 106: 48...84, 107: 43...93, 108: 48...96, 109: 55...82, 110: 55...103, 114: 48...88,
  ]

  // MARK: Voices

  /// The tune: what is sung, else what leads.
  var lead: [Note] {
    (score.parts.first { $0.role == .vocal } ?? score.parts.first { $0.role == .melody })?.notes ?? []
  }

  var bass: [Note] { score.parts.first { $0.role == .bass }?.notes ?? [] }

  /// The note that sounds at a tick.
  private func sounding(_ notes: [Note], at tick: Int) -> Int? {
    notes.last { $0.startTick <= tick && tick < $0.startTick + max($0.durationTicks, 1) }?.pitch.midi
  }

  /// From felt beat to felt beat, how many moves of tune and bass there are, how many of them are parallel octaves or
  /// fifths, and the most of those in a row.
  var parallels: (moves: Int, parallel: Int, longest: Int) {
    let beat = score.meter.ticksPerFeltBeat
    var result = (moves: 0, parallel: 0, longest: 0)
    var run = 0
    var before: (lead: Int, bass: Int)?
    for tick in stride(from: 0, to: score.lengthTicks, by: beat) {
      guard let upper = sounding(lead, at: tick), let lower = sounding(bass, at: tick) else {
        (before, run) = (nil, 0)
        continue
      }
      if let before, before.lead != upper || before.bass != lower {
        result.moves += 1
        let interval = (upper - lower) % 12
        let isParallel = interval == (before.lead - before.bass) % 12 && [0, 7].contains(interval)
          && (upper - before.lead).signum() * (lower - before.bass).signum() > 0
        run = isParallel ? run + 1 : 0
        result.parallel += isParallel ? 1 : 0
        result.longest = max(result.longest, run)
      }
      before = (upper, lower)
    }
    return result
  }

  /// Notes of the tune on felt beats, and how many of them are foreign to the chord without having sounded, at the
  /// same pitch, just before.
  var strongBeats: (notes: Int, unprepared: Int) {
    var result = (notes: 0, unprepared: 0)
    for (index, note) in lead.enumerated() where note.startTick % score.meter.ticksPerFeltBeat == 0 {
      guard let chord = score.chords.last(where: { $0.startTick <= note.startTick })?.chord else { continue }
      result.notes += 1
      let isPrepared = index > 0 && lead[index - 1].pitch == note.pitch
      if !chord.contains(note.pitch.pitchClass), !isPrepared { result.unprepared += 1 }
    }
    return result
  }

  /// Whether the piece ends on its tonic chord, coming from another, over the tonic in the bass.
  var hasFinalCadence: Bool {
    guard let last = score.chords.last, let key = Optional(score.key(atTick: score.lengthTicks)) else { return false }
    let before = score.chords.last { $0.chord.root != last.chord.root }
    let lowest = bass.last.map { $0.startTick < last.startTick || $0.pitch.pitchClass == key.tonic } ?? true
    return last.chord.root == key.tonic && before != nil && lowest
  }

  // MARK: Form

  func end(of section: Section) -> Int { section.startTick + section.bars * score.meter.ticksPerBar }

  func notes(_ notes: [Note], in section: Section) -> [Note] {
    notes.filter { $0.startTick >= section.startTick && $0.startTick < end(of: section) }
  }

  /// The tune of a section's first bars: place and pitch against the tonic.
  private func opening(_ section: Section, bars: Int) -> [[Int]] {
    let limit = section.startTick + bars * score.meter.ticksPerBar
    return notes(lead, in: section).filter { $0.startTick < limit }.map {
      [$0.startTick - section.startTick, $0.pitch.midi - score.key(atTick: $0.startTick).tonic.rawValue]
    }
  }

  /// How much of the first chorus's (or drop's) opening the others have; nil with fewer than two. Of four bars or fewer
  /// the last is left out, since it turns towards what follows.
  var chorusRepeat: Double? {
    let strong = score.sections.filter { $0.kind == .chorus || $0.kind == .drop }
    guard strong.count >= 2, strong[0].kind == strong[1].kind else { return nil }
    let others = strong.dropFirst().filter { $0.kind == strong[0].kind }
    let shares = others.map { other in
      let bars = min(4, max(1, min(strong[0].bars, other.bars) - 1))
      let (first, tune) = (opening(strong[0], bars: bars), opening(other, bars: bars))
      return Double(first.filter { tune.contains($0) }.count) / Double(max(1, max(first.count, tune.count)))
    }
    return shares.min()
  }

  struct Contrast {
    var energy: Double
    /// Notes a bar of all parts, as a factor.
    var density: Double
    /// Mean pitch of the tune, semitones.
    var register: Double
  }

  /// What a chorus (or drop) has over the verse; nil where the form has only one of them.
  var contrast: Contrast? {
    guard let verse = score.sections.first(where: { $0.kind == .verse }),
      let chorus = score.sections.first(where: { $0.kind == .chorus || $0.kind == .drop })
    else { return nil }
    let all = score.parts.flatMap(\.notes)
    func density(_ section: Section) -> Double { Double(notes(all, in: section).count) / Double(section.bars) }
    func register(_ section: Section) -> Double {
      let keys = notes(lead, in: section).map { Double($0.pitch.midi) }
      return keys.reduce(0, +) / Double(max(1, keys.count))
    }
    return Contrast(
      energy: chorus.energy - verse.energy, density: density(chorus) / max(1, density(verse)),
      register: register(chorus) - register(verse))
  }

  /// In the strongest section, how many pairs of harmony parts play, and how many of them lie within a third of each
  /// other: what should be two layers sounds as one there.
  var layers: (pairs: Int, crowded: Int) {
    guard let section = strongest else { return (0, 0) }
    let heights = score.parts.filter { [.chords, .pad, .arpeggio].contains($0.role) }.compactMap { part -> Double? in
      let keys = notes(part.notes, in: section).map { Double($0.pitch.midi) }
      return keys.isEmpty ? nil : keys.reduce(0, +) / Double(keys.count)
    }
    var result = (pairs: 0, crowded: 0)
    for a in heights.indices {
      for b in heights.indices where b > a {
        result.pairs += 1
        result.crowded += abs(heights[a] - heights[b]) < 4 ? 1 : 0
      }
    }
    return result
  }

  // MARK: Material

  /// Every four bars of the tune that begin on a section's phrase, as places and pitches against the tonic; phrases of
  /// fewer than six notes say too little to be told apart.
  var fourBarMelodies: Set<String> {
    var result: Set<String> = []
    let bar = score.meter.ticksPerBar
    for section in score.sections {
      for first in stride(from: section.startTick, through: end(of: section) - 4 * bar, by: 4 * bar) {
        let notes = lead.filter { $0.startTick >= first && $0.startTick < first + 4 * bar }
        guard notes.count >= 6 else { continue }
        let tonic = score.key(atTick: first).tonic.rawValue
        result.insert(notes.map { "\($0.startTick - first):\(($0.pitch.midi - tonic + 120) % 12)" }.joined(separator: " "))
      }
    }
    return result
  }

  /// The strongest section's first four bars of harmony, as semitones above the tonic and qualities.
  var chordLoop: String {
    guard let section = strongest else { return "" }
    let limit = section.startTick + min(4, section.bars) * score.meter.ticksPerBar
    return score.chords.filter { $0.startTick >= section.startTick && $0.startTick < limit }.map {
      "\($0.startTick - section.startTick):\($0.chord.root.interval(above: score.key(atTick: $0.startTick).tonic))\($0.chord.quality.suffix)"
    }.joined(separator: " ")
  }

  /// Two bars of the strongest section's drums, without crash cymbals: step in 48ths of the bar, and key.
  var drumPattern: String {
    guard let section = strongest, let drums = score.parts.first(where: { $0.role == .drums }) else { return "" }
    let bar = score.meter.ticksPerBar
    let first = section.startTick + (section.bars >= 3 ? bar : 0)
    return drums.notes.filter { $0.startTick >= first && $0.startTick < first + 2 * bar && ![49, 57].contains($0.pitch.midi) }
      .map { "\(($0.startTick - first) * 48 / bar)/\($0.pitch.midi)" }.sorted().joined(separator: " ")
  }

  private var strongest: Section? {
    score.sections.filter { $0.kind != .outro && $0.kind != .intro }.max { $0.energy < $1.energy } ?? score.sections.first
  }

  // MARK: Distance

  /// How unlike two songs are, 0 (the same) ... 1 (nothing in common), over melody, chord loop, drum pattern and the
  /// tune's contour.
  static func distance(_ a: SongMeasure, _ b: SongMeasure) -> Double {
    (unlike(a.melodyGrams, b.melodyGrams) + unlike(Set(a.chordLoop.split(separator: " ")), Set(b.chordLoop.split(separator: " ")))
      + unlike(Set(a.drumPattern.split(separator: " ")), Set(b.drumPattern.split(separator: " "))) + contourDistance(a, b)) / 4
  }

  /// Jaccard's distance.
  static func unlike<Item: Hashable>(_ a: Set<Item>, _ b: Set<Item>) -> Double {
    let all = a.union(b).count
    return all == 0 ? 0 : 1 - Double(a.intersection(b).count) / Double(all)
  }

  /// Runs of four notes: steps between them, and how long each is.
  private var melodyGrams: Set<[Int]> {
    let notes = lead
    guard notes.count > 4 else { return [] }
    return Set((0..<(notes.count - 3)).map { index in
      (1...3).flatMap { [notes[index + $0].pitch.midi - notes[index].pitch.midi, (notes[index + $0].startTick - notes[index].startTick) / 120] }
    })
  }

  /// Mean difference of the tunes' heights at 64 places, as a share of an octave, 1 at most.
  private static func contourDistance(_ a: SongMeasure, _ b: SongMeasure) -> Double {
    func curve(_ song: SongMeasure) -> [Double] {
      let notes = song.lead
      guard !notes.isEmpty else { return [Double](repeating: 0, count: 64) }
      let mean = Double(notes.reduce(0) { $0 + $1.pitch.midi }) / Double(notes.count)
      return (0..<64).map { place in
        let tick = place * song.score.lengthTicks / 64
        return Double((notes.last { $0.startTick <= tick } ?? notes[0]).pitch.midi) - mean
      }
    }
    let total = zip(curve(a), curve(b)).reduce(0) { $0 + abs($1.0 - $1.1) } / 64
    return min(1, total / 6)
  }
}
