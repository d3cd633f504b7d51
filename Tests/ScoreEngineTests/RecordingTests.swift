import Audio
import Foundation
import Generation
import Music
import Testing

@testable import ScoreEngine

/// Hears what it is told to.
private struct FixedListener: SoundListener {
  var heard: HeardSong
  var complaint: String? { nil }
  func hear(
    _ sound: StereoBuffer, _ wishes: HearingWishes, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> HeardSong {
    for stage in HearingStage.allCases { try progress(stage, 0.5) }
    return heard
  }
  func refusal(of track: StemTrack) -> String? { track == .fx ? "There is no fx here." : nil }
  func stems(
    _ tracks: [StemTrack], of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> [SeparatedStem] {
    tracks.map { SeparatedStem(track: $0, label: "approximate", quality: 0.5) { sound } }
  }
  func transcribe(
    _ tracks: [StemTrack], of sound: StereoBuffer, stems: [StemTrack: @Sendable () throws -> StereoBuffer], _ options: NoteOptions,
    progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> Transcription {
    try progress(.notes, 0.5)
    let parts = tracks.map { track in
      Part(id: track.rawValue, name: track.rawValue, role: .chords, instrument: .program(0), notes: [
        Note(startTick: 0, durationTicks: 480, pitch: Pitch(midi: 60), velocity: stems[track] == nil ? 50 : 90),
      ])
    }
    let score = Score(
      title: "t", key: Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 97)], parts: parts, lengthTicks: 1920)
    return Transcription(score: score, bpm: 97, skipped: [:])
  }
}

@Suite struct RecordingTests {
  private final class Silent: SongProgress {
    func report(_ stage: Stage, done: Int, total: Int) {}
    func checkCancellation() throws {}
  }

  /// 24 bars of 4/4 at 100 bpm, a chord and four notes each, from 0.2 s on.
  private static func heard(seconds: Double = 60, words: [String] = []) throws -> HeardSong {
    let beats = stride(from: 0.2, to: seconds - 0.5, by: 0.6).map { $0 }
    let names: [(Int, Chord.Quality)] = [(0, .major), (7, .major), (9, .minor), (5, .major)]
    let bars = stride(from: 0, to: beats.count - 4, by: 4).map { beats[$0] }
    let level = HeardSong.Level(
      loudness: try Loudness(of: StereoBuffer(frames: 480)), rms: -20, crest: 10, silence: 0, clippedRunsPerSecond: 0, offset: 0)
    var heard = HeardSong(
      durationSeconds: seconds, tempo: .init(bpm: 100, confidence: 0.8, isVariable: false, candidates: []), beats: beats,
      downbeats: bars, metre: .init(name: "4/4", beatsPerBar: 4, feel: "straight", swingRatio: nil, confidence: 0.8),
      key: .init(key: Key(tonic: PitchClass(rawValue: 0), mode: .major), confidence: 0.8, runnerUp: nil, tuningCents: 0),
      chords: bars.enumerated().map { index, start in
        let (root, quality) = names[index % 4]
        return .init(start: start, end: start + 2.4, chord: Chord(root: PitchClass(rawValue: root), quality: quality), confidence: 0.9)
      },
      sections: [
        .init(start: 0, end: bars[8], letter: "A", kind: .verse, confidence: 0.7, energy: 0.6),
        .init(start: bars[8], end: bars[16], letter: "B", kind: .chorus, confidence: 0.7, energy: 1),
        .init(start: bars[16], end: seconds, letter: "A", kind: .verse, confidence: 0.7, energy: 0.6),
      ], level: level,
      spectrum: .init(centroid: 1000, rollOff: 4000, lowMidHigh: [0.3, 0.5, 0.2], thirds: [], stereoCorrelation: 1, sideToMid: 0.1))
    heard.melody = bars.enumerated().flatMap { bar, start in
      (0..<4).map { .init(start: start + 0.6 * Double($0), end: start + 0.6 * Double($0) + 0.5, midi: 64 + (bar * 5 + $0 * 3) % 12, confidence: 0.8) }
    }
    heard.lyrics = .init(
      lines: words.enumerated().map { index, text in
        let start = bars[2 * index]
        let parts = text.split(separator: " ").map(String.init)
        return .init(
          start: start, end: start + 2, text: text,
          words: parts.enumerated().map {
            .init(
              start: start + 0.3 * Double($0), end: start + 0.3 * Double($0) + 0.25, text: $1,
              isFollowedBySpace: $0 + 1 < parts.count, confidence: 0.8)
          })
      }, language: words.isEmpty ? nil : "en", languageConfidence: words.isEmpty ? 0 : 0.9)
    return heard
  }

  private func engine(_ heard: HeardSong) -> ScoreEngine { ScoreEngine(listener: FixedListener(heard: heard)) }
  private static let recording = SourceSong { StereoBuffer(frames: 48_000) }

  private func cover(
    _ heard: HeardSong, strength: Double, caption: String = "acoustic folk", source: SourceSong = Self.recording, seed: UInt32 = 5
  ) throws -> WrittenScore {
    var request = SongRequest(task: .cover)
    (request.caption, request.seed, request.sourceUse) = (caption, seed, .cover(strength: strength))
    return try engine(heard).writeScore(request, source: source, progress: Silent())
  }

  /// The share of the eighths in which both have the same triad.
  private func sameChords(_ a: Score, _ b: Score) -> Double {
    func chord(_ score: Score, _ tick: Int) -> Chord? { score.chords.last { $0.startTick <= tick }?.chord }
    let places = Array(stride(from: 0, to: min(a.lengthTicks, b.lengthTicks), by: 480))
    let same = places.count { chord(a, $0)?.root == chord(b, $0)?.root && chord(a, $0)?.quality.isMinor == chord(b, $0)?.quality.isMinor }
    return Double(same) / Double(max(1, places.count))
  }

  /// The share of a tune's notes that begin at the same place with the same pitch class.
  private func sameTune(_ a: Score, _ b: Score) -> Double {
    func notes(_ score: Score) -> Set<Int> {
      let lead = score.parts.first { $0.role == .vocal } ?? score.parts.first { $0.role == .melody }
      return Set((lead?.notes ?? []).map { $0.startTick * 12 + $0.pitch.pitchClass.rawValue })
    }
    let (mine, theirs) = (notes(a), notes(b))
    return theirs.isEmpty ? 0 : Double(mine.intersection(theirs).count) / Double(theirs.count)
  }

  @Test func whatACoverKeepsFallsWithItsStrength() throws {
    let heard = try Self.heard()
    let strengths = [1, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1, 0]
    let covers = try strengths.map { try cover(heard, strength: $0) }
    let whole = covers[0].score
    for (strength, cover) in zip(strengths, covers) where strength > 0 {
      #expect(cover.used.bpm == 100 && cover.score.key == whole.key && cover.score.meter == .fourFour)
      #expect(cover.score.sections.map(\.kind) == whole.sections.map(\.kind))
      #expect(cover.score.sections.map(\.startTick) == whole.sections.map(\.startTick))
    }
    for cover in covers { #expect(abs(cover.score.seconds(atTick: cover.score.lengthTicks) - 60) < 0.5) }
    let chords = covers.map { sameChords($0.score, whole) }
    let tunes = covers.map { sameTune($0.score, whole) }
    print("chords kept:", chords.map { ($0 * 100).rounded() }, "tune kept:", tunes.map { ($0 * 100).rounded() })
    #expect(zip(chords, chords.dropFirst()).allSatisfy { $0 >= $1 - 0.02 })
    #expect(zip(tunes, tunes.dropFirst()).prefix(3).allSatisfy { $0 > $1 + 0.1 })
    #expect(chords[3] > 0.99 && chords[6] < 0.8)
    // Beyond that only chance agrees.
    #expect(tunes[2] > 0.3 && tunes[2] < 0.8 && tunes.dropFirst(4).allSatisfy { $0 < 0.25 })
    // What was heard is what is played.
    let bar = whole.meter.ticksPerBar
    for (index, guess) in heard.chords.enumerated().prefix(20) {
      #expect(whole.chords.last { $0.startTick <= index * bar + 10 }?.chord.root == guess.chord?.root)
    }
    let tune = try #require(whole.parts.first { $0.role == .melody }).notes
    for (index, note) in (heard.melody ?? []).enumerated().prefix(60) {
      #expect(tune.contains { $0.startTick == index * 960 && $0.pitch.pitchClass.rawValue == note.midi % 12 })
    }
  }

  @Test func theHeardWordsAreSungToTheHeardTune() throws {
    let words = ["walk with me in the rain", "all the way to your door", "then we start it again"]
    let cover = try cover(try Self.heard(words: words), strength: 1, caption: "country")
    let voice = try #require(cover.score.parts.first { $0.role == .vocal })
    #expect(voice.lyricLines.map { voice.text(ofLine: $0) }.count == 3)
    #expect(cover.used.lyrics?.contains("walk with me in the rain") == true)
    #expect(cover.warnings.contains { $0.contains("heard") })
    // Given words take their place.
    var request = SongRequest(task: .cover)
    (request.caption, request.lyrics, request.sourceUse) = ("country", "Another song of mine", .cover(strength: 1))
    let other = try engine(try Self.heard(words: words)).writeScore(request, source: Self.recording, progress: Silent())
    #expect(other.score.parts.first { $0.role == .vocal }?.notes.count == 6)
  }

  @Test func aSongOfOursIsCoveredFromItsScore() throws {
    var request = SongRequest(task: .text2music)
    (request.caption, request.audioDuration, request.seed) = ("upbeat pop in D major", 40, 9)
    let original = try engine(try Self.heard()).writeScore(request, source: nil, progress: Silent())
    let source = SourceSong(score: original.score, manuscript: original.manuscript) { StereoBuffer(frames: 48_000) }
    let same = try cover(try Self.heard(), strength: 1, caption: "bossa nova", source: source)
    #expect(same.used.genre == "Jazz" || same.used.style == "Bossa Nova")
    #expect(same.score.key == original.score.key && same.used.bpm == original.used.bpm)
    #expect(sameChords(same.score, original.score) > 0.99)
    #expect(sameTune(same.score, original.score) > 0.95)
    #expect(abs(same.score.seconds(atTick: same.score.lengthTicks) - 40) < 0.5)
    let far = try cover(try Self.heard(), strength: 0.3, caption: "bossa nova", source: source)
    #expect(sameTune(far.score, original.score) < 0.4)
  }

  /// Whatever is drawn anew, the notes of the source stay.
  @Test func aRetakeOfACoverKeepsItsTune() throws {
    let heard = try Self.heard()
    func retaken(_ cover: WrittenScore) throws -> Score {
      var request = SongRequest(task: .retake)
      (request.seed, request.edit) = (77, .retake(variance: 1))
      let source = SourceSong(score: cover.score, manuscript: cover.manuscript) { StereoBuffer(frames: 48_000) }
      return try engine(heard).writeScore(request, source: source, progress: Silent()).score
    }
    let whole = try cover(heard, strength: 1)
    let again = try retaken(whole)
    #expect(sameTune(again, whole.score) > 0.95 && sameChords(again, whole.score) > 0.99)
    #expect(again.parts.filter { $0.role != .melody } != whole.score.parts.filter { $0.role != .melody })
    let chords = try cover(heard, strength: 0.4)
    let other = try retaken(chords)
    #expect(sameTune(other, chords.score) < 0.4 && sameChords(other, chords.score) > 0.99)
  }

  @Test(arguments: [4.5, 7.3, 61.7]) func aCoverIsAsLongAsItsSource(seconds: Double) throws {
    var heard = try Self.heard(seconds: 62)
    heard.durationSeconds = seconds
    for strength in [1, 0.2, 0.0] {
      let score = try cover(heard, strength: strength).score
      #expect(abs(score.seconds(atTick: score.lengthTicks) - seconds) < 0.5)
    }
  }

  @Test func whatCannotBeHeardIsSaid() throws {
    var heard = try Self.heard()
    (heard.tempo, heard.beats, heard.downbeats, heard.chords, heard.melody, heard.metre, heard.key) = (nil, [], [], [], nil, nil, nil)
    let cover = try cover(heard, strength: 1)
    #expect(cover.warnings.count { $0.contains("heard") } >= 3)
    heard.durationSeconds = 2
    #expect(throws: GenerationError.self) { try self.cover(heard, strength: 1) }
    #expect(throws: GenerationError.self) { try ScoreEngine().writeScore({ var r = SongRequest(task: .cover); r.sourceUse = .cover(strength: 1); return r }(), source: Self.recording, progress: Silent()) }
  }

  @Test func aReferenceFillsWhatIsLeftOpen() throws {
    var request = SongRequest(task: .reference)
    (request.caption, request.audioDuration, request.sourceUse) = ("calm folk", 20, .reference)
    let like = try engine(try Self.heard()).writeScore(request, source: Self.recording, progress: Silent())
    #expect(like.used.key?.name == "C Major" && like.used.note?.contains("100 BPM") == true)
    #expect(abs((like.used.bpm ?? 0) - 100) < 4)
    request.bpm = 140
    request.key = Key(tonic: PitchClass(rawValue: 2), mode: .minor)
    let other = try engine(try Self.heard()).writeScore(request, source: Self.recording, progress: Silent())
    #expect(other.used.bpm == 140 && other.used.key?.name == "D Minor")
  }

  @Test func aReferenceChoosesTheStyleWhereNoneIsAsked() throws {
    var heard = try Self.heard()
    var request = SongRequest(task: .reference)
    (request.caption, request.audioDuration, request.sourceUse) = ("something new", 12, .reference)
    func like() throws -> UsedParameters { try engine(heard).writeScore(request, source: Self.recording, progress: Silent()).used }
    #expect(try like().note?.contains("unsure") == true)
    heard.resembles = .init(preset: "Metal", confidence: 0.8)
    let metal = try like()
    #expect(metal.genre == "Metal" && metal.note?.contains("Metal") == true)
    request.caption = "calm folk"
    #expect(try like().genre == "Folk")
  }

  @Test(arguments: [0.08, 0.002]) func aReferenceSetsTheLoudness(level: Float) throws {
    let tone = (0..<480_000).map { level * sin(Float($0) * 0.06) }
    let reference = SourceSong { StereoBuffer(left: tone, right: tone) }
    let heard = try Loudness.integrated(of: reference.audio())
    let asked = max(heard, -24)
    var request = SongRequest(task: .reference)
    (request.caption, request.audioDuration, request.sourceUse, request.instrumental) = ("calm folk", 8, .reference, true)
    var recording = try Self.heard()
    recording.level.loudness = try Loudness(of: reference.audio())
    let engine = engine(recording)
    let song = try engine.makeSong(request, source: reference, progress: Silent())
    #expect(try abs(Loudness.integrated(of: song.audio) - asked) < 0.5)
    #expect(abs((song.used.master.loudness ?? 0) - asked) < 0.01 && song.used.note?.contains("loudness") == true)
    let recipe = StemRecipe(
      score: try #require(song.score), style: song.used.style, genre: song.used.genre, form: .song, master: song.used.master,
      frames: song.audio.frames)
    #expect(try song.audio.error(ofSum: engine.makeStems(of: recipe, progress: Silent()).map { try $0.audio }) ?? 0 < -60)
    // Its stems by the service are mastered alike.
    let audio = song.audio
    var source = SourceSong(score: song.score, manuscript: song.manuscript) { audio }
    source.master = song.used.master
    let split = try separate(engine, try StemSelection(named: ["vocals", "drums", "bass", "other"]), source)
    #expect(try audio.error(ofSum: split.stems.map { try $0.audio }) ?? 0 < -60)
  }

  /// Noise whose sides are so many decibels below its middle, loud and 12 dB softer by turns of eight seconds if it is uneven.
  private static func noise(sides: Double, isUneven: Bool = false) -> StereoBuffer {
    var state: UInt32 = 7
    func random() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / Float(1 << 23) - 1
    }
    let side = Float(pow(10, sides / 20))
    var sound = StereoBuffer(frames: 48_000 * 40)
    for frame in 0..<sound.frames {
      let level: Float = isUneven && frame / 384_000 % 2 == 1 ? 0.025 : 0.1
      let (middle, sides) = (level * random(), level * side * random())
      (sound.left[frame], sound.right[frame]) = (middle + sides, middle - sides)
    }
    return sound
  }

  @Test func aReferenceSetsWidthAndDynamics() throws {
    func song(_ reference: StereoBuffer) throws -> (song: Song, engine: ScoreEngine) {
      var request = SongRequest(task: .reference)
      (request.caption, request.audioDuration, request.seed, request.instrumental) = ("modern pop", 40, 3, true)
      request.sourceUse = .reference
      let engine = engine(try Self.heard())
      return (try engine.makeSong(request, source: SourceSong { reference }, progress: Silent()), engine)
    }
    func width(_ sound: StereoBuffer) -> Double {
      let (middle, sides) = zip(sound.left, sound.right).reduce((0.0, 0.0)) {
        ($0.0 + pow(Double($1.0 + $1.1), 2), $0.1 + pow(Double($1.0 - $1.1), 2))
      }
      return 10 * log10(sides / middle)
    }
    let wide = try song(Self.noise(sides: -4, isUneven: true))
    let narrow = try song(Self.noise(sides: -100))
    let (wider, narrower) = (wide.song.audio, narrow.song.audio)
    let ranges = try (Loudness(of: wider).range, Loudness(of: narrower).range)
    print("sides of a song like a wide and like a mono reference: \(width(wider)), \(width(narrower)) dB; loudness range \(ranges) LU")
    #expect(abs(width(wider) + 4) < 3 && width(narrower) < -25)
    #expect(ranges.0 > ranges.1 + 1.5)
    #expect(wide.song.used.note?.contains("sides below the middle") == true && wide.song.used.mastered.dynamics == ranges.0)
    // Its stems are made alike, and so is a retake.
    let recipe = StemRecipe(
      score: try #require(wide.song.score), style: wide.song.used.style, genre: wide.song.used.genre, form: .song,
      master: wide.song.used.master, frames: wider.frames)
    #expect(try wider.error(ofSum: wide.engine.makeStems(of: recipe, progress: Silent()).map { try $0.audio }) ?? 0 < -60)
    #expect(try wider.error(ofSum: wide.song.stems.map { try $0.audio }) ?? 0 < -60)
    var request = SongRequest(task: .retake)
    (request.seed, request.edit) = (77, .retake(variance: 0.5))
    var source = SourceSong(score: narrow.song.score, manuscript: narrow.song.manuscript) { narrower }
    source.master = narrow.song.used.master
    let again = try narrow.engine.makeSong(request, source: source, progress: Silent())
    #expect(width(again.audio) < -25 && again.used.master == narrow.song.used.master)
  }

  @Test func stemsOfOursAreTrueAndOthersLabelled() throws {
    var request = SongRequest(task: .text2music)
    (request.caption, request.audioDuration, request.seed) = ("rock with electric guitar", 6, 3)
    let engine = engine(try Self.heard())
    let song = try engine.makeSong(request, progress: Silent())
    let audio = song.audio
    let source = SourceSong(score: song.score, manuscript: song.manuscript) { audio }
    func extract(_ track: StemTrack, _ source: SourceSong) throws -> Song {
      var request = SongRequest(task: .extract)
      request.sourceUse = .extract(track)
      return try engine.makeSong(request, source: source, progress: Silent())
    }
    let drums = try extract(.drums, source)
    let own = try #require(song.stems.first { $0.name == "drums" }).audio
    #expect(drums.audio.left == own.left && drums.audio.frames == audio.frames)
    // Vocals and the rest are the song.
    let rest = try extract(.instrumental, source)
    #expect(try audio.error(ofSum: [extract(.vocals, source).audio, extract(.backingVocals, source).audio, rest.audio]) ?? 0 < -60)
    let foreign = SourceSong { audio }
    #expect(try extract(.drums, foreign).warnings.first?.contains("approximate") == true)
    #expect(throws: GenerationError.self) { try extract(.fx, foreign) }
  }

  private func song(_ engine: ScoreEngine) throws -> (song: Song, source: SourceSong) {
    var request = SongRequest(task: .text2music)
    (request.caption, request.audioDuration, request.seed) = ("rock with electric guitar", 6, 3)
    let song = try engine.makeSong(request, progress: Silent())
    let audio = song.audio
    return (song, SourceSong(score: song.score, manuscript: song.manuscript) { audio })
  }

  private func separate(_ engine: ScoreEngine, _ selection: StemSelection, _ source: SourceSong) throws -> Song {
    var request = SongRequest(task: .separation)
    request.sourceUse = .separate(selection)
    return try engine.makeSong(request, source: source, progress: Silent())
  }

  @Test func aSongOfOursIsSplitIntoItsParts() throws {
    let engine = engine(try Self.heard())
    let (song, source) = try song(engine)
    for names in [["vocals", "no_vocals"], ["vocals", "drums", "bass", "guitar", "piano", "other"]] {
      let split = try separate(engine, try StemSelection(named: names), source)
      #expect(split.stems.map(\.name) == names && split.used.stems.allSatisfy { $0.quality == 1 })
      #expect(try song.audio.error(ofSum: split.stems.map { try $0.audio }) ?? 0 < -60)
      #expect(split.audio.frames == song.audio.frames)
    }
    let parts = try separate(engine, .everyPart, source)
    #expect(parts.stems.count == min(song.stems.count, 16))
    let kinds = try separate(engine, try StemSelection(named: StemMode.studio.names ?? [], leavesOutSilent: true), source)
    #expect(kinds.stems.map(\.name).contains("drums") && !kinds.stems.map(\.name).contains("woodwinds"))
    #expect(kinds.used.stems.allSatisfy { !$0.parts.isEmpty })
  }

  @Test func anyOtherRecordingHasFourStemsAtMost() throws {
    let engine = engine(try Self.heard())
    let audio = try song(engine).song.audio
    let foreign = SourceSong { audio }
    let two = try separate(engine, try StemSelection(named: ["drums", "no_drums"]), foreign)
    #expect(two.stems.map(\.name) == ["drums", "no_drums"] && two.used.stems.first?.label == "approximate" && two.used.stems.first?.quality == 0.5)
    #expect(try audio.error(ofSum: two.stems.map { try $0.audio }) ?? 0 < -60)
    for selection in [try StemSelection(named: ["guitar"]), .everyPart] {
      #expect(throws: GenerationError.self) { try separate(engine, selection, foreign) }
    }
  }

  private func notes(_ engine: ScoreEngine, _ names: [String]?, _ source: SourceSong) throws -> WrittenScore {
    var request = SongRequest(task: .transcription)
    request.sourceUse = .transcribe(try names.map { try StemSelection(named: $0).stems }, NoteOptions())
    return try engine.writeScore(request, source: source, progress: Silent())
  }

  @Test func theNotesOfASongOfOursAreItsScores() throws {
    let engine = engine(try Self.heard())
    let (song, source) = try song(engine)
    let score = try #require(song.score)
    let all = try notes(engine, nil, source)
    #expect(all.score.parts.map(\.notes) == score.parts.filter { !$0.notes.isEmpty }.map(\.notes) && all.score.tempo == score.tempo)
    let bass = try notes(engine, ["bass", "woodwinds"], source)
    #expect(bass.score.parts.map(\.role) == [.bass] && bass.used.skippedStems["woodwinds"] != nil)
    #expect(bass.used.stems.map(\.parts) == [bass.score.parts.map(\.id)])
    #expect(throws: GenerationError.self) { try notes(engine, ["woodwinds"], source) }
  }

  @Test func heardNotesAreNamedAsTheyWereAskedFor() throws {
    let engine = engine(try Self.heard())
    let audio = StereoBuffer(frames: 48_000)
    let heard = try notes(engine, nil, SourceSong { audio })
    #expect(heard.score.parts.map(\.id) == ["vocals", "bass", "piano"] && heard.used.bpm == 97)
    #expect(heard.warnings.contains { $0.contains("a mix doesn't tell") })
    let some = try notes(engine, ["drums", "bass", "guitar"], SourceSong { audio })
    #expect(some.score.parts.map(\.id) == ["bass"] && Set(some.used.skippedStems.keys) == ["drums", "guitar"])
    #expect(throws: GenerationError.self) { try notes(engine, ["drums"], SourceSong { audio }) }
    var stems = SourceSong { audio }
    stems.stems = ["guitar": { audio }, "drums": { audio }, "bass": { audio }]
    let given = try notes(engine, nil, stems)
    #expect(given.score.parts.map(\.id) == ["bass", "guitar"] && given.score.parts.allSatisfy { $0.notes.first?.velocity == 90 })
    #expect(given.used.skippedStems["drums"] != nil)
  }
}
