public import Foundation
internal import GRDB

/// A program's key. The secret itself is never stored: whoever asks brings its hash.
public struct APIKey: Sendable, Hashable, Identifiable {
  public var id: Int64
  public var userID: String
  public var name: String
  /// The first letters of the secret, so that its owner recognises it.
  public var prefix: String
  /// "*" for everything.
  public var scopes: [String]
  public var description: String?
  public var createdAt: Date
  public var expiresAt: Date?
  /// Right to the minute.
  public var lastUsedAt: Date?
  public var revokedAt: Date?

  public init(
    id: Int64, userID: String, name: String, prefix: String, scopes: [String], description: String? = nil,
    createdAt: Date, expiresAt: Date? = nil, lastUsedAt: Date? = nil, revokedAt: Date? = nil
  ) {
    self.id = id
    self.userID = userID
    self.name = name
    self.prefix = prefix
    self.scopes = scopes
    self.description = description
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.lastUsedAt = lastUsedAt
    self.revokedAt = revokedAt
  }

  public enum Status: String, Sendable { case active, revoked, expired }

  public func status(now: Date = Date()) -> Status {
    if revokedAt != nil { return .revoked }
    if let expiresAt, expiresAt <= now { return .expired }
    return .active
  }
}

extension APIKey {
  static let columnCount = 10
  static let columns = """
    api_keys.id, api_keys.user_id, api_keys.name, api_keys.prefix, api_keys.scopes, api_keys.description, \
    api_keys.created_at, api_keys.expires_at, api_keys.last_used_at, api_keys.revoked_at
    """

  init(row: Row) {
    let scopes: String = row[4]
    self.init(
      id: row[0], userID: row[1], name: row[2], prefix: row[3],
      scopes: scopes.split(separator: " ").map(String.init), description: row[5],
      createdAt: Date(milliseconds: row[6]), expiresAt: (row[7] as Int64?).map(Date.init(milliseconds:)),
      lastUsedAt: (row[8] as Int64?).map(Date.init(milliseconds:)),
      revokedAt: (row[9] as Int64?).map(Date.init(milliseconds:)))
  }
}
