import Audio
import Foundation
import Generation
import JSON
import Store
import Synchronization
import Testing

@testable import Worker

@Suite struct SongTests {
  @Test func aJobBecomesASongInFourFormatsWithTagsPeaksAndScore() throws {
    let studio = try Studio()
    let id = try studio.enqueue(lyrics: "la la")
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.status == .completed)
    #expect(done.job.progress?.percent == 100)
    #expect(done.job.warnings == ["This engine does not sing yet."])
    #expect(done.job.genre == "Pop" && done.job.emotion == "bright" && done.job.language == "en")
    let used = try JSON(parsing: #require(done.job.used))
    #expect(used["bpm"]?.int == 120 && used["keyscale"]?.string == "A Minor" && used["timesignature"]?.string == "4/4")
    let timecosts = try JSON(parsing: #require(done.job.timecosts))
    #expect(timecosts["generation"]?.double != nil)

    let output = try #require(done.outputs.first)
    #expect(output.seed == 7 && output.frames == 24_000 && output.durationSeconds == 0.5 && output.hasScore)
    #expect(output.lrc == "[01:01.26] la la")
    let lyrics = try JSON(parsing: #require(output.lyricLines))
    #expect(lyrics["lines"]?[0]?["end"]?.double == 65 && lyrics["language"] == "en")
    #expect(output.waveformPath.hasPrefix("M"))
    let directory = studio.media.path + "/" + done.job.directory
    #expect(
      studio.files(done.job.directory) == [
        "0.flac", "0.lyrics.json", "0.mid", "0.mp3", "0.ogg", "0.peaks", "0.score.json", "0.wav",
      ])
    let sizes: [AudioFormat: Int] = [
      .flac: output.bytes.flac, .wav: output.bytes.wav, .mp3: output.bytes.mp3, .ogg: output.bytes.ogg,
    ]
    for format in AudioFormat.allCases {
      let path = "\(directory)/0.\(format.fileExtension)"
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == sizes[format])
      #expect(try abs(AudioFile.read(path).frames - 24_000) < (format.isLossless ? 1 : 3000))
      let tags = try AudioTags(readingFrom: path, format: format)
      #expect(tags.title == "A song" && tags.genre == "Pop" && tags.bpm == 120 && tags.key == "Am")
      #expect(tags.lyrics == "la la" && tags.isAIGenerated && tags.encoder == "Cantiga")
      #expect(tags.date?.count == 10 && tags.date?.hasPrefix("20") == true)
    }
    // FLAC and WAV hold the same samples: both are made from the one master.
    let flac = try AudioFile.read(directory + "/0.flac").left
    let wav = try AudioFile.read(directory + "/0.wav").left
    #expect(zip(flac, wav).allSatisfy { abs($0 - $1) <= 0x1p-22 }, "to within 24-bit rounding")
    #expect(try FileManager.default.contentsOfDirectory(atPath: studio.media.path + "/tmp").isEmpty)
    #expect(try studio.store.estimatedSeconds(engine: "score", units: 30) != nil)
  }

  @Test func theEngineGetsTheRequestWithEachVariationsSeed() throws {
    let studio = try Studio()
    let id = try studio.enqueue(seeds: [3, 4, 5])
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    let calls = studio.engine.calls.withLock { $0 }
    #expect(calls.map(\.seed) == [3, 4, 5])
    #expect(calls.allSatisfy { $0.caption == "upbeat synth pop" && $0.bpm == 120 && $0.task == .text2music })
    #expect(done.outputs.map(\.variation) == [0, 1, 2] && done.outputs.map(\.seed) == [3, 4, 5])
    #expect(studio.files(done.job.directory).filter { $0.hasSuffix(".flac") } == ["0.flac", "1.flac", "2.flac"])
    let tags = try AudioTags(
      readingFrom: "\(studio.media.path)/\(done.job.directory)/2.mp3", format: .mp3)
    #expect(tags.title == "A song (3)")
  }

  @Test func oneFailedVariationCostsOnlyItself() throws {
    let studio = try Studio(FakeEngine(.failsFor(seed: 4)))
    let id = try studio.enqueue(seeds: [3, 4, 5])
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.status == .completed)
    #expect(done.outputs.map(\.variation) == [0, 2])
    #expect(done.job.warnings.contains("Variation 2 of 3 could not be made: That seed is unlucky."))
  }

  @Test func aJobWhoseEveryVariationFailsTellsWhy() throws {
    let studio = try Studio(FakeEngine(.fails(GenerationError.unsupported("A waltz has three beats."))))
    let id = try studio.enqueue(seeds: [1, 2])
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.status == .failed && done.job.errorMessage == "A waltz has three beats.")
    #expect(!done.job.cancelled && studio.files(done.job.directory).isEmpty)
  }

  @Test func anUnexpectedErrorShowsNoInnards() throws {
    struct Odd: Error { let secret = "0xdeadbeef" }
    let studio = try Studio(FakeEngine(.fails(Odd())))
    let id = try studio.enqueue()
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    let message = try #require(done.job.errorMessage)
    #expect(message.contains("under job \(id)") && !message.contains("deadbeef"))
    // And the worker goes on.
    studio.engine.become(.song(0.1))
    let next = try studio.enqueue()
    #expect(try studio.wait(for: next) { $0.status.isFinished }.job.status == .completed)
  }

  @Test func anEngineThatIsNotThereFailsTheJobInWords() throws {
    let studio = try Studio()
    let id = try studio.enqueue(engine: "acestep")
    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.errorMessage == "The engine \"acestep\" is not part of this server.")
  }

  @Test func anEngineThatCannotStartSaysSoUntilItIsMended() throws {
    let studio = try Studio(FakeEngine(prepareError: GenerationError.unavailable("No SoundFont was found.")))
    #expect(studio.worker.readiness(of: "score") == .preparing)
    try studio.worker.start()
    let id = try studio.enqueue()
    let failed = try studio.wait(for: id) { $0.status.isFinished }
    #expect(failed.job.errorMessage == "No SoundFont was found.")
    #expect(studio.worker.readiness(of: "score") == .unavailable("No SoundFont was found."))
    studio.engine.mend()
    let next = try studio.enqueue()
    #expect(try studio.wait(for: next) { $0.status.isFinished }.job.status == .completed)
    #expect(studio.worker.readiness(of: "score") == .ready)
    #expect(studio.worker.readiness(of: "acestep") == nil)
  }

  @Test func enginesAndTheirThreadsYieldToOthers() throws {
    let studio = try Studio(FakeEngine(.song(0.1)))
    let mine = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    let id = try studio.enqueue()
    try studio.worker.start()
    try studio.wait(for: id) { $0.status.isFinished }
    #expect(studio.engine.niceness.withLock { $0 } == [10, 10])
    #expect(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) == mine, "and nobody else does")
  }

  @Test func aMinuteOfMusicIsWrittenInSeconds() throws {
    let studio = try Studio(FakeEngine(.song(60)))
    let id = try studio.enqueue()
    try studio.worker.start()
    let done = try studio.wait(for: id, seconds: 60) { $0.status.isFinished }
    let timecosts = try JSON(parsing: #require(done.job.timecosts))
    print("four formats, loudness and peaks of 60 s: \(timecosts["postprocessing"]?.double ?? 0) s")
    #expect(done.job.status == .completed)
  }

  @Test func jobsQueuedByAnotherProcessAreFoundWithoutAWake() throws {
    let studio = try Studio()
    try studio.worker.start()
    let other = try Store(path: studio.folder + "/cantiga.sqlite")
    let draft = JobDraft(
      userID: studio.ana.id, task: "simple", songType: "song", engine: "score", seeds: [1], displayName: "x",
      request: #"{"query":"a song"}"#)
    let id = try other.createJob(draft).job.id
    #expect(try studio.wait(for: id) { $0.status.isFinished }.job.status == .completed)
  }
}
