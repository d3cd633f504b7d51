import Checkpoint

/// The tensors of a model by the names that upstream gives them, wherever they are stored and whatever they are called there
/// (`acestep.md` 2.2).
struct TensorLibrary: Sendable {
  /// Files that hold all tensors whose upstream names start with a prefix.
  struct Part: Sendable {
    /// Of upstream names.
    var prefix: String
    var folder: SafetensorsFolder
    /// What stands in the file instead of the prefix.
    var storedPrefix = ""
  }
  /// What is written in place of what.
  typealias Renaming = (upstream: String, stored: String)

  private enum Source: Sendable {
    case stored([Part], [Renaming])
    /// Made up, of any name and shape: to measure with sizes whose weights aren't at hand.
    case random(asked: @Sendable (_ name: String, _ shape: [Int]) -> Void)
  }
  private let source: Source

  init(parts: [Part], renamings: [Renaming] = []) { source = .stored(parts, renamings) }

  private init(_ source: Source) { self.source = source }

  /// Tensors of any name and shape: noise as wide as keeps a layer's output as wide as its input.
  /// - Parameter asked: is told of every tensor asked for.
  static func random(asked: @escaping @Sendable (_ name: String, _ shape: [Int]) -> Void) -> TensorLibrary {
    TensorLibrary(.random(asked: asked))
  }

  /// The names of diffusers where they differ.
  static let diffusersNames: [Renaming] = [
    ("attn.q_proj.", "attn.to_q."), ("attn.k_proj.", "attn.to_k."), ("attn.v_proj.", "attn.to_v."),
    ("attn.o_proj.", "attn.to_out.0."), ("attn.q_norm.", "attn.norm_q."), ("attn.k_norm.", "attn.norm_k."),
    ("proj_in.1.", "proj_in_conv."), ("proj_out.1.", "proj_out_conv."),
  ]

  private func place(_ name: String) -> (folder: SafetensorsFolder, name: String)? {
    guard case .stored(let parts, let renamings) = source, let part = parts.first(where: { name.hasPrefix($0.prefix) }) else {
      return nil
    }
    var stored = part.storedPrefix + name.dropFirst(part.prefix.count)
    for renaming in renamings {
      if let range = stored.firstRange(of: renaming.upstream) { stored.replaceSubrange(range, with: renaming.stored) }
    }
    return (part.folder, stored)
  }

  func has(_ name: String) -> Bool {
    if case .random = source { return true }
    return shape(name) != nil
  }

  /// The elements of all stored tensors.
  var elementCount: Int {
    guard case .stored(let parts, _) = source else { return 0 }
    var seen: Set<String> = []
    return parts.filter { seen.insert($0.folder.path).inserted }.reduce(0) { $0 + $1.folder.elementCount }
  }

  /// The shape of a stored tensor; nil where there is none of that name.
  func shape(_ name: String) -> [Int]? {
    guard let place = place(name) else { return nil }
    return place.folder.entry(place.name)?.shape
  }

  /// The elements of a tensor, row-major.
  /// - Throws: `CheckpointError`, with the name that the file has, or should have.
  func floats(_ name: String, shape: [Int]) throws -> [Float] {
    if case .random(let asked) = source {
      asked(name, shape)
      return Self.noise(shape)
    }
    let place = try placeOrError(name, shape)
    return try place.folder.floats(place.name, shape: shape)
  }

  /// Some rows of a matrix; the others are not read.
  /// - Throws: as `floats(_:shape:)`.
  func floats(_ name: String, shape: [Int], rows: [Int]) throws -> [Float] {
    if case .random(let asked) = source {
      asked(name, shape)
      return Self.noise([rows.count, shape[1]])
    }
    let place = try placeOrError(name, shape)
    return try place.folder.floats(place.name, shape: shape, rows: rows)
  }

  /// The bits of a tensor that is stored as BF16; nil for others.
  /// - Throws: as `floats(_:shape:)`.
  func bfloat16Bits(_ name: String, shape: [Int]) throws -> [UInt16]? {
    if case .random = source { return nil }
    let place = try placeOrError(name, shape)
    return try place.folder.bfloat16Bits(place.name, shape: shape)
  }

  private func placeOrError(_ name: String, _ shape: [Int]) throws -> (folder: SafetensorsFolder, name: String) {
    if let place = place(name) { return place }
    var file = ""
    if case .stored(let parts, _) = source { file = parts.first?.folder.path ?? "" }
    throw CheckpointError.missingTensor(file: file, tensor: name, expected: shape)
  }

  /// Uniform, of a deviation of 1 / sqrt(inputs), and near 1 for vectors, which are mostly factors.
  private static func noise(_ shape: [Int]) -> [Float] {
    let inputs = shape.dropFirst().reduce(1, *)
    let (middle, width): (Float, Float) = inputs <= 1 ? (1, 0.1) : (0, (12 / Float(inputs)).squareRoot())
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return unsafe [Float](unsafeUninitializedCapacity: shape.reduce(1, *)) { values, count in
      for index in 0..<values.count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        unsafe values.initializeElement(at: index, to: middle + width * (Float(state >> 40) * 0x1p-24 - 0.5))
      }
      count = values.count
    }
  }
}
