import Foundation
import Store

/// A folder that goes when the test ends.
final class TemporaryFolder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "cantiga-store-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  var database: String { path + "/cantiga.sqlite" }
}

/// Times that don't depend on when a test runs.
func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

extension JobDraft {
  static func sample(_ userID: String, name: String = "A song", seeds: [UInt32] = [7]) -> JobDraft {
    var draft = JobDraft(
      userID: userID, task: "text2music", songType: "song", engine: "score", seeds: seeds, displayName: name,
      request: #"{"prompt":"upbeat"}"#)
    draft.caption = "upbeat synth pop"
    draft.requestedDuration = 30
    return draft
  }
}

extension Output {
  static func sample(_ variation: Int = 0, seed: UInt32 = 7) -> Output {
    Output(
      variation: variation, seed: seed, durationSeconds: 30, frames: 1_440_000,
      bytes: .init(flac: 4_000_000, wav: 8_640_044, mp3: 720_000, ogg: 600_000), loudnessLUFS: -14,
      truePeakDBTP: -1.2, hasScore: true, used: #"{"bpm":120}"#, waveformPath: "M0 50L1 20L2 80Z")
  }
}

extension JobResult {
  static func sample(_ outputs: [Output] = [.sample()]) -> JobResult {
    JobResult(outputs: outputs, used: #"{"bpm":120}"#)
  }
}

extension Store {
  func member(_ name: String) throws -> User { try createUser(name: name, role: .member, now: at(0)) }
  @discardableResult
  func enqueue(_ user: User, name: String = "A song", now: Date = at(1)) throws -> Job {
    try createJob(.sample(user.id, name: name), now: now).job
  }
}
