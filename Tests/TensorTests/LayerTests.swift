import Foundation
import Kernels
import Testing

@testable import Tensor

/// Numbers in -0.5 ..< 0.5, the same for the same seed.
func draw(_ count: Int, seed: UInt64) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(state >> 40) / Float(1 << 24) - 0.5
  }
}

func matrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
  Matrix(rows: rows, columns: columns, values: draw(rows * columns, seed: seed))
}

/// The largest difference between two matrices; infinite where their shapes differ.
func difference(_ a: Matrix, _ b: Matrix) -> Float {
  guard a.rows == b.rows, a.columns == b.columns else { return .infinity }
  return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

@Suite struct ConvolutionTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var inputs = 3, outputs = 5, taps = 3, stride = 1, padding = 1, dilation = 1, columns = 20
    var testDescription: String { "\(inputs)>\(outputs) k\(taps) s\(stride) p\(padding) d\(dilation) T\(columns)" }
  }

  static func naive(_ x: Matrix, _ weight: [Float], _ bias: [Float], _ shape: Shape) -> Matrix {
    let columns = (shape.columns + 2 * shape.padding - shape.dilation * (shape.taps - 1) - 1) / shape.stride + 1
    var y = Matrix(rows: shape.outputs, columns: columns)
    for o in 0..<shape.outputs {
      for t in 0..<columns {
        var sum = Double(bias[o])
        for c in 0..<shape.inputs {
          for k in 0..<shape.taps {
            let at = t * shape.stride + k * shape.dilation - shape.padding
            if at >= 0 && at < shape.columns {
              sum += Double(weight[(o * shape.inputs + c) * shape.taps + k]) * Double(x[c, at])
            }
          }
        }
        y[o, t] = Float(sum)
      }
    }
    return y
  }

  @Test(arguments: [
    Shape(), Shape(inputs: 1, outputs: 1, taps: 1, padding: 0, columns: 1), Shape(inputs: 17, outputs: 9, columns: 49),
    Shape(inputs: 4, outputs: 8, taps: 7, padding: 9, dilation: 3, columns: 97),
    Shape(inputs: 2, outputs: 3, taps: 11, padding: 25, dilation: 5, columns: 7),
    Shape(inputs: 22, outputs: 10, taps: 12, stride: 6, padding: 3, columns: 241),
    Shape(inputs: 1, outputs: 1, taps: 3, stride: 2, padding: 1, columns: 50),
    Shape(inputs: 5, outputs: 2, taps: 5, stride: 3, padding: 0, columns: 11),
    Shape(inputs: 150, outputs: 12, taps: 5, padding: 2, columns: 1_501),
    Shape(inputs: 2_800, outputs: 1, taps: 1, padding: 0, columns: 100),
  ])
  func convolutionsEqualANaiveLoop(_ shape: Shape) {
    let x = matrix(shape.inputs, shape.columns, seed: 1)
    let weight = draw(shape.outputs * shape.inputs * shape.taps, seed: 2)
    let bias = draw(shape.outputs, seed: 3)
    let convolution = Conv1d(
      weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps,
      stride: shape.stride, padding: shape.padding, dilation: shape.dilation)
    let expected = Self.naive(x, weight, bias, shape)
    #expect(difference(convolution(x), expected) < 2e-4)

    let map = ChannelMap(
      mean: draw(shape.inputs, seed: 4), scale: draw(shape.inputs, seed: 5), shift: draw(shape.inputs, seed: 6),
      .leakyReLU(slope: 0.2))
    #expect(difference(convolution(x, through: map), Self.naive(x.mapped(by: map), weight, bias, shape)) < 2e-4)

    var sum = matrix(shape.outputs, expected.columns, seed: 7)
    var expectedSum = sum
    expectedSum += expected
    expectedSum *= 0.5
    convolution.add(x, scale: 0.5, to: &sum)
    #expect(difference(sum, expectedSum) < 2e-4)
  }

  @Test(arguments: [
    Shape(taps: 4, stride: 2, columns: 9), Shape(inputs: 6, outputs: 4, taps: 20, stride: 10, padding: 5, columns: 30),
    Shape(inputs: 3, outputs: 2, taps: 12, stride: 6, padding: 3, columns: 1), Shape(taps: 5, stride: 3, padding: 0, columns: 8),
    Shape(taps: 3, stride: 1, padding: 1, columns: 13), Shape(taps: 2, stride: 3, padding: 0, columns: 6),
    Shape(inputs: 300, outputs: 2, taps: 4, stride: 2, padding: 1, columns: 700),
  ])
  func transposedConvolutionsEqualANaiveLoop(_ shape: Shape) {
    let x = matrix(shape.inputs, shape.columns, seed: 1)
    let weight = draw(shape.inputs * shape.outputs * shape.taps, seed: 2)
    let bias = draw(shape.outputs, seed: 3)
    let columns = (shape.columns - 1) * shape.stride - 2 * shape.padding + shape.taps
    var expected = Matrix(rows: shape.outputs, columns: columns)
    for o in 0..<shape.outputs {
      for t in 0..<columns { expected[o, t] = bias[o] }
      for c in 0..<shape.inputs {
        for t in 0..<shape.columns {
          for k in 0..<shape.taps {
            let at = t * shape.stride + k - shape.padding
            if at >= 0 && at < columns { expected[o, at] += weight[(c * shape.outputs + o) * shape.taps + k] * x[c, t] }
          }
        }
      }
    }
    let convolution = ConvTranspose1d(
      weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps,
      stride: shape.stride, padding: shape.padding)
    #expect(difference(convolution(x), expected) < 2e-4)
  }

  @Test func aColumnDoesNotDependOnTheTileItFallsInto() {
    let convolution = Conv1d(
      weight: draw(128 * 128 * 3, seed: 1), inChannels: 128, outChannels: 128, taps: 3, padding: 1)
    let long = matrix(128, 2_500, seed: 2)
    let whole = convolution(long)
    for start in [1, 47, 1_000] {
      let part = convolution(long.selectingColumns(Array(start..<start + 100)))
      for column in 1..<99 { #expect(part[77, column] == whole[77, start + column]) }
    }
  }
}

@Suite struct PrecisionTests {
  @Test(arguments: [
    ConvolutionTests.Shape(), .init(inputs: 1, outputs: 1, taps: 1, padding: 0, columns: 1),
    .init(inputs: 17, outputs: 9, columns: 49), .init(inputs: 4, outputs: 8, taps: 7, padding: 9, dilation: 3, columns: 97),
    .init(inputs: 3, outputs: 3, taps: 11, padding: 25, dilation: 5, columns: 7),
    .init(inputs: 22, outputs: 10, taps: 12, stride: 6, padding: 3, columns: 241),
    .init(inputs: 151, outputs: 12, taps: 5, padding: 2, columns: 3_001),
    .init(inputs: 151, outputs: 12, taps: 3, padding: 1, columns: 3_001),
    .init(inputs: 64, outputs: 17, taps: 7, padding: 9, dilation: 3, columns: 4_099),
    .init(inputs: 33, outputs: 8, taps: 11, padding: 25, dilation: 5, columns: 9_001),
    .init(inputs: 9, outputs: 8, taps: 11, padding: 5, columns: 190), .init(inputs: 8, outputs: 8, taps: 15, padding: 0, dilation: 2, columns: 77),
  ])
  func convolutionsInBF16RoundTheirFactorsAndNothingElse(_ shape: ConvolutionTests.Shape) {
    let x = matrix(shape.inputs, shape.columns, seed: 1)
    let weight = draw(shape.outputs * shape.inputs * shape.taps, seed: 2)
    let bias = draw(shape.outputs, seed: 3)
    func convolution(_ weight: [Float], _ precision: Precision) -> Conv1d {
      Conv1d(
        weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps,
        stride: shape.stride, padding: shape.padding, dilation: shape.dilation, precision: precision)
    }
    let found = convolution(weight, .bf16)(x)
    guard Precision.bf16.isNative else {
      #expect(found == convolution(weight, .fp32)(x))
      return
    }
    if (shape.taps + shape.stride - 1) / shape.stride % 4 == 3 {
      // By Winograd's algorithm: sums of inputs and of weights are rounded.
      let expected = ConvolutionTests.naive(x, weight, bias, shape)
      let products = (Double(shape.inputs * shape.taps)).squareRoot() / 12
      #expect(Double(difference(found, expected)) < 0.02 * max(products, 0.25))
    } else {
      let rounded = Matrix(rows: x.rows, columns: x.columns, values: x.values.map(rounded))
      let expected = ConvolutionTests.naive(rounded, weight.map(self.rounded), bias, shape)
      #expect(difference(found, expected) < 2e-4)
    }
    #expect(difference(convolution(weight, .int8)(x), found) == 0)
  }

  @Test(arguments: [(1, 1, 1), (1, 2_048, 130), (2, 33, 64), (3, 7, 65), (5, 1_030, 9), (7, 70, 33), (13, 64, 128), (97, 50, 3), (50, 128, 70), (200, 1_280, 192)])
  func productsEqualOpenBLASWithinTheirPrecision(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    let x = matrix(rows, inputs, seed: 1)
    let (weight, bias) = (matrix(inputs, outputs, seed: 2), draw(outputs, seed: 3))
    let products = BLAS.multiply(x.values, weight.values, m: rows, k: inputs, n: outputs)
    let rms = (products.reduce(0) { $0 + $1 * $1 } / Float(products.count)).squareRoot()
    for (precision, tolerance) in [(Precision.fp32, 1e-5), (.bf16, 0.012), (.int8, 0.03)] as [(Precision, Float)] {
      let layer = Linear(
        weight: weight.values, layout: .inputsFirst, bias: bias, inputs: inputs, outputs: outputs, precision: precision)
      let y = layer(x)
      let errors = (0..<products.count).map { abs(y.values[$0] - bias[$0 % outputs] - products[$0]) }
      let error = (errors.reduce(0) { $0 + $1 * $1 } / Float(errors.count)).squareRoot()
      #expect(error <= tolerance * max(rms, 1e-3), "\(precision)")
      let other = Linear(
        weight: weight.transposed().values, layout: .outputsFirst, bias: bias, inputs: inputs, outputs: outputs,
        precision: precision)
      #expect(other(x) == y)
      // A row alone is the row of the whole.
      let last = Matrix(rows: 1, columns: inputs, values: Array(x.row(rows - 1)))
      #expect(layer(last).values == Array(y.row(rows - 1)))
      var sum = matrix(rows, outputs, seed: 4)
      let before = sum
      layer.add(x, to: &sum)
      #expect(zip(sum.values, zip(before.values, y.values)).allSatisfy { abs($0 - ($1.0 + $1.1)) <= 1e-5 * max(1, abs($0)) })
    }
  }

  /// AVX-512, AVX2 and plain C give what this processor's best unit gives, whichever that is.
  @Test(arguments: [(1, 64, 64), (5, 300, 70), (70, 256, 128), (200, 128, 200)])
  func everyUnitAgrees(_ rows: Int, _ inputs: Int, _ outputs: Int) {
    let (x, weight) = (matrix(rows, inputs, seed: 1), draw(inputs * outputs, seed: 2))
    for precision in Precision.allCases {
      var weights = PackedWeights(weight, layout: .outputsFirst, inputs: inputs, outputs: outputs, precision: precision)
      let best = Linear(weights)(x)
      for unit in [kernel_unit_plain, kernel_unit_avx2, kernel_unit_avx512] {
        weights.most = unit
        #expect(difference(Linear(weights)(x), best) < 1e-4 * Float(inputs).squareRoot(), "\(precision), \(unit)")
      }
    }
  }

  @Test func wholeNumbersAreExactInEveryPrecision() {
    // 127 in each row and column, so that the steps of int8 are 1.
    func whole(_ count: Int, _ seed: UInt64, _ row: Int) -> [Float] {
      var values = draw(count, seed: seed).map { ($0 * 250).rounded() }
      for index in stride(from: 0, to: count, by: row) { values[index] = 127 }
      return values
    }
    let (rows, inputs, outputs) = (11, 43, 70)
    let x = Matrix(rows: rows, columns: inputs, values: whole(rows * inputs, 1, inputs))
    let weight = whole(outputs * inputs, 2, inputs)
    let expected = (0..<rows * outputs).map { index in
      (0..<inputs).reduce(Float(0)) { $0 + x[index / outputs, $1] * weight[index % outputs * inputs + $1] }
    }
    for precision in Precision.allCases {
      let y = Linear(weight: weight, layout: .outputsFirst, inputs: inputs, outputs: outputs, precision: precision)(x)
      #expect(zip(y.values, expected).allSatisfy { abs($0 - $1) <= 1e-5 * abs($1) }, "\(precision)")
    }
  }

  @Test func weightsThatAreBF16AlreadyStayWhatTheyAre() {
    let weight = draw(9 * 70, seed: 1).map(rounded)
    let packed = PackedWeights(
      bfloat16: weight.map { UInt16($0.bitPattern >> 16) }, layout: .outputsFirst, inputs: 9, outputs: 70)
    let x = matrix(4, 9, seed: 2)
    #expect(Linear(packed)(x) == Linear(weight: weight, layout: .outputsFirst, inputs: 9, outputs: 70, precision: .bf16)(x))
  }

  /// To bfloat16, to nearest and to even.
  private func rounded(_ value: Float) -> Float {
    let bits = value.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}

@Suite struct ElementTests {
  @Test func snakeIsExactToRounding() {
    let x = Matrix(rows: 1, columns: 4_001, values: (0..<4_001).map { (Float($0) - 2_000) / 37 })
    for alpha in [0.05, 1, 3.7, 40] as [Float] {
      let y = x.mapped(by: ChannelMap(channels: 1, .snake(alpha: [alpha])))
      for (x, y) in zip(x.values, y.values) {
        let sine = sin(Double(x * alpha))
        let expected = Double(x) + sine * sine / Double(alpha)
        #expect(abs(Double(y) - expected) < 2e-6 * max(1, abs(expected), 1 / Double(alpha)))
      }
    }
  }

  @Test(arguments: [1, 2, 31, 32, 33, 1_000])
  func momentsEqualANaiveLoop(_ count: Int) {
    // Far from zero: single precision would lose the variance.
    let x = Matrix(rows: 2, columns: count, values: draw(2 * count, seed: 9).map { $0 + 1_000 })
    for (row, found) in x.moments().enumerated() {
      let values = x.row(row).map(Double.init)
      let mean = values.reduce(0, +) / Double(count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(abs(found.mean - mean) < 1e-9)
      #expect(abs(found.variance - variance) < 1e-9)
    }
  }

  @Test func instanceNormalizationGivesTheAskedMeanAndDeviation() {
    let x = matrix(3, 400, seed: 5)
    let y = x.mapped(by: ChannelMap(normalizing: x, epsilon: 0, scale: [1, 2, 3], shift: [0, -1, 5], .none))
    for (row, moments) in y.moments().enumerated() {
      #expect(abs(moments.mean - [0, -1, 5][row]) < 1e-5)
      #expect(abs(moments.variance.squareRoot() - [1, 2, 3][row]) < 1e-5)
    }
  }

  @Test func leakyReLUKeepsAPartOfTheNegative() {
    let x = Matrix(rows: 1, columns: 3, values: [-2, 0, 3])
    #expect(x.mapped(by: ChannelMap(channels: 1, .leakyReLU(slope: 0.1))).values == [-0.2, 0, 3])
  }

  @Test func geluHasItsKnownValues() {
    var x = Matrix(rows: 1, columns: 4, values: [-3, 0, 1, 3])
    x.applyGELU()
    for (found, expected) in zip(x.values, [-0.003637, 0, 0.841192, 2.996363] as [Float]) {
      #expect(abs(found - expected) < 1e-5)
    }
  }

  @Test func exactGELUIsThatOfTheErrorFunction() {
    let inputs = stride(from: Float(-9), through: 9, by: 0.037).map { $0 }
    var x = Matrix(rows: 1, columns: inputs.count, values: inputs)
    x.applyExactGELU()
    for (input, found) in zip(inputs, x.values) {
      let expected = 0.5 * Double(input) * (1 + erf(Double(input) * 0.5.squareRoot()))
      #expect(abs(Double(found) - expected) < 1e-6 * max(1, abs(expected)), "\(input)")
    }
  }

  @Test func logSumExpNeitherOverflowsNorMindsWhatIsRuledOut() {
    #expect(abs(logSumExp([1000, 1000, -.infinity]) - (1000 + log(2))) < 1e-3)
    #expect(abs(logSumExp((0..<100).map { Float($0) / 50 }) - 5.756593) < 1e-4)
    #expect(logSumExp([]) == -.infinity && logSumExp([-.infinity, -.infinity]) == -.infinity)
  }

  @Test func columnsAreRepeatedAndRowsStacked() {
    let x = Matrix(rows: 2, columns: 3, values: [1, 2, 3, 4, 5, 6])
    #expect(x.repeatingColumns([2, 0, 1]).values == [1, 1, 3, 4, 4, 6])
    #expect(x.transposed().values == [1, 4, 2, 5, 3, 6])
    #expect(Matrix.stacking([x, Matrix(rows: 1, columns: 3, values: [7, 8, 9])]).values == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(x.appendingToRows([0]).values == [1, 2, 3, 0, 4, 5, 6, 0])
  }
}

@Suite struct SequenceLayerTests {
  @Test func bothLayoutsOfALinearLayerAgree() {
    let x = matrix(7, 5, seed: 1)
    let weight = matrix(5, 3, seed: 2)
    let bias = draw(3, seed: 3)
    let one = Linear(weight: weight.values, layout: .inputsFirst, bias: bias, inputs: 5, outputs: 3)(x)
    let other = Linear(weight: weight.transposed().values, layout: .outputsFirst, bias: bias, inputs: 5, outputs: 3)(x)
    #expect(difference(one, other) < 1e-6)
    let expected = (0..<5).reduce(bias[2]) { $0 + x[6, $1] * weight[$1, 2] }
    #expect(abs(one[6, 2] - expected) < 1e-6)
  }

  @Test func layerNormEqualsItsFormula() {
    let x = matrix(4, 33, seed: 1)
    let (weight, bias) = (draw(33, seed: 2), draw(33, seed: 3))
    let y = LayerNorm(weight: weight, bias: bias, epsilon: 1e-5)(x)
    let row = x.row(2).map(Double.init)
    let mean = row.reduce(0, +) / 33
    let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 33
    for (column, value) in row.enumerated() {
      let expected = (value - mean) / (variance + 1e-5).squareRoot() * Double(weight[column]) + Double(bias[column])
      #expect(abs(Double(y[2, column]) - expected) < 1e-6)
    }
  }

  @Test(arguments: [1, 2, 13])
  func attentionEqualsANaiveLoop(_ time: Int) {
    let (heads, size) = (3, 4)
    let (q, k, v) = (matrix(time, 12, seed: 1), matrix(time, 12, seed: 2), matrix(time, 12, seed: 3))
    let found = attention(query: q, key: k, value: v, heads: heads)
    for head in 0..<heads {
      for t in 0..<time {
        let scores = (0..<time).map { other in
          exp((0..<size).reduce(0.0) { $0 + Double(q[t, head * size + $1] * k[other, head * size + $1]) } / 2)
        }
        for feature in 0..<size {
          let expected = (0..<time).reduce(0.0) { $0 + scores[$1] * Double(v[$1, head * size + feature]) } / scores.reduce(0, +)
          #expect(abs(Double(found[t, head * size + feature]) - expected) < 1e-5)
        }
      }
    }
  }

  /// One step by hand, both gate orders; and the second direction reads backwards.
  @Test func anLSTMEqualsItsFormula() {
    let (inputs, hidden, time) = (3, 2, 4)
    let input = draw(2 * inputs * 4 * hidden, seed: 1)
    let recurrent = draw(2 * hidden * 4 * hidden, seed: 2)
    let bias = draw(2 * 4 * hidden, seed: 3)
    let x = matrix(time, inputs, seed: 4)
    let found = BidirectionalLSTM(
      input: input, recurrent: recurrent, bias: bias, inputs: inputs, hidden: hidden, gates: .inputOutputForgetCell)(x)
    func s(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    for direction in 0..<2 {
      var (h, c) = ([0.0, 0.0], [0.0, 0.0])
      for step in 0..<time {
        let t = direction == 0 ? step : time - 1 - step
        let z = (0..<8).map { gate in
          var z = Double(bias[direction * 8 + gate])
          for i in 0..<inputs { z += Double(x[t, i] * input[(direction * inputs + i) * 8 + gate]) }
          for i in 0..<hidden { z += h[i] * Double(recurrent[(direction * hidden + i) * 8 + gate]) }
          return z
        }
        for unit in 0..<2 {
          c[unit] = s(z[4 + unit]) * c[unit] + s(z[unit]) * tanh(z[6 + unit])
          h[unit] = s(z[2 + unit]) * tanh(c[unit])
          #expect(abs(Double(found[t, direction * 2 + unit]) - h[unit]) < 1e-5)
        }
      }
    }
  }
}
