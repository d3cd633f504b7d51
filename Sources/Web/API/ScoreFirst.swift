import FastCGI
import Generation
import JSON
import Music
import Store

/// Score-first music (`api.md` 20): a song is written as an editable score first, and recorded from it.
extension Routes {
  /// Those that have lists of their own.
  static let tasksApart = MusicTask.allCases.filter { $0.workflow != nil || $0.isService }

  /// The SDK asks before it uses these calls.
  @Sendable static func scoreFirstAvailability(_ context: Context, _ user: User) throws -> Response {
    let tasks = context.studio.engines.reduce(into: Set<MusicTask>()) { $0.formUnion($1.capabilities.tasks) }
    return Response(json: ["available": .bool(tasks.contains(.scorePlan)), "revise": .bool(tasks.contains(.scoreRevise))])
  }

  /// A handler whose refusals have an object for `detail`, and 422 for what can't be used.
  static func scoreFirst(
    _ handler: @escaping @Sendable (Context, User) throws -> Response
  ) -> @Sendable (Context, User) throws -> Response {
    { context, user in
      do { return try handler(context, user) } catch {
        guard var refusal = HTTPError(meaning: error) else { throw error }
        if error is InvalidParameters {
          var unusable = HTTPError(.unprocessable, "INVALID_REQUEST", refusal.message)
          unusable.faults = refusal.faults
          refusal = unusable
        }
        refusal.detail = refusal.detail ?? [:]
        throw refusal
      }
    }
  }

  @Sendable static func planScore(_ context: Context, _ user: User) throws -> Response {
    try context.placeScoreFirst(.scorePlan, user)
  }

  @Sendable static func generateFromScore(_ context: Context, _ user: User) throws -> Response {
    try context.placeScoreFirst(.scoreGenerate, user) { parameters, _ in
      try parameters.checkScore(base: nil)
    }
  }

  @Sendable static func reviseScore(_ context: Context, _ user: User) throws -> Response {
    try context.placeScoreFirst(.scoreRevise, user) { parameters, source in
      guard let source else { throw HTTPError.jobNotFound }
      let engine = context.studio.engines.first { $0.name == source.job.engine }
      let instruction = parameters["instruction"]?.string ?? ""
      if let complaint = engine?.complaintAboutInstruction(instruction) {
        throw HTTPError(.unprocessable, "REVISE_FAILED", complaint)
      }
      let bars = try source.score.bars(section: parameters["section"]?.string, range: parameters["bars"])
      parameters["bars"] = bars.map { .array($0.map { [.int($0.lowerBound), .int($0.upperBound)] }) } ?? .null
    }
  }

  @Sendable static func recordScore(_ context: Context, _ user: User) throws -> Response {
    try context.placeScoreFirst(.scoreRecord, user) { parameters, source in
      guard let source, let score = try parameters.checkScore(base: source.score) else { return }
      let tempi = (source.score.tempo.first?.quartersPerMinute ?? 0, score.tempo.first?.quartersPerMinute ?? 0)
      if abs(tempi.0 - tempi.1) > 0.51, parameters["allow_tempo_change"]?.bool != true {
        throw HTTPError(
          .unprocessable, "TEMPO_CHANGED",
          "The score's tempo is \(Int(tempi.1.rounded())) quarter notes a minute, the source's \(Int(tempi.0.rounded())). Send allow_tempo_change to allow it.")
      }
    }
  }

  @Sendable static func listScoreFirstJobs(_ context: Context, _ user: User) throws -> Response {
    let query = context.request.query
    var filter = try JobFilter(query: query)
    let workflow = query["workflow"].flatMap { $0.isEmpty ? nil : $0.lowercased() }
    filter.without = MusicTask.allCases.filter { $0.workflow == nil || (workflow != nil && $0.workflow != workflow) }.map(\.rawValue)
    if let text = query["source_job_id"], !text.isEmpty {
      guard let id = Int64(text) else {
        throw InvalidParameters(faults: [.init(field: "source_job_id", message: "must be an integer")])
      }
      filter.sourceJobID = id
    }
    let (jobs, total) = try context.store.jobs(filter, userID: user.id)
    return Response(json: .array(try jobs.map { try context.scoreFirstObject($0) })).with("X-Total-Count", String(total))
  }

  @Sendable static func scoreFirstJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let job = try context.store.job(id: id, userID: user.id), MusicTask(rawValue: job.task)?.workflow != nil else {
      throw HTTPError.jobNotFound
    }
    return Response(json: try context.scoreFirstObject(job))
  }

  @Sendable static func scoreOfJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let job = try context.store.job(id: id, userID: user.id) else { throw HTTPError.jobNotFound }
    guard let score = context.score(of: job) else {
      throw HTTPError(.notFound, "NO_SCORE", "This job has no score, or none yet.")
    }
    return Response(json: context.scoreObject(score, of: job))
  }
}

extension Context {
  fileprivate typealias SourceScore = (job: Job, score: Score)

  /// Takes a score-first request into the queue.
  /// - Parameter check: may refuse it, or complete the parameters.
  fileprivate func placeScoreFirst(
    _ task: MusicTask, _ user: User, check: (inout JSON.Members, SourceScore?) throws -> Void = { _, _ in }
  ) throws -> Response {
    let (members, fromForm, bytes) = try bodyMembers()
    var parameters = try ParameterSchema.normalise(members, for: task, fromForm: fromForm)
    var source: SourceScore?
    if let id = parameters["source_job_id"]?.int {
      guard let job = try store.job(id: Int64(id), userID: user.id) else { throw HTTPError.jobNotFound }
      guard let score = score(of: job) else {
        throw HTTPError(.notFound, "NO_SCORE", "Job \(id) has no score, or none yet.")
      }
      source = (job, score)
    }
    if task == .scoreRevise { parameters["bars"] = members["bars"] ?? .null }
    try check(&parameters, source)
    let key = try idempotencyKey(body: bytes)
    if key == nil, task == .scoreRevise || task == .scoreRecord {
      let same = try store.activeJobs(userID: user.id).first {
        $0.task == task.rawValue && $0.request == JSON.object(parameters).text
      }
      if let same {
        var refusal = task == .scoreRevise
          ? HTTPError(.conflict, "REVISE_IN_FLIGHT", "This change of this score is being made already.")
          : HTTPError(.conflict, "SCORE_ALREADY_RECORDING", "This score is being recorded already.")
        refusal.detail = ["job_id": .int(Int(same.id))]
        throw refusal
      }
    }
    let score = try parameters.checkScore(base: source?.score) ?? source?.score
    var order = SongOrder(
      task: task, parameters: parameters, user: user, idempotency: key,
      scoreSource: source.map { ($0.job, 0) }, scoreSeconds: score.map { $0.seconds(atTick: $0.lengthTicks) }, apiKeyID: apiKeyID)
    let (job, replayed) = try order.place(in: studio)
    return Response(json: try scoreFirstObject(job)).replayed(replayed)
  }

  /// `api.md` 20.8.
  fileprivate func scoreObject(_ score: Score, of job: Job) -> JSON {
    func link(_ file: MediaFile) -> JSON { .string(self.link(file, of: job.id)) }
    return [
      "abc": .string(score.abc()), "abc_url": link(.abc(variation: 0)), "midi_url": link(.midi(variation: 0)),
      "editable": true, "source": .string(job.engine),
      "duration_seconds": .double((score.seconds(atTick: score.lengthTicks) * 1000).rounded() / 1000),
    ]
  }

  private func billing(of job: Job) -> JSON {
    let charged = job.cost.charged?.credits ?? 0
    let isScore = job.task == MusicTask.scorePlan.rawValue || job.task == MusicTask.scoreRevise.rawValue
    return [
      "credits_reserved": .int(job.cost.reserved.credits), "credits_charged": .int(charged),
      "score_credits": .int(isScore ? charged : 0), "audio_credits": .int(isScore ? 0 : charged),
      "refunded": .bool(job.status == .failed && job.cost.reserved != .nothing),
    ]
  }

  /// `api.md` 20.7.
  fileprivate func scoreFirstObject(_ job: Job) throws -> JSON {
    let request = (try? JSON(parsing: job.request)) ?? [:]
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let score = score(of: job)
    let outputs = job.status == .completed ? try store.outputs(jobID: job.id) : []
    let audio: JSON = outputs.isEmpty ? .null : .string(link(.audio(variation: 0, format: job.format), of: job.id))
    let source = try job.source.flatMap { try store.job(id: $0.jobID, userID: job.userID) }
    let isDescribed = request["description"]?.string != nil
    var members: JSON.Members = [
      "job_id": .int(Int(job.id)), "id": .int(Int(job.id)),
      "workflow": .string(MusicTask(rawValue: job.task)?.workflow ?? ""), "status": .string(job.status.rawValue),
      "style": request["style"] ?? request["description"] ?? .null,
      "lyrics": .optional(used["lyrics"]?.string ?? job.lyrics),
    ]
    if isDescribed || request["lyrics"]?.string != nil {
      // The word for the service's own writing, as its clients know it.
      members["lyrics_source"] = isDescribed ? "audiopod" : "user"
    }
    members["target_seconds"] = request["target_seconds"] ?? .null
    members["audio_url"] = audio
    members["score"] = score.map { scoreObject($0, of: job) } ?? .null
    members["score_comparison"] = score.flatMap { new in
      source.flatMap { self.score(of: $0) }.map { old in
        let changed = new.changedBars(from: old).map { entry in
          (entry.part, JSON.array(entry.bars.map { [.int($0.lowerBound), .int($0.upperBound)] }))
        }
        return ["changed_bars": .object(.init(changed))]
      }
    } ?? .null
    members["source_job_id"] = .optional((job.source?.jobID).map { Int($0) })
    members["note"] = used["note"] ?? .null
    members["error_message"] = .optional(job.errorMessage)
    members["display_name"] = .string(job.displayName)
    members["seed"] = .optional(job.seeds.first.map { Int($0) })
    members["cot"] = request["cot"] ?? .null
    members["cfg_scale"] = request["cfg_scale"] ?? .null
    members["progress"] = .int(job.status == .completed ? 100 : job.progress?.percent ?? 0)
    members["created_at"] = .string(Timestamp.text(job.createdAt))
    members["completed_at"] = .optional(job.completedAt.map(Timestamp.text))
    members["billing"] = billing(of: job)
    members["diagnostics"] = ["warnings": .array(job.warnings.map(JSON.string))]
    return .object(members)
  }
}

extension JSON.Members {
  /// The score that somebody sent as `abc`, if any. MusicXML is taken too, and goes on as ABC.
  /// - Throws: 422 with every place that can't be read.
  @discardableResult
  fileprivate mutating func checkScore(base: Score?) throws -> Score? {
    guard let text = self["abc"]?.string else { return nil }
    let score: Score
    do { score = try Score(document: Array(text.utf8), base: base) } catch {
      throw HTTPError(.unprocessable, "INVALID_SCORE", "The score can't be read. \(error)")
    }
    if text.drop(while: \.isWhitespace).first == "<" { self["abc"] = .string(score.abc()) }
    return score
  }
}

extension Score {
  /// The bars that a request names; nil for all.
  /// - Throws: 422 `REVISE_TARGET_NOT_FOUND`, listing what there is.
  fileprivate func bars(section name: String?, range: JSON?) throws -> [ClosedRange<Int>]? {
    let total = max(1, lengthTicks / meter.ticksPerBar)
    func refuse(_ message: String) -> HTTPError { HTTPError(.unprocessable, "REVISE_TARGET_NOT_FOUND", message) }
    if let range, !range.isNull {
      guard let first = range["start"]?.int, let last = range["end"]?.int, (1...10_000).contains(first), first <= last, last <= 10_000
      else { throw InvalidParameters(faults: [.init(field: "bars", message: "must have a start and an end, from 1, in order")]) }
      guard first <= total else { throw refuse("The score has \(total) bars; bar \(first) is not one of them.") }
      return [first...min(last, total)]
    }
    guard let name else { return nil }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "-" }
    let number = words.last.flatMap { Int($0) }
    let kind = words.filter { Int($0) == nil }.joined().filter(\.isLetter)
    let ofKind = sections.filter { section in
      section.kind.rawValue.lowercased() == kind || section.label.lowercased().filter(\.isLetter) == kind
    }
    let found = number.map { number in ofKind.indices.contains(number - 1) ? [ofKind[number - 1]] : [] } ?? ofKind
    guard !found.isEmpty else {
      throw refuse("The score has no “\(name)”; it has \(sections.map(\.label).joined(separator: ", ")).")
    }
    return found.map { section in
      let first = section.startTick / meter.ticksPerBar + 1
      return first...min(total, first + max(1, section.bars) - 1)
    }
  }
}
