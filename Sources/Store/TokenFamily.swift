public import Foundation
internal import GRDB

/// A program that has signed in with a name and a password. Its access tokens live while the family does; its refresh
/// token is changed with every use, so that one that comes twice shows that it was copied (RFC 9700, 4.14.2).
public struct TokenFamily: Sendable, Hashable, Identifiable {
  /// Random.
  public var id: String
  public var userID: String
  public var createdAt: Date
  /// When it was last refreshed.
  public var lastUsedAt: Date
  public var expiresAt: Date
  public var userAgent: String
}

extension TokenFamily {
  static let columnCount = 6
  static let columns = """
    token_families.id, token_families.user_id, token_families.created_at, token_families.last_used_at, \
    token_families.expires_at, token_families.user_agent
    """

  init(row: Row) {
    self.init(
      id: row[0], userID: row[1], createdAt: Date(milliseconds: row[2]), lastUsedAt: Date(milliseconds: row[3]),
      expiresAt: Date(milliseconds: row[4]), userAgent: row[5])
  }
}

extension Store {
  public func createFamily(
    id: String, userID: String, refreshHash: String, userAgent: String, expiresAt: Date, now: Date = Date()
  ) throws {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM token_families WHERE expires_at <= ?", arguments: [now.milliseconds])
      try db.execute(
        sql: """
          INSERT INTO token_families (id, user_id, refresh_hash, created_at, last_used_at, expires_at, user_agent)
          VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
          """,
        arguments: [id, userID, refreshHash, now.milliseconds, expiresAt.milliseconds, userAgent])
    }
  }

  /// The family and its user, while it has not expired and the user is active.
  public func family(id: String, now: Date = Date()) throws -> (family: TokenFamily, user: User)? {
    let found = try hotFamilies.value(for: id, generation: currentGeneration) {
      try readOnce { db in
        try Row.fetchCursor(
          db.cachedStatement(
            sql: """
              SELECT \(TokenFamily.columns), \(User.columns) FROM token_families
              JOIN users ON users.id = token_families.user_id WHERE token_families.id = ?
              """), arguments: [id]
        ).map { row in (TokenFamily(row: row), try User(row: row, from: TokenFamily.columnCount)) }.next()
      }
    }
    guard let found, found.family.expiresAt > now, found.user.isActive else { return nil }
    return (found.family, found.user)
  }

  /// Changes the refresh token for the next one. One that is not the family's newest ends the family: it was used
  /// before, so somebody has a copy, and which of the two holders is the right one can't be known.
  /// - Returns: the family's user.
  /// - Throws: `StoreError.tokenNotValid`.
  public func refresh(
    familyID: String, refreshHash: String, next: String, expiresAt: Date, now: Date = Date()
  ) throws -> User {
    let user: User? = try write(.powerCut) { db in
      guard let row = try Row.fetchOne(
        db,
        sql: """
          SELECT token_families.refresh_hash, token_families.expires_at, \(User.columns) FROM token_families
          JOIN users ON users.id = token_families.user_id WHERE token_families.id = ?
          """, arguments: [familyID])
      else { return nil }
      let user = try User(row: row, from: 2)
      let isNewest = row[0] == refreshHash
      guard isNewest, row[1] > now.milliseconds, user.isActive else {
        try db.execute(sql: "DELETE FROM token_families WHERE id = ?", arguments: [familyID])
        return nil
      }
      try db.execute(
        sql: "UPDATE token_families SET refresh_hash = ?, last_used_at = ?, expires_at = ? WHERE id = ?",
        arguments: [next, now.milliseconds, expiresAt.milliseconds, familyID])
      return user
    }
    guard let user else { throw StoreError.tokenNotValid }
    return user
  }

  /// Signs a program out.
  /// - Returns: false when the user has no such family.
  @discardableResult
  public func deleteFamily(id: String, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM token_families WHERE id = ? AND user_id = ?", arguments: [id, userID])
      return db.changesCount > 0
    }
  }

  /// The programs that are signed in as a user, the latest used first.
  public func families(userID: String, now: Date = Date()) throws -> [TokenFamily] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(TokenFamily.columns) FROM token_families WHERE user_id = ? AND expires_at > ?
          ORDER BY last_used_at DESC, id
          """, arguments: [userID, now.milliseconds]
      ).map { TokenFamily(row: $0) }.collect()
    }
  }
}
