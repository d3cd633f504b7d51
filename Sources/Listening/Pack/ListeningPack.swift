public import Foundation
public import Packs

/// The installed networks that listen: Spleeter 2stems, Whisper base and basic-pitch (`listening.md` 1).
public struct ListeningPack: Sendable {
  /// The folder, its files and its manifest; the manifest's items are the networks' names.
  public let pack: Pack

  static let separationFile = "spleeter.safetensors"
  static let speechFile = "whisper.safetensors"
  static let vocabularyFile = "whisper-vocabulary.json"
  static let configurationFile = "whisper-config.json"
  static let tokenizerFile = "whisper-tokenizer.json"
  static let notesFile = "basic-pitch.safetensors"

  /// Opens an installed pack.
  /// - Throws: `PackError.notInstalled` or `.damaged`.
  public init(folder: URL) throws(PackError) {
    pack = try Pack(
      .listeners, folder: folder,
      needing: [
        Self.separationFile, Self.speechFile, Self.vocabularyFile, Self.configurationFile, Self.tokenizerFile, Self.notesFile,
      ])
  }

  var separation: String { pack.url(Self.separationFile).path }
  var speech: String { pack.url(Self.speechFile).path }
  var vocabulary: String { pack.url(Self.vocabularyFile).path }
  var configuration: String { pack.url(Self.configurationFile).path }
  var tokenizer: String { pack.url(Self.tokenizerFile).path }
  var notes: String { pack.url(Self.notesFile).path }
}
