import Foundation
public import JSON

/// The tensors of one model part, in one safetensors file or dealt out to several.
///
/// With `model.safetensors.index.json` its `weight_map` says which file has a tensor; without, `model.safetensors` has all of
/// them (huggingface_hub, "serialization"). Files are mapped, not read.
///
///     let part = try SafetensorsFolder(path: "acestep-v15-xl-base", name: "model")
///     let weight = try part.floats("decoder.norm_out.weight", shape: [2560])
public struct SafetensorsFolder: Sendable {
  /// The file, or the index of several: named in errors.
  public let path: String
  /// In the order of their names.
  public let files: [SafetensorsFile]
  private let places: [String: Int]

  /// More files than any model is dealt out to.
  private static let maximumFiles = 256

  /// - Parameter name: the file's name without `.safetensors`: "model", "diffusion_pytorch_model".
  /// - Throws: `CheckpointError.unreadable`; `.malformed`, also where a file lacks what the index promises.
  public init(path folder: String, name: String) throws {
    let url = URL(fileURLWithPath: folder, isDirectory: true)
    let index = url.appendingPathComponent(name + ".safetensors.index.json").path
    guard FileManager.default.fileExists(atPath: index) else {
      let file = try SafetensorsFile(path: url.appendingPathComponent(name + ".safetensors").path)
      path = file.path
      files = [file]
      places = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, 0) })
      return
    }
    let malformed = { CheckpointError.malformed(file: index, reason: $0) }
    guard let map = try JSON(file: index)["weight_map"]?.members else { throw malformed("it has no weight_map") }
    var byFile: [String: [String]] = [:]
    for pair in map.pairs {
      guard let file = pair.value.string, file.hasSuffix(".safetensors"), !file.contains("/"), !file.hasPrefix(".") else {
        throw malformed("tensor \(pair.key) is in no safetensors file of this folder")
      }
      byFile[file, default: []].append(pair.key)
    }
    guard !byFile.isEmpty, byFile.count <= Self.maximumFiles else { throw malformed("it lists \(byFile.count) files") }
    var files: [SafetensorsFile] = []
    var places: [String: Int] = [:]
    for (name, tensors) in byFile.sorted(by: { $0.key < $1.key }) {
      let file = try SafetensorsFile(path: url.appendingPathComponent(name).path)
      for tensor in tensors {
        guard file.entry(tensor) != nil else { throw CheckpointError.missingTensor(file: file.path, tensor: tensor) }
        guard places.updateValue(files.count, forKey: tensor) == nil else { throw malformed("it lists tensor \(tensor) twice") }
      }
      files.append(file)
    }
    path = index
    self.files = files
    self.places = places
  }

  /// All tensors' names.
  public var names: some Collection<String> { places.keys }

  /// The elements of all tensors together.
  public var elementCount: Int {
    files.reduce(0) { $0 + $1.entries.reduce(0) { $0 + $1.elementCount } }
  }

  /// The file that has a tensor; nil where none has.
  public func file(of name: String) -> SafetensorsFile? { places[name].map { files[$0] } }

  /// Type and shape of a tensor; nil where there is none of that name.
  public func entry(_ name: String) -> TensorEntry? { file(of: name)?.entry(name) }

  /// The elements of a floating-point tensor (F32, F16, BF16) as `Float`, row-major.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`, `.typeMismatch`.
  public func floats(_ name: String, shape: [Int]) throws -> [Float] {
    try fileOrError(name, shape).floats(name, shape: shape)
  }

  /// Some rows of a matrix of them.
  /// - Throws: as `floats(_:shape:)`.
  public func floats(_ name: String, shape: [Int], rows: [Int]) throws -> [Float] {
    try fileOrError(name, shape).floats(name, shape: shape, rows: rows)
  }

  /// The bits of a tensor of BF16, row-major; nil where the tensor is of another type.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch`.
  public func bfloat16Bits(_ name: String, shape: [Int]) throws -> [UInt16]? {
    try fileOrError(name, shape).bfloat16Bits(name, shape: shape)
  }

  private func fileOrError(_ name: String, _ shape: [Int]) throws -> SafetensorsFile {
    guard let file = file(of: name) else { throw CheckpointError.missingTensor(file: path, tensor: name, expected: shape) }
    return file
  }
}

extension JSON {
  /// The JSON of a file of at most 64 MB.
  /// - Throws: `CheckpointError.unreadable`, `.malformed`.
  public init(file path: String) throws {
    let text = try [UInt8](file: path, limit: 64 << 20)
    do { self = try JSON(parsing: text) } catch { throw CheckpointError.malformed(file: path, reason: "it isn't JSON, \(error)") }
  }
}
