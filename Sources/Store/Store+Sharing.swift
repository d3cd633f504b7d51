public import Foundation
internal import GRDB

/// What somebody thinks of a song.
public enum Opinion: Int, Sendable, Hashable {
  case dislike = -1
  case like = 1
}

/// A link by which anybody can hear a song.
public struct JobShare: Sendable, Hashable {
  /// Unguessable.
  public var token: String
  /// Nil for one that doesn't expire.
  public var expiresAt: Date?
  /// Whether its files may be kept, or only heard.
  public var allowsDownload: Bool
  public init(token: String, expiresAt: Date? = nil, allowsDownload: Bool) {
    self.token = token
    self.expiresAt = expiresAt
    self.allowsDownload = allowsDownload
  }
}

extension Store {
  /// Notes what the owner thinks of a song; nil takes it back.
  /// - Returns: the job as it is now, nil when the user has no such job.
  public func setOpinion(jobID: Int64, userID: String, _ opinion: Opinion?) throws -> Job? {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE jobs SET opinion = ? WHERE id = ? AND user_id = ?", arguments: [opinion?.rawValue, jobID, userID])
      return db.changesCount > 0 ? try Self.job(db, id: jobID) : nil
    }
  }

  /// Shares a finished song. One that is shared keeps its token, with what is wanted now.
  /// - Returns: the job as it is now, nil when the user has no such job.
  /// - Throws: `StoreError.notFinished` for a job without a song.
  public func share(
    jobID: Int64, userID: String, token: String, expiresAt: Date?, allowsDownload: Bool, now: Date = Date()
  ) throws -> Job? {
    try write(.powerCut) { db in
      guard let job = try Self.job(db, id: jobID), job.userID == userID else { return nil }
      let hasSong = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM outputs WHERE job_id = ?)", arguments: [jobID])
      guard job.status == .completed, hasSong == true else { throw StoreError.notFinished }
      // A link that has ended is not brought back to life.
      let living = job.share.flatMap { share in share.expiresAt.map { $0 > now } ?? true ? share.token : nil }
      try db.execute(
        sql: """
          UPDATE jobs SET share_token = ?, share_expires_at = ?, share_downloads = ?, share_count = share_count + 1 WHERE id = ?
          """, arguments: [living ?? token, expiresAt?.milliseconds, allowsDownload, jobID])
      return try Self.job(db, id: jobID)
    }
  }

  /// Takes the link back; a later one is another.
  /// - Returns: false when the user has no such job.
  public func unshare(jobID: Int64, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE jobs SET share_token = NULL, share_expires_at = NULL, share_downloads = 0 WHERE id = ? AND user_id = ?",
        arguments: [jobID, userID])
      return db.changesCount > 0
    }
  }

  /// The song that a link leads to, while the link works and its owner's account does.
  public func sharedJob(token: String, now: Date = Date()) throws -> JobWithOutputs? {
    let id = try readOnce { db in
      try Int64.fetchOne(
        db.cachedStatement(
          sql: """
            SELECT jobs.id FROM jobs JOIN users ON users.id = jobs.user_id
            WHERE share_token = ? AND ifnull(share_expires_at > ?, 1) AND jobs.status = 'COMPLETED' AND users.is_active
            """), arguments: [token, now.milliseconds])
    }
    return try id.flatMap { try jobForLink(id: $0) }
  }
}
