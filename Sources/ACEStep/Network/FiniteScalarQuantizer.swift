import Foundation
import Tensor

/// Finite scalar quantisation (Mentzer et al. 2023): each of a few dimensions is rounded to one of its levels, and the levels
/// together are one number, the code (`acestep.md` 6.6).
public struct FiniteScalarQuantizer: Sendable {
  /// Levels of each dimension.
  public let levels: [Int]
  /// What a level of each dimension counts in a code.
  private let basis: [Int]
  private let projectIn, projectOut: Linear

  init(_ weights: Weights, _ configuration: ModelConfiguration) throws {
    levels = configuration.fsqLevels
    basis = levels.reduce(into: [1]) { $0.append($0[$0.count - 1] * $1) }.dropLast()
    // Always in fp32: near the border of two levels the last bits decide.
    projectIn = try weights.linear("project_in", configuration.fsqWidth, levels.count, bias: true, precision: .fp32)
    projectOut = try weights.linear("project_out", levels.count, configuration.fsqWidth, bias: true, precision: .fp32)
  }

  /// Codes are 0 ..< this.
  public var codeCount: Int { levels.reduce(1, *) }

  /// What the quantiser rounds: [groups, dimensions]
  func projected(_ x: Matrix) -> Matrix { projectIn(x) }

  /// The code of each row of [groups, width].
  func codes(_ x: Matrix) -> [Int] {
    let h = projected(x)
    return (0..<h.rows).map { row in
      var code = 0
      for (dimension, value) in h.row(row).enumerated() {
        let steps = Float(levels[dimension] - 1)
        // A soft clamp a little wider than [-1, 1], so that the outermost levels are reached.
        let bound = 1 + 1 / steps
        let z = bound * tanh(value / bound)
        let level = (steps * (min(max(z, -1), 1) + 1) / 2 + 0.5).rounded(.down)
        code += Int(min(max(level, 0), steps)) * basis[dimension]
      }
      return code
    }
  }

  /// The rounded values in [-1, 1] that codes stand for, [codes, dimensions]. Codes out of range are clamped.
  func vectors(of codes: [Int]) -> Matrix {
    Matrix(
      rows: codes.count, columns: levels.count,
      values: codes.flatMap { code in
        let code = min(max(code, 0), codeCount - 1)
        return zip(levels, basis).map { Float(2 * (code / $1 % $0)) / Float($0 - 1) - 1 }
      })
  }

  /// The embeddings of codes, [codes, width]. Codes out of range are clamped.
  func embeddings(of codes: [Int]) -> Matrix { projectOut(vectors(of: codes)) }
}
