import Kernels

/// A snake whose two parameters are learned apart, over [time, features]: x + sin(frequency x)^2 x magnitude, one of each for each
/// feature (Ziyin, Hartwig, Ueda 2020).
public struct SnakeBeta: Sendable {
  public let frequency: [Float]
  public let magnitude: [Float]

  public init(frequency: [Float], magnitude: [Float]) {
    precondition(frequency.count == magnitude.count, "both parameters for each feature")
    self.frequency = frequency
    self.magnitude = magnitude
  }
}

/// A convolution in one dimension over [time, channels], where it is a matrix product whose rows overlap.
///
///     y[t, o] = bias[o] + sum over k, c of weight[o, c, k] x[stride t + dilation k - padding, c]
public struct FrameConvolution: Sendable {
  public let stride: Int
  public let dilation: Int
  public let padding: Int
  private let weights: PackedWeights
  private let bias: [Float]?

  public var inChannels: Int { weights.inputs }
  public var outChannels: Int { weights.outputs }
  public var taps: Int { weights.taps }

  /// - Parameters:
  ///   - weight: [out, in, taps]
  ///   - bias: [out], or nil for zeros.
  ///   - padding: zeros before and after the input.
  ///   - precision: of the products; int8 stands for `Precision.floating`.
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, precision: Precision = .fp32
  ) {
    precondition(weight.count == outChannels * inChannels * taps, "a weight for each output, input and tap")
    var ordered = [Float](repeating: 0, count: weight.count)
    for output in 0..<outChannels {
      for channel in 0..<inChannels {
        for tap in 0..<taps {
          ordered[(output * taps + tap) * inChannels + channel] = weight[(output * inChannels + channel) * taps + tap]
        }
      }
    }
    weights = PackedWeights(ordered, taps: taps, inputs: inChannels, outputs: outChannels, precision: precision.floating)
    (self.stride, self.dilation, self.padding, self.bias) = (stride, dilation, padding, bias)
  }

  /// Rows of the output for so many of the input.
  public func outputRows(for rows: Int) -> Int { max(0, (rows + 2 * padding - dilation * (taps - 1) - 1) / stride + 1) }

  /// - Parameters:
  ///   - x: [time, inChannels]
  ///   - snake: what the input goes through first; padding stays zero.
  /// - Returns: [outputRows(for: time), outChannels]
  public func callAsFunction(_ x: Matrix, through snake: SnakeBeta? = nil) -> Matrix {
    var y = [Matrix.uninitialized(rows: outputRows(for: x.rows), columns: outChannels)]
    compute(x, through: snake, .store, into: &y)
    return y[0]
  }

  /// y += the convolution.
  public func add(_ x: Matrix, through snake: SnakeBeta? = nil, to y: inout Matrix) {
    precondition(y.rows == outputRows(for: x.rows) && y.columns == outChannels, "the sum has the output's shape")
    var results = [y]
    y = Matrix(rows: 0, columns: 0)
    compute(x, through: snake, .add, into: &results)
    y = results[0]
  }

  private func compute(_ x: Matrix, through snake: SnakeBeta?, _ finish: Product.Finish, into y: inout [Matrix]) {
    Product.compute(
      [Product(weights: weights, bias: bias, finish: finish)],
      of: Activations(x, through: snake, margin: padding, precision: weights.precision), rows: y[0].rows, step: stride,
      dilation: dilation, into: &y)
  }
}

/// A transposed convolution in one dimension over [time, channels]: each row of the input lays down `taps` rows, `stride` apart.
///
///     y[stride t + k - padding, o] += sum over c of weight[c, o, k] x[t, c]
///
/// Rows of the output that are a stride apart see the same taps: it is a product of ceil(taps / stride) rows with stride x out columns,
/// which lie in memory as the output does.
public struct FrameTransposedConvolution: Sendable {
  public let stride: Int
  public let taps: Int
  public let padding: Int
  public let outChannels: Int
  private let weights: PackedWeights
  private let bias: [Float]?

  /// - Parameters:
  ///   - weight: [in, out, taps]
  ///   - bias: [out], or nil for zeros.
  ///   - padding: rows cut off at both ends.
  ///   - precision: of the products; int8 stands for `Precision.floating`.
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int, padding: Int = 0,
    precision: Precision = .fp32
  ) {
    precondition(weight.count == inChannels * outChannels * taps, "a weight for each input, output and tap")
    let steps = (taps + stride - 1) / stride
    var ordered = [Float](repeating: 0, count: stride * outChannels * steps * inChannels)
    for channel in 0..<inChannels {
      for output in 0..<outChannels {
        for tap in 0..<taps {
          let (column, step) = (tap % stride * outChannels + output, steps - 1 - tap / stride)
          ordered[(column * steps + step) * inChannels + channel] = weight[(channel * outChannels + output) * taps + tap]
        }
      }
    }
    weights = PackedWeights(
      ordered, taps: steps, inputs: inChannels, outputs: stride * outChannels, precision: precision.floating)
    self.bias = bias.map { bias in Array(repeatElement(bias, count: stride).joined()) }
    (self.stride, self.taps, self.padding, self.outChannels) = (stride, taps, padding, outChannels)
  }

  /// Rows of the output for so many of the input.
  public func outputRows(for rows: Int) -> Int { max(0, (rows - 1) * stride - 2 * padding + taps) }

  /// - Returns: rows `range` of [outputRows(for: time), outChannels], or all.
  public func callAsFunction(_ x: Matrix, through snake: SnakeBeta? = nil, rows range: Range<Int>? = nil) -> Matrix {
    let range = range ?? 0..<outputRows(for: x.rows)
    precondition(range.lowerBound >= 0 && range.upperBound <= outputRows(for: x.rows), "row out of range")
    let steps = weights.taps
    let phases = x.rows + steps - 1
    var y = [Matrix.uninitialized(rows: phases, columns: weights.outputs)]
    Product.compute(
      [Product(weights: weights, bias: bias)],
      of: Activations(x, through: snake, margin: steps - 1, precision: weights.precision), rows: phases, into: &y)
    let first = (padding + range.lowerBound) * outChannels
    return Matrix(
      rows: range.count, columns: outChannels, values: Array(y[0].values[first..<first + range.count * outChannels]))
  }
}

extension Activations {
  /// The rows of a matrix, each element through a snake, with zeros before and after.
  fileprivate init(_ x: Matrix, through snake: SnakeBeta?, margin: Int, precision: Precision) {
    x.checkElements()
    let columns = x.columns
    precondition(snake == nil || snake?.frequency.count == columns, "a snake for each channel")
    self = unsafe x.values.withUnsafeBufferPointer { values in
      let start = unsafe values.baseAddress
      return unsafe Activations(rows: x.rows, columns: columns, precision: precision, margin: margin) { row, to in
        guard let start = unsafe start else { return }
        if let snake {
          unsafe kernel_snake_row(start + row * columns, to, columns, snake.frequency, snake.magnitude)
        } else {
          unsafe to.update(from: start + row * columns, count: columns)
        }
      }
    }
  }
}
