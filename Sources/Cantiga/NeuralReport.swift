import ACEStep
public import ArgumentParser
import Foundation
import JSON
import Tensor

extension Precision: ExpressibleByArgument {}
extension ReleasedSize: ExpressibleByArgument {}
extension ProductUnit: ExpressibleByArgument {}

/// What `cantiga bench neural` prints: each stage as soon as it is measured, or all of them as one JSON object.
struct NeuralReport {
  let benchmark: NeuralBenchmark
  let json: Bool

  func run() throws {
    let peak = benchmark.peak()
    let unit = benchmark.precision.unit.rawValue
    if !json {
      print("ACE-Step 1.5 \(benchmark.size.rawValue) in \(benchmark.precision.rawValue), weights of noise; \(benchmark.threads) threads, "
        + "\(unit) is capable of \(Int(peak / 1e9)) GFLOP/s on all of them")
    }
    var stages: [JSON] = []
    try benchmark.run(peak: peak) { stage in
      if json {
        stages.append([
          "stage": .string(stage.name), "song_seconds": .optional(stage.songSeconds), "seconds": .double(stage.seconds),
          "flops": .double(stage.flops), "load_seconds": .double(stage.loadSeconds),
          "share_of_peak": .double(stage.shareOfPeak), "peak_rss_mb": .int(stage.peakMebibytes),
        ])
      } else {
        print(line(stage))
      }
    }
    guard json else { return }
    print(
      JSON.object([
        "machine": [
          "processors": .int(ThreadTeam.machineThreads), "threads": .int(benchmark.threads), "unit": .string(unit),
          "peak_flops": .double(peak), "precision_is_native": .bool(benchmark.precision.isNative),
        ],
        "size": .string(benchmark.size.rawValue), "precision": .string(benchmark.precision.rawValue), "stages": .array(stages),
      ]).prettyText)
  }

  private func line(_ stage: NeuralBenchmark.Stage) -> String {
    let name = stage.name + (stage.songSeconds.map { String(format: " %g s", $0) } ?? "")
    return name.padding(toLength: 24, withPad: " ", startingAt: 0)
      + String(
        format: "%8.3f s %8.0f GFLOP/s %5.1f %% of peak   load %6.2f s   memory %6d MiB", stage.seconds,
        stage.flops / stage.seconds / 1e9, 100 * stage.shareOfPeak, stage.loadSeconds, stage.peakMebibytes)
  }
}
