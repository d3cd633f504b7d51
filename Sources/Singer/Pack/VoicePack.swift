public import Foundation
public import Packs

/// The installed voices: the network and the voices' style vectors.
public struct VoicePack: Sendable {
  /// The folder, its files and its manifest; the manifest's items are the voices' names.
  public let pack: Pack

  static let networkFile = "kokoro.safetensors"
  static let stylesFile = "voices.safetensors"

  /// The network's weights under the names of `singer.md` appendix B.
  public var network: URL { pack.url(Self.networkFile) }
  /// A tensor `[510, 256]` for each voice, by name: row r is the style of an utterance of r + 1 symbols.
  public var styles: URL { pack.url(Self.stylesFile) }

  /// Opens an installed pack.
  /// - Throws: `PackError.notInstalled` or `.damaged`.
  public init(folder: URL) throws(PackError) {
    pack = try Pack(.voices, folder: folder, needing: [Self.networkFile, Self.stylesFile])
  }
}
