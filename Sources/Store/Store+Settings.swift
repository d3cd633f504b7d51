internal import GRDB

/// What an administrator may change while the studio runs, and what it must remember between starts.
public enum SettingKey: String, Sendable, CaseIterable {
  case siteName = "site_name"
  /// Hash of the code that set-up asks for.
  case setupCodeHash = "setup_code_hash"
  /// A `Registration`.
  case registration
  /// A `Pricing`.
  case pricing
  /// The credits that everybody has a month.
  case monthlyCredits = "monthly_credits"
  /// MiB that each user may keep; 0 and none are no limit.
  case storageQuota = "storage_quota_mib"
  /// Days after which songs go that nobody cares for; none for never.
  case retentionDays = "retention_days"
  /// A `WebhookPolicy`.
  case webhooks
}

/// Who may make an account.
public enum Registration: String, Sendable, CaseIterable {
  case open, invite, closed
}

extension Store {
  /// Who may make an account: whom an administrator invites, unless set otherwise.
  public func registration() throws -> Registration {
    try setting(.registration).flatMap(Registration.init(rawValue:)) ?? .invite
  }

  public func setting(_ key: SettingKey) throws -> String? {
    try readOnce { db in try Self.setting(db, key) }
  }

  static func setting(_ db: Database, _ key: SettingKey) throws -> String? {
    try String.fetchOne(db.cachedStatement(sql: "SELECT value FROM settings WHERE key = ?"), arguments: [key.rawValue])
  }

  /// Sets a value, or takes it away with nil.
  public func set(_ key: SettingKey, to value: String?) throws {
    try write(.powerCut) { db in
      guard let value else {
        return try db.execute(sql: "DELETE FROM settings WHERE key = ?", arguments: [key.rawValue])
      }
      try db.execute(
        sql: "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        arguments: [key.rawValue, value])
    }
  }
}
