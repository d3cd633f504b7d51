import Fetching
import Foundation
import Generation
import Logging
import Store
import Testing

@testable import Worker

/// A store on disk, a media folder and a worker with one fake engine, all gone when the test ends.
final class Studio {
  let folder: String
  let store: Store
  let engine: FakeEngine
  let media: MediaFolder
  let recordings: RecordingFolder
  let worker: Worker
  let ana: User

  init(_ engine: FakeEngine = FakeEngine(), mediaPath: String? = nil, allowed: [IPNetwork] = []) throws {
    folder = NSTemporaryDirectory() + "cantiga-worker-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    store = try Store(path: folder + "/cantiga.sqlite")
    self.engine = engine
    media = try MediaFolder(path: mediaPath ?? folder + "/media", lostPath: folder + "/lost")
    recordings = try RecordingFolder(path: folder + "/recordings")
    worker = Worker(
      store: store, engines: [engine], media: media, recordings: recordings,
      fetcher: Fetcher(rules: AddressRules(allowed: allowed), agent: "Cantiga-test"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    ana = try store.createUser(name: "Ana", role: .member)
  }

  deinit {
    engine.letGo.signal()
    worker.stop(patience: 5)
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// A worker on the same store and folders, as after a restart.
  func anotherWorker() -> Worker {
    Worker(
      store: store, engines: [FakeEngine()], media: media, recordings: recordings, fetcher: Fetcher(agent: "Cantiga-test"),
      logger: worker.logger)
  }

  func enqueue(seeds: [UInt32] = [7], lyrics: String? = nil, engine: String = "score") throws -> Int64 {
    var request = #"{"caption":"upbeat synth pop","bpm":120"#
    if let lyrics { request += #","lyrics":"\#(lyrics)""# }
    var draft = JobDraft(
      userID: ana.id, task: "text2music", songType: "song", engine: engine, seeds: seeds, displayName: "A song",
      request: request + "}")
    draft.caption = "upbeat synth pop"
    draft.lyrics = lyrics
    let job = try store.createJob(draft).job
    worker.wake()
    return job.id
  }

  func job(_ id: Int64) throws -> JobWithOutputs? { try store.jobWithOutputs(id: id, userID: ana.id) }

  /// Waits until the job's row is as wished.
  @discardableResult
  func wait(
    for id: Int64, seconds: Double = 20, until isAsWished: (Job) -> Bool
  ) throws -> JobWithOutputs {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
      let found = try #require(try job(id))
      if isAsWished(found.job) { return found }
      usleep(5_000)
    }
    let job = try job(id)?.job
    throw NotInTime(what: "job \(id) is \(job?.status.rawValue ?? "gone"): \(job?.errorMessage ?? "")")
  }

  func wait(seconds: Double = 20, until isSo: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while try !isSo() {
      guard Date() < deadline else { throw NotInTime(what: "it did not come to pass") }
      usleep(5_000)
    }
  }

  func files(_ directory: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: media.path + "/" + directory).sorted()) ?? []
  }
}

struct NotInTime: Error { let what: String }
