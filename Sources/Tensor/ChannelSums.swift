import Kernels

/// Sums over the rows and taps of [channels, time]: what every convolution is computed by, its weights packed for the kernel.
///
/// The input is copied tile by tile into a buffer that the second-level cache holds, through a `ChannelMap` if there is one, and
/// sums are made straight from there (`kernel_convolve`): neither a matrix of columns nor a product per tap. In bf16 two
/// rows share an element of the tile, so that one instruction sums over both; 3, 7 and 11 taps take fewer products
/// (`Kernels/Winograd.h`).
struct ChannelSums: Sendable {
  let rows: Int
  let outChannels: Int
  let taps: Int
  let dilation: Int
  private let weights: Weights
  private let bias: [Float]

  private enum Weights: Sendable {
    /// [groups of 8 outputs][row][tap][8]
    case fp32([Float])
    /// [groups of 8 outputs][pair of rows][tap][8]
    case bf16([UInt32])
    /// As `kernel_winograd_pack` makes them.
    case winograd([UInt32])
  }

  private static let group = kernel_convolve_rows
  private static let block = kernel_convolve_columns
  /// A tile of the input has about so many elements of 4 bytes: half of a second-level cache of 1 MB.
  private static let tileElements = 1 << 17

  init(
    bias: [Float]?, rows: Int, outChannels: Int, taps: Int, dilation: Int, precision: Precision,
    weight: (_ output: Int, _ row: Int, _ tap: Int) -> Float
  ) {
    precondition(bias == nil || bias?.count == outChannels, "a bias for each output")
    self.rows = rows
    self.outChannels = outChannels
    self.taps = taps
    self.dilation = dilation
    self.bias = bias ?? [Float](repeating: 0, count: outChannels)
    if precision == .fp32 || !Precision.bf16.isNative {
      weights = .fp32(Self.pack(outChannels, rows, taps, zero: 0, weight))
    } else if taps % 4 == 3 {
      let plain = (0..<outChannels).flatMap { output in
        (0..<rows).flatMap { row in (0..<taps).map { weight(output, row, $0) } }
      }
      var packed = [UInt32](repeating: 0, count: kernel_winograd_weights_count(outChannels, rows, taps))
      unsafe kernel_winograd_pack(plain, outChannels, rows, taps, &packed)
      weights = .winograd(packed)
    } else {
      weights = .bf16(
        Self.pack(outChannels, (rows + 1) / 2, taps, zero: 0) { output, pair, tap in
          let odd = 2 * pair + 1 < rows ? weight(output, 2 * pair + 1, tap) : 0
          return bfloat16(weight(output, 2 * pair, tap)) | bfloat16(odd) << 16
        })
    }
  }

  private static func pack<Element>(
    _ outChannels: Int, _ rows: Int, _ taps: Int, zero: Element, _ weight: (Int, Int, Int) -> Element
  ) -> [Element] {
    let groups = (outChannels + group - 1) / group
    var packed = [Element](repeating: zero, count: groups * group * rows * taps)
    for output in 0..<outChannels {
      var index = output / group * (group * rows * taps) + output % group
      for row in 0..<rows {
        for tap in 0..<taps {
          packed[index] = weight(output, row, tap)
          index += group
        }
      }
    }
    return packed
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
    if case .winograd(let weights) = weights {
      return computeByPairs(x, weights, through: map, stride: stride, padding: padding, scale: scale, adds: adds, into: &y)
    }
    let tileRows = if case .bf16 = weights { (rows + 1) / 2 } else { rows }
    let columns = y.columns
    let halo = (taps - 1) * dilation
    let width = max(Self.block, (Self.tileElements / tileRows - halo) / Self.block * Self.block)
    // Readable to the end of the last block begun, and an odd number of cache lines, so that rows fall into different sets.
    let tileStride = ((min(width, columns) + Self.block + halo + 15) / 16 | 1) * 16
    let tile = unsafe UnsafeMutablePointer<UInt32>.allocate(capacity: tileRows * tileStride)
    let spare = unsafe UnsafeMutablePointer<Float>.allocate(capacity: 2 * tileStride + x.columns)
    defer {
      unsafe tile.deallocate()
      unsafe spare.deallocate()
    }
    unsafe y.values.withUnsafeMutableBufferPointer { output in
      unsafe x.values.withUnsafeBufferPointer { input in
        guard let to = unsafe output.baseAddress, let from = unsafe input.baseAddress else { return }
        for start in Swift.stride(from: 0, to: columns, by: width) {
          let count = min(width, columns - start)
          let source = TileSource(
            columns: x.columns, map: map, first: start * stride - padding,
            count: (count + Self.block - 1) / Self.block * Self.block + halo, stride: stride)
          let rowMemory = unsafe spare + 2 * tileStride
          let adds: Int32 = adds ? 1 : 0
          switch weights {
          case .fp32(let weights):
            for row in 0..<rows {
              unsafe (tile + row * tileStride).withMemoryRebound(to: Float.self, capacity: tileStride) {
                unsafe source.fill(row, of: from, rowMemory, into: $0)
              }
            }
            unsafe tile.withMemoryRebound(to: Float.self, capacity: tileRows * tileStride) {
              unsafe kernel_convolve(
                weights, $0, tileStride, rows, taps, dilation, bias, scale, adds, to + start, columns, outChannels, count)
            }
          case .winograd: preconditionFailure("computed by pairs")
          case .bf16(let weights):
            for pair in 0..<tileRows {
              unsafe source.fill(2 * pair, of: from, rowMemory, into: spare)
              if 2 * pair + 1 < rows {
                unsafe source.fill(2 * pair + 1, of: from, rowMemory, into: spare + tileStride)
              } else {
                unsafe (spare + tileStride).update(repeating: 0, count: source.count)
              }
              unsafe kernel_pair_bf16(spare, spare + tileStride, tile + pair * tileStride, source.count)
            }
            unsafe kernel_convolve_bf16(
              weights, tile, tileStride, tileRows, taps, dilation, bias, scale, adds, to + start, columns, outChannels, count)
          }
        }
      }
    }
  }

  /// `compute` with fewer products, for pairs of columns.
  private func computeByPairs(
    _ x: Matrix, _ weights: [UInt32], through map: ChannelMap?, stride: Int, padding: Int, scale: Float, adds: Bool,
    into y: inout Matrix
  ) {
    let columns = y.columns
    let streams = kernel_winograd_streams(taps)
    let tileRows = (rows + 1) / 2 * streams
    let turn = 2 * dilation
    // So many columns that the tile has its size, in whole turns of pairs.
    let width = max(turn, 2 * max(Self.block, Self.tileElements / tileRows / Self.block * Self.block) / turn * turn)
    let pairs = (min(width, columns) + turn - 1) / turn * dilation
    let streamColumns = kernel_winograd_columns(pairs, taps, dilation)
    let samples = kernel_winograd_samples(streamColumns, dilation)
    let streamStride = (streamColumns + 15) / 16 * 16 + 16
    let tile = unsafe UnsafeMutablePointer<UInt32>.allocate(capacity: tileRows * streamStride)
    let spare = unsafe UnsafeMutablePointer<Float>.allocate(capacity: 2 * samples + x.columns)
    let memory = unsafe UnsafeMutablePointer<Float>.allocate(
      capacity: max(4 * (streamColumns + dilation + 16), 18 * (pairs + Self.block)))
    defer {
      unsafe tile.deallocate()
      unsafe spare.deallocate()
      unsafe memory.deallocate()
    }
    unsafe y.values.withUnsafeMutableBufferPointer { output in
      unsafe x.values.withUnsafeBufferPointer { input in
        guard let to = unsafe output.baseAddress, let from = unsafe input.baseAddress else { return }
        for start in Swift.stride(from: 0, to: columns, by: width) {
          let source = TileSource(
            columns: x.columns, map: map, first: start * stride - padding, count: samples, stride: stride)
          for pair in 0..<(rows + 1) / 2 {
            unsafe source.fill(2 * pair, of: from, spare + 2 * samples, into: spare)
            if 2 * pair + 1 < rows {
              unsafe source.fill(2 * pair + 1, of: from, spare + 2 * samples, into: spare + samples)
            } else {
              unsafe (spare + samples).update(repeating: 0, count: samples)
            }
            unsafe kernel_winograd_split(
              spare, spare + samples, taps, dilation, memory, tile + pair * streams * streamStride, streamStride, streamColumns)
          }
          unsafe kernel_winograd_convolve(
            weights, tile, streamStride, rows, taps, dilation, bias, scale, adds ? 1 : 0, memory, to + start, columns, outChannels,
            min(width, columns - start))
        }
      }
    }
  }
}

/// What a tile is filled with: columns of the input, zero beyond its ends, through its functions.
private struct TileSource {
  let columns: Int
  let map: ChannelMap?
  /// The input's column that the tile's first column begins with.
  let first: Int
  let count: Int
  let stride: Int

  /// Writes row `row` of the tile: of channel row / stride those columns that are row % stride after each `stride`th.
  /// - Parameter spare: memory for a row of the input.
  func fill(
    _ row: Int, of input: UnsafePointer<Float>, _ spare: UnsafeMutablePointer<Float>, into tile: UnsafeMutablePointer<Float>
  ) {
    let channel = row / stride
    let input = unsafe input + channel * columns
    let from = min(max(first, 0), columns)
    let to = max(from, min(first + count * stride, columns))
    if stride == 1 {
      let before = max(0, min(count, from - first))
      unsafe tile.update(repeating: 0, count: before)
      unsafe copy(channel, input + from, tile + before, count: to - from)
      let filled = before + to - from
      if filled < count { unsafe (tile + filled).update(repeating: 0, count: count - filled) }
      return
    }
    unsafe copy(channel, input + from, spare, count: to - from)
    for column in 0..<count {
      let at = first + column * stride + row % stride
      unsafe tile[column] = at >= from && at < to ? unsafe spare[at - from] : 0
    }
  }

  private func copy(
    _ channel: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int
  ) {
    guard count > 0 else { return }
    if let map { unsafe map.apply(channel: channel, input, output, count: count) } else {
      unsafe output.update(from: input, count: count)
    }
  }
}

/// The upper half of a float's bits, rounded to nearest, ties to even.
func bfloat16(_ value: Float) -> UInt32 {
  let bits = value.bitPattern
  guard value.isFinite else { return bits >> 16 | (value.isNaN ? 0x40 : 0) }
  return (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
}
