import Audio
import Foundation
import Generation
import Music

/// The quality score of a finished song: measurable defects of its sound, of its score, and of how the two and the
/// request agree (`score-engine.md` G). The same song gives the same score.
struct Quality {
  /// What the song was to be.
  struct Asked {
    var bpm: Double
    var key: Key
    var seconds: Double
  }

  let outline: SoundOutline
  let score: Score
  let asked: Asked
  /// When every note is played, in seconds, and how hard, 0...1.
  let played: [(seconds: Double, end: Double, weight: Double)]
  /// `SoundOutline.onsets`.
  let onsets: [Double]

  init(audio: StereoBuffer, score: Score, asked: Asked) {
    outline = SoundOutline(of: audio)
    onsets = outline.onsets
    self.score = score
    self.asked = asked
    played = score.parts.flatMap { part in
      part.notes.map { note in
        (score.seconds(atTick: max(0, note.startTick + note.nudgeTicks)),
          score.seconds(atTick: note.startTick + note.durationTicks), Double(note.velocity) / 127)
      }
    }
  }

  private var aspects: [QualityScore.Aspect: Double?] {
    [
      .sound: sound, .balance: balance, .rhythm: rhythm, .harmony: harmony, .melody: melody, .structure: structure,
      .adherence: adherence,
    ]
  }

  var result: QualityScore { QualityScore(aspects: aspects.compactMapValues { $0 }) }

  /// 1 up to `good`, 0 from `bad` on, straight between.
  static func fall(_ value: Double, from good: Double, to bad: Double) -> Double {
    min(max((bad - value) / (bad - good), 0), 1)
  }

  // MARK: Sound

  private var sound: Double? {
    let clipped = Double(outline.clippedStretches) / max(outline.seconds, 0.5)
    return Self.fall(clipped, from: 0, to: 10) * Self.fall(outline.directCurrent, from: 0.004, to: 0.05)
      * Self.fall(gapSeconds, from: 0.25, to: 2) * Self.fall(abs(outline.level + 14), from: 1.5, to: 12)
  }

  /// Silence of at least a quarter of a second, where the score has notes.
  private var gapSeconds: Double {
    let rate = Double(SoundOutline.stepsPerSecond)
    var isPlayed = [Bool](repeating: false, count: outline.energy.count)
    for onset in played {
      let first = Int(onset.seconds * rate)
      let last = min(Int(min(onset.end, onset.seconds + 1) * rate), isPlayed.count - 1)
      if first <= last { for step in first...last { isPlayed[step] = true } }
    }
    var (gap, run, played) = (0, 0, 0)
    for (step, energy) in outline.energy.enumerated() {
      if energy < 2e-6 {
        run += 1
        if isPlayed[step] { played += 1 }
      }
      if energy >= 2e-6 || step == outline.energy.count - 1 {
        if run >= 25 { gap += played }
        (run, played) = (0, 0)
      }
    }
    return Double(gap) / rate
  }

  /// Share of each band in decibels, from bass to air, that music of any kind stays within.
  private static let usualBalance: [ClosedRange<Double>] = [-14 ... -1.5, -9 ... -1.5, -15 ... -3, -26 ... -8, -34 ... -12]

  private var balance: Double? {
    let outside = zip(outline.balance, Self.usualBalance).reduce(0) { sum, band in
      sum + max(0, band.1.lowerBound - band.0, band.0 - band.1.upperBound)
    }
    return Self.fall(outside, from: 0, to: 20)
  }

  // MARK: Form

  private var structure: Double? {
    let sections = score.sections
    guard sections.count >= 2 else { return nil }
    let rate = Double(SoundOutline.stepsPerSecond)
    let levels = sections.map { section -> Double in
      let end = section.startTick + section.bars * score.meter.ticksPerBar
      let first = min(Int(score.seconds(atTick: section.startTick) * rate), outline.energy.count)
      let last = min(max(first, Int(score.seconds(atTick: end) * rate)), outline.energy.count)
      return 10 * log10(max(outline.energy[first..<last].reduce(0, +) / Double(max(1, last - first)), 1e-6))
    }
    // Pairs of sections whose planned energies differ: does the level differ the same way?
    var (agreed, pairs) = (0.0, 0.0)
    for first in sections.indices {
      for second in sections.indices where sections[second].energy - sections[first].energy >= 0.1 {
        pairs += 1
        agreed += Self.fall(-(levels[second] - levels[first]), from: -1.5, to: 1.5)
      }
    }
    let contrast = pairs == 0 ? 0.7 : agreed / pairs
    guard let repetition else { return contrast }
    return 0.5 * contrast + 0.5 * repetition
  }

  /// How much of the first chorus's melody comes back in later ones, in whatever key.
  private var repetition: Double? {
    let choruses = score.sections.filter { $0.kind == .chorus || $0.kind == .drop }
    guard choruses.count >= 2, let lead else { return nil }
    let grams = choruses.map { section -> Set<[Int]> in
      let end = section.startTick + section.bars * score.meter.ticksPerBar
      let notes = lead.filter { (section.startTick..<end).contains($0.startTick) }
      return Set(zip(notes, notes.dropFirst()).map { [$0.startTick - section.startTick, $1.pitch.midi - $0.pitch.midi] })
    }
    guard let first = grams.first, !first.isEmpty else { return nil }
    let shares = grams.dropFirst().map { Double($0.intersection(first).count) / Double(max(1, min($0.count, first.count))) }
    return Self.fall(-(shares.max() ?? 0), from: -0.9, to: 0)
  }

  // MARK: Request

  private var adherence: Double? {
    let length = Self.fall(abs(outline.seconds - asked.seconds), from: 0.01, to: 2)
    // A single sound has no tempo, and its key is its own.
    guard played.count >= 8 else { return length }
    let written = score.tempo.first?.quartersPerMinute ?? asked.bpm
    let tempo = Self.fall(abs(written / asked.bpm - 1), from: 0.005, to: 0.06)
    return length * tempo * (heardTempo ?? 1) * keyAgreement
  }
}

extension Quality {
  /// Who has the tune; nil where nobody does.
  var lead: [Note]? {
    let parts = [Part.Role.vocal, .melody].compactMap { role in
      score.parts.filter { $0.role == role }.max { $0.notes.count < $1.notes.count }
    }
    return parts.first { $0.notes.count >= 6 }?.notes
  }

  /// How well the pitches written fit the key asked, by their length in its scale.
  private var keyAgreement: Double {
    var (inside, all) = (0.0, 0.0)
    let shift = asked.key.tonic.rawValue - score.key.tonic.rawValue
    for part in score.parts where part.role != .drums && part.role != .percussion && part.role != .effects {
      for note in part.notes {
        var key = score.key(atTick: note.startTick)
        key.tonic = key.tonic + shift
        let length = Double(min(note.durationTicks, score.meter.ticksPerBar))
        all += length
        if key.contains(note.pitch.pitchClass) { inside += length }
      }
    }
    return all == 0 ? 1 : Self.fall(-inside / all, from: -0.8, to: -0.5)
  }
}
