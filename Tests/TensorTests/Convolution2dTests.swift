import Tensor
import Testing

/// Convolutions over images against loops that follow the formula.
@Suite struct Convolution2dTests {
  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int(state >> 40) % 2001 - 1000) / 1000
    }
  }

  @Test(arguments: [
    (Pair(5), Pair(2), Pair(1), Pair(1), Pair(2)), (Pair(4), Pair(1), Pair(2), Pair(3), Pair(3)),
    (Pair(7, 3), Pair(1, 3), Pair(1), Pair(3, 1), Pair(3, 1)), (Pair(3, 9), Pair(1), Pair(1), Pair(1, 4), Pair(1, 4)),
  ])
  func aConvolutionIsItsFormula(_ taps: Pair, _ stride: Pair, _ dilation: Pair, _ before: Pair, _ after: Pair) {
    let (inputs, outputs) = (3, 5)
    let x = Image(height: 9, width: 13, channels: inputs, values: Self.numbers(9 * 13 * inputs, seed: 1))
    let weight = Self.numbers(taps.vertical * taps.horizontal * inputs * outputs, seed: 2)
    let bias = Self.numbers(outputs, seed: 3)
    let layer = Conv2d(
      weight: weight, bias: bias, taps: taps, inChannels: inputs, outChannels: outputs, stride: stride, dilation: dilation,
      before: before, after: after)
    let y = layer(x)
    for i in 0..<y.height {
      for j in 0..<y.width {
        for o in 0..<outputs {
          var sum = bias[o]
          for p in 0..<taps.vertical {
            for q in 0..<taps.horizontal {
              let row = i * stride.vertical + p * dilation.vertical - before.vertical
              let column = j * stride.horizontal + q * dilation.horizontal - before.horizontal
              guard row >= 0, row < 9, column >= 0, column < 13 else { continue }
              for c in 0..<inputs {
                sum += weight[((p * taps.horizontal + q) * inputs + c) * outputs + o] * x[row, column, c]
              }
            }
          }
          #expect(abs(y[i, j, o] - sum) < 1e-4)
        }
      }
    }
  }

  @Test func aTransposedConvolutionLaysDownPatches() {
    let (inputs, outputs) = (4, 3)
    let values = Self.numbers(5 * 7 * inputs, seed: 4)
    let whole = Image(height: 5, width: 7, channels: inputs, values: values)
    let parts = [0..<1, 1..<4].map { range in
      Image(
        height: 5, width: 7, channels: range.count,
        values: (0..<35).flatMap { pixel in range.map { values[pixel * inputs + $0] } })
    }
    let weight = Self.numbers(25 * inputs * outputs, seed: 5)
    let bias = Self.numbers(outputs, seed: 6)
    let layer = ConvTranspose2d(
      weight: weight, bias: bias, taps: 5, inChannels: inputs, outChannels: outputs, stride: 2, before: 1)
    var expected = Image(height: 10, width: 14, channels: outputs)
    for index in expected.values.indices { expected.values[index] = bias[index % outputs] }
    for i in 0..<5 {
      for j in 0..<7 {
        for p in 0..<5 {
          for q in 0..<5 {
            let (row, column) = (2 * i + p - 1, 2 * j + q - 1)
            guard row >= 0, row < 10, column >= 0, column < 14 else { continue }
            for o in 0..<outputs {
              for c in 0..<inputs {
                expected.values[(row * 14 + column) * outputs + o] += weight[((p * 5 + q) * outputs + o) * inputs + c] * whole[i, j, c]
              }
            }
          }
        }
      }
    }
    for y in [layer([whole]), layer(parts)] {
      #expect(zip(y.values, expected.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }
}
