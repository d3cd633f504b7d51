public import Foundation
internal import GRDB

/// A recording that a user has brought.
public struct Upload: Sendable, Hashable, Identifiable {
  /// Random, so that nobody can guess another's.
  public var id: String
  public var userID: String
  /// Where the recording is kept: several uploads of one file share it.
  public var recordingID: String
  /// As its owner called the file.
  public var fileName: String
  /// Of the file that was brought, told by its bytes.
  public var contentType: String
  public var bytes: Int
  public var sampleRate: Int
  public var channels: Int
  /// Of what is kept.
  public var durationSeconds: Double
  /// Whether the file goes on after what is kept.
  public var isCut: Bool
  public var waveformPath: String
  public var createdAt: Date
  public var expiresAt: Date

  public init(
    id: String, userID: String, recordingID: String, fileName: String, contentType: String, bytes: Int, sampleRate: Int,
    channels: Int, durationSeconds: Double, isCut: Bool, waveformPath: String, createdAt: Date, expiresAt: Date
  ) {
    self.id = id
    self.userID = userID
    self.recordingID = recordingID
    self.fileName = fileName
    self.contentType = contentType
    self.bytes = bytes
    self.sampleRate = sampleRate
    self.channels = channels
    self.durationSeconds = durationSeconds
    self.isCut = isCut
    self.waveformPath = waveformPath
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }

  static let columns = """
    id, user_id, recording_id, file_name, content_type, bytes, sample_rate, channels, duration_seconds, is_cut, waveform_path, \
    created_at, expires_at
    """

  init(row: Row) {
    self.init(
      id: row[0], userID: row[1], recordingID: row[2], fileName: row[3], contentType: row[4], bytes: row[5], sampleRate: row[6],
      channels: row[7], durationSeconds: row[8], isCut: row[9], waveformPath: row[10], createdAt: Date(milliseconds: row[11]),
      expiresAt: Date(milliseconds: row[12]))
  }
}

extension Store {
  /// So many uploads may a user have at a time.
  public static let maximumUploads = 200

  /// Adds an upload. The recording must be in place and synced: the row follows the file. Who brings a file again gets the upload that
  /// is there, under its new name and with its new expiry.
  /// - Throws: `StoreError.tooManyUploads`, `.storageFull`.
  public func add(_ upload: Upload, now: Date = Date()) throws -> Upload {
    try write(.powerCut) { db in
      let others = try Int.fetchOne(
        db, sql: "SELECT count(*) FROM uploads WHERE user_id = ? AND recording_id <> ? AND expires_at > ?",
        arguments: [upload.userID, upload.recordingID, now.milliseconds])
      guard others ?? 0 < Self.maximumUploads else { throw StoreError.tooManyUploads }
      let isThere = try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM uploads WHERE user_id = ? AND recording_id = ?)", arguments: [upload.userID, upload.recordingID])
      if isThere != true { try Self.requireRoom(db, userID: upload.userID, for: upload.bytes) }
      try db.execute(
        sql: """
          INSERT INTO uploads (\(Upload.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (user_id, recording_id) DO UPDATE SET file_name = excluded.file_name, expires_at = excluded.expires_at
          """,
        arguments: [
          upload.id, upload.userID, upload.recordingID, upload.fileName, upload.contentType, upload.bytes, upload.sampleRate,
          upload.channels, upload.durationSeconds, upload.isCut, upload.waveformPath, upload.createdAt.milliseconds,
          upload.expiresAt.milliseconds,
        ])
      let row = try Row.fetchOne(
        db, sql: "SELECT \(Upload.columns) FROM uploads WHERE user_id = ? AND recording_id = ?",
        arguments: [upload.userID, upload.recordingID])
      guard let row else { preconditionFailure("an inserted upload is there") }
      return Upload(row: row)
    }
  }

  /// A user's uploads, the newest first.
  public func uploads(userID: String, now: Date = Date()) throws -> [Upload] {
    try readOnce { db in
      try Row.fetchAll(
        db.cachedStatement(
          sql: "SELECT \(Upload.columns) FROM uploads WHERE user_id = ? AND expires_at > ? ORDER BY created_at DESC, id"),
        arguments: [userID, now.milliseconds]
      ).map(Upload.init(row:))
    }
  }

  /// An upload of this user's; nil for another's as for none.
  public func upload(id: String, userID: String, now: Date = Date()) throws -> Upload? {
    try uploadForLink(id: id, now: now).flatMap { $0.userID == userID ? $0 : nil }
  }

  /// An upload, whoever's it is: for links that carry their own permission.
  public func uploadForLink(id: String, now: Date = Date()) throws -> Upload? {
    try readOnce { db in
      try Row.fetchOne(
        db.cachedStatement(sql: "SELECT \(Upload.columns) FROM uploads WHERE id = ? AND expires_at > ?"),
        arguments: [id, now.milliseconds])
    }.map(Upload.init(row:))
  }

  /// Removes an upload; the worker removes its recording unless somebody else needs it.
  /// - Returns: false when the user has no such upload.
  public func deleteUpload(id: String, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM uploads WHERE id = ? AND user_id = ?", arguments: [id, userID])
      return db.changesCount > 0
    }
  }

  // MARK: - What the worker does

  /// Removes the uploads whose time is over.
  public func deleteExpiredUploads(now: Date = Date()) throws {
    let isOver = try readOnce { db in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM uploads WHERE expires_at <= ?)"), arguments: [now.milliseconds])
    }
    guard isOver == true else { return }
    try write(.processCrash) { db in
      try db.execute(sql: "DELETE FROM uploads WHERE expires_at <= ?", arguments: [now.milliseconds])
    }
  }

  /// The recordings that uploads and unfinished jobs need.
  public func neededRecordings() throws -> Set<String> {
    try readOnce { db in
      try String.fetchSet(
        db.cachedStatement(
          sql: """
            SELECT recording_id FROM uploads
            UNION SELECT source_recording FROM jobs WHERE source_recording IS NOT NULL AND status IN ('PENDING', 'PROCESSING')
            """))
    }
  }

  /// A running job's source has been fetched: a later attempt starts from the same.
  public func setSourceRecording(jobID: Int64, attempt: Int, recordingID: String) throws {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE jobs SET source_recording = ? WHERE id = ? AND attempts = ? AND status = 'PROCESSING'",
        arguments: [recordingID, jobID, attempt])
    }
  }
}
