internal import Generation
internal import Logging
internal import Store

/// Stems are made when no song waits.
extension Worker {
  /// Makes the next set of stems.
  /// - Returns: false when none waits.
  func makeNextStems() throws -> Bool {
    guard let work = try store.claimNextStems() else { return false }
    var log = logger
    log[metadataKey: "job"] = "\(work.job.id)"
    log[metadataKey: "variation"] = "\(work.output.variation)"
    let began = ContinuousClock.now
    do {
      let result = try stems(work, log)
      let isKept = try store.finishStems(
        jobID: work.job.id, variation: work.output.variation, stems: result.stems, archiveBytes: result.archiveBytes,
        note: result.note)
      log.info("stems made", metadata: ["kept": "\(isKept)", "seconds": "\((ContinuousClock.now - began) / .seconds(1))"])
    } catch {
      try end(work, by: error, log)
    }
    return true
  }

  private func stems(_ work: StemWork, _ log: Logger) throws -> StemMaking.Result {
    let engine = try engine(for: work)
    if case .unavailable(let reason)? = readiness(of: engine.name) { throw GenerationError.unavailable(reason) }
    let reporter = StemReporter(store: store, work: work, logger: log) { [self] in isStopping }
    return try StemMaking(work: work, engine: engine, media: media, progress: reporter).run()
  }

  /// The engine that plays the song's score; of a song without one, an engine that takes recordings apart.
  private func engine(for work: StemWork) throws -> any SongEngine {
    if work.output.hasScore {
      guard let engine = engines[work.job.engine] else { throw UnusableRequest.unknownEngine(work.job.engine) }
      return engine
    }
    guard let engine = engineNames.compactMap({ engines[$0] }).first(where: { $0.capabilities.tasks.contains(.separation) }) else {
      throw GenerationError.unavailable("Nothing here takes recordings apart.")
    }
    return engine
  }

  /// What an error means for the set: while the studio stops it waits again; of a deleted job nothing is left to say.
  private func end(_ work: StemWork, by error: any Error, _ log: Logger) throws {
    let (id, variation) = (work.job.id, work.output.variation)
    if isStopping { return try store.releaseStems(jobID: id, variation: variation) }
    let failure = Failure(error, jobID: id)
    log.log(level: failure.isUnexpected ? .error : .notice, "stems failed", metadata: ["error": "\(error)"])
    try store.failStems(jobID: id, variation: variation, message: failure.sentence)
  }
}
