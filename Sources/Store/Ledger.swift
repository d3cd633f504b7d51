public import Foundation
internal import GRDB

/// Whole credits of an account, or US cents of its wallet for programs.
public enum Currency: String, Sendable, Hashable, CaseIterable { case credits, cents }

/// What a user has of one currency. `granted` = `plan` + `extra` + `held` + `spent`, always, and none is negative: the
/// database refuses a row for which that isn't so.
public struct Balance: Sendable, Hashable {
  /// Everything that was ever given.
  public var granted = 0
  /// What is left of the month's credits.
  public var plan = 0
  /// Given besides by an administrator ("pay as you go"); spent first.
  public var extra = 0
  /// Reserved for jobs that are not finished.
  public var held = 0
  public var spent = 0
  /// When the month's credits were last filled up.
  public var renewedAt: Date?

  /// What a new job may cost at most.
  public var available: Int { plan + extra }
}

/// One transfer between two accounts of one user: both entries of the double entry in one row.
public struct LedgerEntry: Sendable, Hashable, Identifiable {
  public enum Account: String, Sendable, Hashable { case granted, plan, extra, held, spent }
  public enum Reason: String, Sendable, Hashable {
    /// The month's credits.
    case month
    /// By an administrator.
    case grant
    case reserve, capture, release
  }

  public var id: Int64
  public var currency: Currency
  public var from: Account
  public var to: Account
  /// More than 0.
  public var amount: Int
  public var reason: Reason
  public var jobID: Int64?
  public var createdAt: Date
}

extension LedgerEntry {
  static let columns = "id, currency, from_account, to_account, amount, reason, job_id, created_at"

  init(row: Row) throws {
    func read<Value: RawRepresentable<String>>(_ index: Int, _ column: String) throws -> Value {
      guard let value = Value(rawValue: row[index]) else { throw StoreError.unreadable(table: "ledger", column: column) }
      return value
    }
    self.init(
      id: row[0], currency: try read(1, "currency"), from: try read(2, "from_account"), to: try read(3, "to_account"),
      amount: row[4], reason: try read(5, "reason"), jobID: row[6], createdAt: Date(milliseconds: row[7]))
  }
}

/// A finished job as it was charged; it outlives the job.
public struct UsageRecord: Sendable, Hashable, Identifiable {
  public var id: Int64
  public var jobID: Int64
  public var apiKeyID: Int64?
  public var task: String
  /// Seconds of sound, of all variations together.
  public var seconds: Double
  public var credits: Int
  /// Of `credits`, those that an administrator gave besides.
  public var extraCredits: Int
  public var cents: Int
  public var createdAt: Date
}

extension UsageRecord {
  static let columns = "id, job_id, api_key_id, task, seconds, credits, extra_credits, cents, created_at"

  init(row: Row) {
    self.init(
      id: row[0], jobID: row[1], apiKeyID: row[2], task: row[3], seconds: row[4], credits: row[5], extraCredits: row[6],
      cents: row[7], createdAt: Date(milliseconds: row[8]))
  }
}

/// How a job is to be paid: told by who orders it.
public struct JobPayment: Sendable, Hashable {
  public var work = PricedWork.audio
  /// The length that one song will have at most, as far as can be told: what is reserved.
  public var seconds = 180.0
  /// The key that orders it; such jobs are paid from the wallet where it suffices.
  public var apiKeyID: Int64?
  public init(work: PricedWork = .audio, seconds: Double = 180, apiKeyID: Int64? = nil) {
    self.work = work
    self.seconds = seconds
    self.apiKeyID = apiKeyID
  }
}

/// What a job costs so far.
public struct JobCost: Sendable, Hashable {
  /// Reserved when it was created or tried again; of the two at most one is more than 0.
  public var reserved = Price.nothing
  /// Nil until it is COMPLETED.
  public var charged: Price?
  public init(reserved: Price = .nothing, charged: Price? = nil) {
    self.reserved = reserved
    self.charged = charged
  }
}
