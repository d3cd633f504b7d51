import FastCGI
import Foundation
import Generation
import JSON
import Store

/// The wallet that programs pay from (`api.md` 17.2). There is no payment provider here: an administrator fills it.
extension Routes {
  private static let lowBalance = 100
  private static let topUpRange = 100...1_000_000

  @Sendable static func walletBalance(_ context: Context, _ user: User) throws -> Response {
    let wallet = try context.store.balances(userID: user.id).wallet
    return Response(json: [
      "balance_cents": .int(wallet.available), "balance_usd": .string(Price.dollars(wallet.available)),
      "total_topup_cents": .int(wallet.granted), "total_topup_usd": .string(Price.dollars(wallet.granted)),
      "total_spent_cents": .int(wallet.spent), "total_spent_usd": .string(Price.dollars(wallet.spent)),
      "reserved_cents": .int(wallet.held),
      // A wallet that nobody has ever filled is not low: credits pay.
      "low_balance_warning": .bool(wallet.granted > 0 && wallet.available < lowBalance), "warning_threshold_cents": .int(lowBalance),
    ])
  }

  @Sendable static func walletPricing(_ context: Context) throws -> Response {
    let services = try Service.allCases.map { service -> (String, JSON) in
      let minute = try centsAMinute(of: service, context)
      return (
        service.rawValue,
        [
          "rate_per_minute": .string(Price.dollars(minute) + "/min"), "rate_per_hour": .string(Price.dollars(minute * 60) + "/hour"),
          "cents_per_minute": .int(minute), "description": .string(service.description),
        ]
      )
    }
    return Response(json: [
      "services": .object(.init(services)),
      "wallet": [
        "minimum_topup_cents": .int(topUpRange.lowerBound), "minimum_topup_usd": .string(Price.dollars(topUpRange.lowerBound)),
        "maximum_topup_cents": .int(topUpRange.upperBound), "maximum_topup_usd": .string(Price.dollars(topUpRange.upperBound)),
        "currency": "USD",
      ],
    ])
  }

  @Sendable static func walletEstimate(_ context: Context) throws -> Response {
    let wish = try estimate(context)
    return Response(json: [
      "service_type": .string(wish.service.rawValue), "duration_seconds": .double(wish.seconds), "duration_minutes": .double(wish.seconds / 60),
      "rate_per_minute": .string(Price.dollars(try centsAMinute(of: wish.service, context)) + "/min"), "cost_cents": .int(wish.price.cents),
      "cost_usd": .string(Price.dollars(wish.price.cents)), "cost_credits": .int(wish.price.credits),
      "description": .string(wish.service.description),
    ])
  }

  @Sendable static func checkWallet(_ context: Context, _ user: User) throws -> Response {
    let wish = try estimate(context)
    let (credits, wallet) = try context.store.balances(userID: user.id)
    guard wallet.available >= wish.price.cents else {
      let required = Price(credits: 0, cents: wish.price.cents)
      throw StoreError.insufficientCredits(required: required, available: Price(credits: credits.available, cents: wallet.available))
    }
    return Response(json: [
      "can_proceed": true, "cost_cents": .int(wish.price.cents), "current_balance_cents": .int(wallet.available),
    ])
  }

  @Sendable static func topUp(_ context: Context, _ user: User) throws -> Response {
    let (members, _, _) = try context.bodyMembers()
    let amount = members["amount_cents"].flatMap { $0.int ?? $0.string.flatMap { Int($0) } }
    guard amount.map(topUpRange.contains) == true else {
      throw HTTPError(.badRequest, "invalid_amount", "Amount must be between $1.00 and $10,000.00")
    }
    throw HTTPError(
      .notImplemented, "payments_not_configured", "This server takes no payments. Its administrator can fill your wallet.")
  }

  @Sendable static func walletUsage(_ context: Context, _ user: User) throws -> Response {
    let page = try PageOfList(context.request.query, limit: 50)
    let records = try context.store.usage(userID: user.id, fromWallet: true, skip: page.skip, limit: page.limit)
    let logs = records.map { record -> JSON in
      [
        "id": .int(Int(record.id)), "service_type": .string(Service(of: record.task).rawValue), "duration_seconds": .double(record.seconds),
        "duration_minutes": .double(record.seconds / 60), "amount_cents": .int(record.cents),
        "amount_usd": .string(Price.dollars(record.cents)), "job_id": .string(String(record.jobID)),
        "api_key_id": .optional(record.apiKeyID.map { Int($0) }), "created_at": .string(Timestamp.text(record.createdAt)),
      ]
    }
    return Response(json: ["page": .int(page.page), "limit": .int(page.limit), "logs": .array(logs)])
  }

  @Sendable static func walletGrants(_ context: Context, _ user: User) throws -> Response {
    let page = try PageOfList(context.request.query, limit: 20)
    let grants = try context.store.walletGrants(userID: user.id, skip: page.skip, limit: page.limit).map { entry -> JSON in
      [
        "id": .int(Int(entry.id)), "amount_cents": .int(entry.amount), "amount_usd": .string(Price.dollars(entry.amount)),
        "status": "completed", "created_at": .string(Timestamp.text(entry.createdAt)),
      ]
    }
    return Response(json: ["page": .int(page.page), "limit": .int(page.limit), "topups": .array(grants)])
  }

  @Sendable static func serviceTypes(_ context: Context, _ user: User) throws -> Response {
    Response(json: .array(Service.words.map(JSON.string)))
  }

  private static func centsAMinute(of service: Service, _ context: Context) throws -> Int {
    try context.store.pricing().price(of: service.work, seconds: 60).cents
  }

  /// - Throws: 400 for a service that isn't offered and for what is no length.
  private static func estimate(_ context: Context) throws -> (service: Service, seconds: Double, price: Price) {
    let (members, _, _) = try context.bodyMembers()
    var faults: [InvalidParameters.Fault] = []
    let service = members["service_type"]?.string.flatMap(Service.init(rawValue:))
    if service == nil {
      faults.append(.init(field: "service_type", message: "must be one of \(Service.words.joined(separator: ", "))"))
    }
    let seconds = members["duration_seconds"].flatMap { $0.double ?? $0.string.flatMap { Double($0) } } ?? -1
    if !(seconds >= 0 && seconds <= 86_400) {
      faults.append(.init(field: "duration_seconds", message: "must be a number from 0 to 86400"))
    }
    guard let service, faults.isEmpty else { throw InvalidParameters(faults: faults) }
    return (service, seconds, try context.store.pricing().price(of: service.work, seconds: seconds))
  }
}
