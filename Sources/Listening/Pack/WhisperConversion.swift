import Checkpoint

/// Whisper's weights as our file: the tensors of CTranslate2 under their own names, F16 (`listening.md` 3.1).
enum WhisperConversion {
  static let format = "cantiga-whisper-1"
  static let width = 512
  static let heads = 8
  static let hidden = 2048
  static let layers = 6
  static let vocabulary = 51_865
  static let melBands = 80
  static let encoderPositions = 1500
  static let decoderPositions = 448

  /// Every tensor by name.
  static var shapes: [(name: String, shape: [Int])] {
    var shapes: [(String, [Int])] = [
      ("encoder/conv1/weight", [width, melBands, 3]), ("encoder/conv1/bias", [width]),
      ("encoder/conv2/weight", [width, width, 3]), ("encoder/conv2/bias", [width]),
      ("encoder/position_encodings/encodings", [encoderPositions, width]),
      ("encoder/layer_norm/gamma", [width]), ("encoder/layer_norm/beta", [width]),
      ("decoder/embeddings/weight", [vocabulary, width]),
      ("decoder/position_encodings/encodings", [decoderPositions, width]),
      ("decoder/layer_norm/gamma", [width]), ("decoder/layer_norm/beta", [width]),
    ]
    func norm(_ name: String) { shapes += [(name + "/layer_norm/gamma", [width]), (name + "/layer_norm/beta", [width])] }
    func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
      shapes += [(name + "/weight", [outputs, inputs]), (name + "/bias", [outputs])]
    }
    for half in ["encoder", "decoder"] {
      for layer in 0..<layers {
        let name = "\(half)/layer_\(layer)/"
        norm(name + "self_attention")
        linear(name + "self_attention/linear_0", 3 * width, width)
        linear(name + "self_attention/linear_1", width, width)
        norm(name + "ffn")
        linear(name + "ffn/linear_0", hidden, width)
        linear(name + "ffn/linear_1", width, hidden)
        guard half == "decoder" else { continue }
        norm(name + "attention")
        linear(name + "attention/linear_0", width, width)
        linear(name + "attention/linear_1", 2 * width, width)
        linear(name + "attention/linear_2", width, width)
      }
    }
    return shapes
  }

  static func convert(_ model: CTranslate2Model, to path: String) throws {
    let malformed = { CheckpointError.malformed(file: "Whisper's model.bin", reason: $0) }
    guard model.specification == "WhisperSpec" else { throw malformed("it is a \(model.specification)") }
    for (name, expected) in [
      ("encoder/num_heads", heads), ("decoder/num_heads", heads), ("decoder/pre_norm", 1), ("decoder/activation", 3),
      ("decoder/scale_embeddings", 0),
    ] {
      let found = try model.integer(name)
      guard found == expected else { throw malformed("\(name) is \(found), not \(expected)") }
    }
    guard model.aliases["decoder/projection/weight"] == "decoder/embeddings/weight" else {
      throw malformed("its output layer is not its embeddings")
    }
    let tensors = try shapes.map { try model.tensor($0.name, shape: $0.shape) }
    try SafetensorsFile.write(tensors, metadata: ["format": format], to: path)
  }
}
