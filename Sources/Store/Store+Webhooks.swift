public import Foundation
internal import GRDB

// MARK: - Endpoints

extension Store {
  /// So many endpoints a user may have.
  public static let maximumWebhooks = 20

  /// Whether webhooks are sent; they are not unless an administrator chooses so.
  public func webhookPolicy() throws -> WebhookPolicy {
    try setting(.webhooks).flatMap(WebhookPolicy.init(rawValue:)) ?? .off
  }

  /// Makes an endpoint.
  /// - Throws: `StoreError.tooManyWebhooks`.
  public func createWebhook(
    userID: String, url: String, events: [WebhookEvent], description: String? = nil, secret: String, now: Date = Date()
  ) throws -> WebhookEndpoint {
    try write(.powerCut) { db in
      let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM webhook_endpoints WHERE user_id = ?", arguments: [userID]) ?? 0
      guard count < Self.maximumWebhooks else { throw StoreError.tooManyWebhooks }
      try db.execute(
        sql: "INSERT INTO webhook_endpoints (user_id, url, events, description, secret, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [userID, url, Self.text(events), description, secret, now.milliseconds])
      return WebhookEndpoint(
        id: db.lastInsertedRowID, userID: userID, url: url, events: events, description: description, secret: secret, isActive: true,
        createdAt: Date(milliseconds: now.milliseconds))
    }
  }

  /// A user's endpoints, the oldest first.
  public func webhooks(userID: String) throws -> [WebhookEndpoint] {
    try readOnce { db in
      try Row.fetchCursor(
        db, sql: "SELECT \(WebhookEndpoint.columns) FROM webhook_endpoints WHERE user_id = ? ORDER BY id", arguments: [userID]
      ).map { try WebhookEndpoint(row: $0) }.collect()
    }
  }

  /// An endpoint of this user's.
  public func webhook(id: Int64, userID: String) throws -> WebhookEndpoint? {
    try readOnce { db in try Self.webhook(db, id: id, userID: userID) }
  }

  /// Records what is changed of an endpoint: address, events, description, and whether it is active.
  /// - Returns: false when its user has no such endpoint.
  public func update(_ endpoint: WebhookEndpoint) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(
        sql: "UPDATE webhook_endpoints SET url = ?, events = ?, description = ?, is_active = ? WHERE id = ? AND user_id = ?",
        arguments: [
          endpoint.url, Self.text(endpoint.events), endpoint.description, endpoint.isActive, endpoint.id, endpoint.userID,
        ])
      return db.changesCount > 0
    }
  }

  /// Removes an endpoint and its deliveries.
  /// - Returns: false when the user has no such endpoint.
  public func deleteWebhook(id: Int64, userID: String) throws -> Bool {
    try write(.powerCut) { db in
      try db.execute(sql: "DELETE FROM webhook_endpoints WHERE id = ? AND user_id = ?", arguments: [id, userID])
      return db.changesCount > 0
    }
  }

  private static func webhook(_ db: Database, id: Int64, userID: String) throws -> WebhookEndpoint? {
    try Row.fetchOne(
      db, sql: "SELECT \(WebhookEndpoint.columns) FROM webhook_endpoints WHERE id = ? AND user_id = ?", arguments: [id, userID]
    ).map { try WebhookEndpoint(row: $0) }
  }

  private static func text(_ events: [WebhookEvent]) -> String { events.map(\.rawValue).joined(separator: " ") }
}

// MARK: - Deliveries

extension Store {
  /// After so many attempts a delivery is given up.
  public static let webhookAttempts = 5
  /// So long deliveries are remembered.
  static let webhookMemory: TimeInterval = 30 * 86_400

  /// Seconds until the next attempt after this many: one minute, two, four, at most an hour.
  public static func webhookDelay(after attempts: Int) -> TimeInterval { min(3600, 60 * pow(2, Double(max(0, min(attempts, 20) - 1)))) }

  /// Queues a test of an endpoint.
  /// - Returns: nil when the user has no such endpoint.
  public func testWebhook(id: Int64, userID: String, now: Date = Date()) throws -> WebhookDelivery? {
    try write(.powerCut) { db in
      guard try Self.webhook(db, id: id, userID: userID) != nil else { return nil }
      try db.execute(
        sql: """
          INSERT INTO webhook_deliveries (endpoint_id, event_id, event, state, next_attempt_at, created_at)
          VALUES (?1, lower(hex(randomblob(16))), ?2, 'pending', ?3, ?3)
          """, arguments: [id, WebhookEvent.test.rawValue, now.milliseconds])
      return try Self.delivery(db, id: db.lastInsertedRowID)
    }
  }

  /// Queues an event once more, with the same event id.
  /// - Returns: nil when the user has no such delivery.
  public func redeliver(id: Int64, userID: String, now: Date = Date()) throws -> WebhookDelivery? {
    try write(.powerCut) { db in
      try db.execute(
        sql: """
          INSERT INTO webhook_deliveries (
            endpoint_id, event_id, event, job_id, task, job_status, error_message, state, next_attempt_at, created_at)
          SELECT endpoint_id, event_id, event, job_id, task, job_status, error_message, 'pending', ?1, ?1
          FROM webhook_deliveries JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
          WHERE webhook_deliveries.id = ?2 AND user_id = ?3
          """, arguments: [now.milliseconds, id, userID])
      return db.changesCount > 0 ? try Self.delivery(db, id: db.lastInsertedRowID) : nil
    }
  }

  /// The deliveries to a user's endpoints, or to one of them, the newest first.
  public func deliveries(userID: String, endpointID: Int64? = nil, skip: Int = 0, limit: Int) throws -> [WebhookDelivery] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(WebhookDelivery.columns) FROM webhook_deliveries JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id
          WHERE user_id = ?1 AND (?2 IS NULL OR endpoint_id = ?2) ORDER BY webhook_deliveries.id DESC LIMIT ?3 OFFSET ?4
          """, arguments: [userID, endpointID, limit, skip]
      ).map { try WebhookDelivery(row: $0) }.collect()
    }
  }

  /// Hands out the delivery that has been due longest and counts the attempt before it is made: a sender that is killed meanwhile leaves
  /// one that is tried again in its time. None while webhooks are off, to an endpoint that is not active, or of a user who is switched off.
  /// - Parameter busyUsers: those something is being sent for already; one user's slow endpoint holds up no other's.
  public func claimDelivery(except busyUsers: Set<String> = [], now: Date = Date()) throws -> (WebhookDelivery, WebhookEndpoint)? {
    let isDue = try readOnce { db in
      try Bool.fetchOne(
        db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM webhook_deliveries WHERE next_attempt_at <= ?)"),
        arguments: [now.milliseconds]) ?? false
    }
    guard isDue, try webhookPolicy() != .off else { return nil }
    return try write(.powerCut) { db in
      // Of each user's the one that is due longest: the other columns are of the row that has the minimum.
      let firsts = try Row.fetchAll(
        db,
        sql: """
          SELECT webhook_deliveries.id, user_id, min(next_attempt_at) AS due FROM webhook_deliveries
          JOIN webhook_endpoints ON webhook_endpoints.id = endpoint_id JOIN users ON users.id = user_id
          WHERE next_attempt_at <= ? AND webhook_endpoints.is_active AND users.is_active GROUP BY user_id ORDER BY due
          """, arguments: [now.milliseconds])
      guard let first = firsts.first(where: { !busyUsers.contains($0[1]) }), let delivery = try Self.delivery(db, id: first[0]),
        let endpoint = try Self.webhook(db, id: delivery.endpointID, userID: first[1])
      else { return nil }
      let attempts = delivery.attempts + 1
      let next = attempts < Self.webhookAttempts ? now.addingTimeInterval(Self.webhookDelay(after: attempts)) : nil
      try db.execute(
        sql: "UPDATE webhook_deliveries SET attempts = ?, last_attempt_at = ?, next_attempt_at = ? WHERE id = ?",
        arguments: [attempts, now.milliseconds, next?.milliseconds, delivery.id])
      return try Self.delivery(db, id: delivery.id).map { ($0, endpoint) }
    }
  }

  /// Records what became of an attempt.
  /// - Parameters:
  ///   - responseStatus: what the endpoint answered, if it did.
  ///   - problem: why it failed; nil where it succeeded.
  public func record(_ delivery: WebhookDelivery, responseStatus: Int?, problem: String?) throws {
    try write(.powerCut) { db in
      let state: WebhookDelivery.State = problem == nil ? .delivered : delivery.nextAttemptAt == nil ? .failed : .pending
      try db.execute(
        sql: """
          UPDATE webhook_deliveries SET state = ?1, response_status = ?2, problem = ?3,
            next_attempt_at = iif(?1 = 'pending', next_attempt_at, NULL)
          WHERE id = ?4 AND attempts = ?5
          """, arguments: [state.rawValue, responseStatus, problem, delivery.id, delivery.attempts])
    }
  }

  /// Gives up what a stop interrupted at the last attempt, and forgets what is older than thirty days. Called at the start and daily.
  public func tidyDeliveries(now: Date = Date()) throws {
    try write(.processCrash) { db in
      try db.execute(
        sql: """
          UPDATE webhook_deliveries SET state = 'failed', problem = 'The server stopped while it was sent.'
          WHERE state = 'pending' AND next_attempt_at IS NULL AND last_attempt_at <= ?
          """, arguments: [now.milliseconds - 60_000])
      try db.execute(
        sql: "DELETE FROM webhook_deliveries WHERE created_at <= ?",
        arguments: [now.addingTimeInterval(-Self.webhookMemory).milliseconds])
    }
  }

  private static func delivery(_ db: Database, id: Int64) throws -> WebhookDelivery? {
    try Row.fetchOne(db, sql: "SELECT \(WebhookDelivery.columns) FROM webhook_deliveries WHERE id = ?", arguments: [id])
      .map { try WebhookDelivery(row: $0) }
  }
}
