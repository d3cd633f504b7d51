import FastCGI
import Fetching
import Foundation
import Generation
import JSON
import Secrets
import Store

/// Webhooks (`api.md` 18): endpoints of the caller's, and what was sent to them.
extension Routes {
  @Sendable static func createWebhook(_ context: Context, _ user: User) throws -> Response {
    let wish = try WebhookWish(try context.bodyMembers().members, rules: try context.webhookRules())
    let endpoint = try context.makeWebhook(wish, for: user)
    guard var reply = object(endpoint).members else { return Response(json: object(endpoint), status: .created) }
    reply["secret"] = .string(endpoint.secret)
    return Response(json: .object(reply), status: .created)
  }

  @Sendable static func listWebhooks(_ context: Context, _ user: User) throws -> Response {
    Response(json: .array(try context.store.webhooks(userID: user.id).map(object)))
  }

  @Sendable static func showWebhook(_ context: Context, _ user: User) throws -> Response {
    Response(json: object(try context.ownWebhook(of: user)))
  }

  @Sendable static func changeWebhook(_ context: Context, _ user: User) throws -> Response {
    var endpoint = try context.ownWebhook(of: user)
    let (members, _, _) = try context.bodyMembers()
    let wish = try WebhookWish(members, rules: try context.webhookRules(), old: endpoint)
    endpoint.url = wish.url
    endpoint.events = wish.events
    endpoint.description = wish.description
    endpoint.isActive = wish.isActive
    guard try context.store.update(endpoint) else { throw HTTPError.webhookNotFound }
    return Response(json: object(endpoint))
  }

  @Sendable static func deleteWebhook(_ context: Context, _ user: User) throws -> Response {
    let id = try context.webhookID()
    guard try context.store.deleteWebhook(id: id, userID: user.id) else { throw HTTPError.webhookNotFound }
    context.note(.webhookDeleted, by: user, "endpoint \(id)")
    return Response(json: ["message": "Webhook endpoint deleted"])
  }

  @Sendable static func testWebhook(_ context: Context, _ user: User) throws -> Response {
    let endpoint = try context.ownWebhook(of: user)
    _ = try context.webhookRules()
    guard endpoint.isActive else { throw HTTPError.webhookNotActive }
    guard let delivery = try context.store.testWebhook(id: endpoint.id, userID: user.id) else { throw HTTPError.webhookNotFound }
    context.studio.wakeWorker()
    return Response(json: object(delivery))
  }

  @Sendable static func listDeliveries(_ context: Context, _ user: User) throws -> Response {
    let endpoint = try context.ownWebhook(of: user)
    let page = try PageOfList(context.request.query, limit: 50)
    let found = try context.store.deliveries(userID: user.id, endpointID: endpoint.id, skip: page.skip, limit: page.limit)
    return Response(json: .array(found.map(object)))
  }

  @Sendable static func redeliver(_ context: Context, _ user: User) throws -> Response {
    guard let delivery = try context.redeliver(for: user) else { throw HTTPError(.notFound, "not_found", "Delivery not found") }
    return Response(json: object(delivery))
  }

  /// Without its secret, which is shown once.
  private static func object(_ endpoint: WebhookEndpoint) -> JSON {
    [
      "id": .int(Int(endpoint.id)), "url": .string(endpoint.url), "events": .array(endpoint.events.map { .string($0.rawValue) }),
      "active": .bool(endpoint.isActive), "description": .optional(endpoint.description),
      "created_at": .string(Timestamp.text(endpoint.createdAt)),
    ]
  }

  private static func object(_ delivery: WebhookDelivery) -> JSON {
    [
      "id": .int(Int(delivery.id)), "endpoint_id": .int(Int(delivery.endpointID)), "event_id": .string(delivery.eventID),
      "event_type": .string(delivery.event.rawValue), "job_id": delivery.jobID.map { .int(Int($0)) } ?? .null,
      "status": .string(delivery.state.rawValue), "attempts": .int(delivery.attempts),
      "response_status": delivery.responseStatus.map { .int($0) } ?? .null, "error": .optional(delivery.problem),
      "created_at": .string(Timestamp.text(delivery.createdAt)), "last_attempt_at": .optional(delivery.lastAttemptAt.map(Timestamp.text)),
      "next_attempt_at": .optional(delivery.nextAttemptAt.map(Timestamp.text)),
    ]
  }
}

/// Where webhooks may be sent, as far as an address tells.
struct WebhookRules {
  let policy: WebhookPolicy
  let addresses: AddressRules
}

/// What an endpoint is asked to be.
struct WebhookWish {
  var url: String
  var events: [WebhookEvent]
  var description: String?
  var isActive: Bool

  /// - Parameters:
  ///   - rules: where webhooks may be sent.
  ///   - old: the endpoint that is changed: what is not named stays.
  /// - Throws: 400 naming every field that is wrong.
  init(_ members: JSON.Members, rules: WebhookRules, old: WebhookEndpoint? = nil) throws {
    var faults: [InvalidParameters.Fault] = []
    (url, events) = (old?.url ?? "", old?.events ?? WebhookEvent.ofJobs)
    (description, isActive) = (old?.description, old?.isActive ?? true)
    if let given = members["url"], !given.isNull || old == nil {
      do {
        let address = try WebAddress(given.string?.trimmingCharacters(in: .whitespaces) ?? "")
        if rules.policy == .https, !address.isSecure { faults.append(.init(field: "url", message: "must begin with https://")) }
        if let literal = IPAddress(address.host), !rules.addresses.allows(literal) {
          faults.append(.init(field: "url", message: "must be on the public internet"))
        }
        url = address.text
      } catch { faults.append(.init(field: "url", message: "can't be used: \(error)")) }
    } else if old == nil {
      faults.append(.init(field: "url", message: "is required"))
    }
    if let given = members["events"], !given.isNull {
      // A form sends a list as text.
      let words = given.array?.map { $0.string ?? "" } ?? given.string.map { $0.split { $0 == "," || $0 == " " }.map(String.init) } ?? []
      let known = WebhookEvent.ofJobs.map(\.rawValue)
      if words.isEmpty || !words.allSatisfy(known.contains) {
        faults.append(.init(field: "events", message: "must be a list of \(known.joined(separator: ", "))"))
      }
      events = WebhookEvent.ofJobs.filter { words.contains($0.rawValue) }
    }
    if members["description"] != nil { description = members.description(&faults) }
    if let given = members["active"], !given.isNull {
      let choice = given.bool ?? ["true": true, "false": false][given.string?.lowercased() ?? ""]
      if choice == nil { faults.append(.init(field: "active", message: "must be true or false")) }
      isActive = choice ?? isActive
    }
    if !faults.isEmpty { throw InvalidParameters(faults: faults) }
  }
}

extension HTTPError {
  static let webhookNotFound = HTTPError(.notFound, "not_found", "Webhook endpoint not found")
  static let webhookNotActive = HTTPError(.badRequest, "webhook_not_active", "This endpoint is not active.")
}

extension Context {
  /// Where webhooks may be sent.
  /// - Throws: 403 while none are.
  func webhookRules() throws -> WebhookRules {
    let policy = try store.webhookPolicy()
    guard policy != .off else {
      throw HTTPError(.forbidden, "webhooks_off", "Webhooks are switched off here. An administrator can switch them on.")
    }
    return WebhookRules(policy: policy, addresses: studio.settings.addressRules)
  }

  /// Makes an endpoint. Its secret is shown in the answer and nowhere else.
  func makeWebhook(_ wish: WebhookWish, for user: User) throws -> WebhookEndpoint {
    let endpoint = try store.createWebhook(
      userID: user.id, url: wish.url, events: wish.events, description: wish.description,
      secret: "whsec_" + Secrets.randomToken(bytes: 24))
    note(.webhookMade, by: user, "endpoint \(endpoint.id)")
    return endpoint
  }

  fileprivate func webhookID() throws -> Int64 {
    guard let id = parameters["id"].flatMap(Int64.init) else { throw HTTPError.webhookNotFound }
    return id
  }

  func ownWebhook(of user: User) throws -> WebhookEndpoint {
    guard let endpoint = try store.webhook(id: try webhookID(), userID: user.id) else { throw HTTPError.webhookNotFound }
    return endpoint
  }

  /// Queues the delivery of the address once more; nil when the user has no such delivery.
  func redeliver(for user: User) throws -> WebhookDelivery? {
    guard let id = parameters["id"].flatMap(Int64.init) else { return nil }
    let delivery = try store.redeliver(id: id, userID: user.id)
    if delivery != nil { studio.wakeWorker() }
    return delivery
  }
}
