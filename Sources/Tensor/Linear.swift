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
  public var precision: Precision { weights.precision }

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

  /// silu(gate x) (up x), elementwise: the first half of a SwiGLU (Shazeer 2020). Neither layer has a bias.
  public init(gate: Linear, up: Linear) {
    precondition(gate.bias == nil && up.bias == nil, "gates here have no biases")
    self.init(PackedWeights(gate: gate.weights, up: up.weights))
  }

  public func callAsFunction(_ x: Matrix) -> Matrix { self(Activations(x, precision: precision)) }

  public func callAsFunction(_ x: Activations) -> Matrix { Self.apply([self], to: x)[0] }

  /// Several layers on the same input.
  public static func apply(_ layers: [Linear], to x: Activations) -> [Matrix] {
    var results = layers.map { Matrix.uninitialized(rows: x.rows, columns: $0.outputs) }
    Product.compute(layers.map { Product(weights: $0.weights, bias: $0.bias) }, of: x, rows: x.rows, into: &results)
    return results
  }

  /// y += x W + b: into a residual.
  public func add(_ x: Matrix, to y: inout Matrix) { add(Activations(x, precision: precision), to: &y) }

  /// y += factor (x W + b), a factor for each output; nil for ones.
  public func add(_ x: Activations, scaledBy factor: [Float]? = nil, to y: inout Matrix) {
    precondition(factor == nil || factor?.count == outputs, "a factor for each output")
    precondition(!weights.isGated, "a gated layer has no sum")
    let finish: Product.Finish = factor.map { .addScaled($0) } ?? .add
    var results = [y]
    // The only owner, or the sum would go into a copy.
    y = Matrix(rows: 0, columns: 0)
    Product.compute([Product(weights: weights, bias: bias, finish: finish)], of: x, rows: x.rows, into: &results)
    y = results[0]
  }

  /// One vector [in] to one [out].
  public func callAsFunction(_ x: [Float]) -> [Float] { self(Matrix(rows: 1, columns: x.count, values: x)).values }
}
