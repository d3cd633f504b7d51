import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store

/// Takes a request for music into the queue (`api.md` 8): the same door for the API and for the pages.
struct SongOrder {
  let task: MusicTask
  /// Normalised by `ParameterSchema`.
  private(set) var parameters: JSON.Members
  /// The names of those that the caller gave.
  var given: Set<String> = []
  let user: User
  var idempotency: IdempotencyKey?
  /// What an edit starts from.
  var source: EditedSong?
  /// The job, and its variation from 0, whose score is revised or recorded.
  var scoreSource: (job: Job, variation: Int)?
  /// The length of the score that is recorded, where there is one.
  var scoreSeconds: Double?
  /// What a cover, a reference or a stem starts from.
  var recording: SourceRecording?
  /// The separation whose stems are written down.
  var stemJob: Job?
  /// The key that orders it.
  var apiKeyID: Int64?

  /// Queues the job.
  /// - Throws: before anything is committed; never after (`api.md` 1.3).
  mutating func place(in studio: Studio) throws -> (job: Job, replayed: Bool) {
    let engine = try chooseEngine(in: studio)
    if engine == .score, let reason = refusalOfStem(in: studio) { throw HTTPError(.badRequest, "stem_unavailable", reason) }
    if let fault = strangeStem { throw InvalidParameters(code: "stem_unavailable", faults: [fault]) }
    var draft = JobDraft(
      userID: user.id, task: task.rawValue, songType: songType, engine: engine.rawValue, seeds: seeds,
      displayName: displayName, request: JSON.object(parameters).text)
    draft.source = source?.reference ?? scoreSource.map { SourceReference(jobID: $0.job.id, variation: $0.variation) }
    switch recording {
    case .song(let song): draft.source = song.reference
    case .upload(let upload): draft.sourceRecording = upload.recordingID
    case .remote, nil: break
    }
    if case .upload(let upload)? = recording, upload.isCut {
      draft.warnings = ["The source is longer than ten minutes; what comes after was left out."]
    }
    draft.format = parameters["format"]?.string ?? source?.job.format ?? "flac"
    draft.requestedDuration = requestedDuration
    draft.thumbnailURL = parameters["thumbnail_url"]?.string
    draft.genre = parameters["genre_preset"]?.string.flatMap { $0 == "Custom" ? nil : $0 } ?? source?.job.genre
    draft.language = parameters["vocal_language"]?.string.flatMap { $0 == "unknown" ? nil : $0 } ?? source?.job.language
    draft.caption = words ?? origin?.caption ?? ""
    draft.lyrics = parameters["lyrics"]?.string ?? origin?.lyrics
    draft.idempotency = idempotency
    draft.payment = JobPayment(work: work, seconds: pricedSeconds, apiKeyID: apiKeyID)
    let result = try studio.store.createJob(draft)
    studio.wakeWorker()
    return result
  }

  /// Finds the engine, and completes the parameters by what the chosen checkpoint does of itself.
  private mutating func chooseEngine(in studio: Studio) throws -> EngineName {
    let choice = EngineChoice(
      parameters, task: task, checkpoints: studio.shelf?.checkpoints ?? [],
      sourceEngine: origin.flatMap { EngineName(rawValue: $0.engine) }, source: try origin.flatMap { try JSON(parsing: $0.request).members })
    if let checkpoint = try choice.checkpoint() {
      if let seconds = soundSeconds { try choice.checkLength(seconds, field: lengthField, of: checkpoint) }
      parameters = choice.completed(with: checkpoint, given: given)
    } else if !studio.engines.contains(where: { $0.name == choice.engine.rawValue && $0.capabilities.tasks.contains(task) }) {
      throw HTTPError.badRequest("No engine on this server can do \(task.rawValue).")
    }
    return choice.engine
  }

  /// The length of what is made, where that is known: a cover is as long as its source.
  private var soundSeconds: Double? {
    guard [.cover, .lego, .complete].contains(task), ParameterSchema.part(of: parameters) == nil else { return requestedDuration }
    return recording?.durationSeconds
  }

  /// What decides how long the song is.
  private var lengthField: String {
    switch task {
    case .extend: "right_extend_length"
    case .cover, .extract, .lego, .complete: "src_audio_url"
    case .retake: "original_job_id"
    case .repaint, .edit: "source_job_id"
    default: "audio_duration"
    }
  }

  /// Why the stem that is asked for can't be taken out of the recording. An own song has true stems, which the engine looks for.
  private func refusalOfStem(in studio: Studio) -> String? {
    guard !isOfKnownParts else { return nil }
    switch task {
    case .extract:
      if case .song? = recording { return nil }
      return parameters["track_name"]?.string.flatMap(StemTrack.init(named:)).flatMap(studio.refusalOfStem)
    case .separation, .transcription: return studio.refusalOfStem(.vocals)
    default: return nil
    }
  }

  /// Whether the recording is a whole song that was made here with a score.
  private var isOfKnownParts: Bool {
    guard case .song(let song)? = recording, ParameterSchema.part(of: parameters) == nil else { return false }
    return song.output.hasScore || stemJob?.source != nil
  }

  /// A stem that only songs made here have, wanted of a recording that wasn't.
  private var strangeStem: InvalidParameters.Fault? {
    guard task.isService, !isOfKnownParts else { return nil }
    let mode = parameters["mode"]?.string.flatMap(StemMode.init(rawValue:))
    if let mode, mode.isOfOwnSongs {
      return .init(field: "mode", message: "\(mode.rawValue) is for whole songs made here: the parts of any other recording are not known; two and four can be made of it")
    }
    let wanted = parameters["stems"].flatMap(WordList.words)?.compactMap(StemSelection.Stem.init(named:)) ?? []
    if task == .transcription {
      let reasons = wanted.compactMap { $0.refusalOfNotes(isGiven: stemJob != nil) }
      return wanted.isEmpty || reasons.count < wanted.count ? nil : .init(field: "stems", message: "can't be written down: \(reasons.joined(separator: " "))")
    }
    guard let strange = wanted.first(where: { !$0.isOfAnyRecording }) else { return nil }
    return .init(
      field: mode == .single ? "stem" : "stems",
      message: "can't have \(strange.name): it can't be told from the other instruments of a finished recording; vocals, drums, bass, other and instrumental can")
  }

  /// The job that this one starts from.
  private var origin: Job? { source?.job ?? scoreSource?.job }

  private var words: String? {
    ["caption", "query", "style", "description"].lazy.compactMap { parameters[$0]?.string }.first
  }

  private var isInstrumental: Bool { parameters["instrumental"]?.bool ?? false }

  /// `api.md` 6.4.
  private var songType: String {
    switch task {
    case .text2music, .simple, .reference: isInstrumental ? "instrumental" : "song"
    case .prompt2instrumental: "instrumental"
    case .text2rap: "rap"
    case .lyric2vocals: "vocals"
    case .text2samples: "samples"
    case .retake, .repaint, .extend, .edit: source?.job.songType ?? "song"
    case .cover, .complete: "song"
    case .separation, .transcription: "instrumental"
    case .extract, .lego: ["vocals", "backing_vocals"].contains(parameters["track_name"]?.string) ? "vocals" : "instrumental"
    case .scorePlan, .scoreGenerate:
      ["lyrics", "description"].contains { parameters[$0]?.string != nil }
        || parameters["abc"]?.string?.contains("\nw:") == true ? "song" : "instrumental"
    case .scoreRevise, .scoreRecord: scoreSource?.job.songType ?? "song"
    }
  }

  /// Seconds; nil where the engine chooses.
  private var requestedDuration: Double? {
    if [.extract, .lego, .complete].contains(task) || task.isService {
      guard let part = ParameterSchema.part(of: parameters) else { return recording?.durationSeconds }
      return recording?.durationSeconds.map { max(0, min($0, part.upperBound) - part.lowerBound) }
    }
    guard let source else { return parameters["audio_duration"]?.double.flatMap { $0 < 0 ? nil : $0 } }
    guard case .extend(let left, let right) = edit else { return source.output.durationSeconds }
    return source.output.durationSeconds + left + right
  }

  private var work: PricedWork {
    switch task {
    case .scorePlan, .scoreRevise, .transcription: .score
    case .scoreRecord: .recording
    case .scoreGenerate: .composition
    default: .audio
    }
  }

  /// The length to reserve for (`api.md` 5.3): what is asked for or known, else an estimate by the lines to sing; of a
  /// source that isn't fetched yet, five minutes.
  private var pricedSeconds: Double {
    let known = scoreSeconds ?? requestedDuration ?? parameters["target_seconds"]?.double ?? recording?.durationSeconds
    if let known { return known }
    if case .remote? = recording { return 300 }
    let lines = (parameters["lyrics"]?.string ?? "").split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("[") }.count
    return lines == 0 ? 180 : min(max(Double(lines) * 5, 30), 600)
  }

  private var edit: SongEdit? { SongRequest(task: task, parameters: parameters, seed: 0).edit }

  /// One a variation: those given, else counting up from the seed, else drawn (`api.md` 7.2).
  private var seeds: [UInt32] {
    let own = parameters["retake_seeds"]?.array ?? parameters["extend_seeds"]?.array
    let count = own?.count ?? parameters["batch_size"]?.int ?? 1
    let given = (own ?? parameters["manual_seeds"]?.array ?? []).compactMap { $0.int.flatMap(UInt32.init(exactly:)) }
    let first = parameters["seed"]?.int.flatMap(UInt32.init(exactly:))
    return (0..<count).map { index in
      if index < given.count { return given[index] }
      return first.map { $0 &+ UInt32(index) } ?? Secrets.randomUInt32()
    }
  }

  /// The title given, else the first words of the description, the first sung line, or the genre.
  private var displayName: String {
    if let title = parameters["display_name"]?.string { return title }
    if let source { return source.title(after: task) }
    if let scoreSource { return scoreSource.job.displayName }
    if let recording, task != .reference {
      let what = switch task {
      case .extract, .lego: parameters["track_name"]?.string?.replacing("_", with: " ") ?? "stem"
      case .separation: "stems"
      case .transcription: "MIDI"
      case .complete: "complete"
      default: "cover"
      }
      return "\(recording.name.prefix(180)) (\(what))"
    }
    let sung = parameters["lyrics"]?.string?.split(whereSeparator: \.isNewline).map(String.init)
      .first { !$0.hasPrefix("[") && !$0.allSatisfy(\.isWhitespace) }
    let text = words ?? sung ?? parameters["genre_preset"]?.string ?? "Untitled"
    return SongOrder.title(from: text)
  }

  /// At most 60 characters of a text, ending at a word, with a capital.
  static func title(from text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").trimmingCharacters(in: .whitespaces)
    guard line.count > 60 else { return line.prefix(1).uppercased() + line.dropFirst() }
    let start = line.prefix(60)
    let cut = start.lastIndex(where: \.isWhitespace).map { start[..<$0] } ?? start
    return (cut.prefix(1).uppercased() + cut.dropFirst()).trimmingCharacters(in: .punctuationCharacters.union(.whitespaces)) + "…"
  }
}

extension Routes {
  static func createSong(_ task: MusicTask, message: String) -> @Sendable (Context, User) throws -> Response {
    { context, user in
      let (members, fromForm, bytes) =
        task.usesRecording
        ? try context.bodyMembers(takingFileAs: task == .reference ? "reference_audio_url" : "src_audio_url", of: user)
        : try context.bodyMembers()
      let parameters = try ParameterSchema.normalise(members, for: task, fromForm: fromForm)
      var order = SongOrder(
        task: task, parameters: parameters, given: ParameterSchema.given(in: members, of: task), user: user, idempotency: try context.idempotencyKey(body: bytes),
        source: try EditedSong(of: parameters, for: task, user: user, context),
        recording: try SourceRecording(of: parameters, for: task, user: user, context), apiKeyID: context.apiKeyID)
      let (job, replayed) = try order.place(in: context.studio)
      return Response(json: try context.creationReply(job, message: message)).replayed(replayed)
    }
  }
}

extension Context {
  /// The members of a JSON or form body; an empty body is an empty object (`api.md` 1.2, 1.4).
  func bodyMembers() throws -> (members: JSON.Members, fromForm: Bool, bytes: [UInt8]) {
    switch request.contentType {
    case "application/x-www-form-urlencoded", "multipart/form-data":
      let form = try request.form()
      var members = JSON.Members()
      for name in form.fields.filter({ $0.fileName == nil }).map(\.name) where members[name] == nil {
        members[name] = form.member(name)
      }
      return (members, true, Array(JSON.object(members).text.utf8))
    default:
      let bytes = try request.body()
      if bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return (JSON.Members(), false, bytes) }
      guard let members = try JSON(parsing: bytes).members else {
        throw HTTPError.badRequest("The body must be a JSON object.")
      }
      return (members, false, bytes)
    }
  }

  /// The promise of `api.md` 1.6, where the client makes it.
  func idempotencyKey(body: [UInt8]) throws -> IdempotencyKey? {
    guard let key = request.header("Idempotency-Key") else { return nil }
    guard (1...200).contains(key.count) else { throw HTTPError.badRequest("Idempotency-Key must have 1 to 200 characters.") }
    return IdempotencyKey(key: key, bodyHash: Secrets.hash(request.path + "\n" + String(decoding: body, as: UTF8.self)))
  }

  /// The key that this request came with.
  var apiKeyID: Int64? { if case .key(let key)? = credential { key.id } else { nil } }

  /// The reply of every create: the job where any client looks for it (`api.md` 6.2).
  func creationReply(_ job: Job, message: String) throws -> JSON {
    [
      "job": try object(job, outputs: []), "message": .string(message), "id": .int(Int(job.id)), "job_id": .int(Int(job.id)),
      "status": .string(job.status.rawValue), "credits_reserved": .int(job.cost.reserved.credits),
    ]
  }
}

extension Form {
  /// A field's text; a field that is repeated is a list.
  func member(_ name: String) -> JSON {
    let values = values(name)
    return values.count > 1 ? .array(values.map(JSON.string)) : .string(values.first ?? "")
  }
}
