/// A linear layer over [time, in]: y = x W + b, [time, out].
public struct Linear: Sendable {
  /// How the weights lie in memory.
  public enum Layout: Sendable {
    /// [in, out]
    case inputsFirst
    /// [out, in]
    case outputsFirst
  }
  public let inputs: Int
  public let outputs: Int
  private let weight: [Float]
  private let bias: [Float]?
  private let layout: Layout

  public init(weight: [Float], layout: Layout, bias: [Float]? = nil, inputs: Int, outputs: Int) {
    precondition(weight.count == inputs * outputs, "a weight for each input and output")
    precondition(bias == nil || bias?.count == outputs, "a bias for each output")
    self.weight = weight
    self.layout = layout
    self.bias = bias
    self.inputs = inputs
    self.outputs = outputs
  }

  public func callAsFunction(_ x: Matrix) -> Matrix {
    precondition(x.columns == inputs, "a linear layer of \(inputs) inputs is given \(x.columns)")
    var y = Matrix(rows: x.rows, columns: outputs)
    if let bias {
      y = Matrix(rows: x.rows, columns: outputs, values: (0..<x.rows).flatMap { _ in bias })
    }
    let right =
      switch layout {
      case .inputsFirst: BLAS.Operand(weight, stride: outputs)
      case .outputsFirst: BLAS.Operand(weight, stride: inputs, isTransposed: true)
      }
    BLAS.multiply(
      .init(x.values, stride: inputs), right, adds: true, into: &y.values, stride: outputs, m: x.rows, k: inputs, n: outputs)
    return y
  }

  /// One vector [in] to one [out].
  public func callAsFunction(_ x: [Float]) -> [Float] { self(Matrix(rows: 1, columns: x.count, values: x)).values }
}
