import Foundation
import GRDB
import Testing

@testable import Store

func tamper(_ store: Store, _ sql: String) throws {
  try store.database.write { db in try db.execute(sql: sql) }
}

/// Ten thousand random events, against a count of our own that knows nothing of accounts.
@Suite struct LedgerPropertyTests {
  /// The generator of Numerical Recipes, so that a failure can be played again.
  struct Chance {
    var state: UInt64
    mutating func next(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(count))
    }
  }

  /// What we know by watching: what every user was given, and what every job holds or has cost.
  struct Books {
    var given: [String: (credits: Int, cents: Int)] = [:]
    var open: [Int64: (user: String, price: Price)] = [:]
    var spent: [String: (credits: Int, cents: Int)] = [:]
    /// Every job that was made, by user; some are deleted.
    var made: [String: [Int64]] = [:]
  }

  private static let lengths = [8.0, 30, 45, 60, 95, 180, 240, 301, 600]

  @Test(arguments: [UInt64(1), 2, 3, 4]) func nothingIsLostOrDoubled(_ seed: UInt64) throws {
    var chance = Chance(state: seed)
    let folder = try TemporaryFolder()
    // Half of them on disk, where a restart is a true one.
    let isOnDisk = seed % 2 == 0
    var store = try isOnDisk ? Store(path: folder.database) : Store.inMemory()
    let events = isOnDisk ? 1_000 : 4_000
    try store.set(.monthlyCredits, to: "400")
    try store.set(.pricing, to: "tiers")
    let users = try ["ana", "ben", "eve"].map { try store.member($0) }
    var books = Books()
    var refused = 0
    var finished = 0
    for user in users {
      try store.grant(60, .cents, to: user.id, now: at(0))
      books.given[user.id] = (400, 60)
      books.spent[user.id] = (0, 0)
    }
    for event in 1...events {
      let now = at(Double(event))
      let user = users[chance.next(3)]
      if chance.next(50) == 0 { try store.set(.pricing, to: Pricing.allCases[chance.next(4)].rawValue) }
      switch chance.next(20) {
      case 0..<7:
        var draft = JobDraft.sample(user.id, seeds: (0...chance.next(3)).map(UInt32.init))
        draft.payment = JobPayment(
          work: PricedWork.allCases[chance.next(4)], seconds: Self.lengths[chance.next(9)], apiKeyID: chance.next(2) == 0 ? 1 : nil)
        do {
          let job = try store.createJob(draft, now: now).job
          books.open[job.id] = (user.id, job.cost.reserved)
          books.made[user.id, default: []].append(job.id)
        } catch StoreError.insufficientCredits { refused += 1 }
      case 7..<12:
        guard let job = try store.claimNextJob(now: now) else { continue }
        switch chance.next(4) {
        case 0:
          #expect(try store.fail(jobID: job.id, attempt: job.attempts, message: "x", now: now))
          books.open[job.id] = nil
        case 1: #expect(try store.release(jobID: job.id, attempt: job.attempts, now: now))
        default:
          let outputs = job.seeds.indices.map { index in
            var output = Output.sample(index)
            output.durationSeconds = Self.lengths[chance.next(9)]
            return output
          }
          #expect(try store.finish(jobID: job.id, attempt: job.attempts, .sample(outputs), now: now))
          let held = try #require(books.open[job.id])
          books.open[job.id] = nil
          let charged = try #require(try store.job(id: job.id, userID: job.userID)?.cost.charged)
          #expect(charged.credits <= held.price.credits && charged.cents <= held.price.cents)
          #expect(charged.credits >= 0 && charged.cents >= 0)
          let before = books.spent[job.userID] ?? (0, 0)
          books.spent[job.userID] = (before.credits + charged.credits, before.cents + charged.cents)
          finished += 1
        }
      case 12:
        // A job runs when the server is killed.
        _ = try store.claimNextJob(now: now)
        if isOnDisk {
          try store.close()
          store = try Store(path: folder.database)
        }
        _ = try store.requeueInterrupted(now: now)
        try dropFailed(&books, store)
      case 13..<15:
        guard let job = try job(chance.next(1000), of: user, books, store) else { continue }
        _ = try store.requestCancel(jobID: job.id, userID: user.id, now: now)
        try dropFailed(&books, store)
      case 15..<17:
        guard let job = try job(chance.next(1000), of: user, books, store), job.status == .failed else { continue }
        do {
          let again = try #require(try store.retry(jobID: job.id, userID: user.id, now: now))
          books.open[job.id] = (user.id, again.cost.reserved)
        } catch StoreError.insufficientCredits { refused += 1 }
      case 17:
        guard let job = try job(chance.next(1000), of: user, books, store) else { continue }
        #expect(try store.deleteJob(id: job.id, userID: user.id, now: now))
        books.open[job.id] = nil
      case 18:
        try store.grant(chance.next(200) + 1, .credits, to: user.id, now: now)
        books.given[user.id]?.credits = try store.balances(userID: user.id, now: now).credits.granted
      default:
        let somebodyElse = users.first { $0.id != user.id }
        if let job = try job(chance.next(1000), of: user, books, store), let thief = somebodyElse {
          #expect(try !store.deleteJob(id: job.id, userID: thief.id, now: now))
          #expect(try store.requestCancel(jobID: job.id, userID: thief.id, now: now) == nil)
        }
      }
      if event % 100 == 0 || event == events { try compare(books, store, users, now, addsUpUse: event % 1000 == 0) }
    }
    #expect(refused > 20 && finished > 50, "a run in which nothing happens proves nothing: \(refused) refused, \(finished) finished")
  }

  /// One of a user's jobs, most often one of the latest.
  private func job(_ number: Int, of user: User, _ books: Books, _ store: Store) throws -> Job? {
    let ids = (books.made[user.id] ?? []).suffix(number % 4 == 0 ? 1000 : 12)
    guard !ids.isEmpty else { return nil }
    return try store.job(id: ids[ids.startIndex + number % ids.count], userID: user.id)
  }

  private func dropFailed(_ books: inout Books, _ store: Store) throws {
    for (id, entry) in books.open where try store.job(id: id, userID: entry.user)?.status == .failed { books.open[id] = nil }
  }

  private func compare(_ books: Books, _ store: Store, _ users: [User], _ now: Date, addsUpUse: Bool) throws {
    #expect(try store.ledgerFaults() == [])
    for user in users {
      let (credits, wallet) = try store.balances(userID: user.id, now: now)
      let held = books.open.values.filter { $0.user == user.id }
      #expect(credits.held == held.reduce(0) { $0 + $1.price.credits })
      #expect(wallet.held == held.reduce(0) { $0 + $1.price.cents })
      #expect(credits.spent == books.spent[user.id]?.credits && wallet.spent == books.spent[user.id]?.cents)
      #expect(wallet.granted == 60 && credits.granted == books.given[user.id]?.credits)
      #expect(credits.plan >= 0 && credits.extra >= 0 && wallet.extra >= 0)
      #expect(credits.available == credits.granted - credits.held - credits.spent)
      guard addsUpUse else { continue }
      let used = try store.usage(userID: user.id, fromWallet: false, limit: 100_000) + store.usage(userID: user.id, fromWallet: true, limit: 100_000)
      #expect(used.reduce(0) { $0 + $1.credits } == credits.spent && used.reduce(0) { $0 + $1.cents } == wallet.spent)
    }
  }
}
