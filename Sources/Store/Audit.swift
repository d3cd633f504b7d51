public import Foundation
internal import GRDB

/// What administrators can look up later.
public enum AuditEvent: String, Sendable, CaseIterable {
  case signedIn = "signed_in"
  case signInFailed = "sign_in_failed"
  /// Not tried, for too many attempts had failed.
  case signInBlocked = "sign_in_blocked"
  case accountMade = "account_made"
  case passwordChanged = "password_changed"
  /// By an administrator's link.
  case passwordReset = "password_reset"
  case resetLinkMade = "reset_link_made"
  case keyMade = "key_made"
  case keyRevoked = "key_revoked"
  case invited
  case invitationWithdrawn = "invitation_withdrawn"
  case roleChanged = "role_changed"
  case switchedOff = "switched_off"
  case switchedOn = "switched_on"
  case settingChanged = "setting_changed"
  case creditsGranted = "credits_granted"
  case webhookMade = "webhook_made"
  case webhookDeleted = "webhook_deleted"
  case songDeleted = "song_deleted"
  case uploadDeleted = "upload_deleted"
  case dataExported = "data_exported"
}

/// A line of the log: what happened, by whom, when, and from where.
public struct AuditEntry: Sendable, Hashable, Identifiable {
  public var id: Int64
  public var event: AuditEvent
  /// As they were called then; empty where nobody is known.
  public var userName: String
  /// The client's, or "command line".
  public var address: String
  /// What it was done to.
  public var detail: String
  public var at: Date
}

extension Store {
  /// How long the log goes back.
  public static let auditMemory: TimeInterval = 180 * 86_400

  /// Adds a line to the log.
  public func note(_ event: AuditEvent, by user: User?, from address: String, detail: String = "", now: Date = Date()) throws {
    try write(.processCrash) { db in
      try db.execute(
        sql: "INSERT INTO audit (event, user_id, user_name, address, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [event.rawValue, user?.id, user?.name ?? "", String(address.prefix(100)), String(detail.prefix(300)), now.milliseconds])
    }
  }

  /// One page of the log, the newest line first, and how many there are.
  public func auditLog(skip: Int = 0, limit: Int) throws -> (entries: [AuditEntry], total: Int) {
    try read { db in
      let entries = try Row.fetchCursor(
        db, sql: "SELECT id, event, user_name, address, detail, at FROM audit ORDER BY id DESC LIMIT ? OFFSET ?", arguments: [limit, skip]
      ).map { row in
        guard let event = AuditEvent(rawValue: row[1]) else { throw StoreError.unreadable(table: "audit", column: "event") }
        return AuditEntry(
          id: row[0], event: event, userName: row[2], address: row[3], detail: row[4], at: Date(milliseconds: row[5]))
      }.collect()
      return (entries, try Int.fetchOne(db, sql: "SELECT count(*) FROM audit") ?? 0)
    }
  }

  /// Forgets what is older than `auditMemory`.
  public func deleteOldAuditEntries(now: Date = Date()) throws {
    try write(.processCrash) { db in
      try db.execute(sql: "DELETE FROM audit WHERE at <= ?", arguments: [now.addingTimeInterval(-Self.auditMemory).milliseconds])
    }
  }
}
