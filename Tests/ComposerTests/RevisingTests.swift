import Music
import Testing

@testable import Composer

@Suite struct RevisingTests {
  private static let song = Result { () throws -> (composer: Composer, score: Score, manuscript: Manuscript) in
    let composer = try Composer()
    let plan = try composer.plan(
      CompositionBrief(caption: "upbeat synth pop, 120 bpm, A minor, with piano", durationSeconds: 60, seed: 7))
    let take = Take(seed: 7)
    let composition = try composer.compose(plan, take: take)
    return (
      composer, composition.score,
      Manuscript(plan: plan, take: take, lyricLines: composition.lyricLines, caption: "pop")
    )
  }

  private func revise(
    _ instruction: String, bars: ClosedRange<Int>? = nil, tempo: Bool = false
  ) throws -> (old: Score, new: Score, note: String, manuscript: Manuscript) {
    let (composer, score, manuscript) = try Self.song.get()
    let revision = try composer.revise(
      score, manuscript, instruction: instruction, bars: bars.map { [$0] }, allowsTempoChange: tempo, seed: 5)
    return (score, revision.composition.score, revision.note ?? "", revision.manuscript)
  }

  private func names(_ score: Score) -> Set<String> { Set(score.parts.map(\.name)) }

  @Test(arguments: [
    "transpose it up two semitones", "everything a third lower", "reharmonise", "use other chords", "another melody please", "write a new tune",
    "make it busier", "simpler drums", "add a flute", "remove the drums", "no drums", "louder", "play the piano softer",
    "replace the piano with organ", "organ instead of piano", "move it to C minor", "to D major", "an octave higher",
  ])
  func whatIsAskedIsDoneInTheBarsAskedFor(instruction: String) throws {
    let (old, new, note, _) = try revise(instruction, bars: 9...16)
    #expect(!note.isEmpty)
    let changed = new.changedBars(from: old)
    #expect(changed.contains { !$0.bars.isEmpty })
    for (part, ranges) in changed {
      for range in ranges { #expect(range.lowerBound >= 9 && range.upperBound <= 16, "\(part) \(range)") }
    }
    #expect(new.tempo == old.tempo && new.lengthTicks == old.lengthTicks && new.sections == old.sections)
    for part in new.parts {
      #expect(part.notes.allSatisfy { (0...127).contains($0.pitch.midi) && $0.durationTicks > 0 })
      #expect(part.notes.map(\.startTick) == part.notes.map(\.startTick).sorted())
    }
    #expect(Set(new.parts.map(\.id)).count == new.parts.count)
    #expect(try Score(json: new.json()) == new)
  }

  @Test func transposingMovesNotesChordsAndKey() throws {
    let (old, new, _, manuscript) = try revise("transpose up 3 semitones")
    #expect(new.key == Key(parsing: "C minor"))
    #expect(manuscript.plan.key == new.key)
    #expect(new.chords.map(\.chord) == old.chords.map { $0.chord.transposed(by: 3) })
    let part = { (score: Score) in score.parts.first { $0.role == .melody }?.notes.map(\.pitch.midi) ?? [] }
    #expect(part(new) == part(old).map { $0 + 3 })
    let drums = { (score: Score) in score.parts.filter(\.isUnpitched).map(\.notes) }
    #expect(drums(new) == drums(old))
    let inside = try revise("transpose up 3 semitones", bars: 5...8).new
    #expect(inside.key(atTick: 4 * inside.meter.ticksPerBar) == Key(parsing: "C minor"))
    #expect(inside.key(atTick: 8 * inside.meter.ticksPerBar) == old.key)
  }

  @Test func minorBecomesMajorDegreeByDegree() throws {
    let new = try revise("move to A major").new
    #expect(new.key == Key(parsing: "A major"))
    let tune = new.parts.first { $0.role == .melody }?.notes ?? []
    let inKey = tune.filter { new.key.contains($0.pitch.pitchClass) }
    #expect(Double(inKey.count) > Double(tune.count) * 0.9)
  }

  @Test func instrumentsComeAndGo() throws {
    #expect(try revise("remove the drums").new.parts.allSatisfy { $0.role != .drums })
    #expect(try !names(revise("add a violin").new).subtracting(names(revise("add a violin").old)).isEmpty)
    let swapped = try revise("replace the piano with organ")
    #expect(swapped.new.parts.contains { $0.name.lowercased().contains("organ") })
    #expect(!swapped.new.parts.contains { $0.name.lowercased().contains("piano") })
  }

  @Test func aTempoNeedsLeave() throws {
    #expect(throws: EditError.self) { try revise("faster") }
    let (old, new, _, manuscript) = try revise("make it 140 bpm", tempo: true)
    #expect(manuscript.plan.bpm == 140)
    let lengths = (old.seconds(atTick: old.lengthTicks), new.seconds(atTick: new.lengthTicks))
    #expect(abs(lengths.1 - lengths.0 * 120 / 140) < 0.01)
    #expect(throws: EditError.self) { try revise("400 bpm faster faster", tempo: false) }
  }

  @Test func otherHarmonyFitsTheSameTune() throws {
    let (old, new, _, _) = try revise("reharmonise")
    #expect(new.chords != old.chords)
    #expect(new.chords.first == old.chords.first && new.chords.last == old.chords.last)
    let tune = { (score: Score) in score.parts.first { $0.role == .melody }?.notes ?? [] }
    #expect(tune(new) == tune(old))
    func fit(_ score: Score) -> Double {
      var (inside, all) = (0, 0)
      for note in tune(score) {
        guard let chord = score.chords.last(where: { $0.startTick <= note.startTick })?.chord else { continue }
        all += note.durationTicks
        if chord.contains(note.pitch.pitchClass) { inside += note.durationTicks }
      }
      return Double(inside) / Double(max(1, all))
    }
    #expect(fit(new) > fit(old) - 0.15, "\(fit(new)) against \(fit(old))")
  }

  @Test(arguments: ["", "what is the weather", "make it purple", "remove the bagpipes", "replace the tuba with organ", "transpose up 99 octaves"])
  func whatIsNotUnderstoodIsSaid(instruction: String) throws {
    #expect(throws: EditError.self) { try revise(instruction) }
  }
}
