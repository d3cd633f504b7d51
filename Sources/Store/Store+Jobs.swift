public import Foundation
internal import GRDB

/// A job with its songs, in order; none until it is COMPLETED.
public struct JobWithOutputs: Sendable, Hashable {
  public var job: Job
  public var outputs: [Output]
  public init(job: Job, outputs: [Output] = []) {
    self.job = job
    self.outputs = outputs
  }
}

extension Store {
  /// Takes a job into the queue. When this returns, the job outlives a power cut.
  ///
  /// With an idempotency key that its user has sent within the last ten minutes, the first job is given again.
  /// What it will cost at most is reserved with it.
  /// - Throws: `StoreError.idempotencyKeyReused` when the same key comes with another body; `.insufficientCredits`,
  ///   `.storageFull`.
  public func createJob(_ draft: JobDraft, now: Date = Date()) throws -> (job: Job, replayed: Bool) {
    precondition(!draft.seeds.isEmpty, "a job makes at least one song")
    return try write(.powerCut) { db in
      if let key = draft.idempotency, let first = try Self.firstJob(db, key, userID: draft.userID, now: now) {
        return (first, true)
      }
      try Self.requireRoom(db, userID: draft.userID)
      try db.cachedStatement(sql: Self.insertJob).execute(arguments: [
        draft.userID, draft.task, draft.songType, draft.engine, draft.format, draft.seeds.count,
        Job.text(seeds: draft.seeds), draft.requestedDuration, now.milliseconds, draft.displayName,
        draft.thumbnailURL, draft.genre, draft.language, Job.text(lines: draft.warnings), draft.caption,
        draft.lyrics, draft.request,
        Self.searchText(name: draft.displayName, caption: draft.caption, lyrics: draft.lyrics),
        draft.source?.jobID, draft.source?.variation, draft.sourceRecording,
      ])
      let id = db.lastInsertedRowID
      try Self.pay(for: draft, jobID: id, db, now: now)
      if let key = draft.idempotency {
        try db.execute(
          sql: "INSERT INTO idempotency_keys (user_id, key, body_hash, job_id, created_at) VALUES (?, ?, ?, ?, ?)",
          arguments: [draft.userID, key.key, key.bodyHash, id, now.milliseconds])
      }
      guard let job = try Self.job(db, id: id) else { preconditionFailure("an inserted job is there") }
      return (job, false)
    }
  }

  private static func pay(for draft: JobDraft, jobID: Int64, _ db: Database, now: Date) throws {
    let pricing = try pricing(db)
    let payment = draft.payment
    try db.execute(
      sql: "UPDATE jobs SET pricing = ?, work = ?, api_key_id = ? WHERE id = ?",
      arguments: [pricing.rawValue, payment.work.rawValue, payment.apiKeyID, jobID])
    let one = pricing.price(of: payment.work, seconds: payment.seconds)
    let price = Price(credits: one.credits * draft.seeds.count, cents: one.cents * draft.seeds.count)
    try reserve(price, jobID: jobID, userID: draft.userID, isByKey: payment.apiKeyID != nil, db, now: now)
  }

  private static let insertJob = """
    INSERT INTO jobs (
      user_id, task, song_type, status, engine, format, batch_size, seeds, requested_duration, created_at, updated_at,
      display_name, thumbnail_url, genre, language, warnings, caption, lyrics, request_json, search_text,
      source_job_id, source_variation, source_recording
    ) VALUES (?1, ?2, ?3, 'PENDING', ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
    """

  private static func firstJob(
    _ db: Database, _ key: IdempotencyKey, userID: String, now: Date
  ) throws -> Job? {
    try db.execute(
      sql: "DELETE FROM idempotency_keys WHERE created_at <= ?", arguments: [now.milliseconds - 600_000])
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT body_hash, job_id FROM idempotency_keys WHERE user_id = ? AND key = ?",
        arguments: [userID, key.key])
    else { return nil }
    guard row[0] == key.bodyHash else { throw StoreError.idempotencyKeyReused }
    return try job(db, id: row[1])
  }

  /// A job of this user's; nil for another's as for none, so that nobody learns which ids exist.
  public func job(id: Int64, userID: String) throws -> Job? {
    try readOnce { db in try Self.job(db, id: id) }.flatMap { $0.userID == userID ? $0 : nil }
  }

  /// A job of this user's with its songs, as of one moment.
  /// - Complexity: one statement, remembered; what every status request and job page asks.
  public func jobWithOutputs(id: Int64, userID: String) throws -> JobWithOutputs? {
    let found = try hotJobs.value(for: id, generation: currentGeneration) {
      try readOnce { db in
        let rows = try Row.fetchCursor(db.cachedStatement(sql: Self.jobAndOutputs), arguments: [id])
        var found: JobWithOutputs?
        while let row = try rows.next() {
          if found == nil { found = JobWithOutputs(job: try Job(row: row)) }
          if !row.hasNull(atIndex: Job.columnCount) {
            found?.outputs.append(Output(row: row, from: Job.columnCount))
          }
        }
        return found
      }
    }
    return found?.job.userID == userID ? found : nil
  }

  private static let jobAndOutputs = """
    SELECT \(Job.columns), \(Output.columns) FROM jobs LEFT JOIN outputs ON outputs.job_id = jobs.id
    WHERE jobs.id = ? ORDER BY outputs.variation
    """

  /// The songs of a job, in order.
  public func outputs(jobID: Int64) throws -> [Output] {
    try readOnce { db in
      try Row.fetchCursor(
        db.cachedStatement(sql: "SELECT \(Output.columns) FROM outputs WHERE job_id = ? ORDER BY variation"),
        arguments: [jobID]
      ).map { Output(row: $0) }.collect()
    }
  }

  /// Keeps the words of a song that has none yet, with their times.
  /// - Parameter lines: JSON of `TimedLyrics`.
  public func setLyrics(jobID: Int64, variation: Int, lrc: String, lines: String) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE outputs SET lrc = ?, lyric_lines_json = ? WHERE job_id = ? AND variation = ? AND lrc IS NULL",
        arguments: [lrc, lines, jobID, variation])
    }
  }

  /// The id of a user's newest job; 0 for a user without one.
  public func newestJobID(userID: String) throws -> Int64 {
    try readOnce { db in
      try Int64.fetchOne(
        db.cachedStatement(sql: "SELECT ifnull(max(id), 0) FROM jobs WHERE user_id = ?"), arguments: [userID]) ?? 0
    }
  }

  /// A user's jobs that wait or run and those made after job `id`, the oldest first: what somebody who last looked
  /// when `id` was the newest has to look at.
  public func activeJobs(userID: String, andAllAfter id: Int64) throws -> [Job] {
    try readOnce { db in
      try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT \(Job.columns) FROM jobs
            WHERE user_id = ?1 AND (status IN ('PENDING', 'PROCESSING') OR id > ?2) ORDER BY id
            """), arguments: [userID, id]
      ).map { try Job(row: $0) }.collect()
    }
  }

  /// A user's jobs that wait or run, the oldest first; everybody's with nil.
  public func activeJobs(userID: String? = nil) throws -> [Job] {
    try readOnce { db in
      try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT \(Job.columns) FROM jobs
            WHERE status IN ('PENDING', 'PROCESSING') AND (?1 IS NULL OR user_id = ?1) ORDER BY id
            """), arguments: [userID]
      ).map { try Job(row: $0) }.collect()
    }
  }

  /// Changes what people see of a job.
  /// - Parameter thumbnailURL: nil leaves it, `.some(nil)` takes it away.
  /// - Returns: the job as it is now, nil when the user has no such job.
  public func relabel(
    jobID: Int64, userID: String, displayName: String? = nil, thumbnailURL: String?? = nil, now: Date = Date()
  ) throws -> Job? {
    try write(.powerCut) { db in
      guard var job = try Self.job(db, id: jobID), job.userID == userID else { return nil }
      job.displayName = displayName ?? job.displayName
      if let thumbnailURL { job.thumbnailURL = thumbnailURL }
      job.updatedAt = Date(milliseconds: now.milliseconds)
      try db.execute(
        sql: """
          UPDATE jobs SET display_name = ?, thumbnail_url = ?, search_text = ?, updated_at = ? WHERE id = ?
          """,
        arguments: [
          job.displayName, job.thumbnailURL,
          Self.searchText(name: job.displayName, caption: job.caption, lyrics: job.lyrics), now.milliseconds, jobID,
        ])
      return job
    }
  }

  /// Removes a job and what is known of its songs, running or not: a worker that has it finds its row gone.
  /// What it holds is given back; its files are noted in `deletions`, for the worker to remove.
  /// - Returns: false when the user has no such job.
  public func deleteJob(id: Int64, userID: String, now: Date = Date()) throws -> Bool {
    try write(.powerCut) { db in
      guard try Self.job(db, id: id)?.userID == userID else { return false }
      try Self.settle(jobID: id, charging: .nothing, db, now: now)
      try Self.remove(db, jobID: id)
      return true
    }
  }

  /// Removes a job that holds no credits any more, and notes its files in `deletions`.
  static func remove(_ db: Database, jobID: Int64) throws {
    try db.execute(sql: "DELETE FROM jobs WHERE id = ?", arguments: [jobID])
    try db.execute(sql: "INSERT INTO deletions (job_id) VALUES (?)", arguments: [jobID])
  }

  /// Deleted jobs whose files may still be there.
  public func deletions() throws -> [Int64] {
    try readOnce { db in
      try Int64.fetchAll(db.cachedStatement(sql: "SELECT job_id FROM deletions ORDER BY job_id"))
    }
  }

  /// The files of a deleted job are gone.
  public func forgetDeletion(of id: Int64) throws {
    try write(.processCrash) { db in try db.execute(sql: "DELETE FROM deletions WHERE job_id = ?", arguments: [id]) }
  }

  /// The state of each of these jobs; nil where there is no such job.
  public func statuses(of ids: [Int64]) throws -> [(id: Int64, status: JobStatus?)] {
    try read { db in
      let statement = try db.cachedStatement(sql: "SELECT status FROM jobs WHERE id = ?")
      return try ids.map { id in
        (id, try String.fetchOne(statement, arguments: [id]).flatMap(JobStatus.init(rawValue:)))
      }
    }
  }

  static func job(_ db: Database, id: Int64) throws -> Job? {
    try Row.fetchCursor(
      db.cachedStatement(sql: "SELECT \(Job.columns) FROM jobs WHERE id = ?"), arguments: [id]
    ).map { try Job(row: $0) }.next()
  }

  private static func searchText(name: String, caption: String, lyrics: String?) -> String {
    folded([name, caption, lyrics ?? ""].joined(separator: "\n"))
  }

  /// Without case and accents, so that "cafe" finds "Café".
  static func folded(_ text: String) -> String {
    text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
  }
}
