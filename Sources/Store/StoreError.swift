internal import GRDB

/// Why the store could not do what it was asked, in words that name no stored value: these go to logs.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file was written by a newer Cantiga; `unknown` names the migrations this one doesn't know.
  case newerSchema(unknown: [String])
  /// The file could not be opened as a database.
  case cannotOpen(path: String, reason: String)
  /// The same idempotency key came with another body within its ten minutes (`api.md` 1.6).
  case idempotencyKeyReused
  case nameTaken
  case emailTaken
  /// Set-up is over: an administrator has a password.
  case alreadySetUp
  /// Neither credits nor wallet cover a job.
  case insufficientCredits(required: Price, available: Price)
  /// Nobody could administer the studio any more.
  case lastAdmin
  /// The one-time link is unknown, used or expired.
  case linkNotValid
  /// The refresh token is unknown or expired, or came a second time.
  case tokenNotValid
  /// Only a FAILED job may be put back.
  case notFailed
  /// Only a COMPLETED job with a song may be shared.
  case notFinished
  /// The user has as many uploads as anybody may have.
  case tooManyUploads
  /// The user has as many webhook endpoints as anybody may have.
  case tooManyWebhooks
  /// The user has as many playlists as anybody may have.
  case tooManyPlaylists
  /// The playlist holds as many songs as any may.
  case playlistFull
  /// The user keeps as many bytes as the administrator lets everybody.
  case storageFull(used: Int, limit: Int)
  /// No space is left for the database.
  case diskFull
  /// Another process held the database for longer than the busy timeout.
  case busy
  /// A row holds a value this version can't read.
  case unreadable(table: String, column: String)
  /// Anything else SQLite refused: its result code and its own message.
  case sqlite(code: Int32, message: String)

  public var description: String {
    switch self {
    case .newerSchema(let unknown):
      "The data folder was used by a newer version of Cantiga (it has \(unknown.joined(separator: ", "))). "
        + "Start that version, or restore a backup made before the upgrade."
    case .cannotOpen(let path, let reason): "Cannot open the database \(path): \(reason)."
    case .idempotencyKeyReused:
      "This Idempotency-Key was already used for a different request within the last 10 minutes."
    case .nameTaken: "That name is already taken."
    case .emailTaken: "That e-mail address is already registered."
    case .alreadySetUp: "This Cantiga is already set up. Sign in instead."
    case .insufficientCredits(let required, let available):
      required.credits > 0
        ? "Insufficient credits. Required: \(required.credits), Available: \(available.credits)"
        : "Insufficient credits: insufficient API wallet balance. Required: \(Price.dollars(required.cents)), Available: \(Price.dollars(available.cents))"
    case .lastAdmin: "This is the last administrator. Make somebody else one first."
    case .linkNotValid: "This link has been used, has expired or was never made. Ask the administrator for a new one."
    case .tokenNotValid: "The refresh token is not valid. Sign in again."
    case .notFailed: "Only failed jobs can be retried"
    case .notFinished: "Job must be completed"
    case .tooManyUploads: "You have \(Store.maximumUploads) uploads, which is as many as are kept. Delete some first."
    case .tooManyWebhooks: "You have \(Store.maximumWebhooks) webhook endpoints, which is as many as there may be. Delete some first."
    case .tooManyPlaylists: "You have \(Store.maximumPlaylists) playlists, which is as many as there may be. Delete some first."
    case .playlistFull: "This playlist has \(Store.maximumPlaylistSongs) songs, which is as many as fit."
    case .storageFull(let used, let limit):
      "Your songs and uploads take up \(used >> 20) MiB of the \(limit >> 20) MiB that you may keep. Delete some first."
    case .diskFull: "The disk is full: the database could not be written."
    case .busy: "The database is busy. Try again in a moment."
    case .unreadable(let table, let column):
      "The database has a value in \(table).\(column) that this version cannot read."
    case .sqlite(let code, let message): "The database refused (SQLite code \(code)): \(message)."
    }
  }

  /// What a SQLite error means here. GRDB's own description may quote the statement; this quotes SQLite alone.
  init(_ error: DatabaseError) {
    switch error.resultCode {
    case .SQLITE_FULL: self = .diskFull
    case .SQLITE_BUSY: self = .busy
    default:
      self = .sqlite(
        code: error.extendedResultCode.rawValue, message: error.message ?? "no message")
    }
  }
}
