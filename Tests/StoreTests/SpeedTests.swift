import Foundation
import Store
import Synchronization
import Testing

/// Prints what the questions of every request cost. The bounds are loose: they catch a lost index, not a busy machine.
@Suite(.serialized) struct SpeedTests {
  let folder: TemporaryFolder
  let store: Store
  let ana: User
  let finished: Int64

  init() throws {
    folder = try TemporaryFolder()
    store = try Store(path: folder.database)
    ana = try store.member("Ana")
    for index in 0..<200 {
      var draft = JobDraft.sample(ana.id, name: "song \(index)")
      draft.lyrics = String(repeating: "a line of a song\n", count: 40)
      _ = try store.createJob(draft)
    }
    let job = try #require(try store.claimNextJob())
    var output = Output.sample()
    output.waveformPath = String(repeating: "L100 50", count: 200)
    _ = try store.finish(jobID: job.id, attempt: 1, .sample([output]))
    finished = job.id
    _ = try store.createAPIKey(userID: ana.id, secretHash: "hash", prefix: "ck", name: "k")
    try store.createSession(tokenHash: "t", userID: ana.id, userAgent: "", expiresAt: .distantFuture)
  }

  @Test func theQuestionsOfEveryRequestAreQuick() throws {
    let id = finished
    try time("apiKey(hash:), remembered") { _ = try store.apiKey(hash: "hash") }
    try time("session(hash:), remembered") { _ = try store.session(hash: "t") }
    try time("jobWithOutputs, remembered") { _ = try store.jobWithOutputs(id: id, userID: ana.id) }
    var next = id
    try time("jobWithOutputs, read", 150) {
      next += 1
      _ = try store.jobWithOutputs(id: next, userID: ana.id)
    }
    try time("dataVersion") { _ = try store.dataVersion() }
    try time("workState") { _ = try store.workState(jobID: 2, attempt: 1) }
    try time("queuePosition of 199") { _ = try store.queuePosition(jobID: 150) }
    try time("jobs, page of 50", 200) { _ = try store.jobs(userID: ana.id) }
    var filter = JobFilter()
    filter.search = "song 7"
    try time("jobs, search", 200) { _ = try store.jobs(filter, userID: ana.id) }
  }

  @Test func writesKeepUp() throws {
    let running = try #require(try store.claimNextJob())
    try time("updateProgress", 500) {
      try store.updateProgress(
        jobID: running.id, attempt: 1, JobProgress(stage: "mix", done: 1, total: 2, variation: 0, percent: 5))
    }
    try time("createJob (synced)", 100) { try store.enqueue(ana) }
    try time("claim and fail (synced)", 100) {
      let job = try #require(try store.claimNextJob())
      try store.fail(jobID: job.id, attempt: 1, message: "x")
    }
  }

  /// Readers must neither wait for the writer nor see a half-made change.
  @Test func eightReadersAndAWriterKeepOutOfEachOthersWay() throws {
    let store = store
    let ana = ana
    let running = try #require(try store.claimNextJob())
    let done = Atomic<Bool>(false)
    let reads = Atomic<Int>(0)
    let worst = Mutex<Double>(0)
    let start = DispatchTime.now().uptimeNanoseconds
    try inParallel(9) { index in
      guard index > 0 else {
        for step in 1...400 {
          try store.updateProgress(
            jobID: running.id, attempt: 1,
            JobProgress(stage: "render", done: step, total: 400, variation: 0, percent: step / 4))
        }
        _ = try store.finish(jobID: running.id, attempt: 1, .sample())
        done.store(true, ordering: .releasing)
        return
      }
      var last = 0
      var completed = false
      while !completed {
        completed = done.load(ordering: .acquiring)
        let before = DispatchTime.now().uptimeNanoseconds
        let found = try #require(try store.jobWithOutputs(id: running.id, userID: ana.id))
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - before) / 1e9
        worst.withLock { $0 = max($0, seconds) }
        reads.add(1, ordering: .relaxed)
        let step = found.job.progress?.done ?? 0
        #expect(step >= last)
        #expect((found.job.status == .completed) == !found.outputs.isEmpty)
        last = step
      }
      #expect(last == 400)
    }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    let total = Double(reads.load(ordering: .relaxed))
    print(
      "8 readers, 1 writer without a pause: \(Int(total / seconds)) reads/s, slowest \(worst.withLock { $0 * 1000 }) ms"
    )
  }

  @Test func sixteenPollersOfAFewJobs() throws {
    let store = store
    let ana = ana
    let first = finished
    let running = try #require(try store.claimNextJob())
    let done = Atomic<Bool>(false)
    let reads = Atomic<Int>(0)
    try inParallel(17) { index in
      guard index > 0 else {
        for step in 1...4 {
          try store.updateProgress(
            jobID: running.id, attempt: 1,
            JobProgress(stage: "render", done: step, total: 4, variation: 0, percent: step))
          usleep(250_000)  // as often as a worker reports
        }
        done.store(true, ordering: .releasing)
        return
      }
      while !done.load(ordering: .acquiring) {
        for id in first...first + 4 {
          _ = try store.apiKey(hash: "hash")
          _ = try store.jobWithOutputs(id: id, userID: ana.id)
          reads.add(1, ordering: .relaxed)
        }
      }
    }
    print("16 pollers, a key and a job each time: \(reads.load(ordering: .relaxed)) requests/s")
  }

  private func time(_ name: String, _ count: Int = 2000, _ body: () throws -> Void) throws {
    for _ in 0..<20 { try body() }
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<count { try body() }
    let micros = Double(DispatchTime.now().uptimeNanoseconds - start) / 1000 / Double(count)
    print("\(name): \((micros * 10).rounded() / 10) us")
    #expect(micros < 20_000)
  }
}
