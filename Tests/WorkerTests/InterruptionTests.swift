import Foundation
import Generation
import Store
import Testing

@testable import Worker

@Suite struct InterruptionTests {
  @Test func aCancelTakesEffectWithinTwoSeconds() throws {
    let studio = try Studio(FakeEngine(.endless))
    try studio.worker.start()
    let id = try studio.enqueue()
    try studio.wait(for: id) { $0.progress != nil }
    let asked = Date()
    #expect(try studio.store.requestCancel(jobID: id, userID: studio.ana.id) == .requested)
    let ended = try studio.wait(for: id) { $0.status.isFinished }
    #expect(Date().timeIntervalSince(asked) < 2)
    #expect(ended.job.status == .failed && ended.job.cancelled && ended.job.errorMessage == "Cancelled by user")
    #expect(studio.files(ended.job.directory).isEmpty)
  }

  @Test func progressRisesWhileASongIsMade() throws {
    let studio = try Studio(FakeEngine(.endless))
    try studio.worker.start()
    let id = try studio.enqueue(seeds: [1, 2])
    let early = try #require(try studio.wait(for: id) { ($0.progress?.done ?? 0) > 0 }.job.progress)
    #expect(early.stage == "render" && early.total == 1000 && early.variation == 0)
    let later = try #require(
      try studio.wait(for: id) { ($0.progress?.done ?? 0) > early.done + 100 }.job.progress)
    #expect(later.percent >= early.percent && later.percent <= 50, "the first of two songs is half the job at most")
  }

  @Test func aDeletedJobsSongIsAbandonedAndItsFilesGo() throws {
    let studio = try Studio(FakeEngine(.endless))
    try studio.worker.start()
    let id = try studio.enqueue()
    studio.engine.begun.wait()
    #expect(try studio.store.deleteJob(id: id, userID: studio.ana.id))
    studio.engine.become(.song(0.1))
    let next = try studio.enqueue()
    let done = try studio.wait(for: next) { $0.status.isFinished }
    #expect(done.job.status == .completed)
    try studio.wait { try studio.store.deletions().isEmpty }
    #expect(studio.files(Job.directory(id: id)).isEmpty)
    #expect(try studio.job(id) == nil)
  }

  @Test func deletingAFinishedJobRemovesItsFiles() throws {
    let studio = try Studio()
    try studio.worker.start()
    let id = try studio.enqueue()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(studio.files(done.job.directory).count == 7)
    #expect(try studio.store.deleteJob(id: id, userID: studio.ana.id))
    studio.worker.wake()
    try studio.wait { studio.files(done.job.directory).isEmpty }
  }

  @Test func aStopPutsTheRunningSongBackWithinASecondAndCountsNothing() throws {
    let studio = try Studio(FakeEngine(.endless))
    try studio.worker.start()
    let id = try studio.enqueue()
    studio.engine.begun.wait()
    let asked = Date()
    #expect(studio.worker.stop(patience: 1))
    #expect(Date().timeIntervalSince(asked) < 1)
    let back = try #require(try studio.job(id)).job
    #expect(back.status == .pending && back.progress == nil)
    #expect(try studio.store.requeueInterrupted() == (0, 0))
  }

  @Test func aStopDoesNotWaitForADeafEngine() throws {
    let studio = try Studio(FakeEngine(.deaf))
    try studio.worker.start()
    let id = try studio.enqueue()
    studio.engine.begun.wait()
    #expect(!studio.worker.stop(patience: 0.2))
    #expect(try studio.job(id)?.job.status == .pending)
    studio.engine.letGo.signal()
    #expect(studio.worker.stop(patience: 10), "it ends once the engine does")
    #expect(try studio.job(id)?.job.status == .pending, "what it made came to nothing")
    #expect(studio.files(Job.directory(id: id)).isEmpty)
  }

  @Test func aRestartFinishesWhatAKillInterrupted() throws {
    let studio = try Studio()
    let id = try studio.enqueue()
    // As kill -9 leaves it: claimed, half a file staged, an old folder published without its row.
    _ = try studio.store.claimNextJob()
    let staged = try studio.media.stage(jobID: id)
    try Data("half".utf8).write(to: URL(fileURLWithPath: staged + "/0.flac"))
    let published = studio.media.path + "/" + Job.directory(id: id)
    try FileManager.default.createDirectory(atPath: published, withIntermediateDirectories: true)
    try Data("stale".utf8).write(to: URL(fileURLWithPath: published + "/9.flac"))

    try studio.worker.start()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(done.job.status == .completed && done.job.attempts == 2)
    #expect(studio.files(done.job.directory).count == 7, "nothing stale is left")
    #expect(studio.files("tmp").isEmpty)
  }

  @Test func twoWorkersDoNotShareAFolder() throws {
    let studio = try Studio(FakeEngine(.endless))
    try studio.worker.start()
    let id = try studio.enqueue()
    try studio.wait(for: id) { $0.progress != nil }
    let second = studio.anotherWorker()
    #expect(throws: FolderInUse.self) { try second.start() }
    #expect(try studio.job(id)?.job.status == .processing, "the running song is left alone")
    #expect(studio.worker.stop(patience: 5))
    try second.start()
    #expect(try studio.wait(for: id) { $0.status.isFinished }.job.status == .completed)
    second.stop(patience: 5)
  }

  @Test func theSweepKeepsSongsAndSetsOrphansAside() throws {
    let studio = try Studio()
    try studio.worker.start()
    let id = try studio.enqueue()
    let done = try studio.wait(for: id) { $0.status.isFinished }
    #expect(studio.worker.stop(patience: 5))
    let orphan = studio.media.path + "/" + Job.directory(id: 999)
    try FileManager.default.createDirectory(atPath: orphan, withIntermediateDirectories: true)
    try Data("whose?".utf8).write(to: URL(fileURLWithPath: orphan + "/0.flac"))
    let deleted = try studio.enqueue()
    let left = studio.media.path + "/" + Job.directory(id: deleted)
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    #expect(try studio.store.deleteJob(id: deleted, userID: studio.ana.id))

    let next = studio.anotherWorker()
    try next.start()
    defer { next.stop(patience: 5) }
    #expect(studio.files(done.job.directory).count == 7)
    #expect(!FileManager.default.fileExists(atPath: orphan))
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(try FileManager.default.contentsOfDirectory(atPath: studio.folder + "/lost") == ["999"])
    #expect(try studio.store.deletions().isEmpty)
  }
}
