public import Foundation
internal import GRDB

/// A user's own data, asked for as one archive. A user has at most one.
public struct DataExport: Sendable, Hashable {
  public enum State: String, Sendable { case queued, making, ready, failed }

  public var userID: String
  public var state: State
  /// The archive's name without its ending: unguessable.
  public var name: String
  public var bytes: Int
  /// Why it failed, in a sentence.
  public var errorMessage: String?
  public var requestedAt: Date
  /// When it was made, or given up.
  public var endedAt: Date?
}

extension DataExport {
  static let columns = "user_id, state, name, bytes, error_message, requested_at, ended_at"

  init(row: Row) throws {
    guard let state = State(rawValue: row[1]) else { throw StoreError.unreadable(table: "data_exports", column: "state") }
    self.init(
      userID: row[0], state: state, name: row[2], bytes: row[3], errorMessage: row[4], requestedAt: Date(milliseconds: row[5]),
      endedAt: (row[6] as Int64?).map(Date.init(milliseconds:)))
  }
}

extension Store {
  /// How long an archive is kept once it is made.
  public static let exportMemory: TimeInterval = 86_400

  /// Asks for an archive of a user's data. One that waits or is being made is left as it is; another takes an older one's place.
  /// - Parameter name: what the archive is to be called; unguessable.
  public func requestExport(userID: String, name: String, now: Date = Date()) throws -> DataExport {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          INSERT INTO data_exports (user_id, state, name, requested_at) VALUES (?1, 'queued', ?2, ?3)
          ON CONFLICT DO UPDATE SET state = 'queued', name = ?2, bytes = 0, error_message = NULL, requested_at = ?3, ended_at = NULL
            WHERE state IN ('ready', 'failed')
          """, arguments: [userID, name, now.milliseconds])
      guard let export = try Self.export(db, userID: userID) else { preconditionFailure("an inserted row is there") }
      return export
    }
  }

  /// A user's archive.
  public func export(userID: String) throws -> DataExport? { try readOnce { db in try Self.export(db, userID: userID) } }

  /// Hands out the archive that has waited longest and marks it as being made.
  public func claimExport() throws -> (DataExport, User)? {
    let isWaiting = try readOnce { db in
      try Bool.fetchOne(db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM data_exports WHERE state = 'queued')")) ?? false
    }
    guard isWaiting else { return nil }
    return try write(.powerCut) { db in
      let id = try String.fetchOne(
        db, sql: "SELECT user_id FROM data_exports WHERE state = 'queued' ORDER BY requested_at, user_id LIMIT 1")
      guard let id else { return nil }
      try db.execute(sql: "UPDATE data_exports SET state = 'making' WHERE user_id = ?", arguments: [id])
      guard let export = try Self.export(db, userID: id), let user = try Self.user(db, where: "id = ?", [id]) else { return nil }
      return (export, user)
    }
  }

  /// Records that an archive is there, with its size in bytes; or, with nil, why there is none.
  public func finishExport(_ export: DataExport, bytes: Int?, errorMessage: String? = nil, now: Date = Date()) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE data_exports SET state = ?, bytes = ?, error_message = ?, ended_at = ? WHERE user_id = ? AND name = ?",
        arguments: [
          bytes == nil ? DataExport.State.failed.rawValue : DataExport.State.ready.rawValue, bytes ?? 0, errorMessage, now.milliseconds,
          export.userID, export.name,
        ])
    }
  }

  /// What a stop interrupted waits again.
  public func requeueExports() throws {
    try write(.powerCut) { db in try db.execute(sql: "UPDATE data_exports SET state = 'queued' WHERE state = 'making'") }
  }

  /// Forgets the archives whose time is over.
  /// - Returns: the names of those that are kept.
  public func deleteOldExports(now: Date = Date()) throws -> Set<String> {
    try write(.processCrash) { db in
      try db.execute(
        sql: "DELETE FROM data_exports WHERE ended_at <= ?", arguments: [now.addingTimeInterval(-Self.exportMemory).milliseconds])
      return try String.fetchSet(db, sql: "SELECT name FROM data_exports")
    }
  }

  private static func export(_ db: Database, userID: String) throws -> DataExport? {
    try Row.fetchOne(db, sql: "SELECT \(DataExport.columns) FROM data_exports WHERE user_id = ?", arguments: [userID])
      .map { try DataExport(row: $0) }
  }
}
