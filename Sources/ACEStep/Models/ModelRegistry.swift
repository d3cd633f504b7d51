public import Foundation
import Synchronization

/// A checkpoint that somebody registered. Its files stay where they are.
public struct RegisteredModel: Codable, Sendable, Equatable {
  /// As requests name it.
  public var name: String
  /// The model's folder.
  public var path: String
  public var added: Date
  /// Its files as they were when they were first read, by path; nil until then.
  public var hashes: [String: FileHash]?
  public var verification: Verification?

  public init(name: String, path: String, added: Date) {
    self.name = name
    self.path = path
    self.added = added
  }

  public struct FileHash: Codable, Sendable, Equatable {
    public var bytes: Int
    /// In hexadecimal.
    public var sha256: String
  }

  /// The last time that its files were read and it was tried.
  public struct Verification: Codable, Sendable, Equatable {
    public var date: Date
    /// What was wrong, in a sentence; nil where nothing was.
    public var problem: String?
    public init(date: Date, problem: String?) {
      self.date = date
      self.problem = problem
    }
  }
}

/// The checkpoints of a studio: a small file in its data folder that names their folders. Several processes may read and change it.
///
///     let registry = ModelRegistry(folder: "data")
///     try registry.add(RegisteredModel(name: "turbo", path: "/models/acestep-v15-turbo", added: Date()))
public final class ModelRegistry: Sendable {
  /// The file.
  public let path: String
  private let cache = Mutex<(stamp: Stamp, models: [RegisteredModel])?>(nil)

  /// - Parameter folder: the data folder.
  public init(folder: String) { path = folder + "/models.json" }

  /// Every registered checkpoint, in the order in which they were added; none where there is no file.
  /// - Throws: `ModelRegistryError.damaged`.
  public func models() throws -> [RegisteredModel] {
    guard let stamp = Stamp(path) else { return [] }
    if let cached = cache.withLock({ $0 }), cached.stamp == stamp { return cached.models }
    let models = try read()
    cache.withLock { $0 = (stamp, models) }
    return models
  }

  /// The checkpoint of this name.
  /// - Throws: `ModelRegistryError.unknown`, `.damaged`.
  public func model(named name: String) throws -> RegisteredModel {
    let all = try models()
    guard let model = all.first(where: { $0.name == name }) else { throw ModelRegistryError.unknown(name, known: all.map(\.name)) }
    return model
  }

  /// - Throws: `ModelRegistryError`, also where the name or the folder is registered already.
  public func add(_ model: RegisteredModel) throws {
    guard Self.isName(model.name) else { throw ModelRegistryError.badName(model.name) }
    try change { models in
      if let other = models.first(where: { $0.name == model.name }) { throw ModelRegistryError.nameTaken(other.name, path: other.path) }
      if let other = models.first(where: { $0.path == model.path }) { throw ModelRegistryError.folderTaken(model.path, name: other.name) }
      models.append(model)
    }
  }

  /// - Throws: `ModelRegistryError.unknown`, `.damaged`, `.unwritable`.
  public func remove(_ name: String) throws {
    try change { models in models.remove(at: try Self.index(of: name, in: models)) }
  }

  /// Changes what is kept of a checkpoint.
  /// - Throws: as `remove`.
  public func update(_ name: String, _ body: (inout RegisteredModel) -> Void) throws {
    try change { models in body(&models[try Self.index(of: name, in: models)]) }
  }

  /// 1 to 60 letters, digits, dots, hyphens and underscores; the first a letter or digit.
  public static func isName(_ name: String) -> Bool {
    let isPlain = { (byte: UInt8) in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: false
      }
    }
    guard let first = name.utf8.first, name.utf8.count <= 60 else { return false }
    return isPlain(first) && name.utf8.allSatisfy { isPlain($0) || ".-_".utf8.contains($0) }
  }

  private static func index(of name: String, in models: [RegisteredModel]) throws -> Int {
    guard let index = models.firstIndex(where: { $0.name == name }) else {
      throw ModelRegistryError.unknown(name, known: models.map(\.name))
    }
    return index
  }

  // MARK: - The file

  private struct Contents: Codable {
    static let format = 1
    var format: Int
    var models: [RegisteredModel]
  }

  private func read() throws -> [RegisteredModel] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      let contents = try decoder.decode(Contents.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      guard contents.format == Contents.format else { throw ModelRegistryError.damaged(path, "its format is \(contents.format)") }
      let names = contents.models.map(\.name)
      guard Set(names).count == names.count, names.allSatisfy(Self.isName) else { throw ModelRegistryError.damaged(path, "its names are not such as `add` gives") }
      return contents.models
    } catch let error as DecodingError { throw ModelRegistryError.damaged(path, Self.reason(error)) }
    catch let error as ModelRegistryError { throw error } catch { throw ModelRegistryError.damaged(path, error.localizedDescription) }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "\(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      context.codingPath.isEmpty ? "it is no JSON" : "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another kind"
    @unknown default: "it can't be decoded"
    }
  }

  /// Reads, changes and writes the file while no other process does; a kill at any moment leaves the old file or the new one.
  private func change(_ body: (inout [RegisteredModel]) throws -> Void) throws {
    let lock = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw failure() }
    defer { close(lock) }
    guard flock(lock, LOCK_EX) == 0 else { throw failure() }
    var models = try read()
    try body(&models)
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let new = path + ".new"
    do {
      try encoder.encode(Contents(format: Contents.format, models: models)).write(to: URL(fileURLWithPath: new))
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: new))
      try file.synchronize()
      try file.close()
    } catch { throw ModelRegistryError.unwritable(path, error.localizedDescription) }
    guard unsafe rename(new, path) == 0 else { throw failure() }
  }

  private func failure() -> ModelRegistryError { .unwritable(path, unsafe String(cString: strerror(errno))) }
}

/// What tells one state of a file from another, without reading it.
struct Stamp: Sendable, Equatable {
  private let inode, bytes, seconds, nanoseconds: Int

  /// Nil where there is no file.
  init?(_ path: String) {
    var facts = stat()
    guard unsafe stat(path, &facts) == 0 else { return nil }
    inode = Int(truncatingIfNeeded: facts.st_ino)
    bytes = Int(facts.st_size)
    (seconds, nanoseconds) = (Int(facts.st_mtim.tv_sec), Int(facts.st_mtim.tv_nsec))
  }
}

/// What is wrong with a name, or with the file of names.
public enum ModelRegistryError: Error, Sendable, Equatable, CustomStringConvertible {
  case badName(String)
  case nameTaken(String, path: String)
  case folderTaken(String, name: String)
  case unknown(String, known: [String])
  case damaged(String, String)
  case unwritable(String, String)

  public var description: String {
    switch self {
    case .badName(let name):
      "\"\(name)\" can't be a name: it must have 1 to 60 letters a-z, digits, dots, hyphens and underscores, and begin with a letter or digit. Give one with --name."
    case .nameTaken(let name, let path): "There is a checkpoint \(name) already, in \(path). Give another name with --name, or remove that one first."
    case .folderTaken(let path, let name): "\(path) is added already, as \(name)."
    case .unknown(let name, let known):
      known.isEmpty ? "There is no checkpoint \(name): none is added." : "There is no checkpoint \(name). There are \(known.joined(separator: ", "))."
    case .damaged(let path, let reason): "\(path) is damaged: \(reason). Mend it, or delete it and add the checkpoints again."
    case .unwritable(let path, let reason): "\(path) can't be written: \(reason)."
    }
  }
}
