import FastCGI
import Generation
import JSON
import Store

/// The stem service (`api.md` 19.1): a recording in its stems, as jobs like all others with objects of their own.
extension Routes {
  @Sendable static func extractStems(_ context: Context, _ user: User) throws -> Response {
    try context.placeSeparation(for: user) { $0 }
  }

  @Sendable static func extractStemsAdvanced(_ context: Context, _ user: User) throws -> Response {
    try context.placeSeparation(for: user) { try AdvancedStems($0).request }
  }

  /// The call of old clients, which name stems and a model.
  @Sendable static func extractStemsByType(_ context: Context, _ user: User) throws -> Response {
    try context.placeSeparation(for: user) { try LegacyStems($0).request }
  }

  @Sendable static func stemJob(_ context: Context, _ user: User) throws -> Response {
    let job = try context.serviceJob(of: .separation, user)
    return Response(json: try context.stemJobObject(job))
  }

  @Sendable static func listStemJobs(_ context: Context, _ user: User) throws -> Response {
    let (jobs, total) = try context.serviceJobs(of: .separation, user)
    return Response(json: .array(try jobs.map(context.stemJobObject))).with("X-Total-Count", String(total))
  }

  @Sendable static func deleteStemJob(_ context: Context, _ user: User) throws -> Response {
    let job = try context.serviceJob(of: .separation, user)
    guard try context.removeJob(job.id, of: user) else { throw HTTPError.jobNotFound }
    return Response(json: ["message": "Stem extraction job deleted"])
  }

  @Sendable static func stemModes(_ context: Context) throws -> Response {
    let modes = StemMode.allCases.filter { $0 != .custom }.map { mode -> JSON in
      [
        "mode": .string(mode.rawValue), "description": .string(mode.description), "stem_count": .optional(mode.stemCount),
        "available": .bool(mode.refusal == nil), "own_songs_only": .bool(mode.isOfOwnSongs),
      ]
    }
    return Response(json: ["modes": .array(modes)])
  }

  /// What stems there are.
  @Sendable static func stemCatalog(_ context: Context, _ user: User) throws -> Response {
    let stems = StemSelection.words.compactMap(StemSelection.Stem.init(named:)).map { stem -> JSON in
      let isOpen = stem.isOfAnyRecording
      return [
        "id": .string(stem.name), "label": .string(stem.title), "group": .string(stem.group), "public_tier": "free",
        "description": .string(isOpen ? "Of any recording" : "Of songs made here, whose parts are known"),
        "allowed": true, "excludable": .bool(!stem.isRest), "own_songs_only": .bool(!isOpen),
      ]
    }
    return Response(json: ["stems": .array(stems), "total": .int(stems.count)])
  }

  /// What can be asked for as a package.
  @Sendable static func stemPackages(_ context: Context, _ user: User) throws -> Response {
    let packages = AdvancedStems.packages.map { mode -> JSON in
      [
        "id": .string(mode.rawValue), "label": .string(mode.rawValue.prefix(1).uppercased() + mode.rawValue.dropFirst()),
        "description": .string(mode.description), "group": "package", "public_tier": "free", "allowed": true,
        "excludable": .bool(mode.names != []), "own_songs_only": .bool(mode.isOfOwnSongs),
        "stems": .array((mode.names ?? []).map(JSON.string)),
      ]
    }
    return Response(json: ["packages": .array(packages), "total": .int(packages.count)])
  }
}

extension StemSelection.Stem {
  fileprivate var group: String {
    switch track {
    case .vocals, .backingVocals: isRest ? "mix" : "voice"
    case .drums, .percussion: "rhythm"
    case .bass: "bass"
    case .other, .instrumental, .fx: "mix"
    default: "instrument"
    }
  }
}

/// The members of `extract/advanced` as those of the plain call: one way of choosing, then what is kept and what is dropped of it.
struct AdvancedStems {
  /// The members of the plain call.
  let request: JSON.Members

  static let packages: [StemMode] = [.two, .four, .six, .studio, .mastering]

  /// - Throws: `InvalidParameters` naming the field.
  init(_ given: JSON.Members) throws(InvalidParameters) {
    func refuse(_ field: String, _ message: String) -> InvalidParameters { InvalidParameters(faults: [.init(field: field, message: message)]) }
    func text(_ name: String) -> String? { given[name]?.string.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0.lowercased() } }
    if let method = text("method"), method != "hierarchical" { throw refuse("method", "must be hierarchical") }
    func words(_ name: String) throws(InvalidParameters) -> [String]? {
      guard let value = given[name], !value.isNull else { return nil }
      guard let words = WordList.words(in: value) else { throw refuse(name, "must be a list of stems") }
      return words.isEmpty ? nil : words
    }
    let ways = ["package", "single_stem", "multi_stem_count", "custom_stems", "two_stems_mode"].filter { name in
      given[name].map { !$0.isNull && $0.string.map { !$0.allSatisfy(\.isWhitespace) } != false } == true
    }
    if ways.count > 1 { throw refuse(ways[1], "can't stand beside \(ways[0]): they choose the stems in different ways") }
    var mode = StemMode.four
    var names: [String]?
    var field = "target_stems"
    switch ways.first {
    case "package":
      field = "package"
      let word = text("package") ?? ""
      if word == "isolation" {
        guard let one = text("target_instrument") else { throw refuse("target_instrument", "is required with the package isolation") }
        names = [one]
        field = "target_instrument"
      } else {
        guard let found = StemMode(rawValue: word), Self.packages.contains(found) || found.refusal != nil else {
          throw refuse("package", "must be one of \(Self.packages.map(\.rawValue).joined(separator: ", ")), isolation")
        }
        mode = found
      }
    case "single_stem":
      field = "single_stem"
      names = [text("single_stem") ?? ""]
    case "multi_stem_count":
      field = "multi_stem_count"
      let count = given["multi_stem_count"].flatMap { $0.int ?? $0.string.flatMap { Int($0) } }
      guard let found = StemMode.allCases.first(where: { $0.stemCount == count && $0 != .single }) else {
        throw refuse("multi_stem_count", "must be one of 2, 4, 6, 12, 16")
      }
      mode = found
    case "custom_stems":
      field = "custom_stems"
      names = try words("custom_stems")
    case "two_stems_mode":
      field = "two_stems_mode"
      let one = text("two_stems_mode") ?? ""
      names = [one, "no_" + one]
    default: names = try words("target_stems")
    }
    if let refusal = mode.refusal { throw refuse(field, refusal) }
    var request = given
    for name in ["stem", "custom_stems", "mode", "stems"] { request[name] = .null }
    let targets = ways.isEmpty ? nil : try words("target_stems")
    let excluded = try words("exclude_stems")
    guard targets != nil || excluded != nil || names != nil else {
      request["mode"] = .string(mode.rawValue)
      self.request = request
      return
    }
    guard mode != .mastering else { throw refuse(targets == nil ? "exclude_stems" : "target_stems", "can't be used with mastering, which gives every part") }
    let all = names ?? mode.names ?? []
    for (field, list) in [(field, all), ("target_stems", targets ?? []), ("exclude_stems", excluded ?? [])] {
      for word in list where StemSelection.Stem(named: word) == nil {
        throw refuse(field, "has no stem \(word.prefix(40)); there are \(StemSelection.words.joined(separator: ", "))")
      }
    }
    let canonical = { (words: [String]) in words.compactMap { StemSelection.Stem(named: $0) } }
    let kept = canonical(all).filter { stem in
      (targets.map { canonical($0).contains(stem) } ?? true) && !(excluded.map { canonical($0).contains(stem) } ?? false)
    }
    guard !kept.isEmpty else { throw refuse(targets == nil ? "exclude_stems" : "target_stems", "leaves no stem of \(all.joined(separator: ", "))") }
    request["mode"] = .string(StemMode.custom.rawValue)
    request["stems"] = .string(kept.map(\.name).joined(separator: ", "))
    self.request = request
  }
}

/// The members of the old call as those of the plain one.
struct LegacyStems {
  let request: JSON.Members

  /// - Throws: `InvalidParameters` naming the field.
  init(_ given: JSON.Members) throws(InvalidParameters) {
    func refuse(_ field: String, _ message: String) -> InvalidParameters { InvalidParameters(faults: [.init(field: field, message: message)]) }
    let model = given["model_name"]?.string?.lowercased() ?? "htdemucs"
    guard ["htdemucs", "htdemucs_6s"].contains(model) else { throw refuse("model_name", "must be htdemucs (four stems) or htdemucs_6s (six)") }
    var request = given
    for name in ["stem", "custom_stems", "stems"] { request[name] = .null }
    request["mode"] = .string((model == "htdemucs_6s" ? StemMode.six : .four).rawValue)
    var words: [String]?
    if let value = given["stem_types"], !value.isNull {
      guard let list = WordList.words(in: value) else { throw refuse("stem_types", "must be a list of stems") }
      words = list.isEmpty ? nil : list
    }
    var field = "stem_types"
    if let two = given["two_stems_mode"]?.string, !two.allSatisfy(\.isWhitespace) { (words, field) = ([two, "no_" + two], "two_stems_mode") }
    if let words {
      do { request["stems"] = .string(try StemSelection(named: words).stems.map(\.name).joined(separator: ", ")) } catch { throw refuse(field, error.words) }
      request["mode"] = .string(StemMode.custom.rawValue)
    }
    self.request = request
  }
}

extension Context {
  /// Takes a request for stems into the queue.
  /// - Parameter read: makes the members of the plain call of what was sent.
  fileprivate func placeSeparation(for user: User, read: (JSON.Members) throws -> JSON.Members) throws -> Response {
    let (job, replayed) = try placeService(.separation, for: user) { try read($0) }
    return Response(json: try stemJobObject(job)).replayed(replayed)
  }

  /// Takes a request of a neighbour service into the queue.
  func placeService(
    _ task: MusicTask, for user: User, read: (JSON.Members) throws -> JSON.Members
  ) throws -> (job: Job, replayed: Bool) {
    var (members, fromForm, bytes) = try bodyMembers(takingFileAs: "src_audio_url", of: user)
    let isFile = request.contentType == "multipart/form-data" && members["src_audio_url"]?.string?.hasPrefix("/media/uploads/") == true
    if isFile, let url = members["url"]?.string, !url.allSatisfy(\.isWhitespace) {
      throw InvalidParameters(faults: [.init(field: "url", message: "can't be given together with a file")])
    }
    members = try read(members)
    let parameters = try ParameterSchema.normalise(members, for: task, fromForm: fromForm)
    let recording = try SourceRecording(of: parameters, for: task, user: user, self, field: "url")
    var order = SongOrder(
      task: task, parameters: parameters, user: user, idempotency: try idempotencyKey(body: bytes), recording: recording, apiKeyID: apiKeyID)
    return try order.place(in: studio)
  }

  /// The user's job of a service, by the address.
  /// - Throws: 404.
  func serviceJob(of task: MusicTask, _ user: User, parameter: String = "id") throws -> Job {
    guard let id = parameters[parameter].flatMap(Int64.init), let job = try store.job(id: id, userID: user.id), job.task == task.rawValue else {
      throw HTTPError(.notFound, "job_not_found", task == .separation ? "Stem extraction job not found" : "MIDI job not found")
    }
    return job
  }

  /// The user's jobs of a service, newest first.
  func serviceJobs(of task: MusicTask, _ user: User) throws -> (jobs: [Job], total: Int) {
    var filter = try JobFilter(query: request.query)
    filter.task = task.rawValue
    let (jobs, total) = try store.jobs(filter, userID: user.id)
    return (jobs, total)
  }

  /// `api.md` 19.1.
  func stemJobObject(_ job: Job) throws -> JSON {
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let request = (try? JSON(parsing: job.request)) ?? [:]
    let isDone = job.status == .completed
    let files = isDone ? try store.stemSets(jobID: job.id).first { $0.variation == 0 && $0.state == .ready } : nil
    func link(_ file: MediaFile) -> JSON { .string(self.link(file, of: job.id)) }
    let stems = files?.stems ?? []
    func byStem(_ value: (StemFile) -> JSON) -> JSON { files == nil ? .null : .object(.init(stems.map { ($0.id, value($0)) })) }
    let facts = (used["stems"]?.array ?? []).reduce(into: [String: JSON]()) { found, fact in fact["name"]?.string.map { found[$0] = fact } }
    return [
      "id": .int(Int(job.id)), "job_id": .int(Int(job.id)), "status": .string(job.status.rawValue),
      "display_name": .string(job.displayName),
      "source_type": request["src_audio_url"]?.string?.hasPrefix("/media/uploads/") == true ? "FILE" : "URL",
      "mode": request["mode"] ?? .null, "stems": request["stems"] ?? .null,
      "stem_paths": byStem { .string(MediaFile.stem(variation: 0, id: $0.id).place) },
      "download_urls": byStem { link(.stem(variation: 0, id: $0.id)) },
      "quality_scores": byStem { facts[$0.id]?["quality"] ?? .null }, "methods": byStem { facts[$0.id]?["label"] ?? .null },
      "zip_url": files == nil ? .null : link(.stemArchive(variation: 0)),
      "progress": .int(isDone ? 100 : job.progress?.percent ?? 0), "error_message": .optional(job.errorMessage),
      "warnings": .array(job.warnings.map(JSON.string)), "credits_reserved": .int(job.cost.reserved.credits),
      "credits_charged": .optional(job.cost.charged?.credits), "created_at": .string(Timestamp.text(job.createdAt)),
      "updated_at": .string(Timestamp.text(job.updatedAt)), "completed_at": .optional(job.completedAt.map(Timestamp.text)),
    ]
  }
}
