internal import Audio
internal import Foundation
internal import Generation
internal import JSON
internal import Music
internal import Store
internal import Synchronization

/// One variation's files, made from the samples of its one mastered rendering.
struct SongFiles {
  let job: Job
  let song: Song
  let variation: Int
  let seed: UInt32
  /// The folder being filled.
  let folder: String

  private enum Step: Sendable {
    case encode(AudioFormat)
    case measure
    case draw
    case notate
  }

  static let stepCount = 7

  /// Encodes the four formats, measures, draws and writes the score, on two threads.
  /// - Parameters:
  ///   - progress: told after each step; may throw to stop between two.
  ///   - more: how many steps its caller will report after these.
  func write(progress: any SongProgress, followedBy more: Int = 0) throws -> Output {
    // The slowest first, so that both threads end together.
    let steps: [Step] = [
      .encode(.mp3), .encode(.ogg), .encode(.flac), .measure, .encode(.wav), .draw, .notate,
    ]
    precondition(steps.count == Self.stepCount)
    let measured = Mutex<Loudness?>(nil)
    let drawn = Mutex("")
    progress.report(.encode, done: 0, total: Self.stepCount + more)
    try Crew(threads: 2).run(pieces: steps.count, steps: steps.count) { done, total in
      progress.report(.encode, done: done, total: total + more)
      try progress.checkCancellation()
    } work: { piece, counter in
      switch steps[piece] {
      case .encode(let format): try encode(format) { try counter.advance(by: 0) }
      case .measure:
        let loudness = try Loudness(of: song.audio)
        measured.withLock { $0 = loudness }
      case .draw:
        let path = try draw()
        drawn.withLock { $0 = path }
      case .notate: try notate()
      }
      try counter.advance()
    }
    let loudness = measured.withLock { $0 }
    return Output(
      variation: variation, seed: seed, durationSeconds: song.audio.durationSeconds, frames: song.audio.frames,
      bytes: .init(flac: try size(.flac), wav: try size(.wav), mp3: try size(.mp3), ogg: try size(.ogg)),
      loudnessLUFS: finite(loudness?.integrated), truePeakDBTP: finite(loudness?.truePeak),
      qualityScore: song.quality?.total, hasScore: song.score != nil, used: song.usedJSON.text,
      lrc: song.lyrics?.lrc, lyricLines: try song.lyrics.map { String(decoding: try $0.json(), as: UTF8.self) },
      waveformPath: drawn.withLock { $0 })
  }

  /// The waveform: a file for players, and its outline for pages.
  private func draw() throws -> String {
    let peaks = WaveformPeaks.overview(of: song.audio)
    try Data(peaks.encoded).write(to: url("peaks"))
    return peaks.svgPath(width: 1000, height: 100)
  }

  /// The score's files, and when the words are sung.
  private func notate() throws {
    try song.lyrics?.json().write(to: url("lyrics.json"))
    try ScoreFiles(score: song.score, manuscript: song.manuscript).write(to: "\(folder)/\(variation)")
  }

  private func encode(_ format: AudioFormat, check: () throws -> Void) throws {
    let path = url(format.fileExtension).path
    try AudioFile.write(song.audio, to: path, format: format, check: check)
    try tags.write(to: path, format: format)
  }

  private var tags: AudioTags {
    var tags = AudioTags()
    tags.title = variation == 0 ? job.displayName : "\(job.displayName) (\(variation + 1))"
    tags.date = Self.day(job.createdAt)
    tags.genre = song.used.genre ?? job.genre
    tags.bpm = song.used.bpm.map { Int($0.rounded()) }
    tags.key = song.used.key.map { $0.tonicName + ($0.mode.isMinor ? "m" : "") }
    tags.lyrics = song.used.lyrics ?? job.lyrics
    tags.language = song.used.language ?? job.language
    tags.comment = "Made by Cantiga (\(job.engine) engine, seed \(seed))"
    tags.isAIGenerated = true
    tags.encoder = "Cantiga"
    return tags
  }

  private func url(_ fileExtension: String) -> URL {
    URL(fileURLWithPath: "\(folder)/\(variation).\(fileExtension)")
  }

  private func size(_ format: AudioFormat) throws -> Int { try FileSize.bytes(url(format.fileExtension).path) }

  /// SQLite and JSON know no infinity; silence has no loudness.
  private func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  /// "2026-11-22", in UTC as everything stored.
  private static func day(_ date: Date) -> String {
    String(date.formatted(.iso8601).prefix("yyyy-MM-dd".count))
  }
}

enum FileSize {
  /// Of a file on disk.
  static func bytes(_ path: String) throws -> Int {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { throw FileError(call: "stat", path: path, code: errno) }
    return Int(facts.st_size)
  }
}

/// The notes that lie beside a song: the score, its MIDI, and what the engine keeps.
struct ScoreFiles {
  let score: Score?
  let manuscript: [UInt8]?

  /// - Parameter base: the path without an extension: "…/0".
  func write(to base: String) throws {
    func url(_ fileExtension: String) -> URL { URL(fileURLWithPath: "\(base).\(fileExtension)") }
    if let manuscript { try Data(manuscript).write(to: url(MediaFolder.manuscriptExtension)) }
    guard let score else { return }
    try score.json().write(to: url("score.json"))
    try Data(score.midiFile()).write(to: url("mid"))
  }
}
