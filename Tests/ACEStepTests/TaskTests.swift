import Audio
import Foundation
import Generation
import JSON
import Music
import Synchronization
import Tensor
import Testing

@testable import ACEStep

/// Every task of the engine on a tiny model, with sources as people have them.
@Suite struct TaskTests {
  private let tiny: TinyInstallation
  private let engine: ACEStepEngine

  init() throws {
    let model = try #require(Fixtures.models.first { $0.layout == "upstream" })
    tiny = try TinyInstallation(model, variant: "base")
    engine = try ACEStepEngine(path: tiny.model, precision: .fp32)
  }

  private func engine(_ variant: String) throws -> (ACEStepEngine, TinyInstallation) {
    let model = try #require(Fixtures.models.first { $0.layout == "upstream" })
    let tiny = try TinyInstallation(model, variant: variant)
    return (try ACEStepEngine(path: tiny.model, precision: .fp32), tiny)
  }

  private func request(_ task: MusicTask, _ use: SourceUse? = nil, seed: UInt32 = 7, given: Set<String> = []) -> SongRequest {
    var request = SongRequest(task: task)
    request.caption = "upbeat pop"
    request.lyrics = "[verse]\nla la la"
    request.audioDuration = 6
    request.seed = seed
    request.diffusion.steps = 4
    request.sourceUse = use
    request.given = given
    return request
  }

  /// Two voices that differ, and noise.
  private static func recording(samples: Int) -> StereoBuffer {
    let noise = PhiloxNoise(seed: 3)
    return StereoBuffer(
      left: (0..<samples).map { 0.3 * sin(Float($0) * 0.05) + 0.05 * noise.normal(UInt64($0)) },
      right: (0..<samples).map { 0.3 * sin(Float($0) * 0.02) + 0.05 * noise.normal(UInt64($0), stream: 1) })
  }

  private static func source(samples: Int = 5 * 48000 + 777) -> SourceSong {
    let sound = recording(samples: samples)
    return SourceSong { sound }
  }

  private static let uses: [(MusicTask, SourceUse)] = [
    (.cover, .cover(strength: 1)), (.cover, .cover(strength: 0.5)), (.extract, .extract(.vocals)), (.lego, .lego(.backingVocals)),
    (.complete, .complete([.drums, .bass])), (.complete, .complete([])),
  ]

  @Test(arguments: uses) func aRecordingGivesASongOfItsLength(_ task: MusicTask, _ use: SourceUse) throws {
    for samples in [1920, 1921, 9 * 48000 + 1919] {
      let watch = Watch()
      let song = try engine.makeSong(request(task, use), source: Self.source(samples: samples), progress: watch)
      #expect(song.audio.frames == samples, "\(task)")
      #expect(song.audio.left.allSatisfy { $0.isFinite })
      #expect(song.audio.left.contains { abs($0) > 1e-6 })
      #expect(watch.reports.filter { $0.stage == .compose }.map(\.done) == [0, 1, 2, 3, 4])
      for stage in [Stage.plan, .compose, .render] {
        let reports = watch.reports.filter { $0.stage == stage }
        #expect(reports.map(\.done) == reports.map(\.done).sorted() && reports.last?.done == reports.last?.total, "\(task), \(stage)")
        #expect(Set(reports.map(\.total)).count == 1)
      }
    }
  }

  @Test func theInstructionAndTheSourceMatter() throws {
    let uses: [SourceUse?] = Self.uses.map(\.1) + [.extract(.drums), nil]
    var sounds: [[Float]] = []
    for use in uses {
      let task: MusicTask = switch use {
      case .cover: .cover
      case .extract: .extract
      case .lego: .lego
      case .complete: .complete
      default: .text2music
      }
      var request = request(task, use)
      request.audioDuration = 5
      let song = try engine.makeSong(request, source: use == nil ? nil : Self.source(samples: 5 * 48000), progress: Watch())
      sounds.append(song.audio.left)
    }
    for one in sounds.indices {
      for other in sounds.indices where other > one { #expect(sounds[one] != sounds[other], "\(one) and \(other)") }
    }
  }

  /// As the sampler is run by hand with the fixtures' cover: what the engine does around it is the same.
  @Test func aCoverSeesItsSourceForAShareOfTheSteps() throws {
    let strengths = [1.0, 0.75, 0.5, 0.0]
    let songs = try strengths.map { strength in
      var request = request(.cover, .cover(strength: strength))
      request.diffusion.guidanceScale = 1
      return try engine.makeSong(request, source: Self.source(samples: 6 * 48000), progress: Watch()).audio.left
    }
    #expect(Set(songs).count == strengths.count)
    // A cover that never sees its source is a song of the same words.
    var plain = request(.text2music)
    plain.diffusion.guidanceScale = 1
    #expect(try engine.makeSong(plain, progress: Watch()).audio.left == songs[3])
  }

  @Test func aCoverMayStartFromItsSource() throws {
    let source = Self.source(samples: 6 * 48000)
    var request = request(.cover, .cover(strength: 1))
    let usual = try engine.makeSong(request, source: source, progress: Watch()).audio.left
    request.diffusion.coverNoiseStrength = 0.5
    let watch = Watch()
    let near = try engine.makeSong(request, source: source, progress: watch)
    #expect(near.audio.left != usual)
    // Of 4 equal steps those from 0.5 on.
    #expect(watch.reports.last { $0.stage == .compose }?.total == 2)
    request.diffusion.coverNoiseStrength = nil
    request.diffusion.coverKeepsLatents = true
    #expect(try engine.makeSong(request, source: source, progress: Watch()).audio.left != usual)
  }

  @Test func aCoverHasOtherTakes() throws {
    let cover = try engine.makeSong(request(.cover, .cover(strength: 0.5)), source: Self.source(samples: 6 * 48000), progress: Watch())
    let finished = SourceSong(score: nil, manuscript: cover.manuscript) { cover.audio }
    var retake = request(.retake, seed: 9)
    retake.diffusion.steps = nil
    retake.edit = .retake(variance: 0)
    let watch = Watch()
    #expect(try engine.makeSong(retake, source: finished, progress: watch).audio.left == cover.audio.left)
    #expect(watch.reports.first?.stage == .plan)
    retake.edit = .retake(variance: 0.4)
    #expect(try engine.makeSong(retake, source: finished, progress: Watch()).audio.left != cover.audio.left)

    // What was made over a recording that isn't kept can't be made again, but changed.
    let stem = try engine.makeSong(request(.extract, .extract(.bass)), source: Self.source(), progress: Watch())
    let kept = SourceSong(score: nil, manuscript: stem.manuscript) { stem.audio }
    #expect(throws: GenerationError.self) { try engine.makeSong(retake, source: kept, progress: Watch()) }
    var change = request(.repaint, seed: 9)
    change.edit = .repaint(seconds: 1..<2)
    #expect(try engine.makeSong(change, source: kept, progress: Watch()).audio.frames == stem.audio.frames)
  }

  @Test func aReferenceGivesItsTimbre() throws {
    let plain = try engine.makeSong(request(.text2music), progress: Watch()).audio.left
    for samples in [1920, 31 * 48000] {
      let source = Self.source(samples: samples)
      let song = try engine.makeSong(request(.reference, .reference), source: source, progress: Watch())
      #expect(song.audio.frames == 6 * 48000)
      #expect(song.audio.left != plain)
      #expect(try engine.makeSong(request(.reference, .reference), source: source, progress: Watch()).audio.left == song.audio.left)
      let finished = SourceSong(score: nil, manuscript: song.manuscript) { song.audio }
      var retake = request(.retake, seed: 9)
      retake.edit = .retake(variance: 0)
      #expect(try engine.makeSong(retake, source: finished, progress: Watch()).audio.left == song.audio.left)
    }
  }

  @Test func anEditLeadsToOtherWords() throws {
    let song = try engine.makeSong(request(.text2music), progress: Watch())
    let source = SourceSong(score: nil, manuscript: song.manuscript) { song.audio }
    var edit = request(.edit, seed: 9)
    edit.lyrics = "[chorus]\nother words"
    edit.edit = .edit(onlyLyrics: false, strength: 1)
    let watch = Watch()
    let whole = try engine.makeSong(edit, source: source, progress: watch)
    #expect(whole.audio.frames == song.audio.frames)
    #expect(whole.used.lyrics == edit.lyrics)
    let compose = watch.reports.filter { $0.stage == .compose }.map(\.done)
    #expect(compose == compose.sorted() && compose.last == 4)
    // A wider part of the steps, more draws, and the part before the end each make another song.
    var sounds = [whole.audio.left]
    for (start, end, averages) in [(0.5, 1.0, 1), (0, 0.5, 1), (0, 1, 3), (0.5, 0.5, 1), (0, 0, 1)] {
      edit.diffusion.editStart = start
      edit.diffusion.editEnd = end
      edit.diffusion.editAverages = averages
      sounds.append(try engine.makeSong(edit, source: source, progress: Watch()).audio.left)
    }
    #expect(Set(sounds).count == sounds.count)
    // Nothing is changed where no step is taken: the source, through the autoencoder.
    edit.diffusion.editStart = 1
    edit.diffusion.editEnd = 1
    let same = try engine.makeSong(edit, source: source, progress: Watch()).audio.left
    edit.caption = "something else"
    #expect(try engine.makeSong(edit, source: source, progress: Watch()).audio.left == same)
    edit.edit = .edit(onlyLyrics: true, strength: 1)
    edit.diffusion.editStart = 0
    #expect(try engine.makeSong(edit, source: source, progress: Watch()).used.caption == "upbeat pop")
    #expect(throws: GenerationError.self) { try engine.makeSong(edit, source: Self.source(), progress: Watch()) }
  }

  @Test func sourcesThatCantBeUsedAreRefused() throws {
    let longest = try 1920 * ModelFolder(path: tiny.model).silenceLatent().rows
    for (source, word) in [
      (SourceSong { StereoBuffer(frames: 96000) }, "silent"), (Self.source(samples: 1919), "shorter"),
      (SourceSong { StereoBuffer(frames: 0) }, "shorter"), (SourceSong { StereoBuffer(frames: 96000, sampleRate: 44100) }, "44100"),
      (SourceSong { StereoBuffer(frames: longest + 1) }, "up to"),
    ] {
      for (task, use) in Self.uses + [(.reference, .reference)] {
        let error = #expect(throws: GenerationError.self) { try engine.makeSong(request(task, use), source: source, progress: Watch()) }
        #expect(error?.description.contains(word) == true, "\(task): \(error?.description ?? "")")
      }
    }
    let broken = SourceSong { StereoBuffer(left: [.nan, .infinity, 2] + Self.recording(samples: 9600).left, right: .init(repeating: -9, count: 9603)) }
    #expect(try engine.makeSong(request(.cover, .cover(strength: 1)), source: broken, progress: Watch()).audio.left.allSatisfy(\.isFinite))
    #expect(throws: GenerationError.self) { try engine.makeSong(request(.cover, .cover(strength: 1)), progress: Watch()) }
    #expect(throws: GenerationError.self) {
      try engine.makeSong(request(.extract, .extract(.instrumental)), source: Self.source(), progress: Watch())
    }
  }

  @Test func everyTaskCanBeCancelledBetweenSteps() throws {
    let song = try engine.makeSong(request(.text2music), progress: Watch())
    let finished = SourceSong(score: nil, manuscript: song.manuscript) { song.audio }
    for (task, use) in Self.uses + [(.reference, .reference)] {
      let watch = Watch(cancelAfter: 2)
      #expect(throws: CancellationError.self) { try engine.makeSong(request(task, use), source: Self.source(), progress: watch) }
      #expect(watch.reports.allSatisfy { $0.stage != .render && $0.done <= ($0.stage == .compose ? 2 : .max) }, "\(task)")
    }
    for edit in [SongEdit.retake(variance: 0.5), .repaint(seconds: 1..<2), .extend(left: 1, right: 0), .edit(onlyLyrics: true, strength: 1)] {
      var request = request(.edit)
      request.task = switch edit {
      case .retake: .retake
      case .repaint: .repaint
      case .extend: .extend
      case .edit: .edit
      }
      request.edit = edit
      let watch = Watch(cancelAfter: 2)
      #expect(throws: CancellationError.self) { try engine.makeSong(request, source: finished, progress: watch) }
      #expect(watch.reports.allSatisfy { $0.stage != .render })
    }
  }

  @Test func checkpointsDoWhatTheyWereTrainedFor() throws {
    let everywhere: Set<MusicTask> = [
      .simple, .text2music, .prompt2instrumental, .text2rap, .lyric2vocals, .cover, .reference, .retake, .repaint, .extend, .edit,
    ]
    for variant in ["turbo", "sft"] {
      let (engine, tiny) = try engine(variant)
      #expect(engine.capabilities.tasks == everywhere)
      for (task, use) in Self.uses where !everywhere.contains(task) {
        let error = #expect(throws: GenerationError.self) { try engine.makeSong(request(task, use), source: Self.source(), progress: Watch()) }
        #expect(error?.description.contains("base model") == true && error?.description.contains(tiny.model) == true)
      }
      #expect(engine.capabilities.unusedParameters.contains("guidance_scale") == (variant == "turbo"))
    }
    #expect(engine.capabilities.tasks == everywhere.union([.extract, .lego, .complete]))
  }

  @Test func everySettingOfTheSamplerMatters() throws {
    let base = try engine.makeSong(request(.text2music), progress: Watch()).audio.left
    var sounds = [base]
    for change in [
      { $0.method = .sde }, { $0.method = .heun }, { $0.shift = 3 }, { $0.usesAngularGuidance = true }, { $0.guidanceScale = 1 },
      { $0.guidanceScale = 3 }, { $0.guidanceStart = 0.6 }, { $0.guidanceEnd = 0.6 }, { $0.steps = 5 },
    ] as [(inout DiffusionParameters) -> Void] {
      var request = request(.text2music)
      change(&request.diffusion)
      sounds.append(try engine.makeSong(request, progress: Watch()).audio.left)
    }
    #expect(Set(sounds).count == sounds.count)
  }

  @Test func whatIsAskedAndNotDoneIsSaid() throws {
    var request = request(.text2music, given: ["thinking", "lora_weight", "generate_lrc", "shift"])
    request.caption = String(repeating: "drums and strings ", count: 200)
    let song = try engine.makeSong(request, progress: Watch())
    for name in ["thinking", "lora_weight", "generate_lrc"] { #expect(song.warnings.contains("\(name) is not used by the acestep engine.")) }
    #expect(!song.warnings.contains { $0.contains("shift") })
    #expect(song.warnings.contains { $0.contains("The description has more words") })
    #expect(!song.warnings.contains { $0.contains("The text of the lyrics") })

    let (turbo, tiny) = try engine("turbo")
    defer { withExtendedLifetime(tiny) {} }
    request = self.request(.text2music, given: ["guidance_scale", "inference_steps"])
    request.diffusion.guidanceScale = 5
    request.diffusion.steps = 64
    let watch = Watch()
    let fast = try turbo.makeSong(request, progress: watch)
    #expect(fast.warnings.contains { $0.contains("at most 20 steps") } && watch.reports.last { $0.stage == .compose }?.total == 20)
    #expect(fast.warnings.contains { $0.contains("no guidance") })

    request = self.request(.cover, .cover(strength: 1), given: ["audio_duration"])
    request.lyrics = nil
    let cover = try engine.makeSong(request, source: Self.source(), progress: Watch())
    #expect(cover.warnings.contains { $0.contains("as long as its source") } && cover.warnings.contains { $0.contains("words") })
  }

  @Test func aSourceTakesMemory() throws {
    let installation = try Installation(path: tiny.model, precision: .fp32)
    #expect(installation.memoryNeed(seconds: 30, readsSource: true) > installation.memoryNeed(seconds: 30))
    #expect(installation.memoryNeed(seconds: 0, readsSource: true) == installation.memoryNeed(seconds: 0))
  }

  @Test func theTaskAndTheVoiceAreTold() throws {
    var request = request(.text2rap)
    request.voice = .female
    #expect(try engine.makeSong(request, progress: Watch()).used.caption == "upbeat pop, rap, female vocals")
    request.task = .lyric2vocals
    #expect(try engine.makeSong(request, progress: Watch()).used.caption == "upbeat pop, a cappella vocals, female vocals")
    request.task = .prompt2instrumental
    request.instrumental = true
    let song = try engine.makeSong(request, progress: Watch())
    #expect(song.used.caption == "upbeat pop" && song.used.lyrics == nil)
  }
}
