import Tensor

/// Adaptive instance normalisation: each channel to a mean and a deviation that depend on the style (`singer.md` 2.5).
struct StyledNorm {
  let channels: Int
  private let linear: Linear

  init(_ weights: Weights, _ name: String, channels: Int) throws {
    self.channels = channels
    linear = try weights.linear(name + ".fc", 128, 2 * channels)
  }

  /// The norm for this input, with the activation after it.
  func callAsFunction(_ x: Matrix, style: [Float], _ activation: Activation) -> ChannelMap {
    let styled = linear(style)  // gamma, beta
    return ChannelMap(
      normalizing: x, epsilon: 1e-5, scale: styled[..<channels].map { 1 + $0 }, shift: Array(styled[channels...]), activation)
  }
}

/// Two convolutions with styled norms and a shortcut: [in, T] to [out, T], or to [out, 2T] (`singer.md` 2.5).
struct StyledResidualBlock {
  private let norm1, norm2: StyledNorm
  private let conv1, conv2: Conv1d
  /// Weights [in, 3] and biases of the depthwise transposed convolution that doubles the rate.
  private let pool: (weight: [Float], bias: [Float])?
  private let shortcut: Conv1d?

  init(_ weights: Weights, _ inputs: Int, _ outputs: Int, doublesRate: Bool = false) throws {
    norm1 = try StyledNorm(weights, "norm1", channels: inputs)
    norm2 = try StyledNorm(weights, "norm2", channels: outputs)
    conv1 = try weights.conv1d("conv1", inputs, outputs, taps: 3, padding: 1)
    conv2 = try weights.conv1d("conv2", outputs, outputs, taps: 3, padding: 1)
    pool = doublesRate ? (try weights.values("pool.weight", [inputs, 1, 3]), try weights.vector("pool.bias", inputs)) : nil
    // What isn't normalised first: pitch in hertz beside features.
    shortcut = inputs == outputs ? nil : try weights.computing(in: .fp32).conv1d("conv1x1", inputs, outputs, taps: 1)
  }

  func callAsFunction(_ x: Matrix, style: [Float]) -> Matrix {
    let map1 = norm1(x, style: style, .leakyReLU(slope: 0.2))
    let r = if let pool { conv1(Self.double(x.mapped(by: map1), pool.weight, pool.bias)) } else { conv1(x, through: map1) }
    // The 1x1 convolution commutes with the repetition of columns.
    var y = shortcut.map { $0(x) } ?? x
    if pool != nil { y = y.repeatingColumns([Int](repeating: 2, count: y.columns)) }
    conv2.add(r, through: norm2(r, style: style, .leakyReLU(slope: 0.2)), scale: Float(0.5).squareRoot(), to: &y)
    return y
  }

  /// y[2t] = w[1] x[t] + b, y[2t + 1] = w[2] x[t] + w[0] x[t + 1] + b, with zero beyond the end.
  private static func double(_ x: Matrix, _ weight: [Float], _ bias: [Float]) -> Matrix {
    var values: [Float] = []
    values.reserveCapacity(2 * x.values.count)
    for channel in 0..<x.rows {
      let row = x.row(channel)
      for index in row.indices {
        let next = index + 1 < row.endIndex ? row[index + 1] : 0
        values.append(weight[3 * channel + 1] * row[index] + bias[channel])
        values.append(weight[3 * channel + 2] * row[index] + weight[3 * channel] * next + bias[channel])
      }
    }
    return Matrix(rows: x.rows, columns: 2 * x.columns, values: values)
  }
}

/// Three times two convolutions, each after a styled norm and Snake, added to the input (`singer.md` 2.10).
struct SnakeBlock {
  private struct Step {
    let norm1, norm2: StyledNorm
    let alpha1, alpha2: [Float]
    let conv1, conv2: Conv1d
  }
  private let steps: [Step]

  init(_ weights: Weights, channels: Int, taps: Int) throws {
    steps = try [1, 3, 5].enumerated().map { index, dilation in
      Step(
        norm1: try StyledNorm(weights, "adain1.\(index)", channels: channels),
        norm2: try StyledNorm(weights, "adain2.\(index)", channels: channels),
        alpha1: try weights.vector("alpha1.\(index)", channels), alpha2: try weights.vector("alpha2.\(index)", channels),
        conv1: try weights.conv1d(
          "convs1.\(index)", channels, channels, taps: taps, padding: dilation * (taps - 1) / 2, dilation: dilation),
        conv2: try weights.conv1d("convs2.\(index)", channels, channels, taps: taps, padding: (taps - 1) / 2))
    }
  }

  /// Changes x in place.
  /// - Parameter scratch: memory that blocks of one size can share.
  func apply(to x: inout Matrix, style: [Float], scratch: inout Matrix) {
    for step in steps {
      step.conv1(x, through: step.norm1(x, style: style, .snake(alpha: step.alpha1)), into: &scratch)
      step.conv2.add(scratch, through: step.norm2(scratch, style: style, .snake(alpha: step.alpha2)), to: &x)
    }
  }
}
