import Foundation
import Store
import Testing

/// A store is opened again on the same file without having been closed: what `kill -9` leaves.
@Suite struct RestartTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test func everyStateOutlivesARestart() throws {
    let before = try Store(path: folder.database)
    let ana = try before.member("Ana")
    let ids = try (0..<4).map { _ in try before.enqueue(ana).id }
    _ = try before.claimNextJob()
    #expect(try before.finish(jobID: ids[0], attempt: 1, .sample()))
    _ = try before.claimNextJob()
    #expect(try before.fail(jobID: ids[1], attempt: 1, message: "No."))
    _ = try before.claimNextJob()
    try before.updateProgress(
      jobID: ids[2], attempt: 1, JobProgress(stage: "render", done: 3, total: 9, variation: 0, percent: 50))

    let after = try Store(path: folder.database)
    #expect(try after.requeueInterrupted(now: at(9)) == (1, 0))
    let jobs = try ids.map { try #require(try after.jobWithOutputs(id: $0, userID: ana.id)) }
    #expect(jobs.map(\.job.status) == [.completed, .failed, .pending, .pending])
    #expect(jobs.map(\.outputs.count) == [1, 0, 0, 0])
    #expect(jobs[2].job.requeueNote == "re-queued after a restart (attempt 2)")
    #expect(jobs[2].job.progress == nil && jobs[2].job.attempts == 1)
    #expect(jobs[3].job.requeueNote == nil)
    #expect(try after.claimNextJob()?.id == ids[2], "what was interrupted goes first in its user's line")
    #expect(try after.job(id: ids[2], userID: ana.id)?.requeueNote == nil)
  }

  @Test func theThirdInterruptionIsTheLast() throws {
    var store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    for attempt in 1...3 {
      #expect(try store.claimNextJob()?.attempts == attempt)
      store = try Store(path: folder.database)
      #expect(try store.requeueInterrupted() == (attempt < 3 ? (1, 0) : (0, 1)))
    }
    let given = try #require(try store.job(id: job.id, userID: ana.id))
    #expect(given.status == .failed && !given.cancelled && given.completedAt != nil)
    #expect(given.errorMessage?.hasPrefix("The server stopped three times while making this song") == true)
    #expect(try store.claimNextJob() == nil)
    #expect(try store.retry(jobID: job.id, userID: ana.id)?.status == .pending)
    #expect(try store.claimNextJob()?.id == job.id)
    #expect(try store.requeueInterrupted() == (1, 0), "a retry has all its attempts before it")
  }

  @Test func aJobThatIsInterruptedAgainLetsTheOthersGoFirst() throws {
    let store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let ids = try (0..<3).map { _ in try store.enqueue(ana).id }
    for _ in 0..<2 {
      #expect(try store.claimNextJob()?.id == ids[0])
      _ = try store.requeueInterrupted()
    }
    #expect(try store.queuePosition(jobID: ids[0])?.position == 3)
    #expect(try (0..<3).map { _ in try store.claimNextJob()?.id } == [ids[1], ids[2], ids[0]])
  }

  @Test func aCancelIsNotForgottenByARestart() throws {
    let before = try Store(path: folder.database)
    let ana = try before.member("Ana")
    let job = try before.enqueue(ana)
    _ = try before.claimNextJob()
    #expect(try before.requestCancel(jobID: job.id, userID: ana.id) == .requested)
    let after = try Store(path: folder.database)
    #expect(try after.requeueInterrupted() == (0, 1))
    let cancelled = try #require(try after.job(id: job.id, userID: ana.id))
    #expect(cancelled.cancelled && cancelled.errorMessage == "Cancelled by user")
  }

  @Test func aCancelIsNotForgottenByAnOrderlyStop() throws {
    let store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    _ = try store.claimNextJob()
    _ = try store.requestCancel(jobID: job.id, userID: ana.id)
    #expect(try store.release(jobID: job.id, attempt: 1))
    #expect(try store.job(id: job.id, userID: ana.id)?.cancelled == true)
    #expect(try store.claimNextJob() == nil)
  }

  @Test func anOrderlyStopIsNoInterruption() throws {
    let store = try Store(path: folder.database)
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    for attempt in 1...5 {
      #expect(try store.claimNextJob()?.attempts == attempt)
      #expect(try store.release(jobID: job.id, attempt: attempt))
      #expect(try store.requeueInterrupted() == (0, 0))
    }
    #expect(try store.job(id: job.id, userID: ana.id)?.status == .pending)
    _ = try store.claimNextJob()
    #expect(try store.requeueInterrupted() == (1, 0))
    #expect(
      try store.job(id: job.id, userID: ana.id)?.requeueNote == "re-queued after a restart (attempt 2)")
  }

  @Test func anotherProcessesCommitsAreNoticed() throws {
    let server = try Store(path: folder.database)
    let version = try server.dataVersion()
    #expect(try server.dataVersion() == version)
    let commandLine = try Store(path: folder.database)
    let ana = try commandLine.member("Ana")
    let afterUser = try server.dataVersion()
    #expect(afterUser != version)
    _ = try server.enqueue(ana)
    #expect(try server.dataVersion() != afterUser, "and its own")
  }

  @Test func theDatabaseIsItsOwnersAlone() throws {
    let store = try Store(path: folder.database)
    _ = try store.member("Ana")
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + file)
      #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(file)")
    }
    try store.close()
  }

  @Test func whatIsNotADatabaseIsRefusedInASentence() throws {
    try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: folder.database))
    #expect {
      _ = try Store(path: folder.database)
    } throws: { error in
      guard case .cannotOpen(folder.database, let reason)? = error as? StoreError else { return false }
      return reason.contains("not a database")
    }
    #expect {
      _ = try Store(path: folder.path + "/none/x.sqlite")
    } throws: { error in
      "\(error)".contains("No such file or directory")
    }
  }
}
