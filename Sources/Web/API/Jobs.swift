import FastCGI
import Generation
import JSON
import Secrets
import Store

/// Jobs (`api.md` 12).
extension Routes {
  @Sendable static func jobStatus(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let key = context.textKey(id, of: user)
    let text = try context.studio.jobTexts.value(for: key, generation: context.store.currentGeneration) {
      try context.store.jobWithOutputs(id: id, userID: user.id).map { try context.object($0.job, outputs: $0.outputs).text }
    }
    guard let text else { throw HTTPError.jobNotFound }
    return Response(jsonText: text)
  }

  @Sendable static func listJobs(_ context: Context, _ user: User) throws -> Response {
    var filter = try JobFilter(query: context.request.query)
    filter.without = tasksApart.map(\.rawValue)
    let (jobs, total) = try context.store.jobs(filter, userID: user.id)
    let objects = try jobs.map { job in
      try context.object(job, outputs: job.status == .completed ? context.store.outputs(jobID: job.id) : [])
    }
    return Response(json: .array(objects)).with("X-Total-Count", String(total))
      .with("Access-Control-Expose-Headers", "X-Total-Count")
  }

  @Sendable static func deleteJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard try context.removeJob(id, of: user) else { throw HTTPError.jobNotFound }
    return Response(json: ["message": "Job deleted successfully", "success": true, "id": .int(Int(id))])
  }

  @Sendable static func cancelJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let outcome = try context.store.requestCancel(jobID: id, userID: user.id) else { throw HTTPError.jobNotFound }
    guard outcome != .alreadyFinished else { throw HTTPError(.badRequest, "job_finished", "The job has already finished.") }
    context.studio.wakeWorker()
    return try jobStatus(context, user)
  }

  @Sendable static func retryJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let job = try context.retryJob(id, of: user) else { throw HTTPError.jobNotFound }
    return Response(json: try context.creationReply(job, message: "Job re-queued"))
  }

  @Sendable static func relabelJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let (members, fromForm, _) = try context.bodyMembers()
    let changed = ["display_name", "thumbnail_url"].filter { members[$0] != nil }
    guard !changed.isEmpty else { throw HTTPError.badRequest("display_name or thumbnail_url is required.") }
    var values: [String: JSON] = [:]
    for name in changed {
      guard let parameter = ParameterSchema.parameter(named: name), let given = members[name] else { continue }
      guard let value = parameter.read(given, fromForm: fromForm) else {
        throw InvalidParameters(faults: [.init(field: name, message: parameter.rule)])
      }
      values[name] = value
    }
    if changed.contains("display_name"), values["display_name"]?.string == nil {
      throw InvalidParameters(faults: [.init(field: "display_name", message: "must not be empty")])
    }
    let job = try context.store.relabel(
      jobID: id, userID: user.id, displayName: values["display_name"]?.string,
      thumbnailURL: values["thumbnail_url"].map(\.string))
    guard job != nil else { throw HTTPError.jobNotFound }
    return try jobStatus(context, user)
  }

  @Sendable static func jobCounts(_ context: Context, _ user: User) throws -> Response {
    let filter = try JobFilter(query: context.request.query)
    let counts = try context.store.jobCounts(userID: user.id, status: filter.status, songType: filter.songType,
      without: Set(tasksApart.map(\.rawValue)))
    return Response(json: [
      "total": .int(counts.total),
      "by_task": .object(.init(counts.byTask.sorted { $0.key < $1.key }.map { ($0.key, JSON.int($0.value)) })),
      "by_song_type": bySongType(counts),
      "filters": ["status": .optional(filter.status?.rawValue), "song_type": .optional(filter.songType)],
    ])
  }
}

extension Routes {
  /// The kinds of `api.md` 6.4.
  static func bySongType(_ counts: JobCounts) -> JSON {
    func isEdit(_ task: String) -> Bool { MusicTask(rawValue: task)?.editsSong == true }
    let types = ["songs": ["song", "vocals"], "rap": ["rap"], "instrumental": ["instrumental", "samples"]]
    let byType: [(String, JSON)] = ["songs", "rap", "instrumental"].map { bucket in
      (bucket, .int(counts.byTaskAndSongType.reduce(0) { sum, entry in
        isEdit(entry.key.task) || types[bucket]?.contains(entry.key.songType) != true ? sum : sum + entry.value
      }))
    } + [("edits", .int(counts.byTask.reduce(0) { isEdit($1.key) ? $0 + $1.value : $0 }))]
    return .object(.init(byType))
  }
}

extension Context {
  /// Removes a job; the worker removes its files, and a running one ends at the engine's next step.
  /// - Returns: false when the user has no such job.
  func removeJob(_ id: Int64, of user: User) throws -> Bool {
    guard try store.deleteJob(id: id, userID: user.id) else { return false }
    note(.songDeleted, by: user, "song \(id)")
    studio.wakeWorker()
    return true
  }

  /// Puts a failed job back; seeds that were left to chance are drawn anew (`api.md` 12.6).
  func retryJob(_ id: Int64, of user: User) throws -> Job? {
    guard let job = try store.job(id: id, userID: user.id) else { return nil }
    let request = try JSON(parsing: job.request)
    let isRandom = request["seed"]?.int == -1 && request["manual_seeds"]?.array == nil
    let seeds = isRandom ? job.seeds.map { _ in Secrets.randomUInt32() } : nil
    let again = try store.retry(jobID: id, userID: user.id, seeds: seeds)
    studio.wakeWorker()
    return again
  }
}

extension JobFilter {
  /// The filter that a query string asks for (`api.md` 12.3).
  init(query: Form) throws {
    self.init()
    func integer(_ names: [String], from minimum: Int) throws -> Int? {
      for name in names {
        guard let text = query[name], !text.isEmpty else { continue }
        guard let value = Int(text), value >= minimum else {
          throw InvalidParameters(faults: [.init(field: name, message: "must be an integer of at least \(minimum)")])
        }
        return value
      }
      return nil
    }
    func text(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
    skip = min(try integer(["skip", "offset"], from: 0) ?? 0, 1_000_000_000)
    limit = min(try integer(["limit"], from: 1) ?? 50, 100)
    task = text("task").map { $0.lowercased() == "extract-stem" ? "extract" : $0 }
    if let word = text("status") {
      guard let value = JobStatus(rawValue: word.uppercased()) else {
        let words = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
        throw InvalidParameters(faults: [.init(field: "status", message: "must be one of \(words)")])
      }
      status = value
    }
    songType = text("song_type").map { word in
      let lower = word.lowercased()
      return lower == "songs" ? "song" : lower == "sample" ? "samples" : lower
    }
    search = text("search")
    language = text("language")
    genre = text("genre")
    emotion = text("emotion")
    if let word = text("liked")?.lowercased() {
      guard let value = ["true": true, "1": true, "false": false, "0": false][word] else {
        throw InvalidParameters(faults: [.init(field: "liked", message: "must be true or false")])
      }
      liked = value
    }
    if let word = text("sort_by") {
      guard let key = SortKey(rawValue: word.lowercased()) else {
        let words = SortKey.allCases.map(\.rawValue).joined(separator: ", ")
        throw InvalidParameters(faults: [.init(field: "sort_by", message: "must be one of \(words)")])
      }
      sortBy = key
    }
    if let word = text("sort_order")?.lowercased() {
      guard ["asc", "desc"].contains(word) else {
        throw InvalidParameters(faults: [.init(field: "sort_order", message: "must be asc or desc")])
      }
      ascending = word == "asc"
    }
  }
}
