import Foundation
import Tensor

/// How far a generation is driven away from what the model makes without a condition (`acestep.md` 7.5, 7.6).
public enum Guidance: Sendable, Equatable {
  /// Only the condition: one pass of the network a step.
  case none
  /// Adaptive projected guidance (Sadat et al. 2024): only what stands at right angles to the conditional velocity is driven.
  case apg(scale: Float)
  /// Angular dynamic guidance: the clean latents are turned away, not pushed.
  case adg(scale: Float)
}

/// Adaptive projected guidance, with its memory of the steps before.
struct ProjectedGuidance: Sendable {
  let scale: Float
  private var running: Matrix?
  private static let momentum: Float = -0.75
  private static let threshold = 2.5

  init(scale: Float) { self.scale = scale }

  /// The guided velocity from two of [frames, channels]. Lengths and angles are those of each channel over time.
  mutating func callAsFunction(conditional: Matrix, unconditional: Matrix) -> Matrix {
    var difference = conditional
    for index in difference.values.indices {
      difference.values[index] -= unconditional.values[index]
      if let running { difference.values[index] += Self.momentum * running.values[index] }
    }
    running = difference
    var guided = conditional
    for channel in 0..<conditional.columns {
      var (squares, length, product) = (0.0, 0.0, 0.0)
      for row in 0..<conditional.rows {
        let (d, c) = (Double(difference[row, channel]), Double(conditional[row, channel]))
        squares += d * d
        length += c * c
        product += d * c
      }
      let limit = squares > 0 ? min(1, Self.threshold / squares.squareRoot()) : 1
      let norm = max(length.squareRoot(), 1e-12)
      for row in 0..<conditional.rows {
        let d = Double(difference[row, channel]) * limit
        let parallel = product * limit / norm * (Double(conditional[row, channel]) / norm)
        guided[row, channel] += (scale - 1) * Float(d - parallel)
      }
    }
    return guided
  }
}

/// Angular dynamic guidance: the clean latents that the condition leads to, turned away from those that none leads to, frame by
/// frame.
/// - Parameters:
///   - x: the noisy latents, [frames, channels].
///   - sigma: their time, above 0.
func angularGuidance(scale: Float, conditional: Matrix, unconditional: Matrix, x: Matrix, sigma: Float) -> Matrix {
  let weight = max(scale - 1, 0) + 1e-3
  // 3.14, not pi: upstream's limit.
  let limit = 3.14 / 6
  var guided = x
  for row in 0..<x.rows {
    let a = zip(x.row(row), conditional.row(row)).map { $0 - sigma * $1 }
    let u = zip(x.row(row), unconditional.row(row)).map { $0 - sigma * $1 }
    var (product, lengthA, lengthU) = (0.0, 0.0, 0.0)
    for (a, u) in zip(a, u) {
      product += Double(a) * Double(u)
      lengthA += Double(a) * Double(a)
      lengthU += Double(u) * Double(u)
    }
    let cosine = product / max((lengthA * lengthU).squareRoot(), 1e-12)
    let angle = acos(min(max(cosine, -1 + 1e-6), 1 - 1e-6))
    let turned = min(max(Double(weight) * angle, -limit), limit)
    let d = zip(a, u).map { $0 - $1 }
    let along = zip(d, u).reduce(Float(0)) { $0 + $1.0 * $1.1 } / (Float(lengthU) + 1e-8)
    let across = sin(angle) > 1e-3 ? Float(sin(turned) / sin(angle)) : weight
    for channel in 0..<x.columns {
      let clean = Float(cos(turned)) * a[channel] + (d[channel] - along * u[channel]) * across
      guided[row, channel] = (x[row, channel] - clean) / sigma
    }
  }
  return guided
}

/// Plain classifier-free guidance (Ho, Salimans 2022): u + scale (c - u).
func plainGuidance(scale: Float, conditional: Matrix, unconditional: Matrix) -> Matrix {
  Matrix(
    rows: conditional.rows, columns: conditional.columns,
    values: zip(conditional.values, unconditional.values).map { $1 + scale * ($0 - $1) })
}
