internal import Foundation
internal import Generation
internal import JSON
internal import Store

/// What an archive of a user's own data holds: lists as JSON, and the files of songs and uploads.
struct ExportContents {
  let store: Store
  let user: User
  let media: MediaFolder
  let recordings: RecordingFolder

  private static let page = 100

  /// Roughly how much it will be.
  func bytes() throws -> Int {
    var sum = 1 << 20
    try eachJob { job, outputs in
      sum += job.request.utf8.count + 8192 + outputs.reduce(0) { $0 + $1.bytes.flac + 65_536 }
      sum += try stems(of: job).reduce(0) { $0 + $1.stem.bytes }
    }
    for upload in try store.uploads(userID: user.id) {
      sum += try recordings.sound(upload.recordingID).map(FileSize.bytes) ?? 0
    }
    return sum
  }

  /// Writes the lists into a folder and gives their names. One element at a time: a list may be longer than memory.
  func writeLists(to folder: String) throws -> [String] {
    try Data(account().text.utf8).write(to: URL(fileURLWithPath: folder + "/account.json"))
    let jobs = try ListFile(folder + "/jobs.json")
    try eachJob { try jobs.add(Self.object($0, $1)) }
    try jobs.close()
    let ledger = try ListFile(folder + "/ledger.json")
    try eachPage({ try store.ledger(userID: user.id, skip: $0, limit: $1) }) { try ledger.add(Self.object($0)) }
    try ledger.close()
    let usage = try ListFile(folder + "/usage.json")
    for fromWallet in [false, true] {
      try eachPage({ try store.usage(userID: user.id, fromWallet: fromWallet, skip: $0, limit: $1) }) { try usage.add(Self.object($0)) }
    }
    try usage.close()
    let uploads = try ListFile(folder + "/uploads.json")
    for upload in try store.uploads(userID: user.id) { try uploads.add(Self.object(upload)) }
    try uploads.close()
    return ["account.json", "jobs.json", "ledger.json", "usage.json", "uploads.json"]
  }

  /// Each file's name in the archive, and where it lies. Of the four formats of a song there is the lossless one.
  func eachFile(_ take: (_ name: String, _ source: String) throws -> Void) throws {
    try eachJob { job, outputs in
      let base = "\(media.path)/\(job.directory)"
      let folder = "songs/\(job.id) \(Self.safe(job.displayName))"
      // A score that was written first has no song.
      let variations = outputs.isEmpty ? [0] : outputs.map(\.variation)
      for variation in variations {
        for ending in ["flac", "score.json", "mid", "lyrics.json"] {
          let source = "\(base)/\(variation).\(ending)"
          if FileManager.default.fileExists(atPath: source) { try take("\(folder)/\(variation).\(ending)", source) }
        }
      }
      for (variation, stem) in try stems(of: job) {
        try take("\(folder)/stems/\(stem.id).flac", "\(base)/\(MediaFolder.stemFolder(variation: variation))/\(stem.id).flac")
      }
    }
    for upload in try store.uploads(userID: user.id) {
      guard let source = recordings.sound(upload.recordingID) else { continue }
      try take("uploads/\(upload.id) \(Self.safe(upload.fileName)).flac", source)
    }
  }

  /// The stems that a job was asked for; those of other songs can be made again from their scores.
  private func stems(of job: Job) throws -> [(variation: Int, stem: StemFile)] {
    guard job.task == MusicTask.separation.rawValue, job.status == .completed else { return [] }
    return try store.stemSets(jobID: job.id).filter { $0.state == .ready }.flatMap { set in set.stems.map { (set.variation, $0) } }
  }

  private func eachJob(_ take: (Job, [Output]) throws -> Void) throws {
    var filter = JobFilter()
    // Oldest first: what comes meanwhile is at the end, and moves nothing.
    filter.ascending = true
    filter.limit = Self.page
    try eachPage({ skip, _ in
      filter.skip = skip
      return try store.jobs(filter, userID: user.id).jobs
    }) { job in try take(job, job.status == .completed ? store.outputs(jobID: job.id) : []) }
  }

  private func eachPage<Element>(_ page: (_ skip: Int, _ limit: Int) throws -> [Element], _ take: (Element) throws -> Void) throws {
    var skip = 0
    while true {
      let found = try page(skip, Self.page)
      for element in found { try take(element) }
      guard found.count == Self.page else { return }
      skip += found.count
    }
  }

  /// A title as a part of a file's name.
  private static func safe(_ text: String) -> String {
    let plain = String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F || "/\\:*?\"<>|".unicodeScalars.contains($0) ? "_" : Character($0) })
    return String(plain.prefix(80)).trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: ".")))
  }
}

// MARK: - The lists

extension ExportContents {
  private func account() throws -> JSON {
    [
      "id": .string(user.id), "name": .string(user.name), "email": .optional(user.email), "role": .string(user.role.rawValue),
      "created_at": Self.time(user.createdAt),
      "api_keys": .array(try store.apiKeys(userID: user.id).map { key in
        [
          "name": .string(key.name), "prefix": .string(key.prefix), "scopes": .array(key.scopes.map(JSON.string)),
          "created_at": Self.time(key.createdAt), "last_used_at": Self.time(key.lastUsedAt), "revoked_at": Self.time(key.revokedAt),
        ]
      }),
      "playlists": .array(try store.playlists(userID: user.id).map { list in
        let songs = try store.playlist(id: list.id, userID: user.id)?.songs ?? []
        return ["name": .string(list.name), "song_ids": .array(songs.map { .int(Int($0.id)) })]
      }),
      "webhooks": .array(try store.webhooks(userID: user.id).map { hook in
        ["url": .string(hook.url), "events": .array(hook.events.map { .string($0.rawValue) }), "created_at": Self.time(hook.createdAt)]
      }),
    ]
  }

  private static func object(_ job: Job, _ outputs: [Output]) -> JSON {
    [
      "id": .int(Int(job.id)), "task": .string(job.task), "song_type": .string(job.songType), "status": .string(job.status.rawValue),
      "display_name": .string(job.displayName), "caption": .string(job.caption), "lyrics": .optional(job.lyrics), "genre": .optional(job.genre),
      "language": .optional(job.language), "liked": job.opinion.map { .bool($0 == .like) } ?? .null, "error_message": .optional(job.errorMessage),
      "created_at": time(job.createdAt), "completed_at": time(job.completedAt), "request": parsed(job.request), "used": parsed(job.used),
      "outputs": .array(outputs.map { output in
        [
          "variation": .int(output.variation), "seed": .int(Int(output.seed)), "duration_seconds": .double(output.durationSeconds),
          "lrc": .optional(output.lrc),
        ]
      }),
    ]
  }

  private static func object(_ entry: LedgerEntry) -> JSON {
    [
      "id": .int(Int(entry.id)), "currency": .string(entry.currency.rawValue), "from": .string(entry.from.rawValue),
      "to": .string(entry.to.rawValue), "amount": .int(entry.amount), "reason": .string(entry.reason.rawValue),
      "job_id": .optional(entry.jobID.map { Int($0) }), "created_at": time(entry.createdAt),
    ]
  }

  private static func object(_ record: UsageRecord) -> JSON {
    [
      "job_id": .int(Int(record.jobID)), "task": .string(record.task), "seconds": .double(record.seconds), "credits": .int(record.credits),
      "cents": .int(record.cents), "created_at": time(record.createdAt),
    ]
  }

  private static func object(_ upload: Upload) -> JSON {
    [
      "id": .string(upload.id), "file_name": .string(upload.fileName), "bytes": .int(upload.bytes),
      "duration_seconds": .double(upload.durationSeconds), "created_at": time(upload.createdAt),
    ]
  }

  private static func parsed(_ text: String?) -> JSON { text.flatMap { try? JSON(parsing: $0) } ?? .null }

  private static func time(_ date: Date?) -> JSON { .optional(date?.formatted(.iso8601)) }
}

/// A JSON array written to a file element by element.
private final class ListFile {
  private let output: FileHandle
  private var isEmpty = true

  init(_ path: String) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil) else { throw FileError(call: "create", path: path, code: errno) }
    output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
  }

  func add(_ element: JSON) throws {
    try output.write(contentsOf: Data(((isEmpty ? "[\n" : ",\n") + element.text).utf8))
    isEmpty = false
  }

  func close() throws {
    try output.write(contentsOf: Data((isEmpty ? "[]\n" : "\n]\n").utf8))
    try output.close()
  }
}
