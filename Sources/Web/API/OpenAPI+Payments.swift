import JSON

/// What the document says of credits and wallet (`api.md` 17).
extension OpenAPI {
  private static let length: JSON.Members = [
    "service_type": ["type": "string", "enum": .array(Service.words.map(JSON.string))],
    "duration_seconds": ["type": "number", "minimum": 0, "maximum": 86_400],
  ]
  private static let amount: JSON.Members = ["amount_cents": ["type": "integer", "minimum": 100, "maximum": 1_000_000]]

  static let payments: [Operation] = [
    Operation(method: "get", path: "/api/v1/credits", id: "credits", summary: "Your credits, and how songs are priced"),
    Operation(
      method: "get", path: "/api/v1/credits/usage", id: "creditUsage", summary: "Finished jobs as they were charged, newest first",
      query: ["page", "limit", "skip"]),
    Operation(method: "get", path: "/api/v1/credits/multipliers", id: "creditMultipliers", summary: "The credits that a minute costs"),
    Operation(method: "get", path: "/api/v1/credits/payg/info", id: "creditRates", summary: "What a dollar is in credits"),
    Operation(method: "get", path: "/api/v1/api-wallet/balance", id: "walletBalance", summary: "The wallet that keys pay from first"),
    Operation(method: "get", path: "/api/v1/api-wallet/pricing", id: "walletPricing", summary: "Prices in cents", isPublic: true),
    Operation(
      method: "post", path: "/api/v1/api-wallet/estimate", id: "walletEstimate", summary: "What a length costs", members: length,
      required: ["service_type", "duration_seconds"], isPublic: true),
    Operation(
      method: "post", path: "/api/v1/api-wallet/check-balance", id: "checkWallet", summary: "Whether the wallet suffices; 402 if not",
      members: length, required: ["service_type", "duration_seconds"]),
    Operation(
      method: "post", path: "/api/v1/api-wallet/topup/checkout", id: "topUp", summary: "501: this server takes no payments",
      members: amount, required: ["amount_cents"]),
    Operation(
      method: "post", path: "/api/v1/api-wallet/topup/payment-intent", id: "topUpIntent", summary: "501: this server takes no payments",
      members: amount, required: ["amount_cents"]),
    Operation(
      method: "get", path: "/api/v1/api-wallet/usage", id: "walletUsage", summary: "Jobs that the wallet paid for, newest first",
      query: ["page", "limit"]),
    Operation(
      method: "get", path: "/api/v1/api-wallet/topups", id: "walletGrants", summary: "What the administrator put into the wallet",
      query: ["page", "limit"]),
    Operation(method: "get", path: "/api/v1/api-wallet/service-types", id: "serviceTypes", summary: "What can be paid for"),
  ]
}
