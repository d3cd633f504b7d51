/// What a job costs, in both currencies.
public struct Price: Sendable, Hashable {
  /// Account credits.
  public var credits: Int
  /// US cents, for keys that pay from a wallet.
  public var cents: Int
  public static let nothing = Price(credits: 0, cents: 0)
  public init(credits: Int, cents: Int) {
    self.credits = credits
    self.cents = cents
  }

  /// "$25.00"
  public static func dollars(_ cents: Int) -> String {
    let rest = abs(cents) % 100
    return "\(cents < 0 ? "-" : "")$\(abs(cents) / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}

/// What is priced: how the length of a song counts.
public enum PricedWork: String, Sendable, Hashable, CaseIterable {
  /// A song, by its length.
  case audio
  /// A score written or revised, without a sound.
  case score
  /// A score recorded.
  case recording
  /// A score written and recorded.
  case composition
}

/// How songs are priced (`api.md` 5.2, 20.2). A pure function of length and work.
public enum Pricing: String, Sendable, Hashable, CaseIterable {
  /// Nothing costs anything; use is recorded all the same.
  case off
  /// Tiers by length: 5, 10, 15, 25 or 40 credits.
  case tiers
  /// 990 credits or 4 cents a minute.
  case perMinute = "per-minute"
  /// 1,320 credits or 2 cents a minute.
  case perMinuteOld = "per-minute-old"

  /// The price of one song.
  /// - Parameter seconds: its length; what is no length counts as none, and more than a day as a day.
  public func price(of work: PricedWork, seconds: Double) -> Price {
    guard self != .off else { return .nothing }
    let seconds = seconds.isFinite ? min(max(0, seconds), 86_400) : 0
    switch work {
    case .audio: return audio(seconds)
    case .score: return score
    // The tiers have no rate for a recording: it is a song of its length.
    case .recording: return self == .tiers ? audio(seconds) : recording(seconds)
    case .composition:
      let sound = self == .tiers ? audio(seconds) : recording(seconds)
      return Price(credits: score.credits + sound.credits, cents: score.cents + sound.cents)
    }
  }

  private func audio(_ seconds: Double) -> Price {
    func up(_ value: Double) -> Int { Int((value - 1e-6).rounded(.up)) }
    switch self {
    case .off: return .nothing
    case .tiers:
      let tiers: [(seconds: Double, credits: Int)] = [(30, 5), (60, 10), (120, 15), (300, 25)]
      return Price(credits: tiers.first { seconds <= $0.seconds }?.credits ?? 40, cents: max(1, up(seconds * 4 / 60)))
    case .perMinute: return Price(credits: max(1, up(seconds * 990 / 60)), cents: max(1, up(seconds * 4 / 60)))
    case .perMinuteOld: return Price(credits: max(1, up(seconds * 1320 / 60)), cents: max(1, up(seconds * 2 / 60)))
    }
  }

  /// A score written or revised; by tiers it costs what the shortest song does.
  private var score: Price { Pricing.inCents(credits: self == .tiers ? 5 : 165) }

  /// 16.5 credits a second, of at least 15 and at most 600.
  private func recording(_ seconds: Double) -> Price {
    Pricing.inCents(credits: Int((min(max(seconds, 15), 600) * 16.5 - 1e-6).rounded(.up)))
  }

  private static func inCents(credits: Int) -> Price {
    Price(credits: credits, cents: (credits * 100 + creditsPerDollar - 1) / creditsPerDollar)
  }

  public static let creditsPerDollar = 7500
}
