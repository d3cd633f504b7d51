public import Foundation
internal import GRDB

extension Store {
  public func createSession(
    tokenHash: String, userID: String, userAgent: String, expiresAt: Date, now: Date = Date()
  ) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
          VALUES (?1, ?2, ?3, ?3, ?4, ?5)
          """,
        arguments: [tokenHash, userID, now.milliseconds, expiresAt.milliseconds, userAgent])
    }
  }

  /// The session and its user, while it has not expired and the user is active.
  public func session(hash: String, now: Date = Date()) throws -> (session: Session, user: User)? {
    let found = try hotSessions.value(for: hash, generation: currentGeneration) {
      try readOnce { db in
        try Row.fetchCursor(db.cachedStatement(sql: Self.sessionAndUser), arguments: [hash])
          .map { row in (Session(row: row), try User(row: row, from: Session.columnCount)) }.next()
      }
    }
    guard let found, found.session.expiresAt > now, found.user.isActive else { return nil }
    return found
  }

  private static let sessionAndUser = """
    SELECT \(Session.columns), \(User.columns) FROM sessions JOIN users ON users.id = sessions.user_id
    WHERE sessions.token_hash = ?
    """

  /// Notes that a session was used and lets it live until `expiresAt`. Writes at most once a minute a session.
  public func touch(_ session: Session, expiresAt: Date, now: Date = Date()) throws {
    if now.timeIntervalSince(session.lastSeenAt) < 60 { return }
    try write(.processCrash) { db in
      try db.execute(
        sql: """
          UPDATE sessions SET last_seen_at = ?1, expires_at = max(expires_at, ?2)
          WHERE token_hash = ?3 AND last_seen_at <= ?1 - 60000
          """,
        arguments: [now.milliseconds, expiresAt.milliseconds, session.tokenHash])
    }
  }

  public func deleteSession(hash: String) throws {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM sessions WHERE token_hash = ?", arguments: [hash])
    }
  }

  /// Ends one of a user's sessions.
  /// - Parameter id: as `Session.id` gives it.
  /// - Returns: false when the user has no such session.
  public func deleteSession(id: String, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: "DELETE FROM sessions WHERE user_id = ? AND substr(token_hash, 1, 16) = ?", arguments: [userID, id])
      return db.changesCount > 0
    }
  }

  /// Removes what has expired; returns how many.
  @discardableResult
  public func deleteExpiredSessions(now: Date = Date()) throws -> Int {
    let isAny = try readOnce { db in
      let statement = try db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM sessions WHERE expires_at <= ?)")
      return try Bool.fetchOne(statement, arguments: [now.milliseconds]) ?? false
    }
    guard isAny else { return 0 }
    return try write(.processCrash) { db in
      try db.execute(sql: "DELETE FROM sessions WHERE expires_at <= ?", arguments: [now.milliseconds])
      return db.changesCount
    }
  }

  /// Where a user is signed in, the latest seen first.
  public func sessions(userID: String, now: Date = Date()) throws -> [Session] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(Session.columns) FROM sessions WHERE user_id = ? AND expires_at > ?
          ORDER BY last_seen_at DESC, token_hash
          """, arguments: [userID, now.milliseconds]
      ).map { Session(row: $0) }.collect()
    }
  }
}
