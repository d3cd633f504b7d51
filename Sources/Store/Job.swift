public import Foundation
internal import GRDB

/// The four states of a job (`api.md` 12.2), as clients see them.
public enum JobStatus: String, Sendable, Hashable, CaseIterable {
  case pending = "PENDING"
  case processing = "PROCESSING"
  case completed = "COMPLETED"
  case failed = "FAILED"

  public var isFinished: Bool { self == .completed || self == .failed }
}

/// How far the running song has got.
public struct JobProgress: Sendable, Hashable {
  /// A stage of `Generation`, by its raw value.
  public var stage: String
  /// Steps done of `total` in this stage.
  public var done: Int
  public var total: Int
  /// Which variation, from 0.
  public var variation: Int
  /// Of the whole job, 0...100; within an attempt it never goes down.
  public var percent: Int

  public init(stage: String, done: Int, total: Int, variation: Int, percent: Int) {
    self.stage = stage
    self.done = done
    self.total = total
    self.variation = variation
    self.percent = percent
  }
}

/// A song somebody asked for, and what became of it.
public struct Job: Sendable, Hashable, Identifiable {
  /// 1 or more; never given twice.
  public var id: Int64
  public var userID: String
  public var task: String
  public var songType: String
  public var status: JobStatus
  public var engine: String
  /// The format asked for: "flac", "mp3", "wav" or "ogg".
  public var format: String
  public var batchSize: Int
  /// One a variation.
  public var seeds: [UInt32]
  /// How often the worker has begun it: the number of the running attempt.
  public var attempts: Int
  public var cancelRequested: Bool
  /// FAILED because its owner wished so.
  public var cancelled: Bool
  /// Seconds, nil when the engine chooses.
  public var requestedDuration: Double?
  /// Nil until the worker has begun, and once the job is put back.
  public var progress: JobProgress?
  public var createdAt: Date
  public var updatedAt: Date
  /// When the last attempt began.
  public var startedAt: Date?
  /// When it ended, well or not.
  public var completedAt: Date?
  public var displayName: String
  public var thumbnailURL: String?
  public var genre: String?
  public var emotion: String?
  public var language: String?
  /// A sentence for its owner, set when FAILED.
  public var errorMessage: String?
  /// Why it waits again: "re-queued after a restart (attempt 2)".
  public var requeueNote: String?
  /// JSON object: seconds a phase.
  public var timecosts: String?
  /// Sentences on what was not done as asked.
  public var warnings: [String]
  public var caption: String
  public var lyrics: String?
  /// JSON object: the request by canonical names, defaults filled in.
  public var request: String
  /// JSON object: what was really used; nil until COMPLETED.
  public var used: String?
  /// The song that it starts from.
  public var source: SourceReference?
  /// The kept recording that it starts from, by its id.
  public var sourceRecording: String?
  public var cost = JobCost()
  public var opinion: Opinion?
  /// The public link to it, where there is one; it may have expired.
  public var share: JobShare?
  /// How often it was shared.
  public var shareCount = 0

  public init(
    id: Int64, userID: String, task: String, songType: String, status: JobStatus, engine: String,
    format: String = "flac", batchSize: Int = 1, seeds: [UInt32], attempts: Int = 0, cancelRequested: Bool = false,
    cancelled: Bool = false, requestedDuration: Double? = nil, progress: JobProgress? = nil, createdAt: Date,
    updatedAt: Date, startedAt: Date? = nil, completedAt: Date? = nil, displayName: String,
    thumbnailURL: String? = nil, genre: String? = nil, emotion: String? = nil, language: String? = nil,
    errorMessage: String? = nil, requeueNote: String? = nil, timecosts: String? = nil, warnings: [String] = [],
    caption: String = "", lyrics: String? = nil, request: String = "{}", used: String? = nil,
    source: SourceReference? = nil, sourceRecording: String? = nil
  ) {
    self.id = id
    self.userID = userID
    self.task = task
    self.songType = songType
    self.status = status
    self.engine = engine
    self.format = format
    self.batchSize = batchSize
    self.seeds = seeds
    self.attempts = attempts
    self.cancelRequested = cancelRequested
    self.cancelled = cancelled
    self.requestedDuration = requestedDuration
    self.progress = progress
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.startedAt = startedAt
    self.completedAt = completedAt
    self.displayName = displayName
    self.thumbnailURL = thumbnailURL
    self.genre = genre
    self.emotion = emotion
    self.language = language
    self.errorMessage = errorMessage
    self.requeueNote = requeueNote
    self.timecosts = timecosts
    self.warnings = warnings
    self.caption = caption
    self.lyrics = lyrics
    self.request = request
    self.used = used
    self.source = source
    self.sourceRecording = sourceRecording
  }

  /// Where its files lie below the media folder: "2a/42", spread over 256 folders.
  public var directory: String { Self.directory(id: id) }

  public static func directory(id: Int64) -> String {
    let hex = String(id & 0xff, radix: 16)
    return (hex.count == 1 ? "0" : "") + hex + "/\(id)"
  }
}

/// A job before it has an id.
public struct JobDraft: Sendable {
  public var userID: String
  public var task: String
  public var songType: String
  public var engine: String
  public var format = "flac"
  /// One a variation: as many seeds as the batch has songs.
  public var seeds: [UInt32]
  public var requestedDuration: Double?
  public var displayName: String
  public var thumbnailURL: String?
  public var genre: String?
  public var language: String?
  public var caption = ""
  public var lyrics: String?
  /// JSON object, kept as it is.
  public var request: String
  /// What is known already when the job is taken.
  public var warnings: [String] = []
  public var source: SourceReference?
  /// The kept recording that it starts from, by its id.
  public var sourceRecording: String?
  public var idempotency: IdempotencyKey?
  public var payment = JobPayment()

  public init(
    userID: String, task: String, songType: String, engine: String, seeds: [UInt32], displayName: String,
    request: String
  ) {
    self.userID = userID
    self.task = task
    self.songType = songType
    self.engine = engine
    self.seeds = seeds
    self.displayName = displayName
    self.request = request
  }
}

/// One variation of another job.
public struct SourceReference: Sendable, Hashable {
  public var jobID: Int64
  /// From 0.
  public var variation: Int
  public init(jobID: Int64, variation: Int) {
    self.jobID = jobID
    self.variation = variation
  }
}

/// A client's promise that a repeated request is the same one (`api.md` 1.6).
public struct IdempotencyKey: Sendable, Hashable {
  /// The header's value.
  public var key: String
  /// Hash of path and body.
  public var bodyHash: String
  public init(key: String, bodyHash: String) {
    self.key = key
    self.bodyHash = bodyHash
  }
}

extension Job {
  static let columnCount = 47
  static let columns = """
    jobs.id, jobs.user_id, jobs.task, jobs.song_type, jobs.status, jobs.engine, jobs.format, jobs.batch_size, \
    jobs.seeds, jobs.attempts, jobs.cancel_requested, jobs.cancelled, jobs.requested_duration, jobs.stage, \
    jobs.stage_done, jobs.stage_total, jobs.variation, jobs.percent, jobs.created_at, jobs.updated_at, \
    jobs.started_at, jobs.completed_at, jobs.display_name, jobs.thumbnail_url, jobs.genre, jobs.emotion, \
    jobs.language, jobs.error_message, jobs.requeue_note, jobs.timecosts_json, jobs.warnings, jobs.caption, \
    jobs.lyrics, jobs.request_json, jobs.used_json, jobs.source_job_id, jobs.source_variation, jobs.source_recording, \
    jobs.reserved_credits, jobs.reserved_cents, jobs.charged_credits, jobs.charged_cents, \
    jobs.opinion, jobs.share_token, jobs.share_expires_at, jobs.share_downloads, jobs.share_count
    """

  init(row: Row) throws {
    guard let status = JobStatus(rawValue: row[4]) else {
      throw StoreError.unreadable(table: "jobs", column: "status")
    }
    let stage: String? = row[13]
    self.init(
      id: row[0], userID: row[1], task: row[2], songType: row[3], status: status, engine: row[5], format: row[6],
      batchSize: row[7], seeds: try Self.seeds(row[8]), attempts: row[9], cancelRequested: row[10],
      cancelled: row[11], requestedDuration: row[12],
      progress: stage.map {
        JobProgress(stage: $0, done: row[14], total: row[15], variation: row[16], percent: row[17])
      },
      createdAt: Date(milliseconds: row[18]), updatedAt: Date(milliseconds: row[19]),
      startedAt: (row[20] as Int64?).map(Date.init(milliseconds:)),
      completedAt: (row[21] as Int64?).map(Date.init(milliseconds:)), displayName: row[22],
      thumbnailURL: row[23], genre: row[24], emotion: row[25], language: row[26], errorMessage: row[27],
      requeueNote: row[28], timecosts: row[29], warnings: Self.lines(row[30]), caption: row[31], lyrics: row[32],
      request: row[33], used: row[34],
      source: (row[35] as Int64?).map { SourceReference(jobID: $0, variation: row[36] ?? 0) },
      sourceRecording: row[37])
    cost = JobCost(
      reserved: Price(credits: row[38], cents: row[39]),
      charged: (row[40] as Int?).map { Price(credits: $0, cents: row[41] ?? 0) })
    opinion = (row[42] as Int?).flatMap(Opinion.init(rawValue:))
    share = (row[43] as String?).map {
      JobShare(token: $0, expiresAt: (row[44] as Int64?).map(Date.init(milliseconds:)), allowsDownload: row[45])
    }
    shareCount = row[46]
  }

  static func text(seeds: [UInt32]) -> String { seeds.map(String.init).joined(separator: " ") }

  private static func seeds(_ text: String) throws -> [UInt32] {
    try text.split(separator: " ").map {
      guard let seed = UInt32($0) else { throw StoreError.unreadable(table: "jobs", column: "seeds") }
      return seed
    }
  }

  /// One a line: a warning is a sentence, so a line break inside one is only a space.
  static func text(lines: [String]) -> String {
    lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }.joined(separator: "\n")
  }

  private static func lines(_ text: String) -> [String] {
    text.isEmpty ? [] : text.split(separator: "\n").map(String.init)
  }
}
