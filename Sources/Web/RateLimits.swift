import FastCGI
import Foundation
import Store
import Synchronization

/// A group of calls that share a count (`api.md` 4).
public enum RateLimit: String, Sendable, CaseIterable {
  case analyze, retake, repaint, extend, edit, lrc, retry, revise
  /// Tests of webhooks, and what is sent again.
  case webhooks
  /// By the client's address, as nobody is signed in yet.
  case signIn, refresh, registration, reset
  /// Whatever else a program reads, or changes.
  case reads, writes

  /// Over how many seconds calls are counted.
  var window: TimeInterval { self == .reset ? 3600 : 60 }

  /// Calls a minute (an hour for `reset`) of one account, unless set otherwise.
  public var usual: Int {
    switch self {
    case .repaint, .extend, .edit: 3
    case .signIn, .registration, .reset: 5
    case .analyze, .retake, .retry, .refresh, .webhooks: 10
    case .lrc, .revise: 20
    case .writes: 100
    case .reads: 600
    }
  }
}

/// How many calls an account has in a window of time.
public struct RateLimits: Sendable, Equatable {
  private var perMinute: [RateLimit: Int]

  public static let usual = RateLimits(perMinute: [:])
  public static let off = RateLimits(perMinute: Dictionary(uniqueKeysWithValues: RateLimit.allCases.map { ($0, 0) }))

  /// nil where there is no limit.
  public subscript(limit: RateLimit) -> Int? {
    let count = perMinute[limit] ?? limit.usual
    return count > 0 ? count : nil
  }

  private init(perMinute: [RateLimit: Int]) { self.perMinute = perMinute }

  /// Reads "off", or what differs from the usual: "edit=30,lrc=0". 0 lifts a limit.
  /// - Returns: nil for anything else.
  public init?(_ text: String) {
    guard text != "off" else { self = .off; return }
    perMinute = [:]
    for entry in text.split(separator: ",") {
      let parts = entry.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 2, let limit = RateLimit(rawValue: parts[0]), let count = Int(parts[1]), (0...1_000_000).contains(count)
      else { return nil }
      perMinute[limit] = count
    }
  }
}

/// Counts calls in windows, each begun by its first call. A restart forgets a window, no more; failed attempts to sign in are
/// counted by the store.
final class RateLimiter: Sendable {
  private let limits: RateLimits
  private let windows = Mutex<[Key: Window]>([:])

  private struct Key: Hashable {
    let limit: RateLimit
    let account: String
  }
  private struct Window {
    var count: Int
    let end: Date
  }

  /// What is left to an account.
  struct Standing {
    let limit: Int
    let remaining: Int
    let reset: Date
    let now: Date

    fileprivate var headers: [Response.Header] {
      [
        .init(name: "X-RateLimit-Limit", value: String(limit)), .init(name: "X-RateLimit-Remaining", value: String(remaining)),
        .init(name: "X-RateLimit-Reset", value: String(Int(reset.timeIntervalSince1970.rounded(.up)))),
      ]
    }
  }

  init(_ limits: RateLimits) { self.limits = limits }

  /// Counts a call.
  /// - Returns: nil where nothing is counted.
  /// - Throws: 429, with when to come back.
  func take(_ limit: RateLimit, account: String, now: Date = Date()) throws(HTTPError) -> Standing? {
    guard let most = limits[limit] else { return nil }
    let (count, end) = windows.withLock { windows in
      if windows.count > 10_000 { windows = windows.filter { $0.value.end > now } }
      let key = Key(limit: limit, account: account)
      var window = windows[key].flatMap { $0.end > now ? $0 : nil } ?? Window(count: 0, end: now + limit.window)
      window.count = min(window.count + 1, most + 1)
      windows[key] = window
      return (window.count, window.end)
    }
    let standing = Standing(limit: most, remaining: max(0, most - count), reset: end, now: now)
    guard count > most else { return standing }
    var refusal = HTTPError(
      .tooManyRequests, "rate_limit_exceeded", "Rate limit exceeded: \(most) calls \(limit.window > 60 ? "an hour" : "a minute") are allowed here.")
    let wait = min(60, max(1, Int(end.timeIntervalSince(now).rounded(.up))))
    refusal.headers = standing.headers + [.init(name: "Retry-After", value: String(wait))]
    throw refusal
  }
}

extension Routes {
  /// A handler whose calls are counted.
  static func limited(
    _ limit: RateLimit, _ handler: @escaping @Sendable (Context, User) throws -> Response
  ) -> @Sendable (Context, User) throws -> Response {
    { context, user in
      let standing = try context.studio.limiter.take(limit, account: user.id)
      return try (standing?.headers ?? []).reduce(handler(context, user)) { $0.with($1.name, $1.value) }
    }
  }
}
