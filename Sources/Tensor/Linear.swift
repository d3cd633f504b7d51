/// A linear layer over [time, in]: y = x W + b, [time, out].
public struct Linear: Sendable {
  /// How the weights lie in memory.
  public enum Layout: Sendable {
    /// [in, out]
    case inputsFirst
    /// [out, in]
    case outputsFirst
  }
  public let weights: PackedWeights
  private let bias: [Float]?

  public var inputs: Int { weights.inputs }
  public var outputs: Int { weights.outputs }

  /// - Parameter precision: of the products.
  public init(
    weight: [Float], layout: Layout, bias: [Float]? = nil, inputs: Int, outputs: Int, precision: Precision = .fp32
  ) {
    self.init(PackedWeights(weight, layout: layout, inputs: inputs, outputs: outputs, precision: precision), bias: bias)
  }

  public init(_ weights: PackedWeights, bias: [Float]? = nil) {
    precondition(bias == nil || bias?.count == weights.outputs, "a bias for each output")
    self.weights = weights
    self.bias = bias
  }

  public func callAsFunction(_ x: Matrix) -> Matrix {
    var y = Matrix(rows: x.rows, columns: outputs)
    weights.multiply(x, bias: bias, into: &y)
    return y
  }

  /// y += x W + b: into a residual.
  public func add(_ x: Matrix, to y: inout Matrix) {
    weights.multiply(x, bias: bias, adds: true, into: &y)
  }

  /// One vector [in] to one [out].
  public func callAsFunction(_ x: [Float]) -> [Float] { self(Matrix(rows: 1, columns: x.count, values: x)).values }
}
