import Audio
import Generation
import Music
import Testing

@testable import ScoreEngine

/// The quality score: planted defects lower it, sound songs score well.
struct QualityTests {
  private static func make(_ caption: String, preset: String? = nil, seconds: Double = 24, seed: UInt32 = 7, scored: Bool = true) throws -> Song {
    var request = SongRequest(task: .prompt2instrumental)
    request.caption = caption
    request.genrePreset = preset
    request.audioDuration = seconds
    request.seed = seed
    request.calculateQuality = scored
    return try ScoreEngineTests.engine.makeSong(request, progress: Listener())
  }

  private static let songs = Result {
    try [make("upbeat synth pop, 120 bpm, A minor"), make("rock song with guitars, 132 bpm, E minor", seed: 3)]
  }

  private func score(_ song: Song, _ audio: StereoBuffer, _ score: Score, bpm: Double? = nil) throws -> QualityScore {
    Quality(
      audio: audio, score: score,
      asked: .init(
        bpm: try bpm ?? #require(song.used.bpm), key: try #require(song.used.key), seconds: song.audio.durationSeconds)
    ).result
  }

  /// - Parameter defect: spoils sound, score or the tempo asked.
  private func expectWorse(
    _ aspect: QualityScore.Aspect, _ defect: (inout StereoBuffer, inout Score, inout Double) -> Void
  ) throws {
    for song in try Self.songs.get() {
      let whole = try #require(song.quality)
      var (audio, music, bpm) = (song.audio, try #require(song.score), try #require(song.used.bpm))
      defect(&audio, &music, &bpm)
      let spoiled = try score(song, audio, music, bpm: bpm)
      #expect(spoiled.total <= whole.total - 0.05, "\(aspect): \(whole) \(spoiled)")
      let (before, after) = (try #require(whole.aspects[aspect]), try #require(spoiled.aspects[aspect]))
      #expect(after <= before - 0.25, "\(aspect): \(before) \(after)")
    }
  }

  @Test func clippingLowersIt() throws {
    try expectWorse(.sound) { audio, _, _ in
      audio.left = audio.left.map { min(max($0 * 4, -1), 1) }
      audio.right = audio.right.map { min(max($0 * 4, -1), 1) }
    }
  }

  @Test func aTuneASemitoneOffLowersIt() throws {
    try expectWorse(.harmony) { _, score, _ in
      for part in score.parts.indices where [.vocal, .melody].contains(score.parts[part].role) {
        for note in score.parts[part].notes.indices {
          score.parts[part].notes[note].pitch = Pitch(midi: score.parts[part].notes[note].pitch.midi + 1)
        }
      }
    }
  }

  @Test func soundAThirdOfABeatLateLowersIt() throws {
    try expectWorse(.rhythm) { audio, _, bpm in
      let shift = Int(60 / bpm / 3 * 48_000)
      audio.left = Array(repeating: 0, count: shift) + audio.left.dropLast(shift)
      audio.right = Array(repeating: 0, count: shift) + audio.right.dropLast(shift)
    }
  }

  @Test func aTuneOffTheGridLowersIt() throws {
    try expectWorse(.rhythm) { _, score, _ in
      for part in score.parts.indices where [.vocal, .melody].contains(score.parts[part].role) {
        for note in score.parts[part].notes.indices { score.parts[part].notes[note].startTick += 170 }
      }
    }
  }

  @Test func twoSecondsOfSilenceLowerIt() throws {
    try expectWorse(.sound) { audio, _, _ in
      for frame in (9 * 48_000)..<(11 * 48_000) { (audio.left[frame], audio.right[frame]) = (0, 0) }
    }
  }

  @Test func anotherTempoThanAskedLowersIt() throws {
    try expectWorse(.adherence) { _, _, bpm in bpm *= 1.08 }
    // The sound alone tells it, too: a score that claims the tempo asked doesn't help.
    try expectWorse(.adherence) { _, score, bpm in
      bpm *= 1.08
      for change in score.tempo.indices { score.tempo[change].quartersPerMinute *= 1.08 }
    }
  }

  @Test func soundSongsOfAllPresetsScoreWellAndDiffer() throws {
    var totals: [Double] = []
    for preset in GenrePreset.all where !preset.tags.isEmpty {
      for seed in [UInt32(3), 4] {
        let quality = try #require(try Self.make("", preset: preset.name, seconds: 20, seed: seed).quality)
        #expect((0.7...1).contains(quality.total), "\(preset.name): \(quality)")
        totals.append(quality.total)
      }
    }
    #expect(Set(totals).count > totals.count / 2)
  }

  @Test func itIsTheSameEachTimeAndQuick() throws {
    let song = try #require(try Self.songs.get().first)
    let again = try score(song, song.audio, try #require(song.score))
    #expect(again == song.quality)
    // Three minutes take less than 0.3 s on an idle core; a loaded machine gets ten times that.
    let long = try Self.make("rock", seconds: 180, scored: false)
    let start = ContinuousClock.now
    _ = try score(long, long.audio, try #require(long.score))
    let taken = start.duration(to: .now)
    #expect(taken < .seconds(3))
  }

  @Test func itIsOnlyComputedWhereItIsWanted() throws {
    #expect(try Self.make("jazz", seconds: 6, scored: false).quality == nil)
    #expect(!ScoreEngineTests.engine.capabilities.unusedParameters.contains("calculate_quality"))
  }

  @Test(arguments: ["loop", "one-shot"])
  func samplesAreScoredByWhatTheyHave(type: String) throws {
    var request = SongRequest(task: .text2samples)
    request.caption = type == "loop" ? "house loop" : "snare"
    request.sampleType = type
    let quality = try #require(try ScoreEngineTests.engine.makeSong(request, progress: Listener()).quality)
    #expect((0.5...1).contains(quality.total), "\(quality)")
    #expect(type == "loop" || quality.aspects[.melody] == nil)
  }
}
