internal import Foundation
internal import GRDB

/// Reservations (`api.md` 5.3). Each runs inside the transaction that changes the job's row, so that a job and its credits
/// can't disagree, whenever the power goes.
extension Store {
  /// Reserves what a job will cost at most: from the wallet where a key orders it and the wallet suffices, else from the
  /// credits, those given besides first.
  /// - Throws: `StoreError.insufficientCredits`.
  static func reserve(_ price: Price, jobID: Int64, userID: String, isByKey: Bool, _ db: Database, now: Date) throws {
    guard price.credits > 0 || price.cents > 0 else { return }
    try renew(db, userID: userID, now: now)
    let wallet = try balance(db, userID: userID, .cents)
    if isByKey, price.cents > 0, wallet.available >= price.cents {
      try transfer(db, userID, .cents, from: .extra, to: .held, price.cents, .reserve, jobID: jobID, now: now)
      try db.execute(
        sql: "UPDATE jobs SET reserved_credits = 0, reserved_cents = ?1, held_cents = ?1 WHERE id = ?2",
        arguments: [price.cents, jobID])
      return
    }
    let credits = try balance(db, userID: userID, .credits)
    guard price.credits > 0, credits.available >= price.credits else {
      throw StoreError.insufficientCredits(
        required: price, available: Price(credits: credits.available, cents: wallet.available))
    }
    let extra = min(credits.extra, price.credits)
    try transfer(db, userID, .credits, from: .extra, to: .held, extra, .reserve, jobID: jobID, now: now)
    try transfer(db, userID, .credits, from: .plan, to: .held, price.credits - extra, .reserve, jobID: jobID, now: now)
    try db.execute(
      sql: "UPDATE jobs SET reserved_credits = ?, reserved_cents = 0, held_extra = ?, held_plan = ? WHERE id = ?",
      arguments: [price.credits, extra, price.credits - extra, jobID])
  }

  /// Gives back what jobs hold that are FAILED. Called by whatever may have made one so.
  static func releaseFailed(_ db: Database, now: Date) throws {
    let sql = "SELECT id FROM jobs WHERE status = 'FAILED' AND held_extra + held_plan + held_cents > 0"
    for id in try Int64.fetchAll(db.cachedStatement(sql: sql)) { try settle(jobID: id, charging: .nothing, db, now: now) }
  }

  /// Charges a finished job by its real length, never more than was reserved, and gives back the rest.
  static func capture(_ job: Job, outputs: [Output], _ db: Database, now: Date) throws {
    guard let row = try Row.fetchOne(
      db, sql: "SELECT pricing, work, api_key_id FROM jobs WHERE id = ?", arguments: [job.id]),
      let pricing = Pricing(rawValue: row[0]), let work = PricedWork(rawValue: row[1])
    else { throw StoreError.unreadable(table: "jobs", column: "pricing") }
    let prices =
      work == .score ? [pricing.price(of: work, seconds: 0)] : outputs.map { pricing.price(of: work, seconds: $0.durationSeconds) }
    let real = prices.reduce(Price.nothing) { Price(credits: $0.credits + $1.credits, cents: $0.cents + $1.cents) }
    let charged = try settle(jobID: job.id, charging: real, db, now: now)
    try db.execute(
      sql: "UPDATE jobs SET charged_credits = ?, charged_cents = ? WHERE id = ?",
      arguments: [charged.credits, charged.cents, job.id])
    try db.execute(
      sql: """
        INSERT INTO usage (user_id, job_id, api_key_id, task, seconds, credits, extra_credits, cents, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        job.userID, job.id, row[2] as Int64?, job.task, outputs.reduce(0) { $0 + $1.durationSeconds }, charged.credits,
        charged.extra, charged.cents, now.milliseconds,
      ])
  }

  /// Ends a job's reservation: as much as `real` is spent, the rest goes back to where it came from. Nothing happens where
  /// nothing is held.
  /// - Returns: what was spent.
  @discardableResult
  static func settle(
    jobID: Int64, charging real: Price, _ db: Database, now: Date
  ) throws -> (credits: Int, extra: Int, cents: Int) {
    guard let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT user_id, held_extra, held_plan, held_cents FROM jobs WHERE id = ?"), arguments: [jobID])
    else { return (0, 0, 0) }
    let userID: String = row[0]
    let (heldExtra, heldPlan, heldCents): (Int, Int, Int) = (row[1], row[2], row[3])
    guard heldExtra + heldPlan + heldCents > 0 else { return (0, 0, 0) }
    let credits = min(real.credits, heldExtra + heldPlan)
    let extra = min(credits, heldExtra)
    let cents = min(real.cents, heldCents)
    func move(_ currency: Currency, to account: LedgerEntry.Account, _ amount: Int, _ reason: LedgerEntry.Reason) throws {
      try transfer(db, userID, currency, from: .held, to: account, amount, reason, jobID: jobID, now: now)
    }
    try move(.credits, to: .spent, credits, .capture)
    try move(.credits, to: .extra, heldExtra - extra, .release)
    try move(.credits, to: .plan, heldPlan - (credits - extra), .release)
    try move(.cents, to: .spent, cents, .capture)
    try move(.cents, to: .extra, heldCents - cents, .release)
    try db.execute(sql: "UPDATE jobs SET held_extra = 0, held_plan = 0, held_cents = 0 WHERE id = ?", arguments: [jobID])
    return (credits, extra, cents)
  }

  /// Moves an amount; 0 moves nothing. Both accounts and the ledger change together, and the database refuses what would
  /// make one negative.
  static func transfer(
    _ db: Database, _ userID: String, _ currency: Currency, from: LedgerEntry.Account, to: LedgerEntry.Account, _ amount: Int,
    _ reason: LedgerEntry.Reason, jobID: Int64? = nil, now: Date
  ) throws {
    precondition(amount >= 0 && to != .granted && from != .spent)
    guard amount > 0 else { return }
    // Giving raises what was given in all; everything else only moves.
    let sign = from == .granted ? "+" : "-"
    try db.cachedStatement(
      sql: """
        UPDATE balances SET \(from.rawValue) = \(from.rawValue) \(sign) ?1, \(to.rawValue) = \(to.rawValue) + ?1
        WHERE user_id = ?2 AND currency = ?3
        """
    ).execute(arguments: [amount, userID, currency.rawValue])
    precondition(db.changesCount == 1, "a balance is opened before anything is moved")
    try db.cachedStatement(
      sql: """
        INSERT INTO ledger (user_id, currency, from_account, to_account, amount, reason, job_id, created_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      userID, currency.rawValue, from.rawValue, to.rawValue, amount, reason.rawValue, jobID, now.milliseconds,
    ])
  }

  static func balance(_ db: Database, userID: String, _ currency: Currency) throws -> Balance {
    try Row.fetchOne(
      db.cachedStatement(
        sql: "SELECT granted, plan, extra, held, spent, renewed_at FROM balances WHERE user_id = ? AND currency = ?"),
      arguments: [userID, currency.rawValue]
    ).map { row in
      Balance(
        granted: row[0], plan: row[1], extra: row[2], held: row[3], spent: row[4],
        renewedAt: (row[5] as Int64?).map(Date.init(milliseconds:)))
    } ?? Balance()
  }

  /// Opens a user's balances if they aren't, and fills the month's credits up where a new month (UTC) has begun: not while
  /// nothing costs anything. What is left of more is not taken away.
  static func renew(_ db: Database, userID: String, now: Date) throws {
    for currency in Currency.allCases {
      try db.execute(
        sql: "INSERT OR IGNORE INTO balances (user_id, currency) VALUES (?, ?)", arguments: [userID, currency.rawValue])
    }
    let credits = try balance(db, userID: userID, .credits)
    guard try isRenewalDue(db, credits, now: now) else { return }
    let monthly = try monthlyCredits(db)
    try transfer(db, userID, .credits, from: .granted, to: .plan, max(0, monthly - credits.plan), .month, now: now)
    try db.execute(
      sql: "UPDATE balances SET renewed_at = ? WHERE user_id = ? AND currency = 'credits'", arguments: [now.milliseconds, userID])
  }

  static func isRenewalDue(_ db: Database, _ credits: Balance, now: Date) throws -> Bool {
    guard credits.renewedAt.map({ Month.start(after: $0) <= now }) ?? true else { return false }
    return try pricing(db) != .off
  }

  static func monthlyCredits(_ db: Database) throws -> Int {
    try setting(db, .monthlyCredits).flatMap { Int($0) } ?? defaultMonthlyCredits
  }

  /// What everybody has a month, unless set otherwise.
  public static let defaultMonthlyCredits = 10_000
}

/// Months in UTC.
enum Month {
  /// The first moment of the month after a date's.
  static func start(after date: Date) -> Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    var parts = calendar.dateComponents([.year, .month], from: date)
    parts.month = (parts.month ?? 1) + 1
    return calendar.date(from: parts) ?? date + 31 * 86_400
  }
}
