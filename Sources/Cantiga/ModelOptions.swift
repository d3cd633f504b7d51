import ACEStep
import ArgumentParser
import Foundation
import Generation
import Tensor

/// What the neural engine computes in.
struct PrecisionOption: ParsableArguments {
  enum Choice: String, CaseIterable, ExpressibleByArgument {
    case auto, fp32, bf16, int8
  }

  @Option(help: """
    What the networks of checkpoints compute in: auto (bf16 where the processor has it, else fp32), fp32, bf16, or int8 \
    (a quarter of fp32's memory, and less exact; environment: CANTIGA_PRECISION).
    """)
  var precision = ProcessInfo.processInfo.environment["CANTIGA_PRECISION"].flatMap(Choice.init(rawValue:)) ?? .auto

  var value: Precision { Precision(rawValue: precision.rawValue) ?? .fastest }
}

extension DataOption {
  /// The checkpoints that are registered in this data folder.
  func openRegistry() throws -> ModelRegistry { ModelRegistry(folder: try open().path) }
}

/// A number of bytes in gibibytes, as people read memory: "6.3 GiB".
func gibibytes(_ bytes: Int) -> String {
  let size = Double(bytes) / Double(1 << 30)
  return size < 0.95 ? "\(max(1, bytes >> 20)) MiB" : String(format: "%.1f GiB", size)
}
