import Audio
import Foundation
import Generation
import Music
import Synchronization
import Testing

@testable import ScoreEngine

/// Remembers what it was told, and cancels after so many reports.
final class Listener: SongProgress {
  let reports = Mutex<[(stage: Stage, done: Int, total: Int)]>([])
  let cancelAfter: Int
  init(cancelAfter: Int = .max) { self.cancelAfter = cancelAfter }
  func report(_ stage: Stage, done: Int, total: Int) {
    reports.withLock { $0.append((stage, done, total)) }
  }
  func checkCancellation() throws {
    if reports.withLock({ $0.count }) >= cancelAfter { throw CancellationError() }
  }
}

struct ScoreEngineTests {
  static let engine = ScoreEngine()

  private func request(
    _ caption: String, task: MusicTask = .text2music, seconds: Double? = 10, seed: UInt32 = 1
  ) -> SongRequest {
    var request = SongRequest(task: task)
    request.caption = caption
    request.audioDuration = seconds
    request.seed = seed
    return request
  }

  private func make(_ request: SongRequest) throws -> Song {
    try Self.engine.makeSong(request, progress: Listener())
  }

  @Test(arguments: [1, 7.3, 12, 33.25])
  func aSongLastsExactlyAsLongAsAsked(seconds: Double) throws {
    let song = try make(request("rock song with guitars", seconds: seconds))
    #expect(song.audio.frames == Int((seconds * 48_000).rounded()))
    #expect(try song.stems.allSatisfy { try $0.audio.frames == song.audio.frames })
    #expect(song.audio.left.allSatisfy { $0.isFinite })
    #expect(try Loudness(of: song.audio).truePeak <= -1)
  }

  @Test(arguments: [
    "Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae", "Latin",
    "R&B", "Metal",
  ])
  func everyPresetIsMasteredAndItsStemsAddUp(preset: String) throws {
    var request = request("", seconds: 20, seed: 3)
    request.genrePreset = preset
    let song = try make(request)
    let loudness = try Loudness(of: song.audio)
    #expect(abs(loudness.integrated + 14) < 0.3, "\(preset): \(loudness)")
    #expect(loudness.truePeak <= -1, "\(preset): \(loudness)")
    #expect(song.used.genre == preset)
    #expect(song.stems.count == song.score?.parts.count && song.stems.count >= 3)
    #expect(Set(song.stems.map(\.name)).count == song.stems.count)
    let stems = try song.stems.map { try $0.audio }
    var error = 0.0
    var power = 0.0
    for frame in stride(from: 0, to: song.audio.frames, by: 11) {
      let sum = stems.reduce(Float(0)) { $0 + $1.right[frame] }
      error += pow(Double(sum - song.audio.right[frame]), 2)
      power += pow(Double(song.audio.right[frame]), 2)
    }
    #expect(10 * log10(error / power) < -60)
    #expect(abs(song.audio.left[song.audio.frames - 1]) < 0.001)
  }

  @Test func aSeedRepeatsTheSongAndAnotherDoesNot() throws {
    let first = try make(request("upbeat synth pop, 120 bpm, A minor", seed: 7))
    let again = try ScoreEngine().makeSong(request("upbeat synth pop, 120 bpm, A minor", seed: 7), progress: Listener())
    let other = try make(request("upbeat synth pop, 120 bpm, A minor", seed: 8))
    #expect(first.audio.left == again.audio.left && first.audio.right == again.audio.right)
    #expect(first.score == again.score)
    #expect(first.audio.left != other.audio.left)
  }

  @Test func whatWasAskedIsUsedAndReported() throws {
    var asked = request("dreamy music", seconds: 15)
    asked.bpm = 93
    asked.key = Key(tonic: PitchClass(rawValue: 6), mode: .minor)
    asked.meter = .threeFour
    let song = try make(asked)
    #expect(song.used.bpm == 93)
    #expect(song.used.key == asked.key)
    #expect(song.used.meter == .threeFour)
    #expect(song.score?.tempo.first?.quartersPerMinute == 93)
    #expect(!song.used.instruments.isEmpty)
  }

  @Test func lyricsAreTimedAndTheMissingVoiceIsSaid() throws {
    var asked = request("gentle folk song", seconds: 40)
    asked.lyrics = "[verse]\nWalking by the river in the morning light\nEverything is quiet now and all is bright"
    let song = try make(asked)
    let lyrics = try #require(song.lyrics)
    #expect(lyrics.language == "en")
    #expect(lyrics.lines.map(\.text) == [
      "Walking by the river in the morning light", "Everything is quiet now and all is bright",
    ])
    // Every word has the time of the note that its first syllable is sung on.
    let notes = try #require(song.score?.parts.first { $0.role == .vocal }).notes
    for line in lyrics.lines {
      #expect(line.startSeconds < line.endSeconds && line.endSeconds <= 40)
      #expect(line.words.map(\.text).joined(separator: " ") == line.text)
      #expect(line.words.allSatisfy { word in
        notes.contains { song.score?.seconds(atTick: $0.startTick + $0.nudgeTicks) == word.startSeconds }
      })
      #expect(zip(line.words, line.words.dropFirst()).allSatisfy { $0.endSeconds <= $1.startSeconds })
    }
    #expect(lyrics.lines[0].words[6].syllables.map(\.text).count == 2)
    #expect(song.warnings.contains { $0.contains("Sung with the draft voice") })
    asked.instrumental = true
    let played = try make(asked)
    #expect(played.lyrics == nil)
    #expect(played.warnings.contains { $0.contains("lyrics are not used") })
  }

  @Test func wordsAreWrittenOnlyWhereTheyAreWanted() throws {
    var simple = request("canción de amor", task: .simple, seconds: 25)
    let song = try make(simple)
    #expect(song.used.language == "es")
    let lyrics = try #require(song.used.lyrics)
    #expect(lyrics.contains("[Chorus") || lyrics.contains("[Verse 1]"))
    #expect(try #require(song.lyrics).lines.allSatisfy { lyrics.contains($0.text) })
    #expect(song.warnings.contains { $0.contains("Sung with the draft voice") })
    simple.instrumental = true
    #expect(try make(simple).used.lyrics == nil)
    var plain = request("canción de amor", seconds: 25)
    #expect(try make(plain).lyrics == nil)
    plain.useCotLyrics = true
    plain.given = ["use_cot_lyrics"]
    let asked = try make(plain)
    #expect(asked.lyrics != nil && asked.used.lyrics != nil)
    #expect(!asked.warnings.contains { $0.contains("use_cot_lyrics") })
  }

  @Test func everyGivenButUnusedParameterIsNamedOnce() throws {
    var asked = request("jazz", seconds: 3)
    asked.given = ["caption", "inference_steps", "guidance_scale", "bpm"]
    let song = try make(asked)
    for name in ["inference_steps", "guidance_scale"] {
      #expect(song.warnings.filter { $0 == "\(name) is not used by the score engine." }.count == 1)
    }
    #expect(!song.warnings.contains { $0.contains("bpm") || $0.contains("caption") })
  }

  @Test func stagesComeInOrderWithTrueTotals() throws {
    let listener = Listener()
    _ = try Self.engine.makeSong(request("rock", seconds: 8), progress: listener)
    let reports = listener.reports.withLock { $0 }
    var order: [Stage] = []
    for report in reports where report.stage != order.last { order.append(report.stage) }
    #expect(order == [.plan, .compose, .render, .mix])
    for stage in order {
      let own = reports.filter { $0.stage == stage }
      #expect(own.last.map { $0.done == $0.total } == true)
      #expect(Set(own.map(\.total)).count == 1)
      #expect(zip(own, own.dropFirst()).allSatisfy { $0.done <= $1.done })
    }
  }

  @Test(arguments: [1, 3, 6, 20])
  func aCancelledSongEndsThere(reports: Int) {
    let listener = Listener(cancelAfter: reports)
    #expect(throws: CancellationError.self) {
      try Self.engine.makeSong(request("rock", seconds: 120), progress: listener)
    }
    #expect(listener.reports.withLock { $0.count } <= reports + 1)
  }

  @Test func aLoopIsWholeBarsAndRepeatsWithoutASeam() throws {
    var asked = request("lo-fi hip hop", task: .text2samples, seconds: nil)
    asked.sampleType = "loop"
    asked.bpm = 90
    let song = try make(asked)
    let bars = song.audio.durationSeconds / (4 * 60 / 90)
    #expect(abs(bars - bars.rounded()) < 0.001 && bars >= 1)
    let x = song.audio.left
    let steps = zip(x, x.dropFirst()).map { abs($0 - $1) }
    #expect(abs(x[x.count - 1] - x[0]) <= (steps.max() ?? 0))
    let loudness = try Loudness.integrated(of: song.audio)
    #expect(abs(loudness + 14) < 0.5)
  }

  @Test func aOneShotIsShortAndSounds() throws {
    var asked = request("808 kick drum", task: .text2samples, seconds: nil)
    asked.sampleType = "one-shot"
    let song = try make(asked)
    #expect(song.audio.durationSeconds <= 10)
    #expect((song.audio.left.map(abs).max() ?? 0) > 0.05)
  }

  @Test func withoutASoundFontTheEngineSaysWhatToInstall() {
    let error = #expect(throws: GenerationError.self) {
      try ScoreEngine(soundFontPath: "/no/such/font.sf2").prepare()
    }
    guard case .unavailable(let reason) = error else { Issue.record("\(error as Any)"); return }
    #expect(reason.contains("apt-get install fluid-soundfont-gm"))
  }
}
