public import Foundation
internal import GRDB

/// A song that the retention would remove.
public struct OldSong: Sendable, Hashable, Identifiable {
  /// Its job's.
  public var id: Int64
  public var userName: String
  public var title: String
  public var bytes: Int
  public var completedAt: Date
}

// MARK: - How much each may keep

extension Store {
  /// The most that can be set, in MiB.
  public static let maximumQuota = 100_000_000

  /// How much each user may keep, in bytes; nil where there is no limit.
  public func storageQuota() throws -> Int? { try readOnce { db in try Self.storageQuota(db) } }

  /// What a user keeps, in bytes: songs in all formats, stems, uploads.
  public func storageUsed(userID: String) throws -> Int { try readOnce { db in try Self.storageUsed(db, userID: userID) } }

  private static func storageQuota(_ db: Database) throws -> Int? {
    try setting(db, .storageQuota).flatMap { Int($0) }.flatMap { $0 > 0 ? min($0, maximumQuota) << 20 : nil }
  }

  private static func storageUsed(_ db: Database, userID: String) throws -> Int {
    try Int.fetchOne(
      db,
      sql: """
        SELECT ifnull((SELECT sum(flac_bytes + wav_bytes + mp3_bytes + ogg_bytes) FROM jobs JOIN outputs ON outputs.job_id = jobs.id
            WHERE jobs.user_id = ?1), 0)
          + ifnull((SELECT sum(stems.flac_bytes) FROM jobs JOIN stems ON stems.job_id = jobs.id WHERE jobs.user_id = ?1), 0)
          + ifnull((SELECT sum(archive_bytes) FROM jobs JOIN stem_sets ON stem_sets.job_id = jobs.id WHERE jobs.user_id = ?1), 0)
          + ifnull((SELECT sum(bytes) FROM uploads WHERE user_id = ?1), 0)
        """, arguments: [userID]) ?? 0
  }

  /// Inside the transaction that adds something.
  /// - Parameter bytes: what is added, as far as it is known.
  /// - Throws: `StoreError.storageFull`.
  static func requireRoom(_ db: Database, userID: String, for bytes: Int = 0) throws {
    guard let quota = try storageQuota(db) else { return }
    let used = try storageUsed(db, userID: userID)
    guard used < quota, used + bytes <= quota else { throw StoreError.storageFull(used: used, limit: quota) }
  }
}

// MARK: - How long songs are kept

extension Store {
  /// After so many days songs go that nobody cares for; nil where they stay.
  public func retentionDays() throws -> Int? { try setting(.retentionDays).flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }

  /// What a retention of so many days would remove now, the oldest first: songs finished longer ago, which their owner neither likes nor
  /// shares nor has in a playlist.
  /// - Returns: the first of them; and how many there are, with how many bytes.
  public func oldSongs(olderThan days: Int, limit: Int, now: Date = Date()) throws -> (songs: [OldSong], count: Int, bytes: Int) {
    let until = now.addingTimeInterval(-Double(days) * 86_400).milliseconds
    return try read { db in
      let songs = try Row.fetchCursor(
        db,
        sql: """
          SELECT jobs.id, users.name, display_name, \(Self.bytesOfSong), completed_at FROM jobs JOIN users ON users.id = jobs.user_id
          WHERE \(Self.isUncaredFor) ORDER BY completed_at, jobs.id LIMIT ?2
          """, arguments: [until, limit]
      ).map { OldSong(id: $0[0], userName: $0[1], title: $0[2], bytes: $0[3], completedAt: Date(milliseconds: $0[4])) }.collect()
      let sum = try Row.fetchOne(
        db, sql: "SELECT count(*), ifnull(sum(\(Self.bytesOfSong)), 0) FROM jobs WHERE \(Self.isUncaredFor)", arguments: [until])
      return (songs, sum?[0] ?? 0, sum?[1] ?? 0)
    }
  }

  /// Removes what `oldSongs` lists for the days that are set; nothing where none are. The worker removes the files.
  /// - Returns: how many.
  @discardableResult
  public func deleteOldSongs(now: Date = Date()) throws -> Int {
    guard let days = try retentionDays() else { return 0 }
    return try write(.powerCut) { db in
      let until = now.addingTimeInterval(-Double(days) * 86_400).milliseconds
      let ids = try Int64.fetchAll(db, sql: "SELECT id FROM jobs WHERE \(Self.isUncaredFor)", arguments: [until])
      for id in ids { try Self.remove(db, jobID: id) }
      return ids.count
    }
  }

  private static let bytesOfSong = """
    ifnull((SELECT sum(flac_bytes + wav_bytes + mp3_bytes + ogg_bytes) FROM outputs WHERE outputs.job_id = jobs.id), 0)
    """

  /// ?1 is the time. A link that has ended counts until it is taken back: too much is kept rather than too little.
  private static let isUncaredFor = """
    jobs.status = 'COMPLETED' AND completed_at <= ?1 AND ifnull(opinion, 0) <> 1 AND share_token IS NULL
      AND EXISTS (SELECT 1 FROM outputs WHERE outputs.job_id = jobs.id)
      AND NOT EXISTS (SELECT 1 FROM playlist_songs WHERE playlist_songs.job_id = jobs.id)
    """
}
