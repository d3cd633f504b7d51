public import Foundation
import JSON

/// An installed pack: a folder with files of weights, a manifest and the licences.
///
/// The manifest is there only when everything else is (`PackInstaller` sees to it), so opening looks at that and the
/// sizes of the files; `verify` reads all of them.
public struct Pack: Sendable {
  public let kind: PackKind
  public let folder: URL
  public let manifest: Manifest

  /// What a pack consists of, in `pack.json`.
  public struct Manifest: Sendable, Equatable {
    /// Of this manifest and the files' layout; a pack of another one is installed anew.
    static let format = 1
    /// The networks and their version.
    public var name: String
    /// The wheels it was made from, as pip is asked for them.
    public var sources: [String]
    /// What there is to choose from: the voices' names, the networks' names.
    public var items: [String]
    public var files: [File]

    public struct File: Sendable, Equatable {
      public var name: String
      public var bytes: Int
      public var sha256: String
    }
  }

  static let manifestFile = "pack.json"
  static let licenceFolder = "licences"

  /// The bytes of its files.
  public var bytes: Int { manifest.files.reduce(0) { $0 + $1.bytes } }

  /// A file of it.
  public func url(_ name: String) -> URL { folder.appendingPathComponent(name) }

  /// Opens an installed pack.
  /// - Parameter needed: the files without which it is none.
  /// - Throws: `PackError.notInstalled` or `.damaged`.
  public init(_ kind: PackKind, folder: URL, needing needed: [String]) throws(PackError) {
    let path = folder.path
    guard let text = FileManager.default.contents(atPath: folder.appendingPathComponent(Self.manifestFile).path) else {
      throw .notInstalled(kind, folder: path)
    }
    guard let manifest = Manifest(Array(text), of: kind) else {
      throw .damaged(kind, folder: path, reason: "its \(Self.manifestFile) is of another version")
    }
    for needed in needed where !manifest.files.contains(where: { $0.name == needed }) {
      throw .damaged(kind, folder: path, reason: "\(needed) is not part of it")
    }
    for file in manifest.files {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(file.name).path)
      let size = (attributes?[.size] as? NSNumber)?.intValue
      guard size == file.bytes else {
        throw .damaged(kind, folder: path, reason: size == nil ? "\(file.name) is missing" : "\(file.name) has another size")
      }
    }
    self.kind = kind
    self.folder = folder
    self.manifest = manifest
  }

  /// Reads every file and compares it with the manifest. A second or two.
  /// - Throws: `PackError.damaged`.
  public func verify() throws(PackError) {
    for file in manifest.files {
      let contents = FileManager.default.contents(atPath: folder.appendingPathComponent(file.name).path) ?? Data()
      guard PackFiles.sha256(Array(contents)) == file.sha256 else {
        throw .damaged(kind, folder: folder.path, reason: "\(file.name) has changed")
      }
    }
  }
}

extension Pack.Manifest {
  /// Nil for anything but a manifest of this format; names that lead out of the folder are none.
  init?(_ text: [UInt8], of kind: PackKind) {
    guard let json = try? JSON(parsing: text), json["format"]?.int == Self.format, let name = json["name"]?.string,
      let sources = json["sources"]?.array?.compactMap(\.string),
      let items = json[kind.rawValue]?.array?.compactMap(\.string), let listed = json["files"]?.array
    else { return nil }
    let files = listed.compactMap { file -> File? in
      guard let name = file["name"]?.string, let bytes = file["bytes"]?.int, let sha256 = file["sha256"]?.string,
        !name.hasPrefix("/"), !name.split(separator: "/").contains("..")
      else { return nil }
      return File(name: name, bytes: bytes, sha256: sha256)
    }
    guard files.count == listed.count else { return nil }
    self.init(name: name, sources: sources, items: items, files: files)
  }

  func json(of kind: PackKind) -> JSON {
    [
      "format": .int(Self.format), "name": .string(name), "sources": .array(sources.map(JSON.string)),
      kind.rawValue: .array(items.map(JSON.string)),
      "files": .array(
        files.map { ["name": .string($0.name), "bytes": .int($0.bytes), "sha256": .string($0.sha256)] }),
    ]
  }
}
