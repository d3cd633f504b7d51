import Foundation
import Tensor
import Testing

@testable import ACEStep

@Suite struct MeasurementTests {
  /// The sizes' own numbers: 2.82 GFLOP a token and pass for 2B and 7.80 for XL without attention, 122 a second of sound.
  @Test func operationsAreThoseOfTheCostModel() {
    for (size, expected) in [(ReleasedSize.twoBillion, 2.82e9), (.xl, 7.80e9)] {
      let configuration = ModelConfiguration(released: size)
      // So short that attention counts for nothing.
      let operations = OperationCount.transformer(configuration, frames: 2, condition: 1)
      #expect(abs(operations / expected - 1) < 0.01, "\(size): \(operations)")
    }
    let configuration = OobleckConfiguration()
    let second = OperationCount.autoencoder(configuration, hidden: configuration.decoderHidden, frames: 25)
    #expect(abs(second / 122e9 - 1) < 0.02, "\(second)")
  }

  /// A product on registers alone costs what it costs, so nothing makes more of them than `peak`.
  @Test(arguments: Precision.allCases)
  func peakIsMoreThanALayerReaches(precision: Precision) {
    let (rows, width) = (192, 256)
    let weight = (0..<width * width).map { Float($0 % 17) / 17 - 0.5 }
    let layer = Linear(weight: weight, layout: .outputsFirst, inputs: width, outputs: width, precision: precision)
    let x = Matrix(rows: rows, columns: width, values: Array(weight.prefix(rows * width)))
    let rates = (0..<5).map { _ in
      let start = ContinuousClock.now
      for _ in 0..<4 { _ = layer(x) }
      return 4 * 2 * Double(rows * width * width) / (start.duration(to: .now) / .seconds(1))
    }
    let peak = precision.peak(threads: 1)
    #expect(peak > 1e8)
    #expect((rates.max() ?? 0) < 1.5 * peak, "\(rates) of \(peak)")
  }
}
