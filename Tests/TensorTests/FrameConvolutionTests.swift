import Foundation
import Tensor
import Testing

/// Convolutions over [time, channels] against those over [channels, time].
@Suite struct FrameConvolutionTests {
  struct Shape: Sendable {
    var rows: Int, inputs: Int, outputs: Int, taps: Int
    var stride = 1
    var padding = 0
    var dilation = 1
  }

  static let precisions: [(Precision, Double)] = [(.fp32, 1e-5), (.bf16, 0.012), (.int8, 0.012)]

  /// The length of the difference over the length of what it should be.
  private func error(_ found: Matrix, _ expected: Matrix) -> Double {
    #expect(found.rows == expected.rows && found.columns == expected.columns)
    let difference = zip(found.values, expected.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let length = expected.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (difference / max(length, 1e-9)).squareRoot()
  }

  @Test(arguments: [
    Shape(rows: 1, inputs: 1, outputs: 1, taps: 1), Shape(rows: 50, inputs: 2, outputs: 12, taps: 7, padding: 3),
    Shape(rows: 41, inputs: 32, outputs: 70, taps: 7, padding: 27, dilation: 9),
    Shape(rows: 230, inputs: 128, outputs: 2, taps: 7, padding: 3), Shape(rows: 64, inputs: 64, outputs: 64, taps: 1),
    Shape(rows: 60, inputs: 32, outputs: 64, taps: 12, stride: 6, padding: 3),
    Shape(rows: 37, inputs: 6, outputs: 9, taps: 4, stride: 2, padding: 1), Shape(rows: 20, inputs: 1600, outputs: 64, taps: 3, padding: 1),
  ])
  func convolutionsAgree(_ shape: Shape) {
    let x = TransformerLayerTests.noise(shape.rows, shape.inputs)
    let weight = TransformerLayerTests.noise(1, shape.inputs * shape.outputs * shape.taps, seed: 2).values
    let bias = TransformerLayerTests.noise(1, shape.outputs, seed: 3).values
    let frequency = TransformerLayerTests.noise(1, shape.inputs, seed: 4, scale: 3).values
    let magnitude = TransformerLayerTests.noise(1, shape.inputs, seed: 5).values
    let other = Conv1d(
      weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps, stride: shape.stride,
      padding: shape.padding, dilation: shape.dilation)
    let curved = Matrix(
      rows: x.rows, columns: x.columns,
      values: x.values.enumerated().map { index, x in
        let sine = sin(Double(x) * Double(frequency[index % shape.inputs]))
        return Float(Double(x) + sine * sine * Double(magnitude[index % shape.inputs]))
      })
    let snake = SnakeBeta(frequency: frequency, magnitude: magnitude)
    for (precision, tolerance) in Self.precisions {
      let convolution = FrameConvolution(
        weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps, stride: shape.stride,
        padding: shape.padding, dilation: shape.dilation, precision: precision)
      let found = convolution(x)
      #expect(error(found, other(x.transposed()).transposed()) < tolerance, "\(precision)")
      let through = convolution(x, through: snake)
      #expect(error(through, other(curved.transposed()).transposed()) < tolerance, "\(precision), through a snake")
      var sum = found
      convolution.add(x, through: snake, to: &sum)
      #expect(zip(sum.values, zip(found.values, through.values)).allSatisfy { abs($0 - $1.0 - $1.1) < 1e-3 })
      #expect(ThreadTeam(threads: 2).lead { convolution(x, through: snake) } == through)
    }
  }

  @Test(arguments: [
    Shape(rows: 1, inputs: 1, outputs: 1, taps: 4, stride: 2, padding: 1),
    Shape(rows: 30, inputs: 64, outputs: 32, taps: 20, stride: 10, padding: 5),
    Shape(rows: 17, inputs: 24, outputs: 12, taps: 8, stride: 4, padding: 2),
  ])
  func transposedConvolutionsAgree(_ shape: Shape) {
    let x = TransformerLayerTests.noise(shape.rows, shape.inputs)
    let weight = TransformerLayerTests.noise(1, shape.inputs * shape.outputs * shape.taps, seed: 2).values
    let bias = TransformerLayerTests.noise(1, shape.outputs, seed: 3).values
    let expected = ConvTranspose1d(
      weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps, stride: shape.stride,
      padding: shape.padding)(x.transposed()).transposed()
    for (precision, tolerance) in Self.precisions {
      let convolution = FrameTransposedConvolution(
        weight: weight, bias: bias, inChannels: shape.inputs, outChannels: shape.outputs, taps: shape.taps, stride: shape.stride,
        padding: shape.padding, precision: precision)
      let found = convolution(x)
      #expect(error(found, expected) < tolerance, "\(precision)")
      let part = found.rows / 3..<found.rows - found.rows / 4
      #expect(convolution(x, rows: part) == found[rows: part])
    }
  }
}
