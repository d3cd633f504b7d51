internal import Archive
import Foundation

/// Why a file is no score that can be read, in words for whoever sent it.
public struct ScoreDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Score {
  /// Reads a score in any notation that this studio knows, told by its first bytes: a Standard MIDI File, MusicXML (also
  /// compressed, `.mxl`), or ABC.
  /// - Parameters:
  ///   - document: the file, as text in UTF-8 where it is text.
  ///   - base: the score that the document was written from, if it was.
  /// - Throws: `ScoreDocumentError`.
  public init(document: [UInt8], base: Score? = nil) throws(ScoreDocumentError) {
    let start = document.prefix(4)
    do {
      if start.elementsEqual("MThd".utf8) {
        try self.init(midi: document)
      } else if start.starts(with: "PK".utf8) {
        try self.init(musicXML: Data(try Self.document(inMXL: document)), base: base)
      } else if document.first(where: { !($0 == 0x20 || (0x09...0x0D).contains($0) || [0xEF, 0xBB, 0xBF].contains($0)) })
        == UInt8(ascii: "<") || start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
        try self.init(musicXML: Data(document), base: base)
      } else {
        guard let text = String(validating: document, as: UTF8.self), !text.contains("\0") else {
          throw ScoreDocumentError(description: "It is neither MIDI nor MusicXML, and no text in UTF-8, as ABC would be.")
        }
        try self.init(abc: text, base: base)
      }
    } catch {
      throw error as? ScoreDocumentError ?? ScoreDocumentError(description: "\(error)")
    }
  }

  /// The document in a compressed MusicXML file: the first that its container names (MusicXML 4.0, "Compressed .mxl files").
  private static func document(inMXL bytes: [UInt8]) throws -> [UInt8] {
    let limits = ZIPArchive.Limits(
      archiveBytes: XMLTree.mostBytes, entries: 256, entryBytes: XMLTree.mostBytes, totalBytes: XMLTree.mostBytes)
    let archive = try ZIPArchive(bytes, path: "the compressed file", limits: limits)
    let container = try XMLTree(reading: Data(archive.bytes(of: "META-INF/container.xml")))
    guard let name = container["rootfiles"]?["rootfile"]?.attributes["full-path"] else {
      throw ScoreDocumentError(description: "It is a ZIP archive, but its container.xml names no score.")
    }
    return try archive.bytes(of: name)
  }
}
