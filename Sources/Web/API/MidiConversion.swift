import FastCGI
import Generation
import JSON
import Store

/// The MIDI service (`api.md` 19.2): the notes of a recording's stems, as jobs like all others with objects of their own.
extension Routes {
  @Sendable static func convertToMidi(_ context: Context, _ user: User) throws -> Response {
    let (job, replayed) = try context.placeService(.transcription, for: user) { try $0.withOptions() }
    return Response(json: try context.midiJobObject(job)).replayed(replayed)
  }

  /// The notes of stems that were made already.
  @Sendable static func convertStemsToMidi(_ context: Context, _ user: User) throws -> Response {
    let stems = try context.serviceJob(of: .separation, user)
    guard stems.status == .completed else { throw HTTPError(.badRequest, "job_not_completed", "Job must be completed") }
    guard try context.store.stemSets(jobID: stems.id).contains(where: { $0.variation == 0 && $0.state == .ready }) else {
      throw HTTPError(.gone, "stems_expired", "The stems of this job are gone.")
    }
    var (members, fromForm, bytes) = try context.bodyMembers()
    members = try members.withOptions()
    for name in ["url", "audio_url", "source_start", "source_end"] { members[name] = .null }
    members["src_audio_url"] = .string("/media/\(stems.id)/\(MediaFile.audio(variation: 0, format: "flac").name)")
    let parameters = try ParameterSchema.normalise(members, for: .transcription, fromForm: fromForm)
    var order = SongOrder(
      task: .transcription, parameters: parameters, user: user, idempotency: try context.idempotencyKey(body: bytes),
      recording: .song(try EditedSong(id: stems.id, variation: 0, user: user, context)), stemJob: stems, apiKeyID: context.apiKeyID)
    let (job, replayed) = try order.place(in: context.studio)
    return Response(json: try context.midiJobObject(job)).replayed(replayed)
  }

  @Sendable static func midiJob(_ context: Context, _ user: User) throws -> Response {
    Response(json: try context.midiJobObject(try context.serviceJob(of: .transcription, user)))
  }

  @Sendable static func listMidiJobs(_ context: Context, _ user: User) throws -> Response {
    let (jobs, total) = try context.serviceJobs(of: .transcription, user)
    return Response(json: .array(try jobs.map(context.midiJobObject))).with("X-Total-Count", String(total))
  }

  @Sendable static func deleteMidiJob(_ context: Context, _ user: User) throws -> Response {
    let job = try context.serviceJob(of: .transcription, user)
    guard try context.removeJob(job.id, of: user) else { throw HTTPError.jobNotFound }
    return Response(json: ["message": "MIDI job deleted"])
  }
}

extension JSON.Members {
  /// The members with those of the member `options` among them, which is an object or the text of one.
  /// - Throws: `InvalidParameters` naming what is no option.
  fileprivate func withOptions() throws(InvalidParameters) -> JSON.Members {
    func refuse(_ message: String) -> InvalidParameters { InvalidParameters(faults: [.init(field: "options", message: message)]) }
    guard var value = self["options"], !value.isNull else { return self }
    if let text = value.string {
      guard !text.allSatisfy(\.isWhitespace) else { return self }
      guard let parsed = try? JSON(parsing: text) else { throw refuse("must be a JSON object") }
      value = parsed
    }
    guard let options = value.members else { throw refuse("must be a JSON object") }
    var members = self
    let names = ParameterSchema.noteOptions.map(\.name)
    for pair in options.pairs {
      guard names.contains(pair.key) else { throw refuse("has \(pair.key.prefix(40)); it may have \(names.joined(separator: ", "))") }
      members[pair.key] = pair.value
    }
    return members
  }
}

extension Context {
  /// `api.md` 19.2.
  func midiJobObject(_ job: Job) throws -> JSON {
    let used = job.used.flatMap { try? JSON(parsing: $0) } ?? [:]
    let request = (try? JSON(parsing: job.request)) ?? [:]
    let isDone = job.status == .completed
    func link(_ id: Int64, _ file: MediaFile) -> JSON { .string(self.link(file, of: id)) }
    let stems = isDone ? (used["stems"]?.array ?? []).compactMap { $0["name"]?.string } : []
    let origin = try job.source.flatMap { try store.job(id: $0.jobID, userID: job.userID) }
    let isFromStems = origin?.task == MusicTask.separation.rawValue
    var audio = JSON.null
    if isDone, isFromStems, let origin {
      let files = try store.stemSets(jobID: origin.id).first { $0.variation == 0 && $0.state == .ready }?.stems ?? []
      audio = .object(.init(files.map { ($0.id, link(origin.id, .stem(variation: 0, id: $0.id))) }))
    }
    let stage: String? = switch job.progress.flatMap({ Stage(rawValue: $0.stage) }) {
    case nil: nil
    case .plan?: "split"
    case .compose?: "transcribe"
    default: "merge"
    }
    return [
      "id": .int(Int(job.id)), "job_id": .int(Int(job.id)), "status": .string(job.status.rawValue),
      "progress": .int(isDone ? 100 : job.progress?.percent ?? 0), "stage": .optional(job.status == .processing ? stage : nil),
      "mode": isFromStems ? "from_stems" : "standalone", "source_job_id": .optional(origin.map { Int($0.id) }),
      "stems_requested": request["stems"].flatMap(WordList.words).map { .array($0.map(JSON.string)) } ?? .null,
      "midi_urls": isDone ? .object(.init(stems.map { ($0, link(job.id, .midiStem(variation: 0, id: $0))) })) : .null,
      "merged_midi_url": isDone ? link(job.id, .midi(variation: 0)) : .null,
      "musicxml_url": isDone ? link(job.id, .musicXML(variation: 0)) : .null, "stem_urls": audio,
      "detected_tempo_bpm": used["bpm"] ?? .null,
      "skipped_stems": .array((used["skipped_stems"]?.members?.pairs ?? []).map { .string($0.key) }), "failed_stems": [],
      "duration": .optional(job.requestedDuration), "original_filename": .string(job.displayName), "note": used["note"] ?? .null,
      "created_at": .string(Timestamp.text(job.createdAt)), "updated_at": .string(Timestamp.text(job.updatedAt)),
      "completed_at": .optional(job.completedAt.map(Timestamp.text)), "error_message": .optional(job.errorMessage),
      "warnings": .array(job.warnings.map(JSON.string)), "credits_reserved": .int(job.cost.reserved.credits),
      "credits_charged": .optional(job.cost.charged?.credits),
    ]
  }
}
