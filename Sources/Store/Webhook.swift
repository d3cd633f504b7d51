public import Foundation
internal import GRDB

/// What webhooks tell of (`api.md` 18).
public enum WebhookEvent: String, Sendable, CaseIterable {
  case completed = "job.completed"
  case failed = "job.failed"
  case cancelled = "job.cancelled"
  /// Sent when its owner asks for it; nobody subscribes to it.
  case test = "webhook.test"

  /// Those that an endpoint can be told of.
  public static let ofJobs: [WebhookEvent] = [.completed, .failed, .cancelled]
}

/// Whether the studio sends webhooks, and where to: the one thing besides fetching sources that makes it connect to elsewhere.
public enum WebhookPolicy: String, Sendable, CaseIterable {
  case off
  /// To https addresses alone.
  case https
  case http
}

/// Where a user's program hears of finished jobs.
public struct WebhookEndpoint: Sendable, Hashable, Identifiable {
  public var id: Int64
  public var userID: String
  public var url: String
  public var events: [WebhookEvent]
  public var description: String?
  /// What its deliveries are signed with; kept as it is, since signing needs it.
  public var secret: String
  public var isActive: Bool
  public var createdAt: Date
}

extension WebhookEndpoint {
  static let columns = "id, user_id, url, events, description, secret, is_active, created_at"

  init(row: Row) throws {
    let words: String = row[3]
    self.init(
      id: row[0], userID: row[1], url: row[2], events: try words.split(separator: " ").map { try .init(stored: String($0)) },
      description: row[4], secret: row[5], isActive: row[6], createdAt: Date(milliseconds: row[7]))
  }
}

extension WebhookEvent {
  fileprivate init(stored word: String) throws {
    guard let event = WebhookEvent(rawValue: word) else { throw StoreError.unreadable(table: "webhooks", column: "event") }
    self = event
  }
}

/// An event on its way to an endpoint.
public struct WebhookDelivery: Sendable, Hashable, Identifiable {
  public enum State: String, Sendable, CaseIterable { case pending, delivered, failed }

  public var id: Int64
  public var endpointID: Int64
  /// The same for every attempt, and for one that is sent again.
  public var eventID: String
  public var event: WebhookEvent
  /// Nil for a test.
  public var jobID: Int64?
  /// The job's.
  public var task: String?
  /// As it was when the event happened.
  public var jobStatus: JobStatus?
  public var errorMessage: String?
  public var state: State
  public var attempts: Int
  /// When it is tried again; nil once it is delivered or given up.
  public var nextAttemptAt: Date?
  public var lastAttemptAt: Date?
  /// What the endpoint answered last.
  public var responseStatus: Int?
  /// Why the last attempt failed, in a sentence.
  public var problem: String?
  public var createdAt: Date
}

extension WebhookDelivery {
  static let columns = """
    webhook_deliveries.id, endpoint_id, event_id, event, job_id, job_status, error_message, state, attempts, next_attempt_at, \
    last_attempt_at, response_status, problem, webhook_deliveries.created_at, task
    """

  init(row: Row) throws {
    guard let state = State(rawValue: row[7]) else { throw StoreError.unreadable(table: "webhook_deliveries", column: "state") }
    self.init(
      id: row[0], endpointID: row[1], eventID: row[2], event: try .init(stored: row[3]), jobID: row[4], task: row[14],
      jobStatus: (row[5] as String?).flatMap(JobStatus.init(rawValue:)), errorMessage: row[6], state: state, attempts: row[8],
      nextAttemptAt: (row[9] as Int64?).map(Date.init(milliseconds:)), lastAttemptAt: (row[10] as Int64?).map(Date.init(milliseconds:)),
      responseStatus: row[11], problem: row[12], createdAt: Date(milliseconds: row[13]))
  }
}
