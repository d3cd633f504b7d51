public import Fetching
public import Foundation
internal import Generation
internal import JSON
public import Logging
internal import Secrets
public import Store
internal import Synchronization

/// Sends the webhooks that the store has queued (`api.md` 18), on threads of its own: what is slow or down elsewhere holds up
/// no song and, as nobody has two sent at a time, no other user.
public final class WebhookSender: Sendable {
  private let store: Store
  private let fetcher: Fetcher
  private let logger: Logger
  private let now: @Sendable () -> Date
  private let busyUsers = Mutex<Set<String>>([])
  private let stopping = Atomic<Bool>(false)
  private let call = DispatchSemaphore(value: 0)
  private let running = DispatchGroup()

  private static let threads = 4
  private static let lookInterval = DispatchTimeInterval.seconds(2)
  /// A delivery succeeds within so many seconds or not at all.
  private static let seconds = 10.0

  /// - Parameters:
  ///   - fetcher: whose checks decide where anything is sent.
  ///   - now: the time that retries go by.
  public init(store: Store, fetcher: Fetcher, logger: Logger, now: @escaping @Sendable () -> Date = { Date() }) {
    self.store = store
    self.fetcher = fetcher
    self.logger = logger
    self.now = now
  }

  public func start() {
    for number in 0..<Self.threads {
      running.enter()
      startThread("webhooks") { [self] in
        defer { running.leave() }
        yieldToOthers()
        work(isFirst: number == 0)
      }
    }
  }

  /// Says that something was queued. Whoever doesn't is noticed within two seconds.
  public func wake() { call.signal() }

  /// Ends the work; what is being sent counts as an attempt, and is made again in its time.
  public func stop(patience: TimeInterval = 1) {
    stopping.store(true, ordering: .releasing)
    for _ in 0..<Self.threads { call.signal() }
    _ = running.wait(timeout: .now() + patience)
  }

  private var isStopping: Bool { stopping.load(ordering: .acquiring) }

  private func work(isFirst: Bool) {
    var tidyDue = ContinuousClock.now
    while !isStopping {
      do {
        if isFirst, ContinuousClock.now >= tidyDue {
          tidyDue = .now + .seconds(86_400)
          try store.tidyDeliveries(now: now())
        }
        if try sendNext() { continue }
      } catch { logger.error("webhook not sent", metadata: ["error": "\(error)"]) }
      _ = call.wait(timeout: .now() + Self.lookInterval)
    }
  }

  /// Makes one attempt at what is due longest.
  /// - Returns: false when nothing is due.
  func sendNext() throws -> Bool {
    // Claimed under the lock, so that no two threads send for one user.
    let claim = try busyUsers.withLock { busy in
      let claim = try store.claimDelivery(except: busy, now: now())
      if let claim { busy.insert(claim.1.userID) }
      return claim
    }
    guard let (delivery, endpoint) = claim else { return false }
    defer { _ = busyUsers.withLock { $0.remove(endpoint.userID) } }
    var status: Int?
    var problem: String?
    do {
      let answered = try send(delivery, to: endpoint)
      status = answered
      if !(200...299).contains(answered) {
        problem = (300...399).contains(answered) ? "HTTP \(answered): redirects are not followed" : "HTTP \(answered)"
      }
    } catch let error as FetchError { problem = error.description }
    try store.record(delivery, responseStatus: status, problem: problem)
    logger.info(
      "webhook", metadata: ["delivery": "\(delivery.id)", "attempt": "\(delivery.attempts)", "problem": "\(problem ?? "none")"])
    return true
  }

  private func send(_ delivery: WebhookDelivery, to endpoint: WebhookEndpoint) throws -> Int {
    let address = try WebAddress(endpoint.url)
    // What an administrator allows now, not when the endpoint was made.
    if try store.webhookPolicy() == .https, !address.isSecure {
      throw FetchError.invalidAddress("webhooks are sent to https addresses only")
    }
    let body = Array(delivery.payload.text.utf8)
    let timestamp = Int(now().timeIntervalSince1970)
    return try fetcher.post(
      body, to: address,
      headers: [
        ("Content-Type", "application/json"), ("X-AudioPod-Event", delivery.event.rawValue), ("X-AudioPod-Event-Id", delivery.eventID),
        ("X-AudioPod-Timestamp", String(timestamp)),
        ("X-AudioPod-Signature", "sha256=" + WebhookSignature.of(body, timestamp: timestamp, secret: endpoint.secret)),
      ], seconds: Self.seconds)
  }
}

extension WebhookDelivery {
  /// The body, the same at every attempt.
  var payload: JSON {
    var members: JSON.Members = ["event_type": .string(event.rawValue), "event_id": .string(eventID), "created_at": .string(Self.text(createdAt))]
    if let jobID, let jobStatus {
      members["job_id"] = .int(Int(jobID))
      members["job_type"] = .string((task.flatMap(MusicTask.init(rawValue:)) ?? .text2music).service)
      members["status"] = .string(jobStatus.rawValue)
      if jobStatus == .failed {
        members["error_message"] = .optional(errorMessage)
        members["failure_reason"] = event == .cancelled ? "cancelled" : "generation_failed"
      }
    }
    return .object(members)
  }

  private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
