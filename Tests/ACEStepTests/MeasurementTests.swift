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

  /// `CANTIGA_MEASURE=1 CANTIGA_PRECISION=bf16 swift test -c release --filter MeasurementTests`
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CANTIGA_MEASURE"] != nil, "set CANTIGA_MEASURE=1 to measure"))
  func stagesOfReleasedSizes() throws {
    let environment = ProcessInfo.processInfo.environment
    let precision = environment["CANTIGA_PRECISION"].flatMap(Precision.init(rawValue:)) ?? .fastest
    let seconds = environment["CANTIGA_SECONDS"].flatMap(Double.init) ?? 30
    let benchmark = NeuralBenchmark(size: .twoBillion, precision: precision, seconds: [seconds], runs: 1)
    let peak = benchmark.peak()
    print("peak: \(peak / 1e9) GFLOP/s in \(precision)")
    try benchmark.run(peak: peak) {
      print($0.name, $0.songSeconds ?? 0, "\($0.seconds) s", "share \($0.shareOfPeak)", "load \($0.loadSeconds) s", "\($0.peakMebibytes) MiB")
    }
  }
}
