import Audio
import Checkpoint
import Foundation
import JSON
import Testing

/// The golden data of `shared/fixtures/listening`: made once by the reference implementation (`listening.md`; tolerances are the
/// golden data's own).
struct Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  let file: SafetensorsFile

  init(_ name: String) throws { file = try SafetensorsFile(path: Self.folder.appendingPathComponent(name + ".safetensors").path) }

  func floats(_ name: String) throws -> [Float] {
    guard let entry = file.entry(name) else { throw CheckpointError.missingTensor(file: file.path, tensor: name) }
    return try file.floats(name, shape: entry.shape)
  }

  static func expected() throws -> JSON { try json("expected.json") }
  static func json(_ name: String) throws -> JSON {
    try JSON(parsing: Array(try Data(contentsOf: folder.appendingPathComponent(name))))
  }

  /// One channel of a sound of the golden data.
  static func mono(_ name: String) throws -> [Float] { try stereo(name).left }
  static func stereo(_ name: String) throws -> StereoBuffer {
    try AudioFile.read(folder.appendingPathComponent(name + ".flac").path)
  }

  /// Compares element by element and says the greatest difference, and where.
  static func compare(
    _ name: String, _ found: [Float], _ expected: [Float], _ tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    guard found.count == expected.count else {
      Issue.record("\(name): \(found.count) elements, not \(expected.count)", sourceLocation: sourceLocation)
      return
    }
    var (worst, at) = (Float(0), 0)
    for index in found.indices {
      let difference = abs(found[index] - expected[index])
      if !(difference <= worst) { (worst, at) = (difference, index) }
    }
    #expect(
      worst <= tolerance, "\(name): off by \(worst) at \(at) (\(found.isEmpty ? 0 : found[at]), not \(expected.isEmpty ? 0 : expected[at]))",
      sourceLocation: sourceLocation)
  }
  /// The same, relative to the greatest expected value.
  static func compareRelative(
    _ name: String, _ found: [Float], _ expected: [Float], _ tolerance: Float, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let scale = expected.reduce(Float(1e-30)) { max($0, abs($1)) }
    compare(name, found.map { $0 / scale }, expected.map { $0 / scale }, tolerance, sourceLocation: sourceLocation)
  }
}
