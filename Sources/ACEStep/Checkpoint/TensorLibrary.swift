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
  private let parts: [Part]
  private let renamings: [Renaming]

  /// What is written in place of what.
  typealias Renaming = (upstream: String, stored: String)

  init(parts: [Part], renamings: [Renaming] = []) {
    self.parts = parts
    self.renamings = renamings
  }

  /// The names of diffusers where they differ.
  static let diffusersNames: [Renaming] = [
    ("attn.q_proj.", "attn.to_q."), ("attn.k_proj.", "attn.to_k."), ("attn.v_proj.", "attn.to_v."),
    ("attn.o_proj.", "attn.to_out.0."), ("attn.q_norm.", "attn.norm_q."), ("attn.k_norm.", "attn.norm_k."),
    ("proj_in.1.", "proj_in_conv."), ("proj_out.1.", "proj_out_conv."),
  ]

  private func place(_ name: String) -> (folder: SafetensorsFolder, name: String)? {
    guard let part = parts.first(where: { name.hasPrefix($0.prefix) }) else { return nil }
    var stored = part.storedPrefix + name.dropFirst(part.prefix.count)
    for renaming in renamings {
      if let range = stored.firstRange(of: renaming.upstream) { stored.replaceSubrange(range, with: renaming.stored) }
    }
    return (part.folder, stored)
  }

  func has(_ name: String) -> Bool {
    guard let place = place(name) else { return false }
    return place.folder.entry(place.name) != nil
  }

  /// The shape of a tensor; nil where there is none of that name.
  func shape(_ name: String) -> [Int]? {
    guard let place = place(name) else { return nil }
    return place.folder.entry(place.name)?.shape
  }

  /// The elements of a tensor, row-major.
  /// - Throws: `CheckpointError`, with the name that the file has, or should have.
  func floats(_ name: String, shape: [Int]) throws -> [Float] {
    guard let place = place(name) else {
      throw CheckpointError.missingTensor(file: parts.first?.folder.path ?? "", tensor: name, expected: shape)
    }
    return try place.folder.floats(place.name, shape: shape)
  }
}
