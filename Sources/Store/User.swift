public import Foundation
internal import GRDB

/// A person with an account.
public struct User: Sendable, Hashable, Identifiable {
  public enum Role: String, Sendable, Hashable { case admin, member }

  /// A lower-case UUID.
  public var id: String
  /// Unique whatever its case.
  public var name: String
  /// Unique whatever its case.
  public var email: String?
  public var role: Role
  /// As made by `PasswordHash`; nil when the user can't sign in with a password (yet).
  public var passwordHash: String?
  public var isActive: Bool
  public var createdAt: Date
  /// When its owner last asked for a new password and has none yet.
  public var resetAskedAt: Date?

  public init(
    id: String, name: String, email: String? = nil, role: Role, passwordHash: String? = nil,
    isActive: Bool = true, createdAt: Date, resetAskedAt: Date? = nil
  ) {
    self.id = id
    self.name = name
    self.email = email
    self.role = role
    self.passwordHash = passwordHash
    self.isActive = isActive
    self.createdAt = createdAt
    self.resetAskedAt = resetAskedAt
  }
}

extension User {
  static let columnCount = 8
  static let columns = """
    users.id, users.name, users.email, users.role, users.password_hash, users.is_active, users.created_at, \
    users.reset_asked_at
    """

  init(row: Row, from first: Int = 0) throws {
    guard let role = Role(rawValue: row[first + 3]) else {
      throw StoreError.unreadable(table: "users", column: "role")
    }
    self.init(
      id: row[first], name: row[first + 1], email: row[first + 2], role: role,
      passwordHash: row[first + 4], isActive: row[first + 5],
      createdAt: Date(milliseconds: row[first + 6]),
      resetAskedAt: (row[first + 7] as Int64?).map(Date.init(milliseconds:)))
  }
}
