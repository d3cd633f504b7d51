import Foundation

/// A long short-term memory that reads a sequence in both directions: [time, in] to [time, 2 hidden], forward before backward.
///
///     z = x W + h R + b;  i, o, f, g = parts of z
///     c = sigmoid(f) c + sigmoid(i) tanh(g);  h = sigmoid(o) tanh(c)
public struct BidirectionalLSTM: Sendable {
  /// The order of the four gates in weights and biases.
  public struct GateOrder: Sendable {
    let input, output, forget, cell: Int
    /// ONNX.
    public static let inputOutputForgetCell = GateOrder(input: 0, output: 1, forget: 2, cell: 3)
    /// PyTorch.
    public static let inputForgetCellOutput = GateOrder(input: 0, output: 3, forget: 1, cell: 2)
  }
  public let inputs: Int
  public let hidden: Int
  private let gates: GateOrder
  private let projections: [Linear]
  private let recurrent: [Float]

  /// - Parameters:
  ///   - input: [2, in, 4 hidden], forward before backward.
  ///   - recurrent: [2, hidden, 4 hidden]
  ///   - bias: [2, 4 hidden]; where a format has two, their sum.
  public init(input: [Float], recurrent: [Float], bias: [Float], inputs: Int, hidden: Int, gates: GateOrder) {
    precondition(input.count == 8 * inputs * hidden && recurrent.count == 8 * hidden * hidden && bias.count == 8 * hidden)
    self.inputs = inputs
    self.hidden = hidden
    self.gates = gates
    self.recurrent = recurrent
    projections = (0..<2).map { direction in
      Linear(
        weight: Array(input[direction * 4 * inputs * hidden..<(direction + 1) * 4 * inputs * hidden]), layout: .inputsFirst,
        bias: Array(bias[direction * 4 * hidden..<(direction + 1) * 4 * hidden]), inputs: inputs, outputs: 4 * hidden)
    }
  }

  public func callAsFunction(_ x: Matrix) -> Matrix {
    var y = Matrix(rows: x.rows, columns: 2 * hidden)
    for direction in 0..<2 {
      let projected = projections[direction](x)
      var h = [Float](repeating: 0, count: hidden)
      var c = h
      for step in 0..<x.rows {
        let row = direction == 0 ? step : x.rows - 1 - step
        var z = Array(projected.row(row))
        BLAS.addProduct(
          h, recurrent, offset: direction * 4 * hidden * hidden, rows: hidden, columns: 4 * hidden, to: &z)
        for unit in 0..<hidden {
          let forget = sigmoid(z[gates.forget * hidden + unit])
          c[unit] = forget * c[unit] + sigmoid(z[gates.input * hidden + unit]) * tanh(z[gates.cell * hidden + unit])
          h[unit] = sigmoid(z[gates.output * hidden + unit]) * tanh(c[unit])
        }
        y.values.replaceSubrange(row * 2 * hidden + direction * hidden..<row * 2 * hidden + (direction + 1) * hidden, with: h)
      }
    }
    return y
  }
}

/// 1 / (1 + e^-x)
public func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
