import FastCGI
import Foundation
import JSON
import Secrets
import Store
import Testing

@testable import Web

/// Credits and wallet over HTTP (`api.md` 5, 17).
@Suite struct CreditTests {
  let site: StudioForTests
  init() throws {
    site = try StudioForTests()
    try site.store.set(.pricing, to: "tiers")
    try site.store.set(.monthlyCredits, to: "100")
  }

  private func order(_ seconds: Double, songs: Int = 1) throws -> StudioForTests.Answer {
    try site.call("POST", "/api/v1/music/text2music", ["prompt": "p", "audio_duration": .double(seconds), "batch_size": .int(songs)])
  }

  @Test func aJobSaysWhatItReservesAndCosts() throws {
    let answer = try order(60, songs: 2)
    #expect(answer.json["credits_reserved"] == 20 && answer.json["job"]?["credits_reserved"] == 20)
    let credits = try site.call("GET", "/api/v1/credits").json
    #expect(credits["total_available_credits"] == 80 && credits["reserved_credits"] == 20 && credits["credits_per_month"] == 100)
    #expect(credits["balance"] == credits["credits_balance"])
    try site.finishNextJob()
    let job = try site.call("GET", "/api/v1/music/jobs/\(answer.json["id"]?.int ?? 0)").json
    #expect(job["credits_charged"] == 10, "two songs of ten seconds came")
    let usage = try site.call("GET", "/api/v1/credits/usage").json
    #expect(usage.array?.count == 1 && usage[0]?["credits_used"] == 10 && usage[0]?["usage_metadata"]?["task_type"] == "text2music")
    #expect(try site.call("GET", "/api/v1/auth/me").json["credits"]?["total_available_credits"] == 90)
  }

  @Test func withoutEnoughThereIsNoJob() throws {
    _ = try order(600, songs: 2)
    let answer = try order(300)
    #expect(answer.status == 402)
    #expect(answer.detail == "Insufficient credits. Required: 25, Available: 20")
    #expect(answer.json["error"] == "insufficient_credits")
    #expect(answer.json["required_credits"] == 25 && answer.json["available_credits"] == 20)
    #expect(answer.json["required_cents"] == 20 && answer.json["available_cents"] == 0)
    #expect(try site.call("GET", "/api/v1/music/jobs").json.array?.count == 1)
    let words = Array(repeating: "a line to sing", count: 30).joined(separator: "\n")
    let scoreFirst = try site.call("POST", "/api/v1/music/v3/generate", ["style": "folk", "lyrics": .string(words)])
    #expect(scoreFirst.status == 402, "\(scoreFirst.text)")
    #expect( scoreFirst.json["detail"]?["required_cents"]?.int != nil)
    #expect(scoreFirst.json["detail"]?["message"]?.string?.hasPrefix("Insufficient credits") == true)
  }

  @Test func automaticLengthsAreEstimated() throws {
    func reserved(_ body: JSON) throws -> Int? {
      try site.call("POST", "/api/v1/music/text2music", body).json["credits_reserved"]?.int
    }
    #expect(try reserved(["prompt": "p"]) == 25, "three minutes")
    #expect(try reserved(["prompt": "p", "lyrics": "[verse]\none\ntwo\nthree"]) == 5)
    #expect(try reserved(["prompt": "p", "lyrics": .string(Array(repeating: "a line", count: 20).joined(separator: "\n"))]) == 15)
  }

  @Test func theSameRequestIsPaidOnce() throws {
    let headers = ["Idempotency-Key": "k"]
    for _ in 1...3 { _ = try site.call("POST", "/api/v1/music/simple", ["query": "a", "audio_duration": 30], headers: headers) }
    #expect(try site.call("GET", "/api/v1/credits").json["reserved_credits"] == 5)
  }

  @Test func cancellingAndDeletingGiveBack() throws {
    let id = try order(60).json["id"]?.int ?? 0
    _ = try site.call("POST", "/api/v1/music/jobs/\(id)/cancel")
    #expect(try site.call("GET", "/api/v1/credits").json["total_available_credits"] == 100)
    #expect(try site.call("POST", "/api/v1/music/jobs/\(id)/retry").json["credits_reserved"] == 10)
    _ = try site.call("DELETE", "/api/v1/music/jobs/\(id)")
    #expect(try site.call("GET", "/api/v1/credits").json["total_available_credits"] == 100)
  }

  @Test func aKeyPaysFromTheWalletFirst() throws {
    try site.store.grant(150, .cents, to: site.user.id)
    let balance = try site.call("GET", "/api/v1/api-wallet/balance").json
    #expect(balance["balance_usd"] == "$1.50" && balance["balance_cents"] == 150 && balance["low_balance_warning"] == false)
    _ = try order(60)
    try site.finishNextJob()
    let usage = try site.call("GET", "/api/v1/api-wallet/usage?page=1&limit=5").json
    #expect(usage["page"] == 1 && usage["limit"] == 5 && usage["logs"]?[0]?["amount_usd"] == "$0.01")
    #expect(usage["logs"]?[0]?["job_id"]?.string != nil && usage["logs"]?[0]?["api_key_id"]?.int != nil)
    #expect(try site.call("GET", "/api/v1/api-wallet/topups").json["topups"]?[0]?["amount_cents"] == 150)
    #expect(try site.call("GET", "/api/v1/credits").json["total_available_credits"] == 100)
    #expect(try site.call("GET", "/api/v1/credits/usage").json == [])
  }

  @Test func pricesAreToldToAnybody() throws {
    let pricing = try site.send("GET", "/api/v1/api-wallet/pricing").json
    #expect(pricing["services"]?["music_generation"]?["rate_per_minute"] == "$0.04/min")
    func ask(_ path: String, _ body: JSON, key: Bool = false) throws -> StudioForTests.Answer {
      var headers = ["Content-Type": "application/json"]
      if key { headers["X-API-Key"] = site.key }
      return try site.send("POST", "/api/v1/api-wallet/\(path)", headers: headers, body: Array(body.text.utf8))
    }
    let minute: JSON = ["service_type": "music_generation", "duration_seconds": 60]
    #expect(try ask("estimate", minute).json["cost_usd"] == "$0.04")
    for body: JSON in [["service_type": "x", "duration_seconds": 60], ["service_type": "music_generation"], ["service_type": "music_generation", "duration_seconds": -1]] {
      #expect(try ask("estimate", body).status == 400)
    }
    let check = try ask("check-balance", minute, key: true)
    #expect(check.status == 402 && check.json["error"] == "insufficient_api_balance")
    #expect(check.detail == "Insufficient credits: insufficient API wallet balance. Required: $0.04, Available: $0.00")
    try site.store.grant(4, .cents, to: site.user.id)
    #expect(try ask("check-balance", minute, key: true).json == ["can_proceed": true, "cost_cents": 4, "current_balance_cents": 4])
    #expect(try ask("topup/checkout", ["amount_cents": 2500], key: true).status == 501)
    #expect(try ask("topup/payment-intent", ["amount_cents": 99], key: true).json["error"] == "invalid_amount")
    #expect(try site.call("GET", "/api/v1/api-wallet/service-types").json == ["music_generation", "stem_extraction", "midi_conversion"])
    #expect(try site.call("GET", "/api/v1/credits/multipliers").json == ["music_generation": 10, "stem_extraction": 10, "midi_conversion": 5])
    #expect(try site.call("GET", "/api/v1/credits/payg/info").json["credits_per_dollar"] == 7500)
    for bad in ["page=0", "limit=x", "page=-1"] { #expect(try site.call("GET", "/api/v1/api-wallet/usage?\(bad)").status == 400) }
  }

  @Test func billingIsOffUnlessChosen() throws {
    try site.store.set(.pricing, to: nil)
    let answer = try order(600, songs: 8)
    #expect(answer.status == 200 && answer.json["credits_reserved"] == 0)
    let credits = try site.call("GET", "/api/v1/credits").json
    #expect(credits["billing"] == "off" && credits["credits_balance"] == 100 && credits["total_available_credits"] == 100)
    let check = try site.call("POST", "/api/v1/api-wallet/check-balance", ["service_type": "music_generation", "duration_seconds": 60])
    #expect(check.json["can_proceed"] == true)
  }

  @Test func tooFewCreditsAndAFullStorageAreSaidAtTheForm() throws {
    try site.store.createSession(tokenHash: Secrets.hash("visitor"), userID: site.user.id, userAgent: "", expiresAt: Date(timeIntervalSinceNow: 60))
    let token = "nonce." + site.studio.signingKey.sign("form \(Secrets.hash("visitor")) nonce")
    func send() throws -> StudioForTests.Answer {
      try site.send(
        "POST", "/", headers: ["Cookie": "sid=visitor", "Content-Type": "application/x-www-form-urlencoded"],
        body: Array("csrf=\(PercentCoding.encode(token))&mode=simple&caption=a+very+special+tune&length=60".utf8))
    }
    try site.store.set(.monthlyCredits, to: "3")
    let poor = try send()
    #expect(poor.status == 402 && poor.text.contains("Insufficient credits. Required: 10, Available: 3"))
    #expect(poor.text.contains("a very special tune") && poor.text.contains(#"id="problems""#), "the form is filled in as it was sent")
    try site.store.set(.monthlyCredits, to: "5")
    try site.store.grant(15, .credits, to: site.user.id)
    let id = try #require(try order(60).json["id"]?.int)
    #expect(try site.call("POST", "/api/v1/music/jobs/\(id)/cancel").status == 200)
    #expect(try order(120).status == 200, "which leaves too little for the first")
    let again = try site.send(
      "POST", "/jobs/\(id)/retry", headers: ["Cookie": "sid=visitor", "Content-Type": "application/x-www-form-urlencoded"],
      body: Array("csrf=\(PercentCoding.encode(token))".utf8))
    #expect(again.status == 402 && again.text.contains("Insufficient credits. Required: 10, Available: 5") && again.text.contains("This song was cancelled"))
    try site.store.set(.pricing, to: nil)
    try site.finishNextJob()
    _ = try order(10)
    try site.finishNextJob()
    try site.store.set(.storageQuota, to: "1")
    let upload = Upload(
      id: "u", userID: site.user.id, recordingID: "r", fileName: "x", contentType: "audio/wav", bytes: (1 << 20) - 35, sampleRate: 48_000,
      channels: 2, durationSeconds: 1, isCut: false, waveformPath: "", createdAt: Date(), expiresAt: Date(timeIntervalSinceNow: 60))
    _ = try site.store.add(upload)
    #expect(try send().status == 303, "a little room is left")
    try site.finishNextJob()
    #expect(try send().status == 303)
    try site.finishNextJob()
    let full = try send()
    #expect(full.status == 403 && full.text.contains("of the 1 MiB that you may keep") && full.text.contains("a very special tune"))
    let program = try order(10)
    #expect(program.status == 403 && program.json["error"] == "storage_full" && program.json["limit_bytes"] == .int(1 << 20))
  }

  @Test func numbersAreGrouped() {
    #expect([0, 7, 999, 1000, 12345, 1_234_567, -4200].map(Amount.text) == ["0", "7", "999", "1,000", "12,345", "1,234,567", "-4,200"])
  }
}
