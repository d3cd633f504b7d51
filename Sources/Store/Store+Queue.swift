public import Foundation
internal import GRDB

/// What a worker has to know of a job it is at.
public enum WorkState: Sendable, Hashable {
  case wanted
  case cancelRequested
  /// Its owner has deleted it, or it is no longer this attempt's.
  case gone
}

/// What a cancel came to.
public enum CancelOutcome: Sendable, Hashable {
  /// It had not begun and is FAILED now.
  case cancelled
  /// It runs, and ends at the engine's next step.
  case requested
  /// Too late: it was finished.
  case alreadyFinished
}

/// A waiting job's place in the fair order.
public struct QueuePosition: Sendable, Hashable {
  /// From 1.
  public var position: Int
  /// Jobs that come first: those waiting before it and those running.
  public var ahead: Int
  public init(position: Int, ahead: Int) {
    self.position = position
    self.ahead = ahead
  }
}

/// What a finished job leaves.
public struct JobResult: Sendable {
  /// None where a score was written and nothing played.
  public var outputs: [Output]
  /// JSON object.
  public var used: String
  /// Added to those the job was taken with.
  public var warnings: [String] = []
  /// JSON object: seconds a phase.
  public var timecosts: String?
  /// As really used, where the request left them open.
  public var genre: String?
  public var emotion: String?
  public var language: String?
  /// The stems that the first output is delivered in; their files are in place.
  public var stems: [StemFile] = []
  /// The size of their archive.
  public var stemArchiveBytes = 0
  public init(outputs: [Output], used: String) {
    self.outputs = outputs
    self.used = used
  }
}

// MARK: - What the worker does

extension Store {
  /// A job the server stopped in this often is given up: it may be what stops it.
  public static let maximumInterruptions = 3

  /// Hands out the next waiting job and marks it PROCESSING: the oldest one of the user whose last turn is longest
  /// ago, so that nobody's batch keeps others waiting. No job is handed out twice.
  public func claimNextJob(now: Date = Date()) throws -> Job? {
    // A worker asks again and again: an empty queue must cost no write.
    let isWaiting = try readOnce { db in
      try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM jobs WHERE status = 'PENDING')")) ?? false
    }
    guard isWaiting else { return nil }
    return try write(.powerCut) { db in
      guard let place = try Int64.fetchOne(db.cachedStatement(sql: Self.nextInTurn)) else { return nil }
      let id = place & ~Schema.lastInLine
      try db.cachedStatement(
        sql: """
          UPDATE jobs SET status = 'PROCESSING', attempts = attempts + 1, started_at = ?1, updated_at = ?1,
            requeue_note = NULL
          WHERE id = ?2
          """
      ).execute(arguments: [now.milliseconds, id])
      try db.cachedStatement(
        sql: """
          UPDATE users SET last_turn = (SELECT max(last_turn) + 1 FROM users)
          WHERE id = (SELECT user_id FROM jobs WHERE id = ?)
          """
      ).execute(arguments: [id])
      return try Self.job(db, id: id)
    }
  }

  static let nextInTurn = """
    SELECT min(jobs.line) AS first FROM jobs JOIN users ON users.id = jobs.user_id
    WHERE jobs.status = 'PENDING' GROUP BY jobs.user_id ORDER BY users.last_turn, first LIMIT 1
    """

  /// Whether an attempt should go on.
  public func workState(jobID: Int64, attempt: Int) throws -> WorkState {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: "SELECT cancel_requested FROM jobs WHERE id = ? AND attempts = ? AND status = 'PROCESSING'")
      guard let cancel = try Bool.fetchOne(statement, arguments: [jobID, attempt]) else { return .gone }
      return cancel ? .cancelRequested : .wanted
    }
  }

  /// Records how far an attempt has got. A lower percent than the one recorded is taken as that one.
  /// - Returns: whether the attempt should go on.
  @discardableResult
  public func updateProgress(
    jobID: Int64, attempt: Int, _ progress: JobProgress, now: Date = Date()
  ) throws -> WorkState {
    try write(.processCrash) { db in
      let statement = try db.cachedStatement(
        sql: """
          UPDATE jobs SET stage = ?, stage_done = ?, stage_total = ?, variation = ?, percent = max(percent, ?),
            updated_at = ?
          WHERE id = ? AND attempts = ? AND status = 'PROCESSING' RETURNING cancel_requested
          """)
      let arguments: StatementArguments = [
        progress.stage, progress.done, progress.total, progress.variation, min(100, max(0, progress.percent)),
        now.milliseconds, jobID, attempt,
      ]
      guard let cancel = try Bool.fetchAll(statement, arguments: arguments).first else { return .gone }
      return cancel ? .cancelRequested : .wanted
    }
  }

  /// Marks a job COMPLETED with its songs, and charges it. The files must be in place and synced: the row follows the file.
  /// - Returns: false when the job is gone, or no longer this attempt's; the files are nobody's then.
  public func finish(jobID: Int64, attempt: Int, _ result: JobResult, now: Date = Date()) throws -> Bool {
    return try write(.powerCut) { db in
      guard
        let before = try Row.fetchOne(
          db, sql: "SELECT warnings FROM jobs WHERE id = ? AND attempts = ? AND status = 'PROCESSING'",
          arguments: [jobID, attempt])
      else { return false }
      let known: String = before[0]
      let warnings = (known.isEmpty ? [] : [known]) + [Job.text(lines: result.warnings)].filter { !$0.isEmpty }
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'COMPLETED', percent = 100, used_json = ?, warnings = ?, timecosts_json = ?,
            genre = coalesce(?, genre), emotion = coalesce(?, emotion), language = coalesce(?, language),
            updated_at = ?, completed_at = ?, cancel_requested = 0
          WHERE id = ?
          """,
        arguments: [
          result.used, warnings.joined(separator: "\n"), result.timecosts, result.genre, result.emotion,
          result.language, now.milliseconds, now.milliseconds, jobID,
        ])
      for output in result.outputs { try output.insert(db, jobID: jobID) }
      if let output = result.outputs.first, !result.stems.isEmpty {
        try db.execute(
          sql: """
            INSERT INTO stem_sets (job_id, variation, state, percent, archive_bytes, requested_at) VALUES (?, ?, 'READY', 100, ?, ?)
            """, arguments: [jobID, output.variation, result.stemArchiveBytes, now.milliseconds])
        try Self.insert(result.stems, db, jobID: jobID, variation: output.variation)
      }
      guard let job = try Self.job(db, id: jobID) else { return false }
      try Self.capture(job, outputs: result.outputs, db, now: now)
      return true
    }
  }

  /// Marks a job FAILED and gives back what it held, with a sentence for its owner.
  /// - Returns: false when the job is gone, or no longer this attempt's.
  @discardableResult
  public func fail(
    jobID: Int64, attempt: Int, message: String, cancelled: Bool = false, now: Date = Date()
  ) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'FAILED', error_message = ?1, cancelled = ?2, updated_at = ?3, completed_at = ?3
          WHERE id = ?4 AND attempts = ?5 AND status = 'PROCESSING'
          """, arguments: [message, cancelled, now.milliseconds, jobID, attempt])
      guard db.changesCount > 0 else { return false }
      try Self.releaseFailed(db, now: now)
      return true
    }
  }

  /// Puts a running job back because the studio stops in good order: that is no interruption. It is first in its
  /// user's line. One that was being cancelled is cancelled.
  @discardableResult
  public func release(jobID: Int64, attempt: Int, now: Date = Date()) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'FAILED', cancelled = 1, error_message = '\(Self.cancelMessage)', updated_at = ?1,
            completed_at = ?1
          WHERE id = ?2 AND attempts = ?3 AND status = 'PROCESSING' AND cancel_requested
          """, arguments: [now.milliseconds, jobID, attempt])
      if db.changesCount > 0 {
        try Self.releaseFailed(db, now: now)
        return true
      }
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'PENDING', started_at = NULL, updated_at = ?1,
            requeue_note = 're-queued while the server restarts', \(Self.noProgress)
          WHERE id = ?2 AND attempts = ?3 AND status = 'PROCESSING'
          """, arguments: [now.milliseconds, jobID, attempt])
      return db.changesCount > 0
    }
  }

  /// What the last stop interrupted: called once at start, before the worker.
  ///
  /// A PROCESSING job waits again, with a note: the first time at the head of its user's line, the second time at its
  /// end, for it may be what stops the server. The third time it is FAILED with a reason. One that was being cancelled
  /// is cancelled.
  /// - Returns: how many wait again and how many were given up.
  public func requeueInterrupted(now: Date = Date()) throws -> (requeued: Int, failed: Int) {
    try write(.powerCut) { db in
      try db.execute(sql: "UPDATE jobs SET interruptions = interruptions + 1 WHERE status = 'PROCESSING'")
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'FAILED', cancelled = cancel_requested, updated_at = ?1, completed_at = ?1,
            error_message = iif(cancel_requested, '\(Self.cancelMessage)',
              'The server stopped three times while making this song, so it was given up. Retry it to try again.')
          WHERE status = 'PROCESSING' AND (cancel_requested OR interruptions >= ?2)
          """, arguments: [now.milliseconds, Self.maximumInterruptions])
      let failed = db.changesCount
      try Self.releaseFailed(db, now: now)
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'PENDING', updated_at = ?1, started_at = NULL, \(Self.noProgress),
            requeue_note = 're-queued after a restart (attempt ' || (interruptions + 1) || ')'
          WHERE status = 'PROCESSING'
          """, arguments: [now.milliseconds])
      return (db.changesCount, failed)
    }
  }

  /// What a cancelled job says.
  public static let cancelMessage = "Cancelled by user"
  private static let noProgress = "stage = NULL, stage_done = 0, stage_total = 0, variation = 0, percent = 0"
}

// MARK: - What its owner does

extension Store {
  /// Ends a waiting job at once, or asks a running one to end.
  /// - Returns: nil when the user has no such job.
  public func requestCancel(jobID: Int64, userID: String, now: Date = Date()) throws -> CancelOutcome? {
    try write(.powerCut) { db in
      guard let job = try Self.job(db, id: jobID), job.userID == userID else { return nil }
      switch job.status {
      case .pending:
        try db.execute(
          sql: """
            UPDATE jobs SET status = 'FAILED', cancelled = 1, error_message = '\(Self.cancelMessage)',
              updated_at = ?1, completed_at = ?1
            WHERE id = ?2
            """, arguments: [now.milliseconds, jobID])
        try Self.releaseFailed(db, now: now)
        return .cancelled
      case .processing:
        try db.execute(
          sql: "UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE id = ?",
          arguments: [now.milliseconds, jobID])
        return .requested
      case .completed, .failed: return .alreadyFinished
      }
    }
  }

  /// Ends what a user has waiting, and asks what is being made to end.
  static func cancelAll(_ db: Database, userID: String, now: Date) throws {
    try db.execute(
      sql: """
        UPDATE jobs SET status = 'FAILED', cancelled = 1, error_message = 'The account was switched off', updated_at = ?1, completed_at = ?1
        WHERE user_id = ?2 AND status = 'PENDING'
        """, arguments: [now.milliseconds, userID])
    try db.execute(
      sql: "UPDATE jobs SET cancel_requested = 1, updated_at = ? WHERE user_id = ? AND status = 'PROCESSING'",
      arguments: [now.milliseconds, userID])
    try releaseFailed(db, now: now)
  }

  /// Puts a FAILED job back, with its id and parameters (`api.md` 12.6).
  /// - Parameter seeds: new ones where the request left them to chance; nil keeps those it had.
  /// What was reserved at first is reserved again, from the same balance.
  /// - Returns: nil when the user has no such job.
  /// - Throws: `StoreError.notFailed`, `.insufficientCredits`, `.storageFull`.
  public func retry(jobID: Int64, userID: String, seeds: [UInt32]? = nil, now: Date = Date()) throws -> Job? {
    try write(.powerCut) { db in
      guard let job = try Self.job(db, id: jobID), job.userID == userID else { return nil }
      guard job.status == .failed else { throw StoreError.notFailed }
      try Self.requireRoom(db, userID: userID)
      try db.execute(
        sql: """
          UPDATE jobs SET status = 'PENDING', interruptions = 0, cancel_requested = 0, cancelled = 0, error_message = NULL,
            requeue_note = NULL, started_at = NULL, completed_at = NULL, updated_at = ?, seeds = ?, \(Self.noProgress)
          WHERE id = ?
          """, arguments: [now.milliseconds, Job.text(seeds: seeds ?? job.seeds), jobID])
      try Self.payAgain(for: job, db, now: now)
      return try Self.job(db, id: jobID)
    }
  }

  private static func payAgain(for job: Job, _ db: Database, now: Date) throws {
    guard try pricing(db) != .off else {
      return try db.execute(
        sql: "UPDATE jobs SET pricing = 'off', reserved_credits = 0, reserved_cents = 0 WHERE id = ?", arguments: [job.id])
    }
    let price = job.cost.reserved
    try reserve(price, jobID: job.id, userID: job.userID, isByKey: price.cents > 0, db, now: now)
  }

  /// Where a waiting job stands in the order `claimNextJob` follows; nil when it isn't waiting.
  ///
  /// Turns go round: in each, every user with a job waiting has one song made, the user whose last turn is longest
  /// ago first. So before the job that is r-th (from 0) of its user come up to r of every other's, and one more of
  /// each who goes first in a turn.
  /// - Complexity: linear in the number of waiting jobs, by index.
  public func queuePosition(jobID: Int64) throws -> QueuePosition? {
    try readOnce { db in
      try Row.fetchCursor(db.cachedStatement(sql: Self.positionInTurn), arguments: [jobID]).map { row in
        let before: Int = row[0]
        return QueuePosition(position: before + 1, ahead: before + row[1])
      }.next()
    }
  }

  static let positionInTurn = """
    WITH mine AS (SELECT line, user_id FROM jobs WHERE id = ?1 AND status = 'PENDING'),
    waiting AS (
      SELECT jobs.user_id, users.last_turn, count(*) AS jobs, min(jobs.line) AS first
      FROM jobs JOIN users ON users.id = jobs.user_id WHERE jobs.status = 'PENDING' GROUP BY jobs.user_id),
    me AS (
      SELECT waiting.*, (SELECT count(*) FROM jobs
        WHERE status = 'PENDING' AND user_id = mine.user_id AND line < mine.line) AS rank
      FROM waiting JOIN mine USING (user_id))
    SELECT me.rank + (
        SELECT ifnull(sum(min(waiting.jobs, me.rank)
          + (waiting.jobs > me.rank AND (waiting.last_turn, waiting.first) < (me.last_turn, me.first))), 0)
        FROM waiting WHERE waiting.user_id <> me.user_id),
      (SELECT count(*) FROM jobs WHERE status = 'PROCESSING')
    FROM me
    """

  /// How many jobs wait and run: one user's, or everybody's with nil.
  public func queueLength(userID: String? = nil) throws -> (waiting: Int, running: Int) {
    try readOnce { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT ifnull(sum(status = 'PENDING'), 0), ifnull(sum(status = 'PROCESSING'), 0) FROM jobs
          WHERE status IN ('PENDING', 'PROCESSING') AND (?1 IS NULL OR user_id = ?1)
          """)
      return try Row.fetchCursor(statement, arguments: [userID]).map { ($0[0], $0[1]) }.next() ?? (0, 0)
    }
  }
}
