import Kernels

/// A convolution in one dimension (cross-correlation, as everywhere in deep learning) over [channels, time].
///
///     y[o, t] = bias[o] + sum over c, k of weight[o, c, k] x[c, stride t + dilation k - padding]
///
/// The input is copied tile by tile into a buffer that the second-level cache holds, through a `ChannelMap` if there is one, and
/// sums are made straight from there (`kernel_convolve`): neither a matrix of columns nor a product per tap.
/// - Complexity: outputs x inputs x taps multiplications a column of the output, in fp32.
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
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int = 1,
    padding: Int = 0, dilation: Int = 1
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
      dilation: dilation
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
  public init(
    weight: [Float], bias: [Float]? = nil, inChannels: Int, outChannels: Int, taps: Int, stride: Int, padding: Int = 0
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
      outChannels: outChannels * stride, taps: steps, dilation: 1
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

/// Sums over rows and taps, weights packed for the kernel.
private struct ChannelSums: Sendable {
  let rows: Int
  let outChannels: Int
  let taps: Int
  let dilation: Int
  /// [groups of 8 outputs][row][tap][8]
  let weights: [Float]
  let bias: [Float]

  private static let group = kernel_convolve_rows
  private static let block = kernel_convolve_columns
  /// A tile of the input has about so many floats: half of a second-level cache of 1 MB.
  private static let tileFloats = 1 << 17

  init(
    bias: [Float]?, rows: Int, outChannels: Int, taps: Int, dilation: Int,
    weight: (_ output: Int, _ row: Int, _ tap: Int) -> Float
  ) {
    precondition(bias == nil || bias?.count == outChannels, "a bias for each output")
    self.rows = rows
    self.outChannels = outChannels
    self.taps = taps
    self.dilation = dilation
    self.bias = bias ?? [Float](repeating: 0, count: outChannels)
    let groups = (outChannels + Self.group - 1) / Self.group
    var packed = [Float](repeating: 0, count: groups * Self.group * rows * taps)
    for output in 0..<outChannels {
      var index = output / Self.group * (Self.group * rows * taps) + output % Self.group
      for row in 0..<rows {
        for tap in 0..<taps {
          packed[index] = weight(output, row, tap)
          index += Self.group
        }
      }
    }
    weights = packed
  }

  /// y[o, t] = (bias[o] + sum over r, k of w[o, r, k] x[r / stride, stride (t + k dilation) + r % stride - padding], + y[o, t] if
  /// it adds) x scale, for all columns of y.
  func compute(
    _ x: Matrix, through map: ChannelMap?, stride: Int, padding: Int, scale: Float, adds: Bool, into y: inout Matrix
  ) {
    let channels = rows / stride
    x.checkElements()
    y.checkElements()
    precondition(x.rows == channels, "a convolution of \(channels) channels is given \(x.rows)")
    precondition(map == nil || map?.mean.count == channels, "a function for each channel")
    let columns = y.columns
    let halo = (taps - 1) * dilation
    let width = max(Self.block, (Self.tileFloats / rows - halo) / Self.block * Self.block)
    // Readable to the end of the last block begun, and an odd number of cache lines, so that rows fall into different sets.
    let tileStride = ((min(width, columns) + Self.block + halo + 15) / 16 | 1) * 16
    let scratch = unsafe UnsafeMutablePointer<Float>.allocate(capacity: rows * tileStride + x.columns)
    defer { unsafe scratch.deallocate() }
    unsafe scratch.initialize(repeating: 0, count: rows * tileStride)
    unsafe y.values.withUnsafeMutableBufferPointer { output in
      unsafe x.values.withUnsafeBufferPointer { input in
        guard let to = unsafe output.baseAddress, let from = unsafe input.baseAddress else { return }
        for start in Swift.stride(from: 0, to: columns, by: width) {
          let count = min(width, columns - start)
          let needed = (count + Self.block - 1) / Self.block * Self.block + halo
          for channel in 0..<channels {
            unsafe fill(
              scratch + channel * stride * tileStride, tileStride, from + channel * x.columns, x.columns, map, channel: channel,
              first: start * stride - padding, count: needed, stride: stride, spare: scratch + rows * tileStride)
          }
          unsafe kernel_convolve(
            weights, scratch, tileStride, rows, taps, dilation, bias, scale, adds ? 1 : 0, to + start, columns, outChannels, count)
        }
      }
    }
  }

  /// Fills a channel's rows of a tile with columns from `first` on, zero beyond the input's ends.
  private func fill(
    _ tile: UnsafeMutablePointer<Float>, _ tileStride: Int, _ input: UnsafePointer<Float>, _ inputCount: Int,
    _ map: ChannelMap?, channel: Int, first: Int, count: Int, stride: Int, spare: UnsafeMutablePointer<Float>
  ) {
    let from = min(max(first, 0), inputCount)
    let to = max(from, min(first + count * stride, inputCount))
    if stride == 1 {
      unsafe tile.update(repeating: 0, count: from - first < count ? max(0, from - first) : count)
      if from < to {
        if let map {
          unsafe map.apply(channel: channel, input + from, tile + (from - first), count: to - from)
        } else {
          unsafe (tile + (from - first)).update(from: input + from, count: to - from)
        }
      }
      let filled = max(0, to - first)
      if filled < count { unsafe (tile + filled).update(repeating: 0, count: count - filled) }
      return
    }
    if let map { unsafe map.apply(channel: channel, input + from, spare, count: to - from) } else {
      unsafe spare.update(from: input + from, count: to - from)
    }
    for phase in 0..<stride {
      for column in 0..<count {
        let at = first + column * stride + phase
        unsafe tile[phase * tileStride + column] = at >= from && at < to ? unsafe spare[at - from] : 0
      }
    }
  }
}
