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

/// The network's velocity with the guidance that was asked for, and its memory of the steps before.
struct GuidedVelocity: Sendable {
  let guidance: Guidance
  /// Times at which it applies; 1 is noise.
  let interval: ClosedRange<Float>
  private var projected: ProjectedGuidance?

  init(_ guidance: Guidance, interval: ClosedRange<Float>) {
    self.guidance = guidance
    self.interval = interval
    if case .apg(let scale) = guidance { projected = ProjectedGuidance(scale: scale) }
  }

  /// Whether the network is asked twice, with the condition and without.
  func applies(at time: Float) -> Bool { guidance != .none && interval.contains(time) }

  /// - Parameter evaluate: the network at x and the time.
  mutating func callAsFunction(
    at x: Matrix, time: Float, evaluate: (_ isConditional: Bool) throws -> Matrix
  ) rethrows -> Matrix {
    let v = try evaluate(true)
    guard applies(at: time) else { return v }
    let u = try evaluate(false)
    if case .adg(let scale) = guidance { return angularGuidance(scale: scale, conditional: v, unconditional: u, x: x, sigma: time) }
    return projected?(conditional: v, unconditional: u) ?? v
  }

  /// Where a step ends: without memory, and plain where there is no angle left.
  func corrected(at x: Matrix, time: Float, evaluate: (_ isConditional: Bool) throws -> Matrix) rethrows -> Matrix {
    let v = try evaluate(true)
    switch guidance {
    case .none: return v
    case .adg(let scale) where time > 0:
      return angularGuidance(scale: scale, conditional: v, unconditional: try evaluate(false), x: x, sigma: time)
    case .apg(let scale), .adg(let scale):
      return plainGuidance(scale: scale, conditional: v, unconditional: try evaluate(false))
    }
  }
}

/// Plain classifier-free guidance (Ho, Salimans 2022): u + scale (c - u).
func plainGuidance(scale: Float, conditional: Matrix, unconditional: Matrix) -> Matrix {
  Matrix(
    rows: conditional.rows, columns: conditional.columns,
    values: zip(conditional.values, unconditional.values).map { $1 + scale * ($0 - $1) })
}
