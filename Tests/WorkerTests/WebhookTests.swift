import Fetching
import Foundation
import Generation
import JSON
import Logging
import Secrets
import Store
import Synchronization
import Testing

@testable import Worker

/// Webhooks from a job's end to a receiver on this machine (`api.md` 18).
@Suite struct WebhookTests {
  let store: Store
  let ana: User
  private let clock = Clock()

  init() throws {
    store = try Store.inMemory()
    ana = try store.createUser(name: "Ana", role: .member)
    try store.set(.webhooks, to: WebhookPolicy.http.rawValue)
  }

  /// A time that tests set forward.
  private final class Clock: Sendable {
    let time = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
    var now: Date { time.withLock { $0 } }
    func pass(_ seconds: TimeInterval) { time.withLock { $0 += seconds } }
  }

  private func sender(allowing networks: [String] = ["127.0.0.0/8"]) -> WebhookSender {
    WebhookSender(
      store: store, fetcher: Fetcher(rules: AddressRules(allowed: networks.compactMap(IPNetwork.init)), agent: "Cantiga-test"),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { [clock] in clock.now })
  }

  /// Answers with these statuses in turn, and the last of them from then on.
  private func receiver(_ statuses: Int...) throws -> LocalServer {
    let count = Atomic<Int>(0)
    return try LocalServer { _, _ in
      let number = count.add(1, ordering: .relaxed).oldValue
      let status = statuses[min(number, statuses.count - 1)]
      return LocalServer.once("HTTP/1.1 \(status) X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
    }
  }

  private func endpoint(_ server: LocalServer, events: [WebhookEvent] = WebhookEvent.ofJobs) throws -> WebhookEndpoint {
    try store.createWebhook(userID: ana.id, url: "http://127.0.0.1:\(server.port)/hook", events: events, secret: "whsec_abc", now: clock.now)
  }

  private func job() throws -> Job {
    try store.createJob(
      JobDraft(
        userID: ana.id, task: "text2music", songType: "song", engine: "score", seeds: [1], displayName: "x", request: "{}"), now: clock.now).job
  }

  private func deliveries() throws -> [WebhookDelivery] { try store.deliveries(userID: ana.id, limit: 100) }

  private func finishJob() throws -> Int64 {
    let id = try job().id
    let claimed = try #require(try store.claimNextJob(now: clock.now))
    #expect(try store.finish(jobID: id, attempt: claimed.attempts, JobResult(outputs: [], used: "{}"), now: clock.now))
    return id
  }

  @Test func aFinishedJobIsToldOnceWithASignature() throws {
    let server = try receiver(200)
    _ = try endpoint(server)
    let id = try finishJob()
    let sender = sender()
    #expect(try sender.sendNext())
    #expect(try !sender.sendNext())
    let request = try #require(server.requests.first)
    #expect(server.requests.count == 1)
    let (head, body) = try #require(request.range(of: "\r\n\r\n").map { (String(request[..<$0.lowerBound]), String(request[$0.upperBound...])) })
    let payload = try JSON(parsing: body)
    #expect(payload["event_type"] == "job.completed" && payload["job_id"] == .int(Int(id)) && payload["status"] == "COMPLETED")
    #expect(payload["job_type"] == "music_generation" && payload["error_message"] == nil)
    let signature = WebhookSignature.of(Array(body.utf8), timestamp: 1_800_000_000, secret: "whsec_abc")
    for line in [
      "X-AudioPod-Signature: sha256=\(signature)", "X-AudioPod-Timestamp: 1800000000", "X-AudioPod-Event: job.completed",
      "X-AudioPod-Event-Id: \(payload["event_id"]?.string ?? "")", "Content-Type: application/json",
    ] { #expect(head.contains(line + "\r\n") || head.hasSuffix(line), "\(line)") }
    let delivery = try #require(try deliveries().first)
    #expect(delivery.state == .delivered && delivery.attempts == 1 && delivery.responseStatus == 200 && delivery.nextAttemptAt == nil)
  }

  @Test func aReceiverThatFailsIsTriedAgainInItsTime() throws {
    let server = try receiver(500, 503, 200)
    _ = try endpoint(server)
    _ = try finishJob()
    let sender = sender()
    for (count, wait) in [(1, 60.0), (2, 120.0)] {
      #expect(try sender.sendNext())
      let delivery = try #require(try deliveries().first)
      #expect(delivery.attempts == count && delivery.state == .pending && delivery.nextAttemptAt == clock.now + wait)
      clock.pass(wait - 1)
      #expect(try !sender.sendNext(), "not before its time")
      clock.pass(1)
    }
    #expect(try sender.sendNext())
    #expect(try deliveries().first?.state == .delivered)
    #expect(server.requests.count == 3)
    let bodies = Set(server.requests.map { $0.components(separatedBy: "\r\n\r\n").last })
    #expect(bodies.count == 1, "each attempt says the same")
  }

  @Test func afterFiveAttemptsItIsGivenUpAndCanBeSentAgain() throws {
    let server = try receiver(500, 500, 500, 500, 500, 204)
    _ = try endpoint(server)
    _ = try finishJob()
    // Each time another sender, as after a restart.
    for _ in 0..<10 {
      _ = try sender().sendNext()
      clock.pass(3600)
    }
    let given = try #require(try deliveries().first)
    #expect(server.requests.count == 5 && given.state == .failed && given.attempts == 5 && given.problem == "HTTP 500")
    let again = try #require(try store.redeliver(id: given.id, userID: ana.id, now: clock.now))
    #expect(again.eventID == given.eventID && again.id != given.id)
    #expect(try sender().sendNext())
    #expect(try deliveries().first?.state == .delivered)
  }

  @Test func aRedirectIsNotFollowed() throws {
    let server = try receiver(302)
    _ = try endpoint(server)
    _ = try finishJob()
    #expect(try sender().sendNext())
    #expect(server.requests.count == 1)
    let delivery = try #require(try deliveries().first)
    #expect(delivery.responseStatus == 302 && delivery.problem == "HTTP 302: redirects are not followed" && delivery.state == .pending)
  }

  @Test func nothingIsSentToAPrivateAddress() throws {
    let server = try receiver(200)
    _ = try endpoint(server)
    _ = try finishJob()
    #expect(try sender(allowing: []).sendNext())
    #expect(server.requests.isEmpty)
    #expect(try deliveries().first?.problem?.contains("not on the public internet") == true)
  }

  @Test func nothingIsQueuedOrSentWhileWebhooksAreOff() throws {
    let server = try receiver(200)
    _ = try endpoint(server)
    _ = try finishJob()
    try store.set(.webhooks, to: WebhookPolicy.off.rawValue)
    #expect(try !sender().sendNext())
    _ = try finishJob()
    #expect(try deliveries().count == 1)
    try store.set(.webhooks, to: WebhookPolicy.https.rawValue)
    #expect(try sender().sendNext())
    #expect(server.requests.isEmpty, "http is not allowed now")
  }

  @Test func eachEndOfAJobHasItsEvent() throws {
    let server = try receiver(200)
    let all = try endpoint(server)
    _ = try endpoint(server, events: [.failed])
    let cancelled = try job().id
    #expect(try store.requestCancel(jobID: cancelled, userID: ana.id, now: clock.now) == .cancelled)
    let failed = try job().id
    let claimed = try #require(try store.claimNextJob(now: clock.now))
    try store.fail(jobID: failed, attempt: claimed.attempts, message: "No voice.", now: clock.now)
    let found = try deliveries()
    #expect(found.map(\.event) == [.failed, .failed, .cancelled])
    #expect(found.filter { $0.endpointID == all.id }.map(\.jobID) == [failed, cancelled])
    let payload = found[0].payload
    #expect(payload["error_message"] == "No voice." && payload["failure_reason"] == "generation_failed" && payload["status"] == "FAILED")
    #expect(found[2].payload["failure_reason"] == "cancelled")
  }

  @Test func theServiceThatAJobWasForIsNamed() throws {
    _ = try endpoint(receiver(200))
    for task in ["text2music", MusicTask.separation.rawValue, MusicTask.transcription.rawValue] {
      let id = try store.createJob(
        JobDraft(userID: ana.id, task: task, songType: "song", engine: "score", seeds: [1], displayName: "x", request: "{}"), now: clock.now).job.id
      _ = try store.requestCancel(jobID: id, userID: ana.id, now: clock.now)
    }
    #expect(try deliveries().map { $0.payload["job_type"] } == ["midi_conversion", "stem_extraction", "music_generation"])
    let newest = try #require(try deliveries().first)
    let again = try #require(try store.redeliver(id: newest.id, userID: ana.id, now: clock.now))
    #expect(again.payload["job_type"] == "midi_conversion")
  }

  @Test func aSlowReceiverHoldsUpNobodyElse() throws {
    let slow = try LocalServer { _, _ in { _ in ([], 0.05) } }
    let quick = try receiver(200)
    let ben = try store.createUser(name: "Ben", role: .member)
    _ = try endpoint(slow)
    _ = try store.createWebhook(userID: ben.id, url: "http://127.0.0.1:\(quick.port)/", events: [.completed], secret: "s")
    _ = try finishJob()
    _ = try store.testWebhook(id: try #require(try store.webhooks(userID: ben.id).first).id, userID: ben.id, now: clock.now + 0.001)
    clock.pass(1)
    let sender = sender()
    sender.start()
    defer { sender.stop(patience: 0.1) }
    let deadline = ContinuousClock.now + .seconds(8)
    while try store.deliveries(userID: ben.id, limit: 1).first?.state != .delivered, ContinuousClock.now < deadline { usleep(10_000) }
    #expect(try store.deliveries(userID: ben.id, limit: 1).first?.state == .delivered)
    #expect(try deliveries().first?.state == .pending)
  }
}
