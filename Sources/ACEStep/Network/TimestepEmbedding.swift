import Foundation
import Tensor

/// The time of a step as vectors (`acestep.md` 6.8): sinusoids of 1000 t through two layers.
struct TimestepEmbedding: Sendable {
  private let first, second, projection: Linear
  private static let features = 256

  init(_ weights: Weights, hidden: Int) throws {
    first = try weights.linear("linear_1", Self.features, hidden, bias: true)
    second = try weights.linear("linear_2", hidden, hidden, bias: true)
    projection = try weights.linear("time_proj", hidden, 6 * hidden, bias: true)
  }

  /// Cosines, then sines. [256]
  static func sinusoids(_ t: Float) -> [Float] {
    let half = features / 2
    let angles = (0..<half).map { 1000 * t * exp(-log(Float(10000)) * Float($0) / Float(half)) }
    return angles.map { cos($0) } + angles.map { sin($0) }
  }

  /// - Returns: the embedding, [hidden], and what modulates each layer, [6 x hidden].
  func callAsFunction(_ t: Float) -> (embedding: [Float], modulation: [Float]) {
    var h = Matrix(rows: 1, columns: Self.features, values: Self.sinusoids(t))
    h = first(h)
    h.applySiLU()
    let embedding = second(h)
    var gated = embedding
    gated.applySiLU()
    return (embedding.values, projection(gated).values)
  }
}
