import Composer
import Music
import Testing

/// What must hold of every song, over styles, metres, lengths and seeds.
@Suite struct CompositionTests {
  static let composer = Result { try Composer() }
  static let presets = [
    "Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae",
    "Latin", "R&B", "Metal",
  ]

  static func song(_ brief: CompositionBrief, seed: UInt64? = nil) throws -> (plan: SongPlan, made: Composition) {
    let composer = try composer.get()
    let plan = try composer.plan(brief)
    return (plan, try composer.compose(plan, seed: seed ?? brief.seed))
  }

  @Test(arguments: presets, [Meter.twoFour, .threeFour, .fourFour, .sixEight])
  func aSongKeepsItsBounds(preset: String, meter: Meter) throws {
    for seed in UInt64(1)...3 {
      for seconds in [12.0, 50] {
        var brief = CompositionBrief(caption: "", preset: preset, meter: meter, durationSeconds: seconds, seed: seed)
        brief.title = "Test"
        let (plan, made) = try Self.song(brief)
        let score = made.score
        #expect(score.lengthTicks % meter.ticksPerBar == 0)
        #expect(score.sections.reduce(0) { $0 + $1.bars } * meter.ticksPerBar == score.lengthTicks)
        #expect(score.seconds(atTick: score.lengthTicks) <= seconds)
        #expect(score.seconds(atTick: score.lengthTicks) > seconds - 0.1)
        #expect(score.parts.contains { $0.role == .melody })
        #expect(score.parts.contains { $0.role == .bass })
        #expect(Set(score.parts.map(\.id)).count == score.parts.count)
        var tick = 0
        for span in score.chords {
          #expect(span.startTick == tick && span.durationTicks > 0)
          tick += span.durationTicks
        }
        #expect(tick == score.lengthTicks)
        for part in score.parts { Self.check(part, in: score, "\(preset) \(meter.name) \(seed)") }
        #expect(plan.meter == meter)
      }
    }
  }

  /// Notes in order, in range, inside the piece, and none that overlaps itself.
  private static func check(_ part: Part, in score: Score, _ label: String) {
    var last = 0
    var ends: [Int: Int] = [:]
    var problems: [String] = []
    for note in part.notes {
      let start = note.startTick + note.nudgeTicks
      let end = start + note.durationTicks
      if note.startTick < last { problems.append("out of order at \(note.startTick)") }
      if start < 0 || end > score.lengthTicks { problems.append("outside the piece at \(note.startTick)") }
      if !(1...127).contains(note.velocity) { problems.append("velocity \(note.velocity)") }
      if note.durationTicks <= 0 { problems.append("no length at \(note.startTick)") }
      if !part.playsDrumKit, !(24...100).contains(note.pitch.midi) { problems.append("pitch \(note.pitch.midi)") }
      if let before = ends[note.pitch.midi], before > start { problems.append("overlaps itself at \(note.startTick)") }
      ends[note.pitch.midi] = end
      last = note.startTick
    }
    #expect(problems.isEmpty, "\(label) \(part.id): \(problems.prefix(3))")
  }

  @Test func theSameSeedGivesTheSameScore() throws {
    for preset in Self.presets {
      let brief = CompositionBrief(caption: "bright", preset: preset, durationSeconds: 45, seed: 11)
      #expect(try Self.song(brief).made == Self.song(brief).made)
    }
  }

  @Test func otherSeedsGiveOtherTunes() throws {
    for preset in Self.presets {
      var tunes: Set<[Int]> = []
      for seed in UInt64(0)..<12 {
        let brief = CompositionBrief(caption: "", preset: preset, key: Key(parsing: "C"), durationSeconds: 60)
        let made = try Self.song(brief, seed: seed).made
        let lead = try #require(made.score.parts.first { $0.role == .melody })
        tunes.insert(lead.notes.prefix(16).flatMap { [$0.startTick, $0.pitch.midi] })
      }
      #expect(tunes.count >= 11, "\(preset)")
    }
  }

  @Test func anAskedTempoIsKeptToTheLastBar() throws {
    for bpm in [30.0, 47, 60, 89, 120, 133, 174, 210, 300] {
      for meter in [Meter.fourFour, .threeFour, .sixEight] {
        let brief = CompositionBrief(caption: "", preset: "Rock", bpm: bpm, meter: meter, durationSeconds: 40)
        let (plan, made) = try Self.song(brief)
        #expect(plan.bpm == bpm)
        #expect(abs(meter.bpm(quartersPerMinute: made.score.tempo[0].quartersPerMinute) - bpm) < 0.001)
        let lastBar = made.score.lengthTicks - meter.ticksPerBar
        #expect(made.score.tempo.dropFirst().allSatisfy { $0.tick == lastBar })
      }
    }
  }

  @Test(arguments: [1.0, 1.5, 2, 3, 5, 8, 10, 15, 30, 61.7, 180, 600])
  func theMusicEndsInsideItsLength(seconds: Double) throws {
    for preset in ["Modern Pop", "Classical", "Blues"] {
      for bpm in [nil, 72.0, 141] {
        let brief = CompositionBrief(caption: "", preset: preset, bpm: bpm, durationSeconds: seconds, seed: 3)
        let (plan, made) = try Self.song(brief)
        #expect(plan.durationSeconds == seconds)
        let score = made.score
        #expect(score.seconds(atTick: score.lengthTicks) <= seconds)
        let lastEnd = score.parts.flatMap(\.notes).map { $0.startTick + $0.nudgeTicks + $0.durationTicks }.max() ?? 0
        let quiet = seconds - score.seconds(atTick: lastEnd)
        #expect(quiet >= min(0.3, seconds * 0.1), "\(preset) \(seconds) s leaves \(quiet) s")
        #expect(quiet < 2.5, "\(preset) \(seconds) s ends \(quiet) s early")
      }
    }
  }

  @Test func aSongEndsOnItsTonic() throws {
    for preset in Self.presets {
      for seed in UInt64(0)..<5 {
        let brief = CompositionBrief(caption: "", preset: preset, durationSeconds: 50, seed: seed)
        let (plan, made) = try Self.song(brief)
        let tonic = made.score.key(atTick: made.score.lengthTicks).tonic
        #expect(made.score.chords.last?.chord.root == tonic)
        #expect(made.score.chords.first?.chord.root == plan.key.tonic)
        let bass = try #require(made.score.parts.first { $0.role == .bass })
        #expect(bass.notes.last?.pitch.pitchClass == tonic || bass.notes.last!.startTick < made.score.chords.last!.startTick)
      }
    }
  }

  @Test func aChorusComesBackAsItWas() throws {
    let brief = CompositionBrief(caption: "pop", durationSeconds: 150, seed: 4)
    let (_, made) = try Self.song(brief)
    let choruses = made.score.sections.filter { $0.kind == .chorus }
    try #require(choruses.count >= 2)
    let lead = try #require(made.score.parts.first { $0.role == .melody })
    func tune(_ section: Section, bars: Int) -> [[Int]] {
      let end = section.startTick + bars * made.score.meter.ticksPerBar
      return lead.notes.filter { $0.startTick >= section.startTick && $0.startTick < end }
        .map { [$0.startTick - section.startTick, $0.pitch.midi - made.score.key(atTick: $0.startTick).tonic.rawValue] }
    }
    #expect(tune(choruses[0], bars: 4) == tune(choruses[1], bars: 4))
    #expect(!tune(choruses[0], bars: 4).isEmpty)
  }

  @Test(arguments: [(120.0, 8.0, 4), (90, 10, 4), (140, 7, 4), (100, 30, 13)])
  func aLoopOfAskedTempoHasTheNearestWholeBars(bpm: Double, seconds: Double, bars: Int) throws {
    let brief = CompositionBrief(caption: "lofi drums", bpm: bpm, meter: .fourFour, durationSeconds: seconds, form: .loop)
    let (plan, made) = try Self.song(brief)
    #expect(made.score.lengthTicks == bars * 3840)
    #expect(abs(made.score.seconds(atTick: made.score.lengthTicks) - plan.durationSeconds) < 1e-9)
    #expect(plan.bpm == bpm)
    #expect((plan.durationSeconds == seconds) == plan.notices.isEmpty)
  }

  @Test func aLoopWithoutTempoHasExactlyTheAskedLength() throws {
    for seconds in stride(from: 1.0, through: 60, by: 3.7) {
      for preset in Self.presets {
        let (_, made) = try Self.song(
          CompositionBrief(caption: "", preset: preset, durationSeconds: seconds, form: .loop))
        #expect(abs(made.score.seconds(atTick: made.score.lengthTicks) - seconds) < 1e-6)
        #expect(made.score.tempo.count == 1)
      }
    }
  }

  @Test(arguments: [("kick drum one shot", 36), ("snare hit", 38), ("hi-hat", 42)])
  func aDrumOneShotIsOneHit(caption: String, key: Int) throws {
    let (_, made) = try Self.song(CompositionBrief(caption: caption, durationSeconds: 1, form: .oneShot))
    #expect(made.score.parts.map { $0.notes.map(\.pitch.midi) } == [[key]])
  }

  @Test func aPitchedOneShotIsANoteOrAChordOfTheKey() throws {
    let key = try #require(Key(parsing: "Eb minor"))
    let note = try Self.song(CompositionBrief(caption: "cello note", key: key, durationSeconds: 2, form: .oneShot)).made
    #expect(note.score.parts.flatMap(\.notes).map(\.pitch.pitchClass) == [key.tonic])
    #expect(note.score.parts.map(\.instrument) == [.program(42)])
    let chord = try Self.song(CompositionBrief(caption: "piano chord", key: key, durationSeconds: 2, form: .oneShot)).made
    #expect(chord.score.parts.flatMap(\.notes).count >= 3)
  }
}
