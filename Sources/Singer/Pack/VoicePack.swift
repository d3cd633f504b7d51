public import Foundation
import JSON

/// The installed voices: a folder with the network, the voices' style vectors, a manifest and the licences.
///
/// The manifest is there only when everything else is (`VoicePackInstaller` sees to it), so opening looks at that and the
/// sizes of the files; `verify` reads all of them.
public struct VoicePack: Sendable {
  public let folder: URL
  public let manifest: Manifest

  /// What a pack consists of, in `pack.json`.
  public struct Manifest: Sendable, Equatable {
    /// Of this manifest and the files' layout; a pack of another one is installed anew.
    static let format = 1
    /// The network and its version.
    public var name: String
    /// The wheels it was made from, as pip is asked for them.
    public var sources: [String]
    /// The voices' names.
    public var voices: [String]
    public var files: [File]

    public struct File: Sendable, Equatable {
      public var name: String
      public var bytes: Int
      public var sha256: String
    }
  }

  static let networkFile = "kokoro.safetensors"
  static let stylesFile = "voices.safetensors"
  static let manifestFile = "pack.json"
  static let licenceFolder = "licences"

  /// The network's weights under the names of `singer.md` appendix B.
  public var network: URL { folder.appendingPathComponent(Self.networkFile) }
  /// A tensor `[510, 256]` for each voice, by name: row r is the style of an utterance of r + 1 symbols.
  public var styles: URL { folder.appendingPathComponent(Self.stylesFile) }
  /// The bytes of its files.
  public var bytes: Int { manifest.files.reduce(0) { $0 + $1.bytes } }

  /// Opens an installed pack.
  /// - Throws: `VoicePackError.notInstalled` or `.damaged`.
  public init(folder: URL) throws(VoicePackError) {
    let path = folder.path
    guard let text = FileManager.default.contents(atPath: folder.appendingPathComponent(Self.manifestFile).path) else {
      throw .notInstalled(folder: path)
    }
    guard let manifest = Manifest(Array(text)) else {
      throw .damaged(folder: path, reason: "its \(Self.manifestFile) is of another version")
    }
    for needed in [Self.networkFile, Self.stylesFile] where !manifest.files.contains(where: { $0.name == needed }) {
      throw .damaged(folder: path, reason: "\(needed) is not part of it")
    }
    for file in manifest.files {
      let attributes = try? FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(file.name).path)
      let size = (attributes?[.size] as? NSNumber)?.intValue
      guard size == file.bytes else {
        throw .damaged(folder: path, reason: size == nil ? "\(file.name) is missing" : "\(file.name) has another size")
      }
    }
    self.folder = folder
    self.manifest = manifest
  }

  /// Reads every file and compares it with the manifest. A second or two.
  /// - Throws: `VoicePackError.damaged`.
  public func verify() throws(VoicePackError) {
    for file in manifest.files {
      let contents = FileManager.default.contents(atPath: folder.appendingPathComponent(file.name).path) ?? Data()
      guard PackFiles.sha256(Array(contents)) == file.sha256 else {
        throw .damaged(folder: folder.path, reason: "\(file.name) has changed")
      }
    }
  }
}

extension VoicePack.Manifest {
  /// Nil for anything but a manifest of this format; names that lead out of the folder are none.
  init?(_ text: [UInt8]) {
    guard let json = try? JSON(parsing: text), json["format"]?.int == Self.format, let name = json["name"]?.string,
      let sources = json["sources"]?.array?.compactMap(\.string), let voices = json["voices"]?.array?.compactMap(\.string),
      let listed = json["files"]?.array
    else { return nil }
    let files = listed.compactMap { file -> File? in
      guard let name = file["name"]?.string, let bytes = file["bytes"]?.int, let sha256 = file["sha256"]?.string,
        !name.hasPrefix("/"), !name.split(separator: "/").contains("..")
      else { return nil }
      return File(name: name, bytes: bytes, sha256: sha256)
    }
    guard files.count == listed.count else { return nil }
    self.init(name: name, sources: sources, voices: voices, files: files)
  }

  var json: JSON {
    [
      "format": .int(Self.format), "name": .string(name), "sources": .array(sources.map(JSON.string)),
      "voices": .array(voices.map(JSON.string)),
      "files": .array(
        files.map { ["name": .string($0.name), "bytes": .int($0.bytes), "sha256": .string($0.sha256)] }),
    ]
  }
}
