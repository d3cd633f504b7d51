import Checkpoint
import Tensor

/// The network's weights by their path in the tree of layers, widened to `Float` (`KokoroConversion` says how they are stored).
///
///     let decoder = weights / "decoder"
///     let residual = try decoder.conv1d("asr_res", 512, 64, taps: 1)
struct Weights {
  let file: SafetensorsFile
  private var path = ""
  /// Of the convolutions' products.
  private var precision = Precision.fp32

  init(_ file: SafetensorsFile) { self.file = file }

  static func / (weights: Weights, name: String) -> Weights {
    var below = weights
    below.path += name + "."
    return below
  }

  /// The same place, for convolutions that compute in another precision.
  func computing(in precision: Precision) -> Weights {
    var weights = self
    weights.precision = precision
    return weights
  }

  func has(_ name: String) -> Bool { file.entry(path + name) != nil }

  /// A tensor of floats as it is.
  func vector(_ name: String, _ count: Int) throws -> [Float] { try file.floats(path + name, shape: [count]) }

  /// A tensor of floats or of scaled integers.
  func values(_ name: String, _ shape: [Int]) throws -> [Float] {
    let name = path + name
    guard let entry = file.entry(name) else { throw CheckpointError.missingTensor(file: file.path, tensor: name) }
    guard entry.type == .int8 || entry.type == .uint8 else { return try file.floats(name, shape: shape) }
    guard entry.shape == shape else {
      throw CheckpointError.shapeMismatch(file: file.path, tensor: name, expected: shape, found: entry.shape)
    }
    let scaleShape = file.entry(name + ".scale")?.shape ?? []
    let scales = try file.floats(name + ".scale", shape: scaleShape)
    // One scale; one for each direction of an LSTM, the first extent; or one for each output, the last.
    let directions = shape.count == 3 && scaleShape == [shape[0]] ? shape[0] : 1
    guard scaleShape == [] || directions > 1 || scaleShape == shape.suffix(1) else {
      throw CheckpointError.shapeMismatch(
        file: file.path, tensor: name + ".scale", expected: Array(shape.suffix(1)), found: scaleShape)
    }
    let zeroPoint = entry.type == .uint8 ? try file.integers(name + ".zero_point", shape: [])[0] : 0
    return try file.withBytes(of: name) { entry, span in
      let count = span.byteCount
      let isSigned = entry.type == .int8
      // The values that a byte can stand for, once.
      let table = (0..<256).map { Float((isSigned ? Int(Int8(truncatingIfNeeded: $0)) : $0) - zeroPoint) }
      return unsafe span.withUnsafeBytes { bytes in
        unsafe [Float](unsafeUninitializedCapacity: count) { values, initialized in
          // Rows of one scale each, or of a scale a column.
          let perColumn = scales.count > 1 && directions == 1
          let width = perColumn ? scales.count : max(1, count / directions)
          for start in stride(from: 0, to: count, by: width) {
            let scale = scales[perColumn || directions == 1 ? 0 : start / width]
            for column in 0..<width {
              let factor = perColumn ? scales[column] : scale
              unsafe values.initializeElement(at: start + column, to: table[Int(bytes[start + column])] * factor)
            }
          }
          initialized = count
        }
      }
    }
  }

  func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws -> Linear {
    Linear(
      weight: try values(name + ".weight", [inputs, outputs]), layout: .inputsFirst, bias: try vector(name + ".bias", outputs),
      inputs: inputs, outputs: outputs)
  }

  /// A convolution; without a bias where the file has none.
  func conv1d(
    _ name: String, _ inputs: Int, _ outputs: Int, taps: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1
  ) throws -> Conv1d {
    Conv1d(
      weight: try values(name + ".weight", [outputs, inputs, taps]),
      bias: has(name + ".bias") ? try vector(name + ".bias", outputs) : nil, inChannels: inputs, outChannels: outputs,
      taps: taps, stride: stride, padding: padding, dilation: dilation, precision: precision)
  }

  func convTranspose1d(
    _ name: String, _ inputs: Int, _ outputs: Int, taps: Int, stride: Int, padding: Int
  ) throws -> ConvTranspose1d {
    ConvTranspose1d(
      weight: try values(name + ".weight", [inputs, outputs, taps]), bias: try vector(name + ".bias", outputs),
      inChannels: inputs, outChannels: outputs, taps: taps, stride: stride, padding: padding, precision: precision)
  }

  /// An LSTM; the file has the biases of input and recurrence one after the other.
  func lstm(_ name: String, _ inputs: Int, hidden: Int) throws -> BidirectionalLSTM {
    let both = try file.floats(path + name + ".B", shape: [2, 8 * hidden])
    let bias = (0..<8 * hidden).map { index in
      let at = index / (4 * hidden) * 8 * hidden + index % (4 * hidden)
      return both[at] + both[at + 4 * hidden]
    }
    return BidirectionalLSTM(
      input: try values(name + ".W", [2, inputs, 4 * hidden]), recurrent: try values(name + ".R", [2, hidden, 4 * hidden]),
      bias: bias, inputs: inputs, hidden: hidden, gates: .inputOutputForgetCell)
  }

  func layerNorm(_ weight: String, _ bias: String, _ features: Int, epsilon: Float) throws -> LayerNorm {
    LayerNorm(weight: try vector(weight, features), bias: try vector(bias, features), epsilon: epsilon)
  }

  func embedding(_ name: String, _ rows: Int, _ columns: Int) throws -> Matrix {
    Matrix(rows: rows, columns: columns, values: try values(name + ".weight", [rows, columns]))
  }
}

extension Matrix {
  /// The rows of these numbers, in this order.
  func selectingRows(_ indices: some Collection<Int>) -> Matrix {
    Matrix(rows: indices.count, columns: columns, values: indices.flatMap { row($0) })
  }
}
