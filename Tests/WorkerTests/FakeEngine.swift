import Audio
import Foundation
import Generation
import Music
import Store
import Synchronization

@testable import Worker

private func niceOfThisThread() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

/// An engine whose songs are a tone and whose behaviour a test decides: it shows the worker's part alone.
final class FakeEngine: SongEngine {
  let name = "score"
  let capabilities = EngineCapabilities(tasks: Set(MusicTask.allCases), unusedParameters: [], sings: true)

  enum Behaviour: Sendable {
    /// A song of so many seconds.
    case song(Double)
    /// The same without a score.
    case sound(Double)
    /// Steps without end: only a cancel or a stop ends it.
    case endless
    case fails(any Error)
    /// The variation with this seed fails, the others are songs.
    case failsFor(seed: UInt32)
    /// Ignores every wish to stop until it is let go.
    case deaf
  }

  private let behaviour: Mutex<Behaviour>
  private let prepareError: Mutex<(any Error)?>
  let calls = Mutex<[SongRequest]>([])
  /// Of each recording that came along: whether it had a score, and how long it was.
  let sources = Mutex<[(hasScore: Bool, frames: Int)]>([])
  /// The stems, and the score, that came with what notes were written of.
  let heardStems = Mutex<[String]>([])
  /// What stems were made of.
  let recipes = Mutex<[StemRecipe]>([])
  /// The nice value of the thread that called, and of one it started.
  let niceness = Mutex<[Int32]>([])
  /// Signalled when a song is begun.
  let begun = DispatchSemaphore(value: 0)
  /// Ends `deaf`.
  let letGo = DispatchSemaphore(value: 0)

  init(_ behaviour: Behaviour = .song(0.5), prepareError: (any Error)? = nil) {
    self.behaviour = Mutex(behaviour)
    self.prepareError = Mutex(prepareError)
  }

  func become(_ new: Behaviour) { behaviour.withLock { $0 = new } }
  func mend() { prepareError.withLock { $0 = nil } }

  func prepare() throws { if let error = prepareError.withLock({ $0 }) { throw error } }

  func makeSong(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> Song {
    calls.withLock { $0.append(request) }
    if request.task.usesRecording, let source {
      let frames = try source.audio().frames
      sources.withLock { $0.append((source.score != nil, frames)) }
    }
    let noted = DispatchSemaphore(value: 0)
    startThread("engine") { [self] in
      niceness.withLock { $0.append(niceOfThisThread()) }
      noted.signal()
    }
    noted.wait()
    niceness.withLock { $0.append(niceOfThisThread()) }
    begun.signal()
    switch behaviour.withLock({ $0 }) {
    case .song(let seconds): return try song(request, seconds, progress)
    case .sound(let seconds):
      var song = try song(request, seconds, progress)
      song.score = nil
      return song
    case .endless:
      var step = 0
      while true {
        step += 1
        progress.report(.render, done: min(step, 999), total: 1000)
        try progress.checkCancellation()
        usleep(2_000)  // what a step of a real engine takes
      }
    case .fails(let error): throw error
    case .failsFor(let seed):
      if request.seed == seed { throw GenerationError.failed("That seed is unlucky.") }
      return try song(request, 0.5, progress)
    case .deaf:
      letGo.wait()
      return try song(request, 0.5, progress)
    }
  }

  /// Two equal halves of the tone of seed 7, in eight steps.
  func makeStems(of recipe: StemRecipe, progress: any SongProgress) throws -> [Stem] {
    recipes.withLock { $0.append(recipe) }
    begun.signal()
    switch behaviour.withLock({ $0 }) {
    case .fails(let error): throw error
    case .endless:
      while true {
        progress.report(.render, done: 1, total: 2)
        try progress.checkCancellation()
        usleep(2_000)  // what a step of a real engine takes
      }
    default: break
    }
    for step in 0...8 {
      progress.report(.render, done: step, total: 8)
      try progress.checkCancellation()
    }
    let half = (0..<recipe.frames).map { 0.125 * sin(Float($0) * 0.05 + 7) }
    return recipe.score.parts.map { Stem(name: $0.id, audio: StereoBuffer(left: half, right: half)) }
  }

  /// Notes of what came along.
  func writeScore(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> WrittenScore {
    calls.withLock { $0.append(request) }
    let made = try song(request, 0.1, progress)
    if let source { heardStems.withLock { $0 = source.stems.keys.sorted() + (source.score == nil ? [] : ["score"]) } }
    return WrittenScore(score: made.score ?? Score(title: "", key: Key(tonic: .init(rawValue: 0), mode: .major), meter: .fourFour, tempo: [], parts: [], lengthTicks: 0), manuscript: nil, used: made.used, warnings: [])
  }

  private func song(
    _ request: SongRequest, _ seconds: Double, _ progress: any SongProgress
  ) throws -> Song {
    for stage in [Stage.plan, .compose, .render, .mix] {
      for step in 0...4 {
        progress.report(stage, done: step, total: 4)
        try progress.checkCancellation()
      }
    }
    let frames = Int(seconds * 48_000)
    let tone = (0..<frames).map { 0.25 * sin(Float($0) * 0.05 + Float(request.seed)) }
    var used = UsedParameters(caption: request.caption)
    used.genre = "Pop"
    used.mood = "bright"
    used.bpm = 120
    used.key = Key(tonic: .init(rawValue: 9), mode: .minor)
    used.meter = .fourFour
    used.language = "en"
    used.lyrics = request.lyrics
    used.style = "Synthwave"
    used.form = .song
    let score = Score(
      title: "A song", key: Key(tonic: .init(rawValue: 9), mode: .minor), meter: .fourFour,
      tempo: [TempoChange(tick: 0, quartersPerMinute: 120)],
      parts: [
        Part(id: "bass", name: "Bass", role: .bass, instrument: .program(32)),
        Part(id: "../piano", name: "Piano/left", role: .chords, instrument: .program(0)),
      ], lengthTicks: 3840)
    let half = StereoBuffer(left: tone.map { $0 / 2 }, right: tone.map { $0 / 2 })
    let isSplit = request.task == .separation
    if isSplit { used.stems = ["vocals", "no_vocals"].map { UsedStem(name: $0, label: "half", quality: 0.5) } }
    return Song(
      audio: StereoBuffer(left: tone, right: tone),
      stems: isSplit ? [Stem(name: "vocals", title: "Vocals") { half }, Stem(name: "no_vocals", title: "Without vocals") { half }] : [],
      score: isSplit ? nil : score, used: used,
      lyrics: request.lyrics == nil
        ? nil : TimedLyrics(lines: [.init(startSeconds: 61.257, endSeconds: 65, text: "la la")], language: "en"),
      warnings: ["This engine does not sing yet."])
  }
}
