import JSON
import Store

/// What the document says of webhooks (`api.md` 18).
extension OpenAPI {
  private static let endpoint: JSON.Members = [
    "url": ["type": "string", "format": "uri", "maxLength": 2048],
    "events": ["type": "array", "minItems": 1, "items": ["type": "string", "enum": .array(WebhookEvent.ofJobs.map { .string($0.rawValue) })]],
    "description": ["type": ["string", "null"], "maxLength": 200],
  ]

  private static let change: JSON.Members = {
    var members = endpoint
    members["active"] = ["type": "boolean"]
    return members
  }()

  static let webhooks: [Operation] = [
    Operation(
      method: "post", path: "/api/v1/webhooks/endpoints", id: "createWebhook",
      summary: "Be told at an address when jobs end; secret, which signs what is sent, is shown only here", members: endpoint,
      required: ["url"], success: 201),
    Operation(method: "get", path: "/api/v1/webhooks/endpoints", id: "webhooks", summary: "Your endpoints, without their secrets"),
    Operation(method: "get", path: "/api/v1/webhooks/endpoints/{id}", id: "webhook", summary: "One endpoint"),
    Operation(method: "patch", path: "/api/v1/webhooks/endpoints/{id}", id: "changeWebhook", summary: "Change an endpoint", members: change),
    Operation(method: "delete", path: "/api/v1/webhooks/endpoints/{id}", id: "deleteWebhook", summary: "Delete an endpoint and its deliveries"),
    Operation(method: "post", path: "/api/v1/webhooks/endpoints/{id}/test", id: "testWebhook", summary: "Send webhook.test to an endpoint"),
    Operation(
      method: "get", path: "/api/v1/webhooks/endpoints/{id}/deliveries", id: "deliveries", summary: "What was sent to an endpoint, newest first",
      query: ["page", "limit"]),
    Operation(
      method: "post", path: "/api/v1/webhooks/deliveries/{id}/redeliver", id: "redeliver", summary: "Send an event once more, with the same event id"),
  ]
}
