import Foundation
import Music
import Testing

@testable import Composer

@Suite struct EditingTests {
  private static let composer = Result { try Composer() }

  private struct Original {
    var score: Score
    var manuscript: Manuscript
    var composer: Composer
  }

  private static let lyrics = """
    [Verse]
    Morning light is on the water
    All the boats are coming home
    Every sailor has a daughter
    Waiting for him all alone

    [Chorus]
    Oh the harbour lights are shining
    Shining on the silver sea
    Oh the harbour bells are ringing
    Ringing out for you and me
    """

  private func original(
    _ caption: String = "upbeat synth pop, 120 bpm, A minor", lyrics: String? = nil, seconds: Double = 60,
    seed: UInt64 = 7, form: CompositionBrief.Form = .song
  ) throws -> Original {
    let composer = try Self.composer.get()
    let plan = try composer.plan(
      CompositionBrief(caption: caption, lyrics: lyrics, durationSeconds: seconds, form: form, seed: seed))
    let take = Take(seed: seed)
    let composition = try composer.compose(plan, take: take)
    return Original(
      score: composition.score,
      manuscript: Manuscript(plan: plan, take: take, lyricLines: composition.lyricLines, caption: caption),
      composer: composer)
  }

  private struct Struck: Hashable {
    var part: String
    var tick: Int
    var pitch: Int
  }

  private func struck(_ score: Score, in ticks: Range<Int> = Int.min..<Int.max) -> Set<Struck> {
    var result: Set<Struck> = []
    for part in score.parts {
      for note in part.notes where ticks.contains(note.startTick) {
        result.insert(Struck(part: part.id, tick: note.startTick, pitch: note.pitch.midi))
      }
    }
    return result
  }

  /// 0: the same notes; 1: none in common.
  private func distance(_ one: Score, _ other: Score) -> Double {
    let (a, b) = (struck(one), struck(other))
    return 1 - Double(a.intersection(b).count) / Double(a.union(b).count)
  }

  // MARK: Retake

  @Test(arguments: ["upbeat synth pop, 120 bpm", "slow jazz ballad", "heavy metal", "folk waltz"])
  func varianceScalesTheDistance(caption: String) throws {
    let song = try original(caption)
    let steps = [0, 0.05, 0.2, 0.35, 0.5, 0.7, 0.85, 1]
    let distances = try steps.map { variance in
      let means = try [11, 12, 13].map { seed in
        distance(song.score, try song.composer.retake(song.score, song.manuscript, seed: seed, variance: variance).composition.score)
      }
      return means.reduce(0, +) / 3
    }
    print(caption, distances.map { Int($0 * 100) })
    #expect(distances[0] == 0)
    #expect(distances[1] < 0.02, "only the touch")
    #expect(distances.last ?? 0 > 0.3)
    for (less, more) in zip(distances, distances.dropFirst()) { #expect(more >= less - 0.08) }
    #expect(distances[5] > distances[2] + 0.15)
  }

  @Test func aTakeWithNoVarianceIsTheSameToTheTouch() throws {
    let song = try original()
    #expect(try song.composer.retake(song.score, song.manuscript, seed: 99, variance: 0).composition.score == song.score)
    let one = try song.composer.retake(song.score, song.manuscript, seed: 99, variance: 0.7)
    #expect(try song.composer.retake(song.score, song.manuscript, seed: 99, variance: 0.7) == one)
    #expect(one.manuscript.plan == song.manuscript.plan)
  }

  @Test func aRetakeOfARetakeStartsFromIt() throws {
    let song = try original()
    let first = try song.composer.retake(song.score, song.manuscript, seed: 5, variance: 0.7)
    let second = try song.composer.retake(first.composition.score, first.manuscript, seed: 6, variance: 0.15)
    #expect(
      distance(first.composition.score, second.composition.score) < distance(song.score, second.composition.score))
  }

  @Test func aManuscriptIsReadAsItWasWritten() throws {
    let song = try original(lyrics: Self.lyrics)
    let retake = try song.composer.retake(song.score, song.manuscript, seed: 5, variance: 0.5)
    #expect(try Manuscript(json: retake.manuscript.json()) == retake.manuscript)
  }

  // MARK: Repaint

  @Test(arguments: [nil, lyrics], [12.0..<20.0, 0..<7.5, 50..<60, 13.37..<13.9])
  func repaintLeavesTheRestNoteForNote(lyrics: String?, seconds: Range<Double>) throws {
    let song = try original(lyrics: lyrics)
    let result = try song.composer.repaint(
      song.score, song.manuscript, seconds: seconds, caption: "with violin and no drums", lyrics: nil, seed: 3)
    let score = result.composition.score
    let start = song.score.tick(atSeconds: seconds.lowerBound)
    let end = seconds.upperBound >= 60 ? song.score.lengthTicks : song.score.tick(atSeconds: seconds.upperBound)
    for range in [Int.min..<start, end..<Int.max] {
      #expect(struck(score, in: range) == struck(song.score, in: range))
    }
    if seconds.upperBound - seconds.lowerBound > 2 {
      #expect(struck(score, in: start..<end) != struck(song.score, in: start..<end))
    }
    #expect(score.tempo == song.score.tempo)
    #expect(score.sections == song.score.sections)
    #expect(score.lengthTicks == song.score.lengthTicks)
    // The bars at the edges keep their harmony.
    let bar = song.score.meter.ticksPerBar
    func chord(_ score: Score, _ tick: Int) -> Chord? { score.chords.last { $0.startTick <= tick }?.chord }
    for tick in [start / bar * bar, max(0, end - 1) / bar * bar] { #expect(chord(score, tick) == chord(song.score, tick)) }
    for part in score.parts { #expect(part.notes.allSatisfy { $0.durationTicks > 0 }) }
    if lyrics != nil {
      let words = song.manuscript.lyricLines.map(\.text)
      #expect(result.manuscript.lyricLines.map(\.text) == words)
    }
  }

  @Test func repaintSetsNewWordsInTheRangeOnly() throws {
    let song = try original(lyrics: Self.lyrics)
    let second = try #require(song.manuscript.lyricLines.dropFirst().first)
    let from = song.score.seconds(atTick: second.startTick) - 0.3
    let result = try song.composer.repaint(
      song.score, song.manuscript, seconds: from..<(from + 2.5), caption: "the same", lyrics: "Now the words are changed a lot", seed: 3)
    let lines = result.manuscript.lyricLines.map(\.text)
    #expect(lines.contains("Now the words are changed a lot"))
    #expect(Set(lines).subtracting(song.manuscript.lyricLines.map(\.text)).count == 1)
    #expect(result.manuscript.plan.lyrics?.contains("Now the words") == true)
  }

  @Test func aRangeBeyondTheEndIsRefusedAndALoopMayBeRepainted() throws {
    let song = try original()
    #expect(throws: EditError.self) {
      try song.composer.repaint(song.score, song.manuscript, seconds: 60..<70, caption: "x", lyrics: nil, seed: 1)
    }
    let loop = try original("funk loop", seconds: 8, form: .loop)
    let result = try loop.composer.repaint(
      loop.score, loop.manuscript, seconds: 2..<4, caption: "with cowbell", lyrics: nil, seed: 1)
    #expect(result.composition.score.lengthTicks == loop.score.lengthTicks)
    let hit = try original("kick drum", seconds: 1, form: .oneShot)
    #expect(throws: EditError.self) {
      try hit.composer.repaint(hit.score, hit.manuscript, seconds: 0..<0.5, caption: "x", lyrics: nil, seed: 1)
    }
  }

  // MARK: Extend

  @Test(arguments: [(0.0, 30.0), (30, 0), (12.3, 47.9), (0.4, 0), (0, 0.5), (60, 60), (3, 5)])
  func extendKeepsTheSongAndItsLength(left: Double, right: Double) throws {
    for caption in ["upbeat synth pop, 120 bpm", "drum and bass, 174 bpm", "slow waltz, 3/4, 72 bpm", "doom metal, 45 bpm"] {
      let song = try original(caption)
      let result = try song.composer.extend(
        song.score, song.manuscript, left: left, right: right, caption: caption, lyrics: nil, seed: 4)
      let score = result.composition.score
      let total = left + 60 + right
      #expect(abs(score.seconds(atTick: score.lengthTicks) - total) < 0.05, "\(caption)")
      #expect(result.manuscript.plan.durationSeconds == total)
      let bar = song.score.meter.ticksPerBar
      #expect(score.sections.reduce(0) { $0 + $1.bars } * bar == score.lengthTicks)
      let kept = try #require(result.keptSound.first)
      let shift = score.tick(atSeconds: kept.startSeconds)
      #expect(shift % bar == 0, "the song begins on a bar line")
      let end = song.score.lengthTicks - (right > 0 ? bar : 0)
      let old = struck(song.score.delayed(by: shift), in: shift..<shift + end)
      #expect(struck(score, in: shift..<shift + end) == old)
      #expect(abs(score.seconds(atTick: shift) - left) < 0.002)
      #expect(score.parts.contains { part in part.notes.contains { $0.startTick + $0.durationTicks > score.lengthTicks - bar / 4 } }, "an ending that ends")
    }
  }

  @Test func anExtensionTakesUpTheTune() throws {
    let song = try original("upbeat synth pop, 120 bpm", seconds: 45)
    let result = try song.composer.extend(
      song.score, song.manuscript, left: 0, right: 30, caption: "", lyrics: nil, seed: 4)
    let lead = { (score: Score) in score.parts.first { $0.role == .melody }?.notes ?? [] }
    func figures(_ notes: [Note]) -> Set<[Int]> {
      guard notes.count >= 5 else { return [] }
      return Set((0...(notes.count - 5)).map { start in
        (1..<5).map { notes[start + $0].pitch.midi - notes[start + $0 - 1].pitch.midi }
      })
    }
    let join = song.score.lengthTicks - song.score.meter.ticksPerBar
    let new = lead(result.composition.score).filter { $0.startTick >= join }
    #expect(new.count > 10)
    let shared = figures(new).intersection(figures(lead(song.score)))
    #expect(Double(shared.count) >= Double(figures(new).count) * 0.25, "\(shared.count) of \(figures(new).count)")
  }

  @Test func extendSingsTheNewWordsAndKnowsItsLimits() throws {
    let song = try original(lyrics: Self.lyrics)
    let result = try song.composer.extend(
      song.score, song.manuscript, left: 0, right: 40, caption: "", lyrics: "[Verse]\nOne more line to sing tonight\nAnd another in the light", seed: 4)
    #expect(result.manuscript.lyricLines.map(\.text).contains("One more line to sing tonight"))
    #expect(result.manuscript.lyricLines.count == song.manuscript.lyricLines.count + 2)
    #expect(throws: EditError.self) {
      let long = try original(seconds: 560)
      _ = try long.composer.extend(long.score, long.manuscript, left: 0, right: 60, caption: "", lyrics: nil, seed: 1)
    }
    #expect(throws: EditError.self) {
      let loop = try original("funk loop", seconds: 8, form: .loop)
      _ = try loop.composer.extend(loop.score, loop.manuscript, left: 0, right: 20, caption: "", lyrics: nil, seed: 1)
    }
  }

  // MARK: Edit

  @Test func otherWordsOfTheSameMeasureKeepTheTune() throws {
    let song = try original(lyrics: Self.lyrics)
    let changed = Self.lyrics.replacingOccurrences(of: "Morning light is on the water", with: "Golden clouds are in the distance")
      .replacingOccurrences(of: "All the boats are coming home", with: "And everybody that we know has gone away")
    let result = try song.composer.edit(
      song.score, song.manuscript, caption: nil, lyrics: changed, onlyLyrics: true, strength: 1, seed: 9)
    let score = result.composition.score
    for part in song.score.parts where part.role != .vocal { #expect(score.parts.contains(part)) }
    #expect(score.parts.count == song.score.parts.count)
    func line(_ score: Score, _ lines: [LyricLine], _ index: Int) -> [[Int]] {
      let voice = score.parts.first { $0.role == .vocal }?.notes ?? []
      return voice.filter { $0.startTick >= lines[index].startTick && $0.startTick < lines[index].endTick }
        .map { [$0.startTick, $0.pitch.midi] }
    }
    let (old, new) = (song.manuscript.lyricLines, result.manuscript.lyricLines)
    #expect(new[0].text == "Golden clouds are in the distance")
    #expect(line(score, new, 0) == line(song.score, old, 0))
    #expect(line(score, new, 1) != line(song.score, old, 1))
    for index in 2..<8 { #expect(line(score, new, index) == line(song.score, old, index)) }
  }

  @Test func anotherStyleKeepsHarmonyTuneAndForm() throws {
    let song = try original("upbeat synth pop, 120 bpm, A minor")
    let result = try song.composer.edit(
      song.score, song.manuscript, caption: "bluegrass with banjo and fiddle, 90 bpm", lyrics: nil, onlyLyrics: false,
      strength: 1, seed: 9)
    let score = result.composition.score
    #expect(score.chords == song.score.chords)
    #expect(score.tempo == song.score.tempo)
    #expect(score.sections == song.score.sections)
    #expect(Set(score.parts.map(\.instrument)) != Set(song.score.parts.map(\.instrument)))
    let tune = { (score: Score) in
      (score.parts.first { $0.role == .melody }?.notes ?? []).map { [$0.startTick, $0.pitch.midi % 12] }
    }
    #expect(tune(score) == tune(song.score))
    #expect(result.composition.notices.contains { $0.contains("tempo stays") })
  }

  @Test func aPlayedSongMayBeGivenWordsAndLongOnesAreCutWithANotice() throws {
    let song = try original()
    let sung = try song.composer.edit(
      song.score, song.manuscript, caption: nil, lyrics: Self.lyrics, onlyLyrics: false, strength: 1, seed: 9)
    #expect(sung.composition.usesVocal)
    #expect(sung.manuscript.lyricLines.count >= 4)
    let long = (1...200).map { "Line number \($0) of a song" }.joined(separator: "\n")
    let cut = try song.composer.edit(
      song.score, song.manuscript, caption: nil, lyrics: long, onlyLyrics: false, strength: 1, seed: 9)
    #expect(cut.composition.notices.contains { $0.contains("found no room") })
    let empty = try song.composer.edit(
      song.score, song.manuscript, caption: nil, lyrics: "[Verse]\n[Chorus]", onlyLyrics: false, strength: 1, seed: 9)
    #expect(!empty.composition.usesVocal)
  }

  @Test func aNarrowWindowChangesLess() throws {
    let song = try original()
    let distances = try [0.05, 0.35, 1].map { strength in
      distance(
        song.score,
        try song.composer.edit(
          song.score, song.manuscript, caption: nil, lyrics: nil, onlyLyrics: false, strength: strength, seed: 9
        ).composition.score)
    }
    #expect(distances == distances.sorted())
    #expect(distances[0] < 0.02 && distances[2] > 0.3, "\(distances)")
  }

  // MARK: Recording

  @Test func aRecordingMaySingOtherWords() throws {
    let song = try original(lyrics: Self.lyrics)
    let old = song.manuscript.lyricLines
    let same = try song.composer.record(song.score, song.manuscript, style: "", lyrics: Self.lyrics.uppercased(), seed: 9)
    #expect(same.composition.score == song.score, "the same words change nothing")
    let changed = Self.lyrics.replacingOccurrences(of: "Every sailor has a daughter", with: "Golden clouds are in the far distance")
      .replacingOccurrences(of: "Waiting for him all alone", with: "And everybody that we know has gone away")
    let result = try song.composer.record(song.score, song.manuscript, style: "", lyrics: changed, seed: 9)
    let (score, lines) = (result.composition.score, result.composition.lyricLines)
    #expect(lines[2].text == "Golden clouds are in the far distance" && lines[3].text.hasPrefix("And everybody"))
    func tune(_ score: Score, _ line: LyricLine) -> [[Int]] {
      (score.parts.first { $0.role == .vocal }?.notes ?? [])
        .filter { $0.startTick >= line.startTick && $0.startTick < line.endTick }.map { [$0.startTick, $0.pitch.midi] }
    }
    for index in [0, 1, 2, 4, 5, 6, 7] { #expect(tune(score, lines[index]) == tune(song.score, old[index]), "line \(index)") }
    #expect(tune(score, lines[3]).count > tune(song.score, old[3]).count)
    for part in song.score.parts where part.role != .vocal { #expect(score.parts.contains(part), "\(part.id) plays on") }
  }

  @Test func aPlayedScoreRecordedWithWordsIsSungOnce() throws {
    let song = try original()
    let result = try song.composer.record(song.score, song.manuscript, style: "", lyrics: Self.lyrics, seed: 9)
    let parts = result.composition.score.parts
    let voice = try #require(parts.first { $0.role == .vocal })
    #expect(voice.notes.contains { $0.syllable != nil })
    #expect(result.composition.usesVocal && result.manuscript.lyricLines.count >= 4)
    // The instrument that had the tune leaves it to the voice.
    let lead = parts.first { $0.role == .melody }?.notes ?? []
    let together = lead.filter { note in
      voice.notes.contains { $0.startTick < note.startTick + note.durationTicks && note.startTick < $0.startTick + $0.durationTicks }
    }
    #expect(together.count * 10 <= voice.notes.count, "\(together.count) notes of the lead over the voice")
    for part in song.score.parts where part.role != .melody { #expect(parts.contains(part), "\(part.id) plays on") }
  }

  @Test func aLanguageCutsTheNewWords() throws {
    // "Rue" has two syllables in Spanish, one in English.
    let song = try original(lyrics: Self.lyrics)
    let words = "[Verse]\nRue de la lune\n"
    let counts = try ["en", "es"].map { language in
      try song.composer.edit(
        song.score, song.manuscript, caption: nil, lyrics: words, language: language, onlyLyrics: true, strength: 0, seed: 2
      ).composition.score.parts.first { $0.role == .vocal }?.notes.count ?? 0
    }
    #expect(counts[0] != counts[1] && counts.allSatisfy { $0 > 0 }, "\(counts)")
  }
}
