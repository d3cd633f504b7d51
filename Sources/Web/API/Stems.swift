import FastCGI
import Generation
import JSON
import Store

/// Stems of a finished song, made when somebody asks for them.
extension Routes {
  /// Asks for the stems of a variation (`?variation=`, from 0). Asked again, it tells how far they are.
  @Sendable static func requestStems(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let text = context.request.query["variation"] ?? "0"
    guard let variation = Int(text), (0..<8).contains(variation) else {
      throw InvalidParameters(faults: [.init(field: "variation", message: "must be an integer from 0 to 7")])
    }
    return Response(json: context.object(try context.requestStems(of: id, variation: variation, for: user)))
  }

  /// The stems that were asked for.
  @Sendable static func listStems(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard try context.store.job(id: id, userID: user.id) != nil else { throw HTTPError.jobNotFound }
    let sets = try context.store.stemSets(jobID: id)
    return Response(json: ["job_id": .int(Int(id)), "variations": .array(sets.map(context.object))])
  }

  @Sendable static func requestStemsFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let variation = try context.ownForm()["variation"].flatMap(Int.init) ?? 0
    _ = try context.requestStems(of: id, variation: variation, for: user)
    return .redirect(to: Address.job(id).path + (variation == 0 ? "" : "?v=\(variation + 1)") + "#stems")
  }
}

extension Context {
  /// Why a variation's stems can't be made; nil where they can.
  func refusalOfStems(of job: Job, _ output: Output?) -> HTTPError? {
    guard let output, !output.hasScore else { return nil }
    guard MusicTask(rawValue: job.task)?.makesSong ?? true else {
      return HTTPError(.badRequest, "no_stems", "Stems are made of songs; this is a part of one, or its notes.")
    }
    return studio.refusalOfStem(.vocals).map { HTTPError(.badRequest, "stem_unavailable", $0) }
  }

  /// Puts the wish into the worker's queue.
  fileprivate func requestStems(of id: Int64, variation: Int, for user: User) throws -> StemSet {
    guard let found = try store.jobWithOutputs(id: id, userID: user.id) else { throw HTTPError.jobNotFound }
    guard found.job.status == .completed else {
      throw HTTPError(.badRequest, "job_not_completed", "Stems can be made once the song is finished.")
    }
    if let reason = refusalOfStems(of: found.job, found.outputs.first { $0.variation == variation }) { throw reason }
    guard let set = try store.requestStems(jobID: id, variation: variation, userID: user.id) else {
      throw HTTPError(.notFound, "variation_not_found", "This job has no variation \(variation).")
    }
    studio.wakeWorker()
    return set
  }

  /// One set as programs see it.
  fileprivate func object(_ set: StemSet) -> JSON {
    let status: JobStatus = switch set.state {
    case .queued: .pending
    case .making: .processing
    case .ready: .completed
    case .failed: .failed
    }
    func link(_ file: MediaFile) -> JSON { .string(self.link(file, of: set.jobID)) }
    return [
      "job_id": .int(Int(set.jobID)), "variation": .int(set.variation), "status": .string(status.rawValue),
      "progress": .int(set.percent), "error_message": .optional(set.errorMessage), "note": .optional(set.note),
      "stems": .array(
        set.stems.map { stem in
          [
            "id": .string(stem.id), "name": .string(stem.name), "bytes": .int(stem.bytes),
            "url": link(.stem(variation: set.variation, id: stem.id)),
          ]
        }),
      "zip_url": set.state == .ready ? link(.stemArchive(variation: set.variation)) : .null,
      "zip_bytes": set.state == .ready ? .int(set.archiveBytes) : .null,
    ]
  }
}
