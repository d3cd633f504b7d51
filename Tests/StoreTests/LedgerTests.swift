import Foundation
import Testing

@testable import Store

@Suite struct PricingTests {
  @Test func theTiersAreTheSpecifications() {
    let prices: [(Double, Int)] = [
      (0, 5), (0.5, 5), (30, 5), (30.01, 10), (60, 10), (60.5, 15), (120, 15), (121, 25), (300, 25), (300.1, 40), (600, 40), (9000, 40),
    ]
    for (seconds, credits) in prices { #expect(Pricing.tiers.price(of: .audio, seconds: seconds).credits == credits, "\(seconds) s") }
  }

  @Test func theRatesAMinuteAreTheSpecifications() {
    #expect([30.0, 120, 600].map { Pricing.perMinute.price(of: .audio, seconds: $0) }
      == [Price(credits: 495, cents: 2), Price(credits: 1980, cents: 8), Price(credits: 9900, cents: 40)])
    #expect(Pricing.perMinuteOld.price(of: .audio, seconds: 8) == Price(credits: 176, cents: 1))
    #expect(Pricing.tiers.price(of: .audio, seconds: 61).cents == 5, "rounded up to a whole cent")
  }

  @Test func scoresHavePricesOfTheirOwn() {
    #expect(Pricing.perMinute.price(of: .score, seconds: 0) == Price(credits: 165, cents: 3))
    #expect(Pricing.perMinute.price(of: .recording, seconds: 96).credits == 1584)
    #expect(Pricing.perMinute.price(of: .recording, seconds: 3).credits == 248, "15 s at least")
    #expect(Pricing.perMinute.price(of: .recording, seconds: 2000).credits == 9900, "600 s at most")
    #expect(Pricing.perMinute.price(of: .composition, seconds: 96).credits == 165 + 1584)
    #expect(Pricing.tiers.price(of: .composition, seconds: 96).credits == 20)
  }

  @Test func whatIsNoLengthHasAPriceToo() {
    for seconds in [Double.nan, .infinity, -.infinity, -1, 1e300] {
      for pricing in Pricing.allCases { for work in PricedWork.allCases {
        #expect((0...2_000_000).contains(pricing.price(of: work, seconds: seconds).credits))
      } }
    }
    #expect(Pricing.off.price(of: .audio, seconds: 600) == .nothing)
  }
}

@Suite struct LedgerTests {
  let store: Store
  let user: User
  init() throws {
    store = try Store.inMemory()
    user = try store.member("Ana")
    try store.set(.pricing, to: "tiers")
    try store.set(.monthlyCredits, to: "100")
  }

  private func credits(_ now: Date = at(5)) throws -> Balance { try store.balances(userID: user.id, now: now).credits }
  private func wallet() throws -> Balance { try store.balances(userID: user.id, now: at(5)).wallet }

  @discardableResult
  private func order(_ seconds: Double = 30, songs: Int = 1, key: Int64? = nil, now: Date = at(1)) throws -> Job {
    var draft = JobDraft.sample(user.id, seeds: (0..<songs).map(UInt32.init))
    draft.payment = JobPayment(seconds: seconds, apiKeyID: key)
    return try store.createJob(draft, now: now).job
  }

  private func finish(_ seconds: [Double], now: Date = at(3)) throws -> Job {
    let job = try #require(try store.claimNextJob(now: at(2)))
    let outputs = seconds.enumerated().map { index, seconds in
      var output = Output.sample(index, seed: UInt32(index))
      output.durationSeconds = seconds
      return output
    }
    #expect(try store.finish(jobID: job.id, attempt: job.attempts, .sample(outputs), now: now))
    return try #require(try store.job(id: job.id, userID: user.id))
  }

  @Test func aJobHoldsItsPriceAndPaysForWhatCame() throws {
    let job = try order(200, songs: 2)
    #expect(job.cost == JobCost(reserved: Price(credits: 50, cents: 0)))
    #expect(try credits().held == 50 && credits().available == 50)
    let done = try finish([59, 61])
    #expect(done.cost.charged == Price(credits: 25, cents: 0))
    #expect(try credits() == Balance(granted: 100, plan: 75, extra: 0, held: 0, spent: 25, renewedAt: at(1)))
    let usage = try #require(try store.usage(userID: user.id, fromWallet: false, limit: 10).first)
    #expect(usage.credits == 25 && usage.seconds == 120 && usage.jobID == job.id)
    #expect(try store.ledger(userID: user.id, limit: 10).map(\.reason) == [.release, .capture, .reserve, .month])
    #expect(try store.deleteJob(id: job.id, userID: user.id))
    #expect(try credits().spent == 25, "a finished song is paid for")
    #expect(try store.ledgerFaults() == [])
  }

  @Test func noJobCostsMoreThanWasReserved() throws {
    try order(30)
    #expect(try finish([600]).cost.charged == Price(credits: 5, cents: 0))
  }

  @Test func aPartOfABatchPaysForThatPart() throws {
    try order(30, songs: 4)
    #expect(try finish([30, 30]).cost.charged == Price(credits: 10, cents: 0))
    #expect(try credits().available == 90)
  }

  @Test func whoHasNotEnoughGetsNoJob() throws {
    try order(600, songs: 2)
    #expect(throws: StoreError.insufficientCredits(required: Price(credits: 25, cents: 20), available: Price(credits: 20, cents: 0))) {
      try order(300)
    }
    #expect("\(StoreError.insufficientCredits(required: Price(credits: 10, cents: 4), available: Price(credits: 3, cents: 0)))"
      == "Insufficient credits. Required: 10, Available: 3")
    #expect(try store.jobs(userID: user.id).total == 1)
    #expect(try credits().available == 20)
  }

  @Test func whatDoesNotBecomeASongIsGivenBack() throws {
    let endings: [(Job) throws -> Void] = [
      { [store, user] in _ = try store.requestCancel(jobID: $0.id, userID: user.id, now: at(2)) },
      { [store, user] in _ = try store.deleteJob(id: $0.id, userID: user.id) },
      { [store] job in
        let claimed = try #require(try store.claimNextJob(now: at(2)))
        try store.fail(jobID: job.id, attempt: claimed.attempts, message: "x", now: at(3))
      },
      { [store, user] job in
        let claimed = try #require(try store.claimNextJob(now: at(2)))
        _ = try store.requestCancel(jobID: job.id, userID: user.id, now: at(2))
        try store.release(jobID: job.id, attempt: claimed.attempts, now: at(3))
      },
      { [store] _ in
        for _ in 1...Store.maximumInterruptions {
          _ = try store.claimNextJob(now: at(2))
          _ = try store.requeueInterrupted(now: at(3))
        }
      },
      { [store, user] job in
        _ = try store.claimNextJob(now: at(2))
        _ = try store.deleteJob(id: job.id, userID: user.id)
      },
    ]
    for (index, end) in endings.enumerated() {
      let job = try order(600, songs: 2)
      #expect(try credits().available == 20, "\(index)")
      try end(job)
      #expect(try credits().available == 100 && credits().held == 0, "ending \(index)")
      #expect(try store.ledgerFaults() == [])
    }
  }

  @Test func aRestartKeepsTheReservation() throws {
    try order(60)
    _ = try store.claimNextJob(now: at(2))
    _ = try store.requeueInterrupted(now: at(3))
    #expect(try credits().held == 10)
    _ = try finish([60])
    #expect(try credits() == Balance(granted: 100, plan: 90, extra: 0, held: 0, spent: 10, renewedAt: at(1)))
  }

  @Test func aSecondTryHoldsTheSameAgainOrIsRefused() throws {
    let job = try order(600, songs: 2)
    _ = try store.requestCancel(jobID: job.id, userID: user.id, now: at(2))
    try order(300)
    #expect(throws: StoreError.self) { try store.retry(jobID: job.id, userID: user.id, now: at(3)) }
    #expect(try store.job(id: job.id, userID: user.id)?.status == .failed)
    try store.grant(10, .credits, to: user.id, now: at(4))
    #expect(try store.retry(jobID: job.id, userID: user.id, now: at(5))?.status == .pending)
    #expect(try credits().held == 105)
    #expect(try store.ledgerFaults() == [])
  }

  @Test func whatWasGivenBesidesIsSpentFirst() throws {
    try store.grant(7, .credits, to: user.id, now: at(0))
    try order(60)
    #expect(try credits().extra == 0 && credits().plan == 97)
    #expect(try finish([10]).cost.charged == Price(credits: 5, cents: 0))
    #expect(try credits().extra == 2 && credits().plan == 100)
    #expect(try store.usage(userID: user.id, fromWallet: false, limit: 1).first?.extraCredits == 5)
  }

  @Test func aKeyPaysFromTheWalletWhileThatSuffices() throws {
    try store.grant(5, .cents, to: user.id, now: at(0))
    #expect(try order(60).cost.reserved.credits == 10, "a person pays with credits")
    let job = try order(61, key: 3)
    #expect(job.cost.reserved == Price(credits: 0, cents: 5))
    #expect(try order(30, key: 3).cost.reserved == Price(credits: 5, cents: 0), "then with credits too")
    _ = try finish([60])
    #expect(try finish([30]).cost.charged == Price(credits: 0, cents: 2))
    #expect(try wallet() == Balance(granted: 5, plan: 0, extra: 3, held: 0, spent: 2))
    #expect(try store.usage(userID: user.id, fromWallet: true, limit: 9).map(\.apiKeyID) == [3])
    #expect(try store.ledgerFaults() == [])
  }

  @Test func aNewMonthFillsUpAndTakesNothingAway() throws {
    let january = Date(timeIntervalSince1970: 1_767_225_600 - 1)  // 31 December 2025, 23:59:59 UTC
    try order(600, songs: 2, now: january)
    #expect(try credits(january).available == 20)
    #expect(Store.nextRenewal(of: try credits(january)) == january + 1)
    #expect(try credits(january + 1).available == 100)
    #expect(try credits(january + 86_400).granted == 180, "once a month")
    try store.set(.monthlyCredits, to: "50")
    #expect(try credits(january + 40 * 86_400).available == 100)
  }

  @Test func withBillingOffUseIsWrittenDownAndNothingCosts() throws {
    try store.set(.pricing, to: nil)
    #expect(try order(600, songs: 8).cost.reserved == .nothing)
    #expect(try finish([600, 600]).cost.charged == .nothing)
    #expect(try store.usage(userID: user.id, fromWallet: false, limit: 10).map(\.credits) == [0])
    #expect(try credits() == Balance(), "and no month's credits are given before they are worth anything")
  }

  @Test func twoAtOnceNeverSpendTheSameCredits() throws {
    let folder = try TemporaryFolder()
    let store = try Store(path: folder.database)
    let user = try store.member("Ana")
    try store.set(.pricing, to: "tiers")
    try store.set(.monthlyCredits, to: "27")
    DispatchQueue.concurrentPerform(iterations: 20) { _ in
      var draft = JobDraft.sample(user.id)
      draft.payment.seconds = 30
      _ = try? store.createJob(draft)
    }
    #expect(try store.jobs(userID: user.id).total == 5)
    #expect(try store.balances(userID: user.id).credits.available == 2)
    #expect(try store.ledgerFaults() == [])
  }

  @Test func aFalseLedgerIsNoticed() throws {
    let folder = try TemporaryFolder()
    let store = try Store(path: folder.database)
    let user = try store.member("Ana")
    try store.set(.pricing, to: "tiers")
    var draft = JobDraft.sample(user.id)
    draft.payment.seconds = 30
    _ = try store.createJob(draft)
    #expect(try store.ledgerFaults() == [])
    try tamper(store, "UPDATE jobs SET held_plan = 4")
    #expect(try store.ledgerFaults().count == 1)
    try tamper(store, "UPDATE jobs SET held_plan = 5")
    try tamper(store, "UPDATE ledger SET amount = amount + 1 WHERE reason = 'month'")
    #expect(try store.ledgerFaults().count == 1)
    #expect(throws: (any Error).self) { try tamper(store, "UPDATE balances SET plan = plan + 1") }
    #expect(throws: (any Error).self) { try tamper(store, "UPDATE balances SET plan = -1, granted = 4") }
  }
}
