/// Numbers for the two axes of an image: down its height, along its width.
public struct Pair: Sendable, Equatable {
  public let vertical: Int
  public let horizontal: Int
  public init(_ vertical: Int, _ horizontal: Int) {
    self.vertical = vertical
    self.horizontal = horizontal
  }
  public init(_ both: Int) { self.init(both, both) }
}

/// A convolution over images (cross-correlation):
///
///     y[i, j, o] = bias[o] + sum over p, q, c of weight[p, q, c, o] x[stride i + dilation p - before, ..., c]
///
/// The input of some rows of the output is laid out as a matrix that a second-level cache holds, and multiplied by the weights.
public struct Conv2d: Sendable {
  public let taps: Pair
  public let inChannels: Int
  public let outChannels: Int
  public let stride: Pair
  public let dilation: Pair
  /// Zeros before and after the input.
  public let before: Pair
  public let after: Pair
  private let weight: [Float]
  private let bias: [Float]

  private static let stripFloats = 1 << 18

  /// - Parameter weight: [taps down, taps along, in, out]
  public init(
    weight: [Float], bias: [Float], taps: Pair, inChannels: Int, outChannels: Int, stride: Pair = Pair(1),
    dilation: Pair = Pair(1), before: Pair, after: Pair
  ) {
    precondition(weight.count == taps.vertical * taps.horizontal * inChannels * outChannels, "a weight for each tap, input and output")
    precondition(bias.count == outChannels, "a bias for each output")
    self.weight = weight
    self.bias = bias
    self.taps = taps
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.stride = stride
    self.dilation = dilation
    self.before = before
    self.after = after
  }

  private func extent(_ size: Int, _ axis: KeyPath<Pair, Int>) -> Int {
    let reach = dilation[keyPath: axis] * (taps[keyPath: axis] - 1) + 1
    return max(0, (size + before[keyPath: axis] + after[keyPath: axis] - reach) / stride[keyPath: axis] + 1)
  }

  public func callAsFunction(_ x: Image) -> Image {
    precondition(x.channels == inChannels, "a convolution of \(inChannels) channels is given \(x.channels)")
    precondition(x.values.count == x.height * x.width * x.channels, "an image keeps its number of elements")
    let (height, width) = (extent(x.height, \.vertical), extent(x.width, \.horizontal))
    var y = Image(height: height, width: width, channels: outChannels)
    guard height > 0, width > 0 else { return y }
    let depth = taps.vertical * taps.horizontal * inChannels
    let rows = max(1, Self.stripFloats / (depth * width))
    var columns = [Float](repeating: 0, count: rows * width * depth)
    for first in Swift.stride(from: 0, to: height, by: rows) {
      let count = min(rows, height - first)
      for row in 0..<count { lay(x, row: first + row, width: width, into: &columns, at: row * width * depth) }
      let start = first * width
      for pixel in start..<start + count * width {
        for channel in 0..<outChannels { y.values[pixel * outChannels + channel] = bias[channel] }
      }
      BLAS.multiply(
        .init(columns, stride: depth), .init(weight, stride: outChannels), adds: true, into: &y.values,
        offset: start * outChannels, stride: outChannels, m: count * width, k: depth, n: outChannels)
    }
    return y
  }

  /// Lays out what each pixel of a row of the output sees, [width, taps down, taps along, in].
  private func lay(_ x: Image, row: Int, width: Int, into columns: inout [Float], at offset: Int) {
    let channels = inChannels
    let run = taps.horizontal * channels
    unsafe columns.withUnsafeMutableBufferPointer { columns in
      unsafe x.values.withUnsafeBufferPointer { input in
        guard let to = unsafe columns.baseAddress, let from = unsafe input.baseAddress else { return }
        for tap in 0..<taps.vertical {
          let source = row * stride.vertical + tap * dilation.vertical - before.vertical
          for column in 0..<width {
            let target = unsafe to + offset + (column * taps.vertical + tap) * run
            let first = column * stride.horizontal - before.horizontal
            guard source >= 0, source < x.height else {
              unsafe target.update(repeating: 0, count: run)
              continue
            }
            let line = unsafe from + source * x.width * channels
            if dilation.horizontal == 1 {
              let begin = min(max(0, -first), taps.horizontal)
              let end = max(begin, min(taps.horizontal, x.width - first))
              unsafe target.update(repeating: 0, count: begin * channels)
              if begin < end { unsafe (target + begin * channels).update(from: line + (first + begin) * channels, count: (end - begin) * channels) }
              unsafe (target + end * channels).update(repeating: 0, count: (taps.horizontal - end) * channels)
            } else {
              for step in 0..<taps.horizontal {
                let at = first + step * dilation.horizontal
                if at >= 0, at < x.width {
                  unsafe (target + step * channels).update(from: line + at * channels, count: channels)
                } else {
                  unsafe (target + step * channels).update(repeating: 0, count: channels)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// A transposed convolution over images: each pixel of the input lays down a patch, `stride` apart, of which what lies within the
/// output is kept.
///
///     y[stride i + p - before, ..., o] += sum over c of weight[p, q, o, c] x[i, j, c]
///
/// The output is `stride` times as large as the input.
public struct ConvTranspose2d: Sendable {
  public let taps: Int
  public let inChannels: Int
  public let outChannels: Int
  public let stride: Int
  public let before: Int
  private let weight: [Float]
  private let bias: [Float]

  private static let stripFloats = 1 << 18

  /// - Parameter weight: [taps, taps, out, in]
  public init(weight: [Float], bias: [Float], taps: Int, inChannels: Int, outChannels: Int, stride: Int, before: Int) {
    precondition(weight.count == taps * taps * inChannels * outChannels, "a weight for each tap, input and output")
    precondition(bias.count == outChannels, "a bias for each output")
    self.weight = weight
    self.bias = bias
    self.taps = taps
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.stride = stride
    self.before = before
  }

  /// - Parameter parts: images of one size whose channels, one image after the other, are the input's.
  public func callAsFunction(_ parts: [Image]) -> Image {
    precondition(parts.reduce(0) { $0 + $1.channels } == inChannels, "a convolution is given as many channels as it has")
    let (inHeight, inWidth) = (parts[0].height, parts[0].width)
    precondition(parts.allSatisfy { $0.height == inHeight && $0.width == inWidth }, "the parts have one size")
    let patch = taps * taps * outChannels
    var y = Image(height: inHeight * stride, width: inWidth * stride, channels: outChannels)
    let rows = max(1, Self.stripFloats / (patch * inWidth))
    var patches = [Float](repeating: 0, count: rows * inWidth * patch)
    for first in Swift.stride(from: 0, to: inHeight, by: rows) {
      let count = min(rows, inHeight - first)
      var channel = 0
      for part in parts {
        BLAS.multiply(
          .init(part.values, offset: first * inWidth * part.channels, stride: part.channels),
          .init(weight, offset: channel, stride: inChannels, isTransposed: true), adds: channel > 0, into: &patches,
          stride: patch, m: count * inWidth, k: part.channels, n: patch)
        channel += part.channels
      }
      for row in 0..<count { add(patches, at: row * inWidth * patch, row: first + row, width: inWidth, to: &y) }
    }
    for pixel in Swift.stride(from: 0, to: y.values.count, by: outChannels) {
      for channel in 0..<outChannels { y.values[pixel + channel] += bias[channel] }
    }
    return y
  }

  /// Adds the patches of a row of the input.
  private func add(_ patches: [Float], at offset: Int, row: Int, width: Int, to y: inout Image) {
    let run = taps * outChannels
    let (outHeight, outWidth) = (y.height, y.width)
    unsafe y.values.withUnsafeMutableBufferPointer { output in
      unsafe patches.withUnsafeBufferPointer { patches in
        guard let to = unsafe output.baseAddress, let from = unsafe patches.baseAddress else { return }
        for tap in 0..<taps {
          let target = row * stride + tap - before
          guard target >= 0, target < outHeight else { continue }
          for column in 0..<width {
            let first = column * stride - before
            let begin = min(max(0, -first), taps)
            let end = max(begin, min(taps, outWidth - first))
            let source = unsafe from + offset + column * taps * run + tap * run
            let place = unsafe to + (target * outWidth + first) * outChannels
            for index in begin * outChannels..<end * outChannels { unsafe place[index] += source[index] }
          }
        }
      }
    }
  }
}
