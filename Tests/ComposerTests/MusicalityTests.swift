import Composer
import Music
import Testing

/// What a listener would notice, measured over many songs.
@Suite struct MusicalityTests {
  /// The key that the Krumhansl-Kessler profiles hear in the notes and their first overtones.
  static func heardKey(_ score: Score) -> Key {
    var chroma = [Double](repeating: 0, count: 12)
    for part in score.parts where !part.playsDrumKit && part.role != .effects {
      for note in part.notes {
        let energy = min(Double(note.durationTicks) / 960, 4) * Double(note.velocity)
        for (interval, share) in [(0, 1.0), (7, 0.3), (4, 0.15)] {
          chroma[(note.pitch.midi + interval) % 12] += energy * share
        }
      }
    }
    let major = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
    let minor = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]
    func correlation(_ a: [Double], _ b: [Double]) -> Double {
      let (meanA, meanB) = (a.reduce(0, +) / 12, b.reduce(0, +) / 12)
      let product = zip(a, b).reduce(0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) }
      let squares = a.reduce(0) { $0 + ($1 - meanA) * ($1 - meanA) } * b.reduce(0) { $0 + ($1 - meanB) * ($1 - meanB) }
      return product / squares.squareRoot()
    }
    let keys = (0..<12).flatMap { tonic in
      [Mode.major, .minor].map { Key(tonic: PitchClass(rawValue: tonic), mode: $0) }
    }
    return keys.max { a, b in
      func fit(_ key: Key) -> Double {
        correlation(chroma[key.tonic.rawValue...] + chroma[..<key.tonic.rawValue] + [], key.mode == .minor ? minor : major)
      }
      return fit(a) < fit(b)
    } ?? Key(tonic: PitchClass(rawValue: 0), mode: .major)
  }

  @Test func theAskedKeyIsTheKeyThatIsHeard() throws {
    var right = 0
    var total = 0
    for preset in CompositionTests.presets {
      for seed in UInt64(0)..<10 {
        let key = Key(tonic: PitchClass(rawValue: Int(seed) * 5), mode: seed % 2 == 0 ? .minor : .major)
        let (_, made) = try CompositionTests.song(
          CompositionBrief(caption: "", preset: preset, key: key, durationSeconds: 60, seed: seed))
        total += 1
        if Self.heardKey(made.score) == key { right += 1 }
      }
    }
    #expect(Double(right) / Double(total) >= 0.95, "\(right) of \(total)")
  }

  @Test func strongBeatsOfTheTuneBelongToTheChord() throws {
    for preset in CompositionTests.presets {
      var strong = 0
      var foreign = 0
      for seed in UInt64(0)..<6 {
        let score = try CompositionTests.song(CompositionBrief(caption: "", preset: preset, durationSeconds: 60, seed: seed)).made.score
        for note in score.parts.first(where: { $0.role == .melody })?.notes ?? []
        where note.startTick % score.meter.ticksPerFeltBeat == 0 {
          strong += 1
          let chord = try #require(score.chords.last { $0.startTick <= note.startTick }?.chord)
          if !chord.contains(note.pitch.pitchClass) { foreign += 1 }
        }
      }
      #expect(strong > 50)
      #expect(Double(foreign) / Double(strong) < 0.1, "\(preset): \(foreign) of \(strong)")
    }
  }

  @Test func theTuneNeverRunsInOctavesWithTheBass() throws {
    for preset in CompositionTests.presets {
      for seed in UInt64(0)..<6 {
        let score = try CompositionTests.song(CompositionBrief(caption: "", preset: preset, durationSeconds: 60, seed: seed)).made.score
        let lead = try #require(score.parts.first { $0.role == .melody }).notes
        let bass = try #require(score.parts.first { $0.role == .bass }).notes
        var run = 0
        var longest = 0
        var last: (lead: Int, bass: Int)?
        for note in lead where note.startTick % score.meter.ticksPerFeltBeat == 0 {
          guard let under = bass.last(where: { $0.startTick <= note.startTick })?.pitch.midi else { continue }
          let isOctave = (note.pitch.midi - under) % 12 == 0
          let moves = last.map { $0.lead != note.pitch.midi && $0.bass != under } ?? false
          run = isOctave && (moves || run == 0) ? run + 1 : 0
          longest = max(longest, run)
          last = (note.pitch.midi, under)
        }
        #expect(longest <= 4, "\(preset) \(seed)")
      }
    }
  }

  @Test func theTuneMovesMostlyByStepAndKeepsItsRange() throws {
    for preset in CompositionTests.presets {
      var steps = 0
      var leaps = 0
      var total = 0
      for seed in UInt64(0)..<6 {
        let score = try CompositionTests.song(CompositionBrief(caption: "", preset: preset, durationSeconds: 60, seed: seed)).made.score
        let keys = try #require(score.parts.first { $0.role == .melody }).notes.map(\.pitch.midi)
        for (a, b) in zip(keys, keys.dropFirst()) {
          total += 1
          if (1...4).contains(abs(a - b)) { steps += 1 }
          if abs(a - b) > 9 { leaps += 1 }
        }
        #expect((keys.max() ?? 0) - (keys.min() ?? 0) <= 24)
        #expect(Set(keys).count >= 5)
      }
      #expect(Double(steps) / Double(total) > 0.5, "\(preset)")
      #expect(Double(leaps) / Double(total) < 0.04, "\(preset)")
    }
  }

  @Test func chordsOfPlainStylesStayInTheirKey() throws {
    for preset in ["Folk", "Country", "Modern Pop", "Reggae"] {
      for seed in UInt64(0)..<8 {
        let (plan, made) = try CompositionTests.song(CompositionBrief(caption: "", preset: preset, durationSeconds: 90, seed: seed))
        let inside = made.score.chords.filter { span in
          let key = made.score.key(atTick: span.startTick)
          let harmonic = Key(tonic: key.tonic, mode: .harmonicMinor)
          return key.contains(span.chord) || (plan.key.mode.isMinor && harmonic.contains(span.chord))
        }
        #expect(Double(inside.count) / Double(made.score.chords.count) > 0.7, "\(preset) \(seed)")
      }
    }
  }

  @Test func aChorusIsStrongerAndHigherThanItsVerse() throws {
    var higher = 0
    var total = 0
    for seed in UInt64(0)..<20 {
      let (_, made) = try CompositionTests.song(CompositionBrief(caption: "pop", durationSeconds: 120, seed: seed))
      guard let verse = made.score.sections.first(where: { $0.kind == .verse }),
        let chorus = made.score.sections.first(where: { $0.kind == .chorus })
      else { continue }
      func notes(_ section: Section) -> [Note] {
        let end = section.startTick + section.bars * made.score.meter.ticksPerBar
        return made.score.parts.flatMap(\.notes).filter { $0.startTick >= section.startTick && $0.startTick < end }
      }
      func mean(_ section: Section) -> Double {
        let end = section.startTick + section.bars * made.score.meter.ticksPerBar
        let keys = (made.score.parts.first { $0.role == .melody }?.notes ?? [])
          .filter { $0.startTick >= section.startTick && $0.startTick < end }.map { Double($0.pitch.midi) }
        return keys.reduce(0, +) / Double(max(1, keys.count))
      }
      #expect(chorus.energy > verse.energy)
      #expect(notes(chorus).count / chorus.bars > notes(verse).count / verse.bars)
      total += 1
      if mean(chorus) > mean(verse) + 1 { higher += 1 }
    }
    #expect(total >= 15)
    #expect(Double(higher) / Double(total) > 0.8, "\(higher) of \(total)")
  }

  @Test func voicesLeadSmoothly() throws {
    for preset in ["Modern Pop", "Jazz", "Classical", "R&B"] {
      let score = try CompositionTests.song(CompositionBrief(caption: "", preset: preset, durationSeconds: 90, seed: 2)).made.score
      for part in score.parts where part.role == .pad || part.id == "piano" {
        var tops: [Int] = []
        for span in score.chords {
          let struck = part.notes.filter { $0.startTick >= span.startTick && $0.startTick < span.startTick + span.durationTicks }
          if let top = struck.map(\.pitch.midi).max() { tops.append(top) }
        }
        let motion = zip(tops, tops.dropFirst()).map { abs($0 - $1) }
        let mean = Double(motion.reduce(0, +)) / Double(max(1, motion.count))
        #expect(mean < 4, "\(preset) \(part.id): \(mean)")
      }
    }
  }

  @Test func everyStyleComposes() throws {
    let composer = try CompositionTests.composer.get()
    #expect(composer.styleNames.count >= 52)
    for name in composer.styleNames {
      for meter in [Meter.twoFour, .threeFour, .fourFour, .sixEight] {
        let brief = CompositionBrief(caption: "", preset: name, meter: meter, durationSeconds: 40, seed: 9)
        let (plan, made) = try CompositionTests.song(brief)
        #expect(plan.style == name)
        #expect(made.score.parts.count >= 3, "\(name)")
        #expect(made.score.parts.contains { $0.role == .melody }, "\(name)")
      }
    }
  }
}
