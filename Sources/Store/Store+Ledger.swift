public import Foundation
internal import GRDB

extension Store {
  /// How songs are priced; nothing costs anything unless an administrator chooses so.
  public func pricing() throws -> Pricing { try readOnce { db in try Self.pricing(db) } }

  static func pricing(_ db: Database) throws -> Pricing {
    try setting(db, .pricing).flatMap(Pricing.init(rawValue:)) ?? .off
  }

  /// The credits that everybody has a month.
  public func monthlyCredits() throws -> Int { try readOnce { db in try Self.monthlyCredits(db) } }

  /// What a user has, the month's credits filled up.
  /// - Complexity: a read; once a month a write.
  public func balances(userID: String, now: Date = Date()) throws -> (credits: Balance, wallet: Balance) {
    func both(_ db: Database) throws -> (Balance, Balance) {
      (try Self.balance(db, userID: userID, .credits), try Self.balance(db, userID: userID, .cents))
    }
    let (found, isDue) = try read { db in
      let found = try both(db)
      return (found, try Self.isRenewalDue(db, found.0, now: now))
    }
    guard isDue else { return found }
    return try write(.powerCut) { db in
      try Self.renew(db, userID: userID, now: now)
      return try both(db)
    }
  }

  /// When a user's credits are filled up next.
  public static func nextRenewal(of credits: Balance, now: Date = Date()) -> Date {
    Month.start(after: credits.renewedAt ?? now)
  }

  /// The most that may be given at once.
  public static let maximumGrant = 1_000_000_000

  /// Gives a user credits, or cents in the wallet.
  /// - Parameter amount: 1 to `maximumGrant`.
  public func grant(_ amount: Int, _ currency: Currency, to userID: String, now: Date = Date()) throws {
    precondition((1...Self.maximumGrant).contains(amount))
    try write(.powerCut) { db in
      try Self.renew(db, userID: userID, now: now)
      try Self.transfer(db, userID, currency, from: .granted, to: .extra, amount, .grant, now: now)
    }
  }

  /// The credits that administrators have given a user besides the month's.
  public func creditsGranted(userID: String) throws -> Int {
    try readOnce { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT ifnull(sum(amount), 0) FROM ledger WHERE user_id = ? AND currency = 'credits' AND reason = 'grant'
          """, arguments: [userID]) ?? 0
    }
  }

  /// A user's transfers, the newest first.
  public func ledger(userID: String, skip: Int = 0, limit: Int) throws -> [LedgerEntry] {
    try readOnce { db in
      try Row.fetchCursor(
        db, sql: "SELECT \(LedgerEntry.columns) FROM ledger WHERE user_id = ? ORDER BY id DESC LIMIT ? OFFSET ?",
        arguments: [userID, limit, skip]
      ).map { try LedgerEntry(row: $0) }.collect()
    }
  }

  /// What was given to a user's wallet, the newest first.
  public func walletGrants(userID: String, skip: Int, limit: Int) throws -> [LedgerEntry] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(LedgerEntry.columns) FROM ledger WHERE user_id = ? AND currency = 'cents' AND reason = 'grant'
          ORDER BY id DESC LIMIT ? OFFSET ?
          """, arguments: [userID, limit, skip]
      ).map { try LedgerEntry(row: $0) }.collect()
    }
  }

  /// A user's finished jobs as they were charged, the newest first.
  /// - Parameter fromWallet: only those that the wallet paid, or only those that it did not.
  public func usage(userID: String, fromWallet: Bool, skip: Int = 0, limit: Int) throws -> [UsageRecord] {
    try readOnce { db in
      try Row.fetchCursor(
        db,
        sql: """
          SELECT \(UsageRecord.columns) FROM usage WHERE user_id = ? AND (cents > 0) = ? ORDER BY id DESC LIMIT ? OFFSET ?
          """, arguments: [userID, fromWallet, limit, skip]
      ).map { UsageRecord(row: $0) }.collect()
    }
  }

  /// Adds up the whole ledger: each balance must be the sum of its transfers, and what is held the sum of what unfinished
  /// jobs hold.
  /// - Returns: a sentence for everything that doesn't agree; none when all is well.
  public func ledgerFaults() throws -> [String] {
    try read { db in
      let accounts = ["granted", "plan", "extra", "held", "spent"]
      let sums = accounts.map { account in
        let sign = account == "granted" ? "abs" : ""
        return """
          \(sign)(ifnull((SELECT sum(iif(to_account = '\(account)', amount, 0)) - sum(iif(from_account = '\(account)', amount, 0))
            FROM ledger WHERE ledger.user_id = balances.user_id AND ledger.currency = balances.currency), 0)) <> \(account)
          """
      }
      var faults = try String.fetchAll(
        db,
        sql: "SELECT 'the ' || currency || ' of user ' || user_id || ' are not the sum of their transfers' FROM balances WHERE "
          + sums.joined(separator: " OR "))
      faults += try String.fetchAll(
        db,
        sql: """
          SELECT 'transfers of user ' || user_id || ' belong to no balance' FROM ledger
          WHERE NOT EXISTS (SELECT 1 FROM balances WHERE balances.user_id = ledger.user_id AND balances.currency = ledger.currency)
          GROUP BY user_id
          """)
      faults += try String.fetchAll(
        db,
        sql: """
          SELECT 'the held ' || currency || ' of user ' || user_id || ' are not what unfinished jobs hold' FROM balances
          WHERE held <> ifnull((SELECT sum(iif(currency = 'credits', held_extra + held_plan, held_cents)) FROM jobs
            WHERE jobs.user_id = balances.user_id AND status IN ('PENDING', 'PROCESSING')), 0)
          """)
      faults += try String.fetchAll(
        db,
        sql: """
          SELECT 'job ' || id || ' is finished and holds a reservation' FROM jobs
          WHERE status IN ('COMPLETED', 'FAILED') AND held_extra + held_plan + held_cents > 0
          """)
      return faults
    }
  }
}
