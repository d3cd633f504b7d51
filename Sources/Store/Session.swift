public import Foundation
internal import GRDB

/// A browser that is signed in. The token is the browser's; here is only its hash.
public struct Session: Sendable, Hashable {
  public var tokenHash: String
  public var userID: String
  public var createdAt: Date
  /// Right to the minute.
  public var lastSeenAt: Date
  public var expiresAt: Date
  public var userAgent: String

  /// Names it to its owner; nothing can be done with it elsewhere.
  public var id: String { String(tokenHash.prefix(16)) }

  public init(
    tokenHash: String, userID: String, createdAt: Date, lastSeenAt: Date, expiresAt: Date, userAgent: String
  ) {
    self.tokenHash = tokenHash
    self.userID = userID
    self.createdAt = createdAt
    self.lastSeenAt = lastSeenAt
    self.expiresAt = expiresAt
    self.userAgent = userAgent
  }
}

extension Session {
  static let columnCount = 6
  static let columns = """
    sessions.token_hash, sessions.user_id, sessions.created_at, sessions.last_seen_at, sessions.expires_at, \
    sessions.user_agent
    """

  init(row: Row) {
    self.init(
      tokenHash: row[0], userID: row[1], createdAt: Date(milliseconds: row[2]),
      lastSeenAt: Date(milliseconds: row[3]), expiresAt: Date(milliseconds: row[4]), userAgent: row[5])
  }
}
