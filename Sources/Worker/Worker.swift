public import Fetching
public import Foundation
public import Generation
internal import JSON
public import Logging
public import Store
internal import Synchronization

/// Makes the songs: claims a job, runs its engine, writes the files, records the result; one song at a time, on a
/// thread of its own that yields to the web's. While no song waits it makes the stems and voice samples that were asked for.
///
/// A job's row is the only message: whoever has queued, cancelled or deleted one calls `wake()`, and if nobody does
/// the worker looks by itself every two seconds.
///
///     let worker = Worker(
///       store: store, engines: [ScoreEngine()], media: media, recordings: recordings, fetcher: fetcher, logger: logger)
///     try worker.start()
///     ...
///     worker.stop()
public final class Worker: Sendable {
  let store: Store
  let engines: [String: any SongEngine]
  /// By name, the default first.
  let engineNames: [String]
  let media: MediaFolder
  let recordings: RecordingFolder
  private let fetcher: Fetcher
  let logger: Logger
  private let readiness: Mutex<[String: EngineReadiness]>
  private let stopping = Atomic<Bool>(false)
  /// The job being made and its attempt, for a stop that can't wait for it.
  private let current = Mutex<(id: Int64, attempt: Int)?>(nil)
  let voiceSamples = Mutex(VoiceSamples())
  private let songCall = DispatchSemaphore(value: 0)
  private let tidyCall = DispatchSemaphore(value: 0)
  private let running = DispatchGroup()
  private let lock = Mutex<FolderLock?>(nil)

  /// - Parameter fetcher: fetches the sources that lie elsewhere.
  public init(
    store: Store, engines: [any SongEngine], media: MediaFolder, recordings: RecordingFolder, fetcher: Fetcher, logger: Logger
  ) {
    self.recordings = recordings
    self.fetcher = fetcher
    self.store = store
    self.engines = Dictionary(uniqueKeysWithValues: engines.map { ($0.name, $0) })
    engineNames = engines.map(\.name)
    self.media = media
    self.logger = logger
    readiness = Mutex(self.engines.mapValues { _ in .preparing })
  }

  /// Puts back what the last stop interrupted, tidies the media folder, prepares the engines and begins to work.
  /// Returns before the engines are ready. Once stopped, a worker doesn't start again.
  /// - Throws: `FolderInUse` when another process works on the same folder; `StoreError`.
  public func start() throws {
    let held = try FolderLock(media.path)
    lock.withLock { $0 = held }
    let (requeued, failed) = try store.requeueInterrupted()
    if requeued + failed > 0 {
      logger.notice("interrupted jobs", metadata: ["requeued": "\(requeued)", "given_up": "\(failed)"])
    }
    try store.requeueInterruptedStems()
    try checkLedger()
    try store.deleteOldAuditEntries()
    try removeOldSongs()
    try sweep()
    try recordings.removeUnfinished()
    running.enter()
    startThread("songs") { [self] in
      defer { running.leave() }
      yieldToOthers()
      for engine in engineNames.compactMap({ engines[$0] }) where !stopping.load(ordering: .acquiring) { prepare(engine) }
      work()
    }
    running.enter()
    startThread("tidy") { [self] in
      defer { running.leave() }
      yieldToOthers()
      tidy()
    }
  }

  /// Says that the queue has changed. Costs next to nothing.
  public func wake() {
    songCall.signal()
    tidyCall.signal()
  }

  /// Ends the work: the running song is put back, and that counts as no interruption.
  /// - Parameter patience: how long to wait for an engine to come to its next step.
  /// - Returns: whether every thread has ended. If not, the song is put back all the same, and what its engine still
  ///   does comes to nothing.
  @discardableResult
  public func stop(patience: TimeInterval = 1) -> Bool {
    stopping.store(true, ordering: .releasing)
    wake()
    if running.wait(timeout: .now() + patience) == .success {
      lock.withLock { $0 = nil }
      return true
    }
    if let job = current.withLock({ $0 }) {
      do { try store.release(jobID: job.id, attempt: job.attempt) } catch {
        logger.error("job not put back", metadata: ["job": "\(job.id)", "error": "\(error)"])
      }
    }
    return false
  }

  /// Whether an engine can make songs; nil for one that isn't there.
  public func readiness(of engine: String) -> EngineReadiness? { readiness.withLock { $0[engine] } }

  // MARK: - The loop

  private static let lookInterval = DispatchTimeInterval.seconds(2)

  var isStopping: Bool { stopping.load(ordering: .acquiring) }

  private func work() {
    while !isStopping {
      do {
        guard let job = try store.claimNextJob() else {
          if try makeNextStems() || makeNextVoiceSample() { continue }
          _ = songCall.wait(timeout: .now() + Self.lookInterval)
          continue
        }
        current.withLock { $0 = (job.id, job.attempts) }
        make(job)
        current.withLock { $0 = nil }
      } catch {
        logger.error("no job claimed", metadata: ["error": "\(error)"])
        _ = songCall.wait(timeout: .now() + Self.lookInterval)
      }
    }
  }

  /// Brings a claimed job to an end, whatever happens.
  private func make(_ job: Job) {
    var log = logger
    log[metadataKey: "job"] = "\(job.id)"
    log.info("begun", metadata: ["task": "\(job.task)", "attempt": "\(job.attempts)"])
    let began = ContinuousClock.now
    let end: JobEnd
    do { end = try run(job, log) } catch { end = ended(job, by: error, log) }
    record(end, of: job, log)
    log.info("ended", metadata: ["as": "\(end.name)", "seconds": "\((ContinuousClock.now - began) / .seconds(1))"])
  }

  private func run(_ job: Job, _ log: Logger) throws -> JobEnd {
    guard let engine = engines[job.engine] else { throw UnusableRequest.unknownEngine(job.engine) }
    if readiness(of: job.engine) != .ready { prepare(engine) }
    if case .unavailable(let reason)? = readiness(of: job.engine) { throw GenerationError.unavailable(reason) }
    let weights = try StageWeights(
      store: store, engine: EngineName(rawValue: job.engine), timings: job.timingsName,
      sings: !["instrumental", "samples"].contains(job.songType))
    let reporter = JobReporter(store: store, job: job, weights: weights, logger: log, isStopping: { [self] in isStopping })
    let making = SongMaking(
      job: job, engine: engine, store: store, media: media, recordings: recordings, fetcher: fetcher, reporter: reporter, logger: log)
    return .completed(try making.run())
  }

  /// What an error means for the job. If it is no longer wanted, that is the reason, whatever broke on the way.
  private func ended(_ job: Job, by error: any Error, _ log: Logger) -> JobEnd {
    do {
      switch try store.workState(jobID: job.id, attempt: job.attempts) {
      case .cancelRequested: return .failed(Store.cancelMessage, cancelled: true)
      case .gone: return .gone
      case .wanted: break
      }
    } catch { log.error("job not read", metadata: ["error": "\(error)"]) }
    if isStopping { return .released }
    let failure = Failure(error, jobID: job.id)
    log.log(
      level: failure.isUnexpected ? .error : .notice, "failed", metadata: ["error": "\(error)"])
    return .failed(failure.sentence, cancelled: false)
  }

  /// Writes the end to the row, trying again while the database can't be written: a job must not stay PROCESSING.
  private func record(_ end: JobEnd, of job: Job, _ log: Logger) {
    var end = end
    while true {
      do {
        switch end {
        case .completed(let result):
          if try !store.finish(jobID: job.id, attempt: job.attempts, result) { try media.remove(job.directory) }
        case .failed(let message, let cancelled):
          try store.fail(jobID: job.id, attempt: job.attempts, message: message, cancelled: cancelled)
        case .released: try store.release(jobID: job.id, attempt: job.attempts)
        case .gone: break
        }
        return
      } catch {
        log.error("end not recorded", metadata: ["error": "\(error)"])
        if case .completed = end {
          // Its files may be what fills the disk.
          do { try media.remove(job.directory) } catch {
            log.error("files not removed", metadata: ["error": "\(error)"])
          }
          end = .failed(Failure(error, jobID: job.id).sentence, cancelled: false)
        }
        if isStopping { return }
        _ = songCall.wait(timeout: .now() + Self.lookInterval)
      }
    }
  }

  private func prepare(_ engine: any SongEngine) {
    let state: EngineReadiness
    do {
      try engine.prepare()
      state = .ready
    } catch {
      state = .unavailable("\(error)")
      logger.error("engine not ready", metadata: ["engine": "\(engine.name)", "error": "\(error)"])
    }
    readiness.withLock { $0[engine.name] = state }
  }

  // MARK: - Tidying

  private static let recordingsInterval = Duration.seconds(30)

  private func tidy() {
    var recordingsDue = ContinuousClock.now
    var dayDue = ContinuousClock.now + .seconds(86_400)
    while !isStopping {
      do {
        try removeDeleted()
        try store.deleteExpiredSessions()
        if ContinuousClock.now >= recordingsDue {
          recordingsDue = .now + Self.recordingsInterval
          try store.deleteExpiredUploads()
          try recordings.removeAll(except: store.neededRecordings())
        }
        if ContinuousClock.now >= dayDue {
          dayDue = .now + .seconds(86_400)
          try checkLedger()
          try store.deleteOldAuditEntries()
          try removeOldSongs()
        }
      } catch { logger.error("not tidied", metadata: ["error": "\(error)"]) }
      _ = tidyCall.wait(timeout: .now() + Self.lookInterval)
    }
  }

  /// Adds up the ledger, at the start and once a day, and says what doesn't agree.
  private func checkLedger() throws {
    for fault in try store.ledgerFaults() { logger.critical("the ledger doesn't add up", metadata: ["fault": "\(fault)"]) }
  }

  /// Removes songs that the administrator's retention lets go, at the start and once a day; none unless it is set.
  private func removeOldSongs() throws {
    let count = try store.deleteOldSongs()
    if count > 0 { logger.notice("old songs removed", metadata: ["count": "\(count)"]) }
  }

  /// Removes the files of jobs their owners have deleted.
  private func removeDeleted() throws {
    for id in try store.deletions() {
      try media.remove(Job.directory(id: id))
      try store.forgetDeletion(of: id)
    }
  }

  /// Makes folder and database agree after a stop: half-made files go, a folder of an unfinished job goes (it will be
  /// made again), a folder of no job is kept aside as lost.
  private func sweep() throws {
    try media.removeUnfinished()
    try removeDeleted()
    let owners = try store.statuses(of: try media.jobIDs())
    for (id, status) in owners where status != .completed {
      let directory = Job.directory(id: id)
      if status == nil {
        logger.warning("files without a job", metadata: ["directory": "\(directory)"])
        try media.lose(directory)
      } else {
        try media.remove(directory)
      }
    }
  }
}

extension Job {
  /// Under which name the times of its stages are kept: a checkpoint is as quick as its size.
  var timingsName: String {
    let checkpoint = (try? JSON(parsing: request))?["checkpoint"]?.string
    return engine + (checkpoint.map { ":" + $0 } ?? "")
  }
}

/// Whether an engine can make songs on this machine.
public enum EngineReadiness: Sendable, Hashable {
  case preparing
  case ready
  /// With the reason, for people.
  case unavailable(String)
}

/// How a claimed job ends.
private enum JobEnd {
  case completed(JobResult)
  case failed(String, cancelled: Bool)
  /// Back to the queue, because the studio stops.
  case released
  /// Its row is no longer ours to write.
  case gone

  var name: String {
    switch self {
    case .completed: "completed"
    case .failed(_, let cancelled): cancelled ? "cancelled" : "failed"
    case .released: "released"
    case .gone: "gone"
    }
  }
}
