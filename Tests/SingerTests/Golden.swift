import Checkpoint
import Foundation

/// A file of golden data in `Fixtures`.
struct Golden {
  private let file: SafetensorsFile

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    file = try SafetensorsFile(path: folder.appendingPathComponent(name + ".safetensors").path)
  }

  func shape(_ tensor: String) throws -> [Int] {
    guard let entry = file.entry(tensor) else { throw CheckpointError.missingTensor(file: file.path, tensor: tensor) }
    return entry.shape
  }

  func doubles(_ tensor: String) throws -> [Double] {
    try file.floats(tensor, shape: shape(tensor)).map(Double.init)
  }

  func floats(_ tensor: String) throws -> [Float] { try file.floats(tensor, shape: shape(tensor)) }

  func integers(_ tensor: String) throws -> [Int] { try file.integers(tensor, shape: shape(tensor)) }
}

/// The power of a signal over that of the error, in decibels.
func signalToNoise(_ expected: [Double], _ found: [Double]) -> Double {
  precondition(expected.count == found.count)
  let signal = expected.reduce(0) { $0 + $1 * $1 }
  let noise = zip(expected, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return 10 * log10(signal / max(noise, 1e-300))
}
