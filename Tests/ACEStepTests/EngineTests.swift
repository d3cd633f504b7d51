import Audio
import Checkpoint
import Foundation
import Generation
import JSON
import Tensor
import Testing

@testable import ACEStep

/// The tiny model as an engine: every stage, with true steps.
@Suite struct EngineTests {
  private func request(_ task: MusicTask = .text2music, seconds: Double = 6, seed: UInt32 = 7) -> SongRequest {
    var request = SongRequest(task: task)
    request.caption = "upbeat pop"
    request.lyrics = "[verse]\nla la la"
    request.audioDuration = seconds
    request.seed = seed
    request.diffusion.steps = 4
    return request
  }

  @Test(arguments: Fixtures.models) func wordsBecomeSound(_ model: Fixtures.Model) throws {
    let scratch = try TinyInstallation(model)
    let engine = try ACEStepEngine(path: scratch.model, precision: .fp32)
    let watch = Watch()
    let song = try engine.makeSong(request(), progress: watch)
    #expect(song.audio.frames == 6 * 48000)
    #expect(song.audio.left.allSatisfy { $0.isFinite })
    let peak = max(song.audio.left.map(abs).max() ?? 0, song.audio.right.map(abs).max() ?? 0)
    #expect(abs(peak - 0.891_25) < 1e-4)
    let compose = watch.reports.filter { $0.stage == .compose }
    #expect(compose.map(\.done) == [0, 1, 2, 3, 4])
    #expect(compose.allSatisfy { $0.total == 4 })
    #expect(try engine.makeSong(request(), progress: Watch()).audio.left.elementsEqual(song.audio.left))
    #expect(try !engine.makeSong(request(seed: 8), progress: Watch()).audio.left.elementsEqual(song.audio.left))
    #expect(throws: CancellationError.self) { try engine.makeSong(request(), progress: Watch(cancelAfter: 2)) }
    let longest = try Double(model.open().silenceLatent().rows) * 1920 / 48000
    #expect(throws: GenerationError.self) { try engine.makeSong(request(seconds: longest + 1), progress: Watch()) }
  }

  @Test func songsAreChanged() throws {
    let model = try #require(Fixtures.models.first)
    let scratch = try TinyInstallation(model)
    let engine = try ACEStepEngine(path: scratch.model, precision: .fp32)
    let song = try engine.makeSong(request(), progress: Watch())
    let source = SourceSong(score: nil, manuscript: song.manuscript) { song.audio }

    var change = request(.retake, seed: 9)
    change.edit = .retake(variance: 0)
    #expect(try engine.makeSong(change, source: source, progress: Watch()).audio.left.elementsEqual(song.audio.left))
    change.edit = .retake(variance: 0.5)
    #expect(try !engine.makeSong(change, source: source, progress: Watch()).audio.left.elementsEqual(song.audio.left))

    change = request(.repaint, seed: 9)
    change.edit = .repaint(seconds: 2..<3)
    let repainted = try engine.makeSong(change, source: source, progress: Watch())
    #expect(repainted.audio.frames == song.audio.frames)
    let kept = 2 * 48000 - 1200
    #expect(repainted.audio.left.prefix(kept).elementsEqual(song.audio.left.prefix(kept)))
    #expect(repainted.audio.left.suffix(3 * 48000 - 1200).elementsEqual(song.audio.left.suffix(3 * 48000 - 1200)))
    #expect(!repainted.audio.left[2 * 48000..<3 * 48000].elementsEqual(song.audio.left[2 * 48000..<3 * 48000]))

    change = request(.extend, seed: 9)
    change.edit = .extend(left: 1, right: 2)
    let watch = Watch()
    let extended = try engine.makeSong(change, source: source, progress: watch)
    #expect(extended.audio.frames == 9 * 48000)
    #expect(
      extended.audio.left[48000 + 1200..<7 * 48000 - 1200].elementsEqual(song.audio.left[1200..<6 * 48000 - 1200]))
    #expect(extended.audio.left.prefix(40000).contains { $0 != 0 })
    let compose = watch.reports.filter { $0.stage == .compose }.map(\.done)
    #expect(compose == compose.sorted() && compose.last == 8)

    change.edit = .repaint(seconds: -2..<(-1))
    #expect(throws: GenerationError.self) { try engine.makeSong(change, source: source, progress: Watch()) }
    change.edit = .repaint(seconds: 50..<60)
    #expect(throws: GenerationError.self) { try engine.makeSong(change, source: source, progress: Watch()) }
    let foreign = SourceSong(score: nil, manuscript: Array("{}".utf8)) { song.audio }
    change.edit = .retake(variance: 1)
    #expect(throws: GenerationError.self) { try engine.makeSong(change, source: foreign, progress: Watch()) }
    #expect(throws: GenerationError.self) { try engine.makeSong(change, source: nil, progress: Watch()) }
  }

  @Test(arguments: Fixtures.models) func whatIsMissingIsNamed(_ model: Fixtures.Model) throws {
    let scratch = try TinyInstallation(model, without: "vae")
    let error = #expect(throws: (any Error).self) { try ACEStepEngine(path: scratch.model) }
    #expect(error.map { "\($0)".contains("vae") } == true)
  }

  @Test func partsThatDontFitAreNamed() throws {
    let model = try #require(Fixtures.models.first)
    for (file, key, value) in [
      ("vae/config.json", "audio_channels", 1), ("vae/config.json", "sampling_rate", 44100), ("vae/config.json", "decoder_input_channels", 4093),
      ("Qwen3-Embedding-0.6B/config.json", "hidden_size", 65521), ("text_encoder/config.json", "hidden_size", 65521),
    ] {
      let scratch = try TinyInstallation(model)
      let path = scratch.path + "/" + file
      guard FileManager.default.fileExists(atPath: path), case .object(var members) = try JSON(file: path) else { continue }
      members[key] = .int(value)
      // Not through the link, into the fixtures.
      try FileManager.default.removeItem(atPath: path)
      try Data(JSON.object(members).text.utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: CheckpointError.self) { try ACEStepEngine(path: scratch.model) }
      #expect(error?.description.contains(file) == true, "\(error?.description ?? "")")
    }
  }

  @Test func promptsAreWordByWordUpstreams() {
    let prompt = Prompt(caption: "calm", lyrics: "la", language: "en", bpm: 90, meter: "3", seconds: 12.9)
    #expect(
      prompt.text(.textToMusic)
        == "# Instruction\nFill the audio semantic mask based on the given conditions:\n\n# Caption\ncalm\n\n# Metas\n- bpm: 90\n- timesignature: 3\n- keyscale: N/A\n- duration: 12 seconds\n<|endoftext|>\n"
    )
    #expect(prompt.lyricText == "# Languages\nen\n\n# Lyric\nla<|endoftext|>")
    #expect(Prompt(caption: "", seconds: 1).lyricText == "# Languages\nunknown\n\n# Lyric\n[Instrumental]<|endoftext|>")
    #expect(Prompt.Instruction.extract(track: "drums").text == "Extract the DRUMS track from the audio:")
    #expect(Prompt.Instruction.extract(track: nil).text == "Extract the track from the audio:")
    #expect(Prompt.Instruction.complete(tracks: ["drums", "backing_vocals"]).text == "Complete the input track with DRUMS | BACKING_VOCALS:")
  }
}
