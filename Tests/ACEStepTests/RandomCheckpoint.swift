import Checkpoint
import Synchronization

@testable import ACEStep

/// Checkpoints of noise: whatever tensors a model asks for.
enum RandomCheckpoint {
  /// Writes all tensors that are asked for while `build` makes layers.
  static func write(to path: String, _ build: (Weights) throws -> Void) throws {
    let asked = Mutex<[String: [Int]]>([:])
    try build(Weights(.random { name, shape in asked.withLock { $0[name] = shape } }))
    let library = TensorLibrary.random { _, _ in }
    try SafetensorsFile.write(
      asked.withLock { $0 }.sorted { $0.key < $1.key }.map {
        .init(name: $0.key, shape: $0.value, floats: try library.floats($0.key, shape: $0.value))
      }, to: path)
  }
}
