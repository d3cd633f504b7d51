import Checkpoint
import Foundation
import Tensor

/// The blocks that Whisper's encoder and decoder are made of (Radford et al. 2022; `listening.md` 3.3, 3.4), from weights under
/// CTranslate2's names.
struct WhisperWeights {
  let file: SafetensorsFile
  /// Of the products.
  let precision: Precision
  private static let width = WhisperConversion.width

  func norm(_ name: String) throws -> LayerNorm {
    LayerNorm(
      weight: try file.floats(name + "/gamma", shape: [Self.width]), bias: try file.floats(name + "/beta", shape: [Self.width]),
      epsilon: 1e-5)
  }

  /// Some rows of a layer of `outputs` rows.
  func linear(_ name: String, rows: Range<Int>, of outputs: Int, inputs: Int = width) throws -> Linear {
    let weight = try file.floats(name + "/weight", shape: [outputs, inputs])
    let bias = try file.floats(name + "/bias", shape: [outputs])
    return Linear(
      weight: Array(weight[rows.lowerBound * inputs..<rows.upperBound * inputs]), layout: .outputsFirst, bias: Array(bias[rows]),
      inputs: inputs, outputs: rows.count, precision: precision)
  }

  /// `count` layers of 512 rows each that are stored as one.
  func linears(_ name: String, _ count: Int) throws -> [Linear] {
    try (0..<count).map { try linear(name, rows: $0 * Self.width..<($0 + 1) * Self.width, of: count * Self.width) }
  }

  func positions(_ name: String, _ count: Int) throws -> Matrix {
    Matrix(
      rows: count, columns: Self.width,
      values: try file.floats(name + "/position_encodings/encodings", shape: [count, Self.width]))
  }
}

/// x += Wo Attention(LN(x))
struct WhisperSelfAttention: Sendable {
  let norm: LayerNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear

  init(_ weights: WhisperWeights, _ name: String) throws {
    norm = try weights.norm(name + "/layer_norm")
    let projections = try weights.linears(name + "/linear_0", 3)
    (query, key, value) = (projections[0], projections[1], projections[2])
    output = try weights.linears(name + "/linear_1", 1)[0]
  }
}

/// x += W1 GELU(W0 LN(x))
struct WhisperFeedForward: Sendable {
  let norm: LayerNorm
  let up: Linear
  let down: Linear

  init(_ weights: WhisperWeights, _ name: String) throws {
    let (width, hidden) = (WhisperConversion.width, WhisperConversion.hidden)
    norm = try weights.norm(name + "/layer_norm")
    up = try weights.linear(name + "/linear_0", rows: 0..<hidden, of: hidden)
    down = try weights.linear(name + "/linear_1", rows: 0..<width, of: width, inputs: hidden)
  }

  func add(to x: inout Matrix) {
    var inner = up(norm(x))
    inner.applyExactGELU()
    down.add(inner, to: &x)
  }
}
