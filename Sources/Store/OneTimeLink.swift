public import Foundation
internal import GRDB

/// A link that an administrator makes and gives to somebody, good for one use. Its secret is never stored, only its hash.
public struct OneTimeLink: Sendable, Hashable, Identifiable {
  /// What its holder may do.
  public enum Purpose: Sendable, Hashable {
    /// Make an account with this role.
    case invite(User.Role)
    /// Set the password of this user.
    case reset(userID: String)
  }

  public var id: Int64
  public var purpose: Purpose
  /// For whom, in the words of who made it.
  public var note: String
  public var createdAt: Date
  public var expiresAt: Date
}

extension OneTimeLink {
  static let columns = "id, role, user_id, note, created_at, expires_at"

  init(row: Row) throws {
    let role: String? = row[1]
    let userID: String? = row[2]
    switch (role.flatMap(User.Role.init(rawValue:)), userID) {
    case (let role?, _): purpose = .invite(role)
    case (nil, let userID?): purpose = .reset(userID: userID)
    case (nil, nil): throw StoreError.unreadable(table: "one_time_links", column: "role")
    }
    id = row[0]
    note = row[3]
    createdAt = Date(milliseconds: row[4])
    expiresAt = Date(milliseconds: row[5])
  }
}

extension Store {
  /// Makes a link. A new one for a user's password takes the place of those made before.
  public func createLink(
    _ purpose: OneTimeLink.Purpose, secretHash: String, note: String = "", expiresAt: Date, now: Date = Date()
  ) throws {
    try write(.powerCut) { db in
      var role: User.Role?
      var user: String?
      switch purpose {
      case .invite(let invited): role = invited
      case .reset(let userID):
        user = userID
        try db.execute(sql: "DELETE FROM one_time_links WHERE user_id = ?", arguments: [userID])
      }
      try db.execute(sql: "DELETE FROM one_time_links WHERE expires_at <= ?", arguments: [now.milliseconds])
      try db.execute(
        sql: """
          INSERT INTO one_time_links (secret_hash, role, user_id, note, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [secretHash, role?.rawValue, user, note, now.milliseconds, expiresAt.milliseconds])
    }
  }

  /// The link with this secret, while it is good: not used, not expired, and its user active.
  public func link(secretHash: String, now: Date = Date()) throws -> OneTimeLink? {
    try readOnce { db in try Self.link(db, secretHash: secretHash, now: now) }
  }

  /// The invitations that nobody has used, the newest first.
  public func invitations(now: Date = Date()) throws -> [OneTimeLink] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(OneTimeLink.columns) FROM one_time_links WHERE role IS NOT NULL AND expires_at > ? ORDER BY id DESC
          """, arguments: [now.milliseconds]
      ).map { try OneTimeLink(row: $0) }.collect()
    }
  }

  /// Takes a link back.
  /// - Returns: false when there is no such link.
  public func deleteLink(id: Int64) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM one_time_links WHERE id = ?", arguments: [id])
      return db.changesCount > 0
    }
  }

  /// Makes the account that an invitation is for, and uses it up. Of two people with one link, one is refused.
  /// - Throws: `StoreError.linkNotValid`, `.nameTaken`, `.emailTaken`.
  public func accept(
    inviteHash: String, name: String, email: String?, passwordHash: String, now: Date = Date()
  ) throws -> User {
    try write(.powerCut) { db in
      guard let link = try Self.link(db, secretHash: inviteHash, now: now), case .invite(let role) = link.purpose else {
        throw StoreError.linkNotValid
      }
      try db.execute(sql: "DELETE FROM one_time_links WHERE id = ?", arguments: [link.id])
      return try Self.insertUser(db, name: name, email: email, role: role, passwordHash: passwordHash, now: now)
    }
  }

  /// Sets the password that a link is for, uses the link up and signs the user out everywhere.
  /// - Throws: `StoreError.linkNotValid`.
  public func resetPassword(linkHash: String, passwordHash: String, now: Date = Date()) throws -> User {
    try write(.powerCut) { db in
      guard let link = try Self.link(db, secretHash: linkHash, now: now), case .reset(let userID) = link.purpose,
        let user = try Self.user(db, where: "id = ?", [userID])
      else { throw StoreError.linkNotValid }
      try db.execute(sql: "DELETE FROM one_time_links WHERE user_id = ?", arguments: [userID])
      try Self.setPassword(db, userID: userID, hash: passwordHash)
      try Self.signOut(db, userID: userID)
      return user
    }
  }

  private static func link(_ db: Database, secretHash: String, now: Date) throws -> OneTimeLink? {
    try Row.fetchCursor(
      db,
      sql: """
        SELECT \(OneTimeLink.columns) FROM one_time_links WHERE secret_hash = ? AND expires_at > ?
          AND (user_id IS NULL OR user_id IN (SELECT id FROM users WHERE is_active))
        """, arguments: [secretHash, now.milliseconds]
    ).map { try OneTimeLink(row: $0) }.next()
  }
}
