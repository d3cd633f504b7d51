public import Foundation
internal import GRDB

// MARK: - What the owner does and sees

extension Store {
  /// Asks for a variation's stems. Those that wait, are made or are ready are left as they are; failed ones are
  /// tried again.
  /// - Returns: nil when the user has no such finished variation.
  /// - Throws: `StoreError.storageFull`.
  public func requestStems(jobID: Int64, variation: Int, userID: String, now: Date = Date()) throws -> StemSet? {
    try write(.powerCut) { db in
      let isThere = try Bool.fetchOne(
        db,
        sql: """
          SELECT 1 FROM outputs JOIN jobs ON jobs.id = outputs.job_id
          WHERE jobs.id = ? AND jobs.user_id = ? AND jobs.status = 'COMPLETED' AND outputs.variation = ?
          """, arguments: [jobID, userID, variation])
      guard isThere != nil else { return nil }
      if try Self.stemSets(db, jobID: jobID).first(where: { $0.variation == variation })?.state != .ready {
        try Self.requireRoom(db, userID: userID)
      }
      try db.execute(
        sql: """
          INSERT INTO stem_sets (job_id, variation, state, requested_at) VALUES (?1, ?2, 'QUEUED', ?3)
          ON CONFLICT DO UPDATE SET state = 'QUEUED', percent = 0, interruptions = 0, error_message = NULL, requested_at = ?3
            WHERE state = 'FAILED'
          """, arguments: [jobID, variation, now.milliseconds])
      return try Self.stemSets(db, jobID: jobID).first { $0.variation == variation }
    }
  }

  /// The sets of stems that were asked for of a job, by variation.
  public func stemSets(jobID: Int64) throws -> [StemSet] {
    try read { db in try Self.stemSets(db, jobID: jobID) }
  }

  private static func stemSets(_ db: Database, jobID: Int64) throws -> [StemSet] {
    var sets = try Row.fetchAll(
      db.cachedStatement(sql: "SELECT \(StemSet.columns) FROM stem_sets WHERE job_id = ? ORDER BY variation"),
      arguments: [jobID]
    ).map { try StemSet(row: $0) }
    guard sets.contains(where: { $0.state == .ready }) else { return sets }
    let stems = try Row.fetchAll(
      db.cachedStatement(
        sql: """
          SELECT variation, part_id, name, flac_bytes, waveform_path FROM stems WHERE job_id = ?
          ORDER BY variation, position
          """), arguments: [jobID])
    for index in sets.indices {
      sets[index].stems = stems.filter { $0[0] == sets[index].variation }.map(StemFile.init(row:))
    }
    return sets
  }
}

// MARK: - What the worker does

extension Store {
  /// Hands out the set of stems that has waited longest and marks it MAKING.
  public func claimNextStems() throws -> StemWork? {
    // A worker asks again and again: nothing to do must cost no write.
    let isWaiting = try readOnce { db in
      try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM stem_sets WHERE state = 'QUEUED')")) ?? false
    }
    guard isWaiting else { return nil }
    return try write(.powerCut) { db in
      let row = try Row.fetchOne(
        db.cachedStatement(
          sql: "SELECT job_id, variation FROM stem_sets WHERE state = 'QUEUED' ORDER BY requested_at, job_id, variation LIMIT 1"))
      guard let row, let job = try Self.job(db, id: row[0]) else { return nil }
      let variation: Int = row[1]
      let output = try Row.fetchOne(
        db, sql: "SELECT \(Output.columns) FROM outputs WHERE job_id = ? AND variation = ?",
        arguments: [job.id, variation])
      guard let output else { return nil }
      try db.execute(
        sql: "UPDATE stem_sets SET state = 'MAKING', percent = 0 WHERE job_id = ? AND variation = ?",
        arguments: [job.id, variation])
      return StemWork(job: job, output: Output(row: output))
    }
  }

  /// Records how far the making has got, 0...100.
  /// - Returns: false when nobody wants the set any more, for its job is deleted.
  public func updateStems(jobID: Int64, variation: Int, percent: Int) throws -> Bool {
    try write(.processCrash) { db in
      try db.execute(
        sql: "UPDATE stem_sets SET percent = max(percent, ?) WHERE job_id = ? AND variation = ? AND state = 'MAKING'",
        arguments: [min(100, max(0, percent)), jobID, variation])
      return db.changesCount > 0
    }
  }

  /// Marks a set READY. The files must be in place and synced: the row follows the file.
  /// - Returns: false when its job is gone; the files are nobody's then.
  public func finishStems(
    jobID: Int64, variation: Int, stems: [StemFile], archiveBytes: Int, note: String? = nil
  ) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          UPDATE stem_sets SET state = 'READY', percent = 100, archive_bytes = ?, note = ?
          WHERE job_id = ? AND variation = ? AND state = 'MAKING'
          """, arguments: [archiveBytes, note, jobID, variation])
      guard db.changesCount > 0 else { return false }
      try db.execute(sql: "DELETE FROM stems WHERE job_id = ? AND variation = ?", arguments: [jobID, variation])
      try Self.insert(stems, db, jobID: jobID, variation: variation)
      return true
    }
  }

  /// The rows of a set's stems, in their order.
  static func insert(_ stems: [StemFile], _ db: Database, jobID: Int64, variation: Int) throws {
    for (position, stem) in stems.enumerated() {
      try db.execute(
        sql: """
          INSERT INTO stems (job_id, variation, position, part_id, name, flac_bytes, waveform_path)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [jobID, variation, position, stem.id, stem.name, stem.bytes, stem.waveformPath])
    }
  }

  /// Marks a set FAILED, with a sentence for its owner.
  public func failStems(jobID: Int64, variation: Int, message: String) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE stem_sets SET state = 'FAILED', error_message = ? WHERE job_id = ? AND variation = ? AND state = 'MAKING'",
        arguments: [message, jobID, variation])
    }
  }

  /// Puts a set back because the studio stops in good order.
  public func releaseStems(jobID: Int64, variation: Int) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE stem_sets SET state = 'QUEUED', percent = 0 WHERE job_id = ? AND variation = ? AND state = 'MAKING'",
        arguments: [jobID, variation])
    }
  }

  /// What the last stop interrupted: called once at start, before the worker. A set that the server stopped in for
  /// the third time is FAILED, for it may be what stops it; the others wait again.
  public func requeueInterruptedStems() throws {
    try write(.powerCut) { db in
      try db.execute(sql: "UPDATE stem_sets SET interruptions = interruptions + 1 WHERE state = 'MAKING'")
      try db.execute(
        sql: """
          UPDATE stem_sets SET state = iif(interruptions >= ?, 'FAILED', 'QUEUED'), percent = 0,
            error_message = iif(interruptions >= ?,
              'The server stopped three times while making these stems, so they were given up.', NULL)
          WHERE state = 'MAKING'
          """, arguments: [Self.maximumInterruptions, Self.maximumInterruptions])
    }
  }
}
