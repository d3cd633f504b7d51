public import Foundation
internal import GRDB

/// How often one may try before one must wait.
public struct SignInLimit: Sendable {
  /// A hash of whatever is counted.
  public var subject: String
  public var attempts: Int
  public init(subject: String, attempts: Int) {
    self.subject = subject
    self.attempts = attempts
  }
}

extension Store {
  /// So long after the last attempt the count begins anew.
  public static let signInPause: TimeInterval = 15 * 60

  /// Counts an attempt to sign in, before it is known whether it succeeds: of many at once no more pass than may.
  /// - Returns: nil when it may be made; where one of the limits is reached, the seconds until it isn't any more. It doesn't count then.
  public func trySignIn(_ limits: [SignInLimit], now: Date = Date()) throws -> TimeInterval? {
    try write(.processCrash) { db in
      let oldest = now.milliseconds - Int64(Self.signInPause * 1000)
      try db.execute(sql: "DELETE FROM sign_in_attempts WHERE last_at <= ?", arguments: [oldest])
      var rest: TimeInterval?
      for limit in limits {
        guard
          let row = try Row.fetchOne(
            db, sql: "SELECT attempts, last_at FROM sign_in_attempts WHERE subject = ?", arguments: [limit.subject]),
          row[0] as Int >= limit.attempts
        else { continue }
        rest = max(rest ?? 0, Double(row[1] as Int64 - oldest) / 1000)
      }
      if let rest { return rest }
      for limit in limits {
        try db.execute(
          sql: """
            INSERT INTO sign_in_attempts (subject, attempts, last_at) VALUES (?1, 1, ?2)
            ON CONFLICT DO UPDATE SET attempts = attempts + 1, last_at = ?2
            """, arguments: [limit.subject, now.milliseconds])
      }
      return nil
    }
  }

  /// The attempt succeeded, or the password is new.
  public func forgetSignInAttempts(_ subjects: [String]) throws {
    try write(.processCrash) { db in
      for subject in subjects {
        try db.execute(sql: "DELETE FROM sign_in_attempts WHERE subject = ?", arguments: [subject])
      }
    }
  }

  // MARK: - Registration in two steps

  /// Keeps what somebody wants to register with until the code is brought; a later request takes its place.
  public func keepRegistration(
    email: String, name: String, passwordHash: String, codeHash: String, expiresAt: Date, now: Date = Date()
  ) throws {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM pending_registrations WHERE expires_at <= ?", arguments: [now.milliseconds])
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO pending_registrations (email, name, password_hash, code_hash, expires_at) VALUES (?, ?, ?, ?, ?)
          """, arguments: [email, name, passwordHash, codeHash, expiresAt.milliseconds])
    }
  }

  /// Makes the account that waits for this code. After five wrong codes it no longer waits.
  /// - Returns: nil for a wrong code, and where nothing waits.
  /// - Throws: `StoreError.nameTaken`, `.emailTaken`.
  public func completeRegistration(email: String, codeHash: String, now: Date = Date()) throws -> User? {
    try write(.powerCut) { db in
      try db.execute(
        sql: "DELETE FROM pending_registrations WHERE expires_at <= ? OR attempts >= 5", arguments: [now.milliseconds])
      try db.execute(sql: "UPDATE pending_registrations SET attempts = attempts + 1 WHERE email = ?", arguments: [email])
      guard let row = try Row.fetchOne(
        db, sql: "SELECT email, name, password_hash FROM pending_registrations WHERE email = ? AND code_hash = ?",
        arguments: [email, codeHash])
      else { return nil }
      try db.execute(sql: "DELETE FROM pending_registrations WHERE email = ?", arguments: [email])
      return try Self.insertUser(
        db, name: row[1], email: row[0], role: .member, passwordHash: row[2], now: now)
    }
  }
}
