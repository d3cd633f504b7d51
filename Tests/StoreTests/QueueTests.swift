import Foundation
import Store
import Synchronization
import Testing

@Suite struct QueueTests {
  let store: Store
  init() throws { store = try Store.inMemory() }

  @Test func usersTakeTurnsAndEachOnesJobsGoInOrder() throws {
    let ana = try store.member("Ana")
    let eve = try store.member("Eve")
    let ian = try store.member("Ian")
    for _ in 0..<4 { try store.enqueue(ana) }  // 1 2 3 4
    for _ in 0..<2 { try store.enqueue(eve) }  // 5 6
    try store.enqueue(ian)  // 7
    var order: [Int64] = []
    while let job = try store.claimNextJob() {
      order.append(job.id)
      #expect(job.status == .processing && job.attempts == 1 && job.startedAt != nil)
    }
    #expect(order == [1, 5, 7, 2, 6, 3, 4])
  }

  @Test func whoCameLateDoesNotWaitForAnothersBatch() throws {
    let ana = try store.member("Ana")
    for _ in 0..<3 { try store.enqueue(ana) }
    #expect(try store.claimNextJob()?.id == 1)
    let eve = try store.member("Eve")
    let late = try store.enqueue(eve)
    #expect(try store.queuePosition(jobID: late.id) == QueuePosition(position: 1, ahead: 1))
    #expect(try store.claimNextJob()?.id == late.id)
  }

  /// The position is computed, the claim is done: both must tell the same story, whatever came before.
  @Test(arguments: 0..<20) func positionsForetellTheClaims(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let users = try (0..<4).map { try store.member("user \($0)") }
    for _ in 0..<12 { try store.enqueue(users[random.below(4)]) }
    for _ in 0..<random.below(5) {
      let job = try #require(try store.claimNextJob())
      #expect(try store.fail(jobID: job.id, attempt: job.attempts, message: "x"))
      if random.below(2) == 0 {
        _ = try store.claimNextJob()
        _ = try store.requeueInterrupted()
      }
    }
    for _ in 0..<6 { try store.enqueue(users[random.below(4)]) }
    let waiting = try store.activeJobs().map(\.id)
    let foretold = try waiting.sorted {
      try #require(try store.queuePosition(jobID: $0)).position
        < #require(try store.queuePosition(jobID: $1)).position
    }
    #expect(try Set(waiting.map { try store.queuePosition(jobID: $0)?.position }) == Set(1...waiting.count))
    #expect(
      try waiting.allSatisfy { id in
        let place = try #require(try store.queuePosition(jobID: id))
        return place.ahead == place.position - 1
      })
    #expect(try waiting.indices.map { _ in try store.claimNextJob()?.id } == foretold)
    #expect(try store.queuePosition(jobID: waiting[0]) == nil)
  }

  @Test func eightThreadsNeverClaimOneJobTwice() throws {
    let folder = try TemporaryFolder()
    let store = try Store(path: folder.database)
    let users = try (0..<3).map { try store.member("user \($0)") }
    for index in 0..<120 { try store.enqueue(users[index % 3]) }
    let claimed = Mutex<[Int64]>([])
    try inParallel(8) { _ in
      while let job = try store.claimNextJob() { claimed.withLock { $0.append(job.id) } }
    }
    #expect(claimed.withLock { $0.sorted() } == Array(1...120))
  }

  @Test func twoProcessesNeverClaimOneJobTwice() throws {
    let folder = try TemporaryFolder()
    let stores = try (0..<2).map { _ in try Store(path: folder.database) }
    let user = try stores[0].member("Ana")
    for _ in 0..<40 { try stores[0].enqueue(user) }
    let claimed = Mutex<[Int64]>([])
    try inParallel(2) { index in
      while let job = try stores[index].claimNextJob() { claimed.withLock { $0.append(job.id) } }
    }
    #expect(claimed.withLock { $0.sorted() } == Array(1...40))
  }

  @Test func progressOnlyRises() throws {
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    let step = JobProgress(stage: "render", done: 1, total: 8, variation: 0, percent: 40)
    #expect(try store.updateProgress(jobID: job.id, attempt: 1, step) == .gone, "it has not begun")
    _ = try store.claimNextJob()
    #expect(try store.updateProgress(jobID: job.id, attempt: 1, step, now: at(9)) == .wanted)
    #expect(try store.job(id: job.id, userID: ana.id)?.progress == step)
    #expect(try store.job(id: job.id, userID: ana.id)?.updatedAt == at(9))
    var back = step
    back.percent = 30
    back.stage = "mix"
    try store.updateProgress(jobID: job.id, attempt: 1, back)
    #expect(try store.job(id: job.id, userID: ana.id)?.progress?.percent == 40)
    #expect(try store.job(id: job.id, userID: ana.id)?.progress?.stage == "mix")
    #expect(try store.finish(jobID: job.id, attempt: 1, .sample()))
    #expect(try store.job(id: job.id, userID: ana.id)?.progress?.percent == 100)
    #expect(try store.updateProgress(jobID: job.id, attempt: 1, step) == .gone)
  }

  @Test func cancellingWorksInEveryState() throws {
    let ana = try store.member("Ana")
    let waiting = try store.enqueue(ana)
    #expect(try store.requestCancel(jobID: waiting.id, userID: ana.id, now: at(3)) == .cancelled)
    let cancelled = try #require(try store.job(id: waiting.id, userID: ana.id))
    #expect(cancelled.status == .failed && cancelled.cancelled)
    #expect(cancelled.errorMessage == "Cancelled by user" && cancelled.completedAt == at(3))
    #expect(try store.claimNextJob() == nil)
    #expect(try store.requestCancel(jobID: waiting.id, userID: ana.id) == .alreadyFinished)

    let running = try store.enqueue(ana)
    _ = try store.claimNextJob()
    #expect(try store.workState(jobID: running.id, attempt: 1) == .wanted)
    #expect(try store.requestCancel(jobID: running.id, userID: ana.id) == .requested)
    #expect(try store.workState(jobID: running.id, attempt: 1) == .cancelRequested)
    #expect(
      try store.updateProgress(
        jobID: running.id, attempt: 1, JobProgress(stage: "mix", done: 0, total: 1, variation: 0, percent: 1))
        == .cancelRequested)
    #expect(try store.fail(jobID: running.id, attempt: 1, message: "Cancelled by user", cancelled: true))
    #expect(try store.workState(jobID: running.id, attempt: 1) == .gone)
    #expect(try store.requestCancel(jobID: 99, userID: ana.id) == nil)
  }

  @Test func onlyFailedJobsAreRetriedAndBeginAnew() throws {
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    #expect(throws: StoreError.notFailed) { try store.retry(jobID: job.id, userID: ana.id) }
    _ = try store.claimNextJob()
    #expect(try store.fail(jobID: job.id, attempt: 1, message: "The engine failed."))
    #expect(try store.job(id: job.id, userID: ana.id)?.errorMessage == "The engine failed.")
    let again = try #require(try store.retry(jobID: job.id, userID: ana.id, seeds: [99]))
    #expect(again.status == .pending && again.attempts == 1 && again.seeds == [99] && !again.cancelled)
    #expect(again.errorMessage == nil && again.completedAt == nil && again.progress == nil)
    #expect(again.request == job.request)
    #expect(try store.claimNextJob()?.attempts == 2)
    #expect(try store.workState(jobID: job.id, attempt: 1) == .gone)
  }

  @Test func aJobDeletedWhileItRunsIsGoneForItsWorker() throws {
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    _ = try store.claimNextJob()
    #expect(try store.deleteJob(id: job.id, userID: ana.id))
    #expect(try store.workState(jobID: job.id, attempt: 1) == .gone)
    #expect(try !store.finish(jobID: job.id, attempt: 1, .sample()))
    #expect(try !store.fail(jobID: job.id, attempt: 1, message: "x"))
    #expect(try !store.release(jobID: job.id, attempt: 1))
    #expect(try store.outputs(jobID: job.id).isEmpty)
  }

  @Test func anEarlierAttemptCanNoLongerSpeakForTheJob() throws {
    let ana = try store.member("Ana")
    let job = try store.enqueue(ana)
    _ = try store.claimNextJob()
    _ = try store.requeueInterrupted()
    #expect(try store.claimNextJob()?.attempts == 2)
    #expect(try store.workState(jobID: job.id, attempt: 1) == .gone)
    #expect(try !store.finish(jobID: job.id, attempt: 1, .sample()))
    #expect(try store.finish(jobID: job.id, attempt: 2, .sample()))
    #expect(try !store.finish(jobID: job.id, attempt: 2, .sample()), "once is enough")
  }

  @Test func theQueueKnowsItsLength() throws {
    let ana = try store.member("Ana")
    let eve = try store.member("Eve")
    #expect(try store.queueLength() == (0, 0))
    for _ in 0..<3 { try store.enqueue(ana) }
    try store.enqueue(eve)
    _ = try store.claimNextJob()
    #expect(try store.queueLength() == (3, 1))
    #expect(try store.queueLength(userID: eve.id) == (1, 0))
    #expect(try store.activeJobs(userID: ana.id).map(\.status) == [.processing, .pending, .pending])
  }
}

/// Runs `body` on so many threads of their own, waits for all, and throws the first error.
func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let errors = Mutex<[any Error]>([])
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    Thread {
      defer { group.leave() }
      do { try body(index) } catch { errors.withLock { $0.append(error) } }
    }.start()
  }
  group.wait()
  if let first = errors.withLock({ $0.first }) { throw first }
}

struct SplitMix {
  var state: UInt64
  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}
