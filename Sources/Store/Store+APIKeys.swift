public import Foundation
internal import GRDB

extension Store {
  /// Stores a key by the hash of its secret. A scope has no spaces.
  public func createAPIKey(
    userID: String, secretHash: String, prefix: String, name: String, scopes: [String] = ["*"],
    description: String? = nil, expiresAt: Date? = nil, now: Date = Date()
  ) throws -> APIKey {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          INSERT INTO api_keys (user_id, secret_hash, name, prefix, scopes, description, created_at, expires_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          userID, secretHash, name, prefix, scopes.joined(separator: " "), description, now.milliseconds,
          expiresAt?.milliseconds,
        ])
      return APIKey(
        id: db.lastInsertedRowID, userID: userID, name: name, prefix: prefix, scopes: scopes,
        description: description, createdAt: Date(milliseconds: now.milliseconds), expiresAt: expiresAt)
    }
  }

  /// The keys of one user, or of all, the oldest first; revoked and expired ones too.
  public func apiKeys(userID: String? = nil) throws -> [APIKey] {
    try readOnce { db in
      try Row.fetchCursor(
        db, sql: "SELECT \(APIKey.columns) FROM api_keys WHERE ?1 IS NULL OR user_id = ?1 ORDER BY id",
        arguments: [userID]
      ).map { APIKey(row: $0) }.collect()
    }
  }

  /// Ends a key at once.
  /// - Parameter userID: its owner, or nil for an administrator who may end any.
  /// - Returns: false when there is no such key still in force.
  public func revokeAPIKey(id: Int64, userID: String?, now: Date = Date()) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          UPDATE api_keys SET revoked_at = ?1 WHERE id = ?2 AND (?3 IS NULL OR user_id = ?3) AND revoked_at IS NULL
          """,
        arguments: [now.milliseconds, id, userID])
      return db.changesCount > 0
    }
  }

  /// The key with this hash and its user, whatever their state: the caller says why it refuses one.
  /// - Complexity: two look-ups by index in one statement, remembered; the first thing each API request asks.
  public func apiKey(hash: String) throws -> (key: APIKey, user: User)? {
    try hotKeys.value(for: hash, generation: currentGeneration) {
      try readOnce { db in
        try Row.fetchCursor(db.cachedStatement(sql: Self.keyAndUser), arguments: [hash])
          .map { row in (APIKey(row: row), try User(row: row, from: APIKey.columnCount)) }.next()
      }
    }
  }

  private static let keyAndUser = """
    SELECT \(APIKey.columns), \(User.columns) FROM api_keys JOIN users ON users.id = api_keys.user_id
    WHERE api_keys.secret_hash = ?
    """

  /// Notes that a key was used. Writes at most once a minute a key, so it may be called for every request.
  public func touch(_ key: APIKey, now: Date = Date()) throws {
    if let last = key.lastUsedAt, now.timeIntervalSince(last) < 60 { return }
    try write(.processCrash) { db in
      try db.execute(
        sql: "UPDATE api_keys SET last_used_at = ?1 WHERE id = ?2 AND ifnull(last_used_at, 0) <= ?1 - 60000",
        arguments: [now.milliseconds, key.id])
    }
  }
}
