/// The chances a song takes: a seed, and the retakes that drew some of its layers anew.
///
/// Every writer has a stream of chance of its own, named for what it writes. A retake gives new chances to the
/// layers within its variance only, the surface first: touch, drums, answers, accompaniment and bass, tune, harmony,
/// and last the band itself. So the distance from the first take grows with the variance.
public struct Take: Sendable, Hashable, Codable {
  public struct Retake: Sendable, Hashable, Codable {
    public var seed: UInt64
    /// 0 (the same take) ... 1 (independent).
    public var variance: Double
    public init(seed: UInt64, variance: Double) {
      self.seed = seed
      self.variance = variance
    }
  }

  public var seed: UInt64
  /// In the order they were made; the last that reaches a layer decides it.
  public var retakes: [Retake]

  public init(seed: UInt64, retakes: [Retake] = []) {
    self.seed = seed
    self.retakes = retakes
  }

  /// Another take of this one.
  public func again(seed: UInt64, variance: Double) -> Take {
    Take(seed: self.seed, retakes: variance >= 1 ? [Retake(seed: seed, variance: 1)] : retakes + [Retake(seed: seed, variance: variance)])
  }

  /// The stream of chance of one writer.
  func random(_ purpose: String) -> Random {
    let depth = Self.depth(of: purpose)
    return Random(seed: retakes.last { $0.variance > depth }?.seed ?? seed, purpose)
  }

  /// The variance beyond which what a writer draws is drawn anew. The players of one layer follow one another.
  private static func depth(of purpose: String) -> Double {
    let layer = purpose.prefix { $0 != " " }
    let place = layers.first { $0.name == layer || $0.name == purpose } ?? (String(layer), 0.5)
    var random = Random(seed: 0, purpose)
    return place.depth + 0.06 * random.unit()
  }

  /// Up to this variance the harmony stays.
  static let harmonyDepth = 0.75

  private static let layers: [(name: String, depth: Double)] = [
    ("touch", 0), ("drums", 0.1), ("counter", 0.2), ("comping", 0.3), ("bass", 0.4), ("phrase", 0.45),
    ("melody pitch", 0.5), ("melody rhythm", 0.6), ("harmony", harmonyDepth), ("band", 0.9),
  ]
}
