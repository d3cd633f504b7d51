public import Foundation
internal import GRDB

extension Store {
  /// Makes a user. Names and addresses are unique whatever their case.
  /// - Throws: `StoreError.nameTaken`, `.emailTaken`.
  @discardableResult
  public func createUser(
    name: String, email: String? = nil, role: User.Role, passwordHash: String? = nil, now: Date = Date()
  ) throws -> User {
    try write(.powerCut) { db in
      try Self.insertUser(db, name: name, email: email, role: role, passwordHash: passwordHash, now: now)
    }
  }

  public func user(id: String) throws -> User? {
    try readOnce { db in try Self.user(db, where: "id = ?", [id]) }
  }

  /// The user whose name or e-mail address this is, for signing in.
  public func user(named nameOrEmail: String) throws -> User? {
    try readOnce { db in
      try Self.user(db, where: "name = ?1 OR email = ?1 ORDER BY name = ?1 DESC", [nameOrEmail])
    }
  }

  /// Everyone, the first to come first.
  public func users() throws -> [User] {
    try readOnce { db in
      try Row.fetchCursor(db, sql: "SELECT \(User.columns) FROM users ORDER BY created_at, id")
        .map { try User(row: $0) }.collect()
    }
  }

  /// Sets a password and signs the user out everywhere but where it was asked for. Keys stay.
  public func setPassword(
    userID: String, hash: String, keepingSession tokenHash: String? = nil, keepingFamily familyID: String? = nil
  ) throws {
    try write(.powerCut) { db in
      try Self.setPassword(db, userID: userID, hash: hash)
      try Self.signOut(db, userID: userID, butSession: tokenHash, butFamily: familyID)
    }
  }

  static func setPassword(_ db: Database, userID: String, hash: String) throws {
    try db.execute(
      sql: "UPDATE users SET password_hash = ?, reset_asked_at = NULL WHERE id = ?", arguments: [hash, userID])
  }

  static func signOut(
    _ db: Database, userID: String, butSession tokenHash: String? = nil, butFamily familyID: String? = nil
  ) throws {
    try db.execute(sql: "DELETE FROM sessions WHERE user_id = ? AND token_hash IS NOT ?", arguments: [userID, tokenHash])
    try db.execute(sql: "DELETE FROM token_families WHERE user_id = ? AND id IS NOT ?", arguments: [userID, familyID])
  }

  /// Lets an account be used, or no longer: then its owner is signed out everywhere, and its keys are refused. What it
  /// has made stays; what it has queued is cancelled, and what is being made ends at the engine's next step, with the credits given back.
  /// - Returns: false when there is no such user.
  /// - Throws: `StoreError.lastAdmin`.
  public func setActive(userID: String, _ isActive: Bool, now: Date = Date()) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "UPDATE users SET is_active = ? WHERE id = ?", arguments: [isActive, userID])
      guard db.changesCount > 0 else { return false }
      try Self.requireAdmin(db)
      if !isActive {
        try Self.signOut(db, userID: userID)
        try Self.cancelAll(db, userID: userID, now: now)
      }
      return true
    }
  }

  /// - Returns: false when there is no such user.
  /// - Throws: `StoreError.lastAdmin`.
  public func setRole(userID: String, _ role: User.Role) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "UPDATE users SET role = ? WHERE id = ?", arguments: [role.rawValue, userID])
      guard db.changesCount > 0 else { return false }
      try Self.requireAdmin(db)
      return true
    }
  }

  /// Notes that the owner of this address asked for a new password, for an administrator to see; nothing happens for an
  /// address that nobody has.
  public func askForReset(email: String, now: Date = Date()) throws {
    try write(.processCrash) { db in
      try db.execute(
        sql: "UPDATE users SET reset_asked_at = ? WHERE email = ? AND is_active", arguments: [now.milliseconds, email])
    }
  }

  /// Changes the name people see.
  /// - Throws: `StoreError.nameTaken`.
  public func rename(userID: String, to name: String) throws {
    try write(.powerCut) { db in
      try Self.namingTakenColumns {
        try db.execute(sql: "UPDATE users SET name = ? WHERE id = ?", arguments: [name, userID])
      }
    }
  }

  /// Whether set-up is over: an administrator can sign in.
  public func hasAdminWithPassword() throws -> Bool {
    try readOnce { db in try Self.hasAdminWithPassword(db) }
  }

  public func firstAdmin() throws -> User? {
    try readOnce { db in try Self.user(db, where: Self.isFirstAdmin, []) }
  }

  /// The first administrator, made without a password if there is none: what `cantiga key create` needs on a new
  /// data folder. Set-up stays open until someone gives it a password.
  public func firstAdmin(orCreateNamed name: String, now: Date = Date()) throws -> User {
    if let admin = try firstAdmin() { return admin }
    return try write(.powerCut) { db in
      if let admin = try Self.user(db, where: Self.isFirstAdmin, []) { return admin }
      return try Self.insertUser(db, name: name, email: nil, role: .admin, passwordHash: nil, now: now)
    }
  }

  /// Ends set-up: the administrator the command line made is given this name, address and password, or a new one is
  /// made. Of two people who set up at once, one is refused.
  /// - Throws: `StoreError.alreadySetUp`, `.nameTaken`, `.emailTaken`.
  public func completeSetup(
    name: String, email: String?, passwordHash: String, now: Date = Date()
  ) throws -> User {
    try write(.powerCut) { db in
      guard try !Self.hasAdminWithPassword(db) else { throw StoreError.alreadySetUp }
      guard var admin = try Self.user(db, where: Self.isFirstAdmin, []) else {
        return try Self.insertUser(
          db, name: name, email: email, role: .admin, passwordHash: passwordHash, now: now)
      }
      try Self.namingTakenColumns {
        try db.execute(
          sql: "UPDATE users SET name = ?, email = ?, password_hash = ? WHERE id = ?",
          arguments: [name, email, passwordHash, admin.id])
      }
      admin.name = name
      admin.email = email
      admin.passwordHash = passwordHash
      return admin
    }
  }

  private static let isFirstAdmin = "role = 'admin' AND is_active ORDER BY created_at, id"

  private static func requireAdmin(_ db: Database) throws {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND is_active)"
    guard try Bool.fetchOne(db, sql: sql) == true else { throw StoreError.lastAdmin }
  }

  private static func hasAdminWithPassword(_ db: Database) throws -> Bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND is_active AND password_hash IS NOT NULL)"
    return try Bool.fetchOne(db.cachedStatement(sql: sql)) ?? false
  }

  static func user(
    _ db: Database, where condition: String, _ arguments: StatementArguments
  ) throws -> User? {
    let sql = "SELECT \(User.columns) FROM users WHERE \(condition) LIMIT 1"
    return try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
      .map { try User(row: $0) }.next()
  }

  static func insertUser(
    _ db: Database, name: String, email: String?, role: User.Role, passwordHash: String?, now: Date
  ) throws -> User {
    let user = User(
      id: UUID().uuidString.lowercased(), name: name, email: email, role: role, passwordHash: passwordHash,
      createdAt: Date(milliseconds: now.milliseconds))
    try namingTakenColumns {
      try db.execute(
        sql: "INSERT INTO users (id, name, email, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          user.id, name, email, role.rawValue, passwordHash, now.milliseconds,
        ])
    }
    return user
  }

  /// SQLite's message for a broken UNIQUE names the column: "UNIQUE constraint failed: users.email".
  private static func namingTakenColumns(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
      throw error.message?.contains("users.email") == true ? StoreError.emailTaken : StoreError.nameTaken
    }
  }
}

extension Cursor {
  /// The elements, in order.
  func collect() throws -> [Element] { try Array(self) }
}
