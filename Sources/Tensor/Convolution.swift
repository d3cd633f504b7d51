/// A convolution in one dimension (cross-correlation, as everywhere in deep learning) over [channels, time].
///
///     y[o, t] = bias[o] + sum over c, k of weight[o, c, k] x[c, stride t + dilation k - padding]
///
/// - Complexity: outputs x inputs x taps multiplications a column of the output.
public struct Conv1d: Sendable {
  public let inChannels: Int
  public let outChannels: Int
  public let taps: Int
  public let stride: Int
  public let dilation: Int
  public let padding: Int
  private let sums: ChannelSums

  /// - Parameters:
  ///   - weight: [out, in, taps]
  ///   - bias: [out], or nil for zeros.
  ///   - padding: zeros before and after the input.
  ///   - stride: above 1 only with a dilation of 1.
  ///   - precision: of the products.
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int = 1,
    padding: Int = 0, dilation: Int = 1, precision: Precision = .fp32
  ) {
    precondition(weight.count == outChannels * inChannels * taps, "a weight for each output, input and tap")
    precondition(stride == 1 || dilation == 1, "a strided convolution isn't dilated")
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.taps = taps
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    // With a stride s the input is dealt out to s rows a channel, and taps k = s i + p to tap i of row p.
    sums = ChannelSums(
      bias: bias, rows: inChannels * stride, outChannels: outChannels, taps: (taps + stride - 1) / stride,
      dilation: dilation, precision: precision
    ) { output, row, tap in
      let k = tap * stride + row % stride
      return k < taps ? weight[(output * inChannels + row / stride) * taps + k] : 0
    }
  }

  /// Columns of the output for so many of the input.
  public func outputColumns(for columns: Int) -> Int {
    max(0, (columns + 2 * padding - dilation * (taps - 1) - 1) / stride + 1)
  }

  /// - Parameters:
  ///   - x: [inChannels, time]
  ///   - map: what the input goes through first; padding stays zero.
  /// - Returns: [outChannels, outputColumns(for: time)]
  public func callAsFunction(_ x: Matrix, through map: ChannelMap? = nil) -> Matrix {
    var y = Matrix(rows: 0, columns: 0)
    self(x, through: map, into: &y)
    return y
  }

  /// The same into the memory of another matrix.
  public func callAsFunction(_ x: Matrix, through map: ChannelMap? = nil, into y: inout Matrix) {
    y.reshape(rows: outChannels, columns: outputColumns(for: x.columns))
    sums.compute(x, through: map, stride: stride, padding: padding, scale: 1, adds: false, into: &y)
  }

  /// y = (y + the convolution) x scale.
  public func add(_ x: Matrix, through map: ChannelMap? = nil, scale: Float = 1, to y: inout Matrix) {
    precondition(y.rows == outChannels && y.columns == outputColumns(for: x.columns), "the sum has the output's shape")
    sums.compute(x, through: map, stride: stride, padding: padding, scale: scale, adds: true, into: &y)
  }
}

/// A transposed convolution in one dimension over [channels, time]: each column of the input lays down `taps` columns, `stride` apart.
///
///     y[o, stride t + k - padding] += sum over c of weight[c, o, k] x[c, t]
///
/// Columns of the output that are s apart see the same taps: it is s plain convolutions with ceil(taps / s) taps, computed as one
/// with s times the output channels, whose results are then interleaved.
public struct ConvTranspose1d: Sendable {
  public let inChannels: Int
  public let outChannels: Int
  public let taps: Int
  public let stride: Int
  public let padding: Int
  private let sums: ChannelSums

  /// - Parameters:
  ///   - weight: [in, out, taps]
  ///   - bias: [out], or nil for zeros.
  ///   - padding: columns cut off at both ends.
  ///   - precision: of the products.
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int, padding: Int = 0,
    precision: Precision = .fp32
  ) {
    precondition(weight.count == inChannels * outChannels * taps, "a weight for each input, output and tap")
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.taps = taps
    self.stride = stride
    self.padding = padding
    let steps = (taps + stride - 1) / stride
    sums = ChannelSums(
      bias: bias.map { bias in bias.flatMap { Array(repeating: $0, count: stride) } }, rows: inChannels,
      outChannels: outChannels * stride, taps: steps, dilation: 1, precision: precision
    ) { output, row, tap in
      let k = output % stride + (steps - 1 - tap) * stride
      return k < taps ? weight[(row * outChannels + output / stride) * taps + k] : 0
    }
  }

  /// - Returns: [outChannels, (time - 1) stride - 2 padding + taps]
  public func callAsFunction(_ x: Matrix, through map: ChannelMap? = nil) -> Matrix {
    let columns = max(0, (x.columns - 1) * stride - 2 * padding + taps)
    var y = Matrix(rows: outChannels, columns: columns)
    guard x.columns > 0, columns > 0 else { return y }
    var phases = Matrix(rows: outChannels * stride, columns: (columns - 1 + padding) / stride + 1)
    sums.compute(x, through: map, stride: 1, padding: sums.taps - 1, scale: 1, adds: false, into: &phases)
    for output in 0..<outChannels {
      for phase in 0..<stride {
        var from = (output * stride + phase) * phases.columns
        var column = phase - padding
        while column < columns {
          if column >= 0 { y.values[output * columns + column] = phases.values[from] }
          column += stride
          from += 1
        }
      }
    }
    return y
  }
}
