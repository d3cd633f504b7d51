import Kernels

/// What is done to each element of a channel after it was normalised.
public enum Activation: Sendable {
  case none
  /// x where positive, else slope x.
  case leakyReLU(slope: Float)
  /// x + sin(alpha x)^2 / alpha, an alpha for each channel (Ziyin, Hartwig, Ueda 2020).
  case snake(alpha: [Float])
}

/// A function for each channel of [channels, time]: y = activation((x - mean) scale + shift).
///
/// Instance normalisation, whether affine or from a style, and the activation after it are one of these. A convolution
/// takes its input through one while it reads it, so that they cost no pass over memory.
public struct ChannelMap: Sendable {
  public var mean: [Float]
  public var scale: [Float]
  public var shift: [Float]
  public var activation: Activation

  /// Only the activation.
  public init(channels: Int, _ activation: Activation) {
    self.init(
      mean: [Float](repeating: 0, count: channels), scale: [Float](repeating: 1, count: channels),
      shift: [Float](repeating: 0, count: channels), activation)
  }

  public init(mean: [Float], scale: [Float], shift: [Float], _ activation: Activation) {
    precondition(mean.count == scale.count && mean.count == shift.count, "a mean, a scale and a shift for each channel")
    if case .snake(let alpha) = activation { precondition(alpha.count == mean.count, "an alpha for each channel") }
    self.mean = mean
    self.scale = scale
    self.shift = shift
    self.activation = activation
  }

  /// Instance normalisation of a matrix: each channel to mean `shift` and deviation `scale` over all its columns.
  public init(normalizing x: Matrix, epsilon: Float, scale: [Float], shift: [Float], _ activation: Activation) {
    precondition(scale.count == x.rows, "a scale for each channel")
    let moments = x.moments()
    self.init(
      mean: moments.map { Float($0.mean) },
      scale: zip(moments, scale).map { Float(Double($1) / ($0.variance + Double(epsilon)).squareRoot()) },
      shift: shift, activation)
  }

  /// Takes `count` elements of a channel through the function.
  func apply(channel: Int, _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int) {
    let (mean, scale, shift) = (mean[channel], scale[channel], shift[channel])
    switch activation {
    case .none: unsafe kernel_normalize(input, output, count, mean, scale, shift)
    case .leakyReLU(let slope): unsafe kernel_leaky_relu(input, output, count, mean, scale, shift, slope)
    case .snake(let alpha):
      unsafe kernel_snake(input, output, count, mean, scale, shift, alpha[channel], 1 / alpha[channel])
    }
  }
}

extension Matrix {
  /// Mean and biased variance of each row, summed in doubles.
  public func moments() -> [(mean: Double, variance: Double)] {
    checkElements()
    return unsafe values.withUnsafeBufferPointer { values in
      (0..<rows).map { row in
        var mean = 0.0
        var variance = 0.0
        if let start = unsafe values.baseAddress {
          unsafe kernel_moments(start + row * columns, columns, &mean, &variance)
        }
        return (mean, variance)
      }
    }
  }

  /// The matrix through a function of each channel.
  public func mapped(by map: ChannelMap) -> Matrix {
    precondition(map.mean.count == rows, "a function for each channel")
    checkElements()
    var result = self
    unsafe result.values.withUnsafeMutableBufferPointer { values in
      guard let start = unsafe values.baseAddress else { return }
      for row in 0..<rows { unsafe map.apply(channel: row, start + row * columns, start + row * columns, count: columns) }
    }
    return result
  }

  public static func += (sum: inout Matrix, other: Matrix) {
    sum.checkElements()
    other.checkElements()
    precondition(sum.rows == other.rows && sum.columns == other.columns, "matrices of one shape are added")
    unsafe sum.values.withUnsafeMutableBufferPointer { sum in
      unsafe other.values.withUnsafeBufferPointer { other in
        if let to = unsafe sum.baseAddress, let from = unsafe other.baseAddress { unsafe kernel_add(from, to, sum.count) }
      }
    }
  }

  public static func *= (matrix: inout Matrix, factor: Float) {
    for index in matrix.values.indices { matrix.values[index] *= factor }
  }
}
