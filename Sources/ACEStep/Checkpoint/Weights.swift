import Tensor

/// A model's weights by their path in the tree of layers: the one place where stored tensors become layers.
///
///     let attention = weights / "self_attn"
///     let query = try attention.linear("q_proj", 2048, 2048)
struct Weights {
  let library: TensorLibrary
  private var path = ""

  init(_ library: TensorLibrary) { self.library = library }

  static func / (weights: Weights, name: String) -> Weights {
    var below = weights
    below.path += name + "."
    return below
  }

  static func / (weights: Weights, index: Int) -> Weights { weights / String(index) }

  func has(_ name: String) -> Bool { library.has(path + name) }

  func shape(_ name: String) -> [Int]? { library.shape(path + name) }

  func values(_ name: String, _ shape: [Int]) throws -> [Float] { try library.floats(path + name, shape: shape) }

  /// A linear layer, stored [outputs, inputs].
  func linear(_ name: String, _ inputs: Int, _ outputs: Int, bias: Bool = false) throws -> Linear {
    Linear(
      weight: try values(name + ".weight", [outputs, inputs]), layout: .outputsFirst,
      bias: bias ? try values(name + ".bias", [outputs]) : nil, inputs: inputs, outputs: outputs)
  }

  func rmsNorm(_ name: String, _ features: Int, epsilon: Float) throws -> RMSNorm {
    RMSNorm(weight: try values(name + ".weight", [features]), epsilon: epsilon)
  }
}
