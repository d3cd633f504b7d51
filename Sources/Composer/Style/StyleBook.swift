import Foundation

/// All styles, by name, with what each inherits filled in.
struct StyleBook: Sendable {
  /// The presets of `api.md` 13.1 that stand for a style of their own.
  static let presets = [
    "Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country", "Folk", "Blues", "Reggae",
    "Latin", "R&B", "Metal",
  ]

  /// In order of name.
  let styles: [Style]
  private let indexByName: [String: Int]

  /// Reads every style file of a folder.
  init(folder: URL) throws {
    var trees: [String: JSONTree] = [:]
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }
    for file in files {
      do {
        trees[file.deletingPathExtension().lastPathComponent] = try JSONDecoder().decode(
          JSONTree.self, from: Data(contentsOf: file))
      } catch {
        throw ComposerError.badResource(name: file.lastPathComponent, reason: "\(error)")
      }
    }
    var styles: [Style] = []
    for name in trees.keys.sorted() where name != "Common" {
      do {
        let tree = try Self.resolved(name, in: trees, depth: 0)
        let style = try JSONDecoder().decode(Style.self, from: JSONEncoder().encode(tree))
        try style.check()
        styles.append(style)
      } catch let error as ComposerError {
        throw error
      } catch {
        throw ComposerError.badResource(name: "\(name).json", reason: "\(error)")
      }
    }
    self.styles = styles.sorted { $0.name < $1.name }
    indexByName = Dictionary(
      self.styles.enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    for preset in Self.presets where indexByName[preset.lowercased()] == nil {
      throw ComposerError.missingResource("Styles/\(preset).json")
    }
  }

  /// The style of a name, in any case.
  subscript(name: String) -> Style? { indexByName[name.lowercased()].map { styles[$0] } }

  private static func resolved(_ name: String, in trees: [String: JSONTree], depth: Int) throws -> JSONTree {
    guard let tree = trees[name] else { throw ComposerError.missingResource("Styles/\(name).json") }
    guard depth < 8 else {
      throw ComposerError.badResource(name: "\(name).json", reason: "its \"extends\" goes round in a circle.")
    }
    guard case .object(let members) = tree, case .string(let base)? = members["extends"] else { return tree }
    return try resolved(base, in: trees, depth: depth + 1).merging(tree)
  }
}

/// Any JSON value, for laying one style file over another.
enum JSONTree: Codable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONTree])
  case object([String: JSONTree])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONTree].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONTree].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      if value.rounded() == value {
        try container.encode(Int(value))
      } else {
        try container.encode(value)
      }
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Objects member by member; lists of things with an "id" thing by thing, those new at the end, and one
  /// with `"remove": true` taken out; all else replaced.
  func merging(_ other: JSONTree) -> JSONTree {
    switch (self, other) {
    case (.object(let mine), .object(let theirs)):
      return .object(mine.merging(theirs) { $0.merging($1) })
    case (.array(let mine), .array(let theirs)) where !theirs.isEmpty && theirs.allSatisfy({ $0.id != nil }):
      var result = mine
      for item in theirs {
        if let index = result.firstIndex(where: { $0.id == item.id }) {
          if item.isRemoval {
            result.remove(at: index)
          } else {
            result[index] = result[index].merging(item)
          }
        } else if !item.isRemoval {
          result.append(item)
        }
      }
      return .array(result)
    default: return other
    }
  }

  private var id: String? {
    if case .object(let members) = self, case .string(let id)? = members["id"] { return id }
    return nil
  }

  private var isRemoval: Bool {
    if case .object(let members) = self, case .bool(true)? = members["remove"] { return true }
    return false
  }
}
