import Checkpoint
import Foundation
import JSON
import Tensor
import Testing

@testable import ACEStep

/// The parity data: tiny models and what the reference implementations make of fixed inputs. `CANTIGA_ACESTEP_FIXTURES` names
/// another folder with the same files and tensors; sizes, weights and texts there may be others.
enum Fixtures {
  static let folder =
    ProcessInfo.processInfo.environment["CANTIGA_ACESTEP_FIXTURES"]
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures").path

  static func path(_ name: String) -> String { folder + "/" + name }

  /// Models of both families in both layouts, as far as the folder has them.
  static let models: [Model] = ["base", "xl"].flatMap { style in
    ["upstream", "diffusers"].map { Model(layout: $0, style: style) }
  }.filter { model in
    ["model.safetensors", "transformer"].contains { FileManager.default.fileExists(atPath: path(model.folder + "/" + $0)) }
  }

  struct Model: Sendable, CustomStringConvertible {
    let layout: String
    let style: String
    var folder: String { "\(layout)/acestep-tiny-\(style)" }
    var description: String { "\(style), \(layout) layout" }
    func open() throws -> ModelFolder { try ModelFolder(path: path(folder)) }
    func expected(_ stage: String) throws -> Golden { try Golden("\(stage)_\(style)") }
  }

  static func json(_ name: String) throws -> JSON { try JSON(file: path(name)) }
}

/// A file of expected outputs.
struct Golden {
  let file: SafetensorsFile

  init(_ name: String) throws { file = try SafetensorsFile(path: Fixtures.path("expected/\(name).safetensors")) }

  func shape(_ name: String) throws -> [Int] {
    guard let entry = file.entry(name) else { throw CheckpointError.missingTensor(file: file.path, tensor: name) }
    return entry.shape
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(name, shape: shape(name)) }
  func integers(_ name: String) throws -> [Int] { try file.integers(name, shape: shape(name)) }

  /// The items of a batch: the last two extents are rows and columns, all before count items.
  func items(_ name: String) throws -> [Matrix] {
    let shape = try shape(name)
    let values = try floats(name)
    let (rows, columns) = (shape[shape.count - 2], shape[shape.count - 1])
    return (0..<values.count / (rows * columns)).map {
      Matrix(rows: rows, columns: columns, values: Array(values[$0 * rows * columns..<($0 + 1) * rows * columns]))
    }
  }

  func matrix(_ name: String) throws -> Matrix { try items(name)[0] }
}

/// Fails where two differ by more than a tolerance, naming the stage and the greatest difference.
func expectEqual(
  _ found: [Float], _ expected: [Float], _ stage: String, within tolerance: Float = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard found.count == expected.count else {
    Issue.record("\(stage): \(found.count) numbers in place of \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  // A NaN is no small difference.
  let worst = zip(found, expected).reduce(Float(0)) { $1.0.isFinite ? max($0, abs($1.0 - $1.1)) : .infinity }
  #expect(worst <= tolerance, "\(stage) differs by \(worst)", sourceLocation: sourceLocation)
}

func expectEqual(
  _ found: Matrix, _ expected: Matrix, _ stage: String, within tolerance: Float = 1e-4,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    found.rows == expected.rows && found.columns == expected.columns,
    "\(stage): [\(found.rows), \(found.columns)] in place of [\(expected.rows), \(expected.columns)]", sourceLocation: sourceLocation)
  expectEqual(found.values, expected.values, stage, within: tolerance, sourceLocation: sourceLocation)
}
