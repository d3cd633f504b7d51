import FastCGI
import Generation
import JSON
import Store
import Synchronization

/// Live updates (`ux.md` 3.5): one stream a browser for all jobs of its user, and one a job for programs.
extension Routes {
  @Sendable static func allEvents(_ context: Context, _ user: User) throws -> Response {
    stream(JobFeed(store: context.store, userID: user.id, jobID: nil, render: context.renderer))
  }

  @Sendable static func jobEvents(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let job = try context.store.job(id: id, userID: user.id) else { throw HTTPError.jobNotFound }
    // 204 tells a browser's EventSource not to come back.
    if job.status.isFinished, context.request.header("Last-Event-ID") != nil { return Response(.noContent) }
    return stream(JobFeed(store: context.store, userID: user.id, jobID: id, render: context.renderer))
  }

  private static func stream(_ feed: JobFeed) -> Response {
    Response(body: .events(feed)).with("Content-Type", "text/event-stream").with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no")
  }
}

extension Context {
  /// Makes a job's object later, when the request is gone.
  fileprivate var renderer: @Sendable (Job, [Output], QueuePosition?) -> JSON {
    let links = studio.links
    let baseURL = baseURL
    return { job, outputs, position in
      JobObject(
        job: job, outputs: outputs, queuePosition: position, links: links, baseURL: baseURL, linkExpiry: links.expiry()
      ).json
    }
  }
}

/// What one stream tells: the state first, then every change of it. Reads the rows whenever the store's version
/// moves, so it hears of changes by any process.
final class JobFeed: EventFeed {
  private let store: Store
  private let userID: String
  /// Nil for all jobs of the user.
  private let jobID: Int64?
  private let render: @Sendable (Job, [Output], QueuePosition?) -> JSON
  /// Only the hub's thread comes here; the lock shows the compiler.
  private let state = Mutex(State())

  private struct State {
    var generation: Int64?
    /// The newest job at the last look: what is newer and has ended already was never seen under way.
    var newestID: Int64 = 0
    var known: [Int64: Known] = [:]
    var nextID = 1
  }

  private struct Known: Equatable {
    var status: JobStatus
    var progress: JobProgress?
    var position: QueuePosition?
  }

  init(
    store: Store, userID: String, jobID: Int64?, render: @escaping @Sendable (Job, [Output], QueuePosition?) -> JSON
  ) {
    self.store = store
    self.userID = userID
    self.jobID = jobID
    self.render = render
  }

  func next() -> EventStep {
    state.withLock { state in
      do { return try step(&state) } catch {
        // The client reconnects and gets a fresh snapshot.
        return .end([])
      }
    }
  }

  private func step(_ state: inout State) throws -> EventStep {
    let generation = try store.currentGeneration()
    guard generation != state.generation else { return .idle }
    let isFirst = state.generation == nil
    state.generation = generation
    var events: [ServerSentEvent] = []
    func say(_ name: String, _ data: JSON) {
      events.append(ServerSentEvent(name: name, data: data.text, id: state.nextID))
      state.nextID += 1
    }
    if isFirst { state.newestID = try store.newestJobID(userID: userID) }
    let jobs = try watchedJobs(state)
    state.newestID = max(state.newestID, jobs.map(\.id).max() ?? 0)
    var objects: [JSON] = []
    var known: [Int64: Known] = [:]
    for job in jobs {
      let position = job.status == .pending ? try store.queuePosition(jobID: job.id) : nil
      let now = Known(status: job.status, progress: job.progress, position: position)
      if !job.status.isFinished || jobID != nil { known[job.id] = now }
      let before = state.known[job.id]
      if isFirst {
        objects.append(render(job, try outputs(of: job), position))
      } else if before?.status != now.status {
        switch job.status {
        case .pending: say("queue", queueEvent(job, position))
        case .processing: say("progress", progressEvent(job))
        case .completed, .failed: say(endName(job), try endEvent(job))
        }
      } else if before?.position != now.position {
        say("queue", queueEvent(job, position))
      } else if before?.progress != now.progress {
        say("progress", progressEvent(job))
      }
    }
    if isFirst {
      say("snapshot", ["jobs": .array(objects)])
      // Whoever waits for the end of one job is told of it, also when it came before the stream.
      for job in jobs where job.status.isFinished { say(endName(job), try endEvent(job)) }
    }
    let removed = state.known.keys.filter { id in !jobs.contains { $0.id == id } }
    for id in removed.sorted() { say("removed", ["job": .int(Int(id))]) }
    state.known = known
    if jobID != nil, jobs.allSatisfy(\.status.isFinished) { return .end(events) }
    return events.isEmpty ? .idle : .events(events)
  }

  /// The jobs to tell of: those under way, those that were when we last looked, and those made since.
  private func watchedJobs(_ state: State) throws -> [Job] {
    if let jobID { return try store.job(id: jobID, userID: userID).map { [$0] } ?? [] }
    let jobs = try store.activeJobs(userID: userID, andAllAfter: state.newestID)
    let ended = state.known.keys.filter { id in !jobs.contains { $0.id == id } }.sorted()
    return try jobs + ended.compactMap { try store.job(id: $0, userID: userID) }
  }

  private func outputs(of job: Job) throws -> [Output] {
    job.status == .completed ? try store.outputs(jobID: job.id) : []
  }

  private func endName(_ job: Job) -> String {
    job.status == .completed ? "completed" : job.cancelled ? "cancelled" : "failed"
  }

  private func endEvent(_ job: Job) throws -> JSON {
    ["job": .int(Int(job.id)), "object": render(job, try outputs(of: job), nil)]
  }

  private func queueEvent(_ job: Job, _ position: QueuePosition?) -> JSON {
    ["job": .int(Int(job.id)), "position": .optional(position?.position), "ahead": .optional(position?.ahead)]
  }

  private func progressEvent(_ job: Job) -> JSON {
    let progress = job.progress
    return [
      "job": .int(Int(job.id)), "stage": .optional(progress?.stage),
      "stage_title": .optional(job.stageTitle), "done": .optional(progress?.done),
      "total": .optional(progress?.total), "variation": .optional(progress?.variation), "percent": .int(progress?.percent ?? 0),
    ]
  }
}
