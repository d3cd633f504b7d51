import FastCGI
import Foundation
import Generation
import JSON
import Store

/// Credits (`api.md` 17.3).
extension Routes {
  @Sendable static func showCredits(_ context: Context, _ user: User) throws -> Response {
    let credits = try context.store.balances(userID: user.id).credits
    let (plan, available) = try context.spendable(credits)
    return Response(json: [
      "credits_balance": .int(plan), "balance": .int(plan), "payg_balance": .int(credits.extra),
      "total_available_credits": .int(available), "reserved_credits": .int(credits.held),
      "total_credits_used": .int(credits.spent), "total_payg_credits_purchased": .int(try context.store.creditsGranted(userID: user.id)),
      "last_reset_at": .optional(credits.renewedAt.map(Timestamp.text)),
      "next_reset_date": .string(Timestamp.text(Store.nextRenewal(of: credits))),
      "credits_per_month": .int(try context.store.monthlyCredits()), "billing": .string(try context.store.pricing().rawValue),
    ])
  }

  @Sendable static func creditUsage(_ context: Context, _ user: User) throws -> Response {
    let page = try PageOfList(context.request.query, limit: 50)
    let records = try context.store.usage(userID: user.id, fromWallet: false, skip: page.skip, limit: page.limit)
    return Response(json: .array(records.map { record in
      [
        "id": .int(Int(record.id)), "user_credits_id": .string(user.id), "credits_used": .int(record.credits),
        "service_type": .string(Service(of: record.task).rawValue), "audio_duration": .double(record.seconds),
        "credit_source": record.extraCredits > 0 ? "payg" : "subscription", "created_at": .string(Timestamp.text(record.createdAt)),
        "usage_metadata": [
          "task_type": .string(record.task), "duration_seconds": .double(record.seconds), "job_id": .int(Int(record.jobID)),
          "payg_credits": .int(record.extraCredits),
        ],
      ]
    }))
  }

  /// The price of a minute, as tiers have no rate.
  @Sendable static func creditMultipliers(_ context: Context, _ user: User) throws -> Response {
    let pricing = try context.store.pricing()
    return Response(json: .object(.init(Service.allCases.map { ($0.rawValue, .int(pricing.price(of: $0.work, seconds: 60).credits)) })))
  }

  @Sendable static func creditRates(_ context: Context, _ user: User) throws -> Response {
    Response(json: ["credits_per_dollar": .int(Pricing.creditsPerDollar), "min_amount_usd": 1, "max_amount_usd": 1000, "currency": "USD"])
  }
}

extension Context {
  /// What programs are told that a user can spend. While nothing costs anything nobody's credits are filled up, yet everything can be
  /// ordered: then it is at least a month's credits, so that a program that looks before it orders goes on.
  func spendable(_ credits: Balance) throws -> (plan: Int, available: Int) {
    guard try store.pricing() == .off else { return (credits.plan, credits.available) }
    let plan = max(credits.plan, try store.monthlyCredits(), 1)
    return (plan, plan + credits.extra)
  }
}

/// What can be paid for.
enum Service: String, CaseIterable {
  case music = "music_generation"
  case stems = "stem_extraction"
  case midi = "midi_conversion"

  init(of task: String) { self = MusicTask(rawValue: task).flatMap { Service(rawValue: $0.service) } ?? .music }

  static let words = allCases.map(\.rawValue)

  /// How the length counts.
  var work: PricedWork { self == .midi ? .score : .audio }

  var description: String {
    switch self {
    case .music: "Music, by the length of what is made"
    case .stems: "Stems, by the length of the recording"
    case .midi: "Notes of a recording, whatever its length"
    }
  }
}

/// The part of a list that a query asks for by `page` (from 1) and `limit` (at most 100), or by `skip`.
struct PageOfList {
  let page: Int
  let limit: Int
  let skip: Int

  /// - Throws: 400 for what is no number in range.
  init(_ query: Form, limit usual: Int) throws {
    func number(_ name: String) throws -> Int? {
      guard let text = query[name], !text.isEmpty else { return nil }
      guard let value = Int(text), ((name == "skip" ? 0 : 1)...1_000_000_000).contains(value) else {
        throw InvalidParameters(faults: [.init(field: name, message: "must be an integer of at least \(name == "skip" ? 0 : 1)")])
      }
      return value
    }
    page = min(try number("page") ?? 1, 10_000_000)
    limit = min(try number("limit") ?? usual, 100)
    skip = try number("skip") ?? (page - 1) * limit
  }
}
