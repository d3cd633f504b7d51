import FastCGI
import Fetching
import Foundation
import Generation
import JSON
import Store

/// The reader's webhooks on the account page.
struct WebhooksSection: TemplateModel {
  let endpoints: [WebhookRow]
  let deliveries: [DeliveryRow]
  /// Empty where nothing is sent at present.
  var entries: [FormField]
  /// The secret of an endpoint just made: the only time that it is shown.
  var newSecret: String?

  static let fields: TemplateFields<Self> = [
    "hasWebhooks": .flag { !$0.endpoints.isEmpty }, "webhooks": .list(\.endpoints), "hasDeliveries": .flag { !$0.deliveries.isEmpty },
    "deliveries": .list(\.deliveries), "mayAddWebhook": .flag { !$0.entries.isEmpty }, "webhookEntries": .list(\.entries),
    "newSecret": .optional(\.newSecret),
  ]
}

struct WebhookRow: TemplateModel {
  let id: Int
  let url: String
  /// "Finished, failed"
  let events: String
  let isActive: Bool

  static let fields: TemplateFields<Self> = [
    "webhookID": .text { String($0.id) }, "webhookURL": .text(\.url), "webhookEvents": .text(\.events), "isActive": .flag(\.isActive),
  ]
}

struct DeliveryRow: TemplateModel {
  let id: Int
  let when: String
  /// "job.completed, song 7"
  let what: String
  let url: String
  /// "Delivered", "HTTP 500; again today, 14:02"
  let state: String

  static let fields: TemplateFields<Self> = [
    "deliveryID": .text { String($0.id) }, "when": .text(\.when), "what": .text(\.what), "deliveryURL": .text(\.url), "state": .text(\.state),
  ]
}

/// The sets of events that the page offers; programs can choose any.
enum WebhookUse: String, CaseIterable {
  case all, completed, failures

  var words: String {
    switch self {
    case .all: "Every end of a song"
    case .completed: "Finished songs"
    case .failures: "Failed and cancelled songs"
    }
  }

  var events: [WebhookEvent] {
    switch self {
    case .all: WebhookEvent.ofJobs
    case .completed: [.completed]
    case .failures: [.failed, .cancelled]
    }
  }
}

extension WebhooksSection {
  /// Nil where webhooks are off and the user has none.
  init?(of user: User, in context: Context, now: Date) throws {
    let found = try context.store.webhooks(userID: user.id)
    let isOff = try context.store.webhookPolicy() == .off
    guard !isOff || !found.isEmpty else { return nil }
    endpoints = found.map { endpoint in
      WebhookRow(
        id: Int(endpoint.id), url: endpoint.url,
        events: WebhookUse.allCases.first { $0.events == endpoint.events }?.words ?? endpoint.events.map(\.rawValue).joined(separator: ", "),
        isActive: endpoint.isActive)
    }
    let urls = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.url) })
    deliveries = try context.store.deliveries(userID: user.id, limit: 10).map { delivery in
      let next = delivery.nextAttemptAt.map { Moment($0, now: now).words }
      let state = switch delivery.state {
      case .delivered: "Delivered"
      case .failed: "Given up: \(delivery.problem ?? "no answer")"
      case .pending: delivery.problem.map { "\($0); again \(next ?? "soon")" } ?? "Waiting"
      }
      return DeliveryRow(
        id: Int(delivery.id), when: Moment(delivery.createdAt, now: now).words,
        what: delivery.event.rawValue + (delivery.jobID.map { ", song \($0)" } ?? ""), url: urls[delivery.endpointID] ?? "", state: state)
    }
    entries = isOff ? [] : Self.entries()
    newSecret = nil
  }

  static func entries(url: String = "", use: WebhookUse = .all, error: String? = nil) -> [FormField] {
    [
      FormField(
        name: "webhook_url", label: "Address", help: "A program of yours that takes POST, on the public internet.", value: url,
        control: .url, isRequired: true, error: error),
      FormField(
        name: "webhook_use", label: "Told of",
        control: .choice(WebhookUse.allCases.map { Choice(value: $0.rawValue, label: $0.words, isChosen: $0 == use) })),
    ]
  }

  static let sample = WebhooksSection(
    endpoints: [WebhookRow(id: 1, url: "https://example.org/hook", events: "Every end of a song", isActive: true)],
    deliveries: [
      DeliveryRow(id: 4, when: "today, 14:02", what: "job.completed, song 7", url: "https://example.org/hook", state: "HTTP 500; again today, 14:03"),
      DeliveryRow(id: 3, when: "yesterday", what: "webhook.test", url: "https://example.org/hook", state: "Delivered"),
    ], entries: entries(), newSecret: nil)
}

extension Routes {
  @Sendable static func createWebhookFromPage(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let rules = try context.webhookRules()
    guard let use = WebhookUse(rawValue: form["webhook_use"] ?? WebhookUse.all.rawValue) else {
      throw HTTPError.badRequest("webhook_use must be one of \(WebhookUse.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let url = form["webhook_url"] ?? ""
    func refuse(_ message: String) throws -> Response {
      var page = try AccountPage(of: user, in: context)
      page.webhooks?.entries = WebhooksSection.entries(url: url, use: use, error: message)
      return try context.page(page, user: user, status: .unprocessable)
    }
    let endpoint: WebhookEndpoint
    do {
      let wish = try WebhookWish(["url": .string(url), "events": .array(use.events.map { .string($0.rawValue) })], rules: rules)
      endpoint = try context.makeWebhook(wish, for: user)
    } catch let refusal as InvalidParameters {
      return try refuse("The address \(refusal.faults.first?.message ?? "can't be used").")
    } catch StoreError.tooManyWebhooks { return try refuse(StoreError.tooManyWebhooks.description) }
    var page = try AccountPage(of: user, in: context)
    page.webhooks?.newSecret = endpoint.secret
    return try context.page(page, user: user)
  }

  @Sendable static func testWebhookFromPage(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    _ = try testWebhook(context, user)
    return .redirect(to: Address.account.path + "#webhooks")
  }

  @Sendable static func switchWebhook(_ context: Context, _ user: User) throws -> Response {
    let state = try context.ownForm()["active"] ?? ""
    guard ["on", "off"].contains(state) else { throw HTTPError.badRequest("active must be on or off.") }
    var endpoint = try context.ownWebhook(of: user)
    endpoint.isActive = state == "on"
    guard try context.store.update(endpoint) else { throw HTTPError.webhookNotFound }
    return .redirect(to: Address.account.path + "#webhooks")
  }

  @Sendable static func deleteWebhookFromPage(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    _ = try deleteWebhook(context, user)
    return .redirect(to: Address.account.path + "#webhooks")
  }

  @Sendable static func redeliverFromPage(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    guard try context.redeliver(for: user) != nil else { throw HTTPError.notFound }
    return .redirect(to: Address.account.path + "#webhooks")
  }

  @Sendable static func chooseWebhooks(_ context: Context, _ user: User) throws -> Response {
    guard let policy = try context.ownForm()["webhooks"].flatMap(WebhookPolicy.init(rawValue:)) else {
      throw HTTPError.badRequest("webhooks must be one of \(WebhookPolicy.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    try context.store.set(.webhooks, to: policy.rawValue)
    context.note(.settingChanged, by: user, "webhooks: \(policy.rawValue)")
    return .redirect(to: Address.admin.path)
  }
}

extension WebhookPolicy {
  /// As the page says it.
  var words: String {
    switch self {
    case .off: "Off"
    case .https: "https alone"
    case .http: "https and http"
    }
  }
}
