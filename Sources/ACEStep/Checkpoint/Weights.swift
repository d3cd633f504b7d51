import Tensor

/// A model's weights by their path in the tree of layers: the one place where stored tensors become layers.
///
///     let attention = weights / "self_attn"
///     let query = try attention.linear("q_proj", 2048, 2048)
struct Weights {
  let library: TensorLibrary
  /// In which the products of layers are computed that don't ask for another.
  let precision: Precision
  private var path = ""

  init(_ library: TensorLibrary, precision: Precision = .fp32) {
    self.library = library
    self.precision = precision
  }

  static func / (weights: Weights, name: String) -> Weights {
    var below = weights
    below.path += name + "."
    return below
  }

  static func / (weights: Weights, index: Int) -> Weights { weights / String(index) }

  func has(_ name: String) -> Bool { library.has(path + name) }

  func values(_ name: String, _ shape: [Int]) throws -> [Float] { try library.floats(path + name, shape: shape) }

  /// Some rows of a matrix.
  func values(_ name: String, _ shape: [Int], rows: [Int]) throws -> [Float] {
    try library.floats(path + name, shape: shape, rows: rows)
  }

  /// A linear layer, stored [outputs, inputs].
  /// - Parameter precision: nil for that of the model.
  func linear(
    _ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = false, precision: Precision? = nil
  ) throws -> Linear {
    let precision = precision ?? self.precision
    let bias = bias ? try values(name + ".bias", [outputs]) : nil
    let weight = name + ".weight"
    if precision == .bf16, let bits = try library.bfloat16Bits(path + weight, shape: [outputs, inputs]) {
      return Linear(PackedWeights(bfloat16: bits, layout: .outputsFirst, inputs: inputs, outputs: outputs), bias: bias)
    }
    return Linear(
      weight: try values(weight, [outputs, inputs]), layout: .outputsFirst, bias: bias, inputs: inputs, outputs: outputs,
      precision: precision)
  }

  func rmsNorm(_ name: String, _ features: Int, epsilon: Float) throws -> RMSNorm {
    RMSNorm(weight: try values(name + ".weight", [features]), epsilon: epsilon)
  }
}
