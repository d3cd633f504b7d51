import Checkpoint
import Foundation
import JSON

/// Whisper's tokens, and the lists of its configuration (`listening.md` 3.1).
struct WhisperVocabulary: Sendable {
  static let endOfText = 50_257
  static let startOfTranscript = 50_258
  static let transcribe = 50_359
  static let noSpeech = 50_362
  static let noTimestamps = 50_363
  static let firstTimestamp = 50_364
  static let secondsPerTimestamp = 0.02
  static let blank = 220

  private let tokens: [String]
  let suppressed: [Int]
  /// Tokens of the languages, and their codes.
  let languages: [(token: Int, code: String)]
  /// Layer and head of those that look where a word is sung.
  let alignmentHeads: [(layer: Int, head: Int)]

  init(_ pack: ListeningPack) throws {
    func read(_ path: String) throws -> JSON {
      guard let bytes = FileManager.default.contents(atPath: path) else {
        throw CheckpointError.unreadable(file: path, reason: "it is not there")
      }
      do { return try JSON(parsing: Array(bytes)) } catch {
        throw CheckpointError.malformed(file: path, reason: "it is not JSON, \(error)")
      }
    }
    let vocabulary = try read(pack.vocabulary).array?.compactMap(\.string) ?? []
    guard vocabulary.count == WhisperConversion.vocabulary else {
      throw CheckpointError.malformed(file: pack.vocabulary, reason: "it has \(vocabulary.count) tokens")
    }
    let configuration = try read(pack.configuration)
    let ids = { (name: String) in configuration[name]?.array?.compactMap(\.int).filter { vocabulary.indices.contains($0) } ?? [] }
    suppressed = ids("suppress_ids")
    languages = ids("lang_ids").map { ($0, vocabulary[$0].filter { !"<|>".contains($0) }) }
    alignmentHeads = (configuration["alignment_heads"]?.array ?? []).compactMap { pair in
      guard let layer = pair[0]?.int, let head = pair[1]?.int, (0..<WhisperConversion.layers).contains(layer),
        (0..<WhisperConversion.heads).contains(head)
      else { return nil }
      return (layer, head)
    }
    guard languages.count == 99, !alignmentHeads.isEmpty, !suppressed.isEmpty else {
      throw CheckpointError.malformed(file: pack.configuration, reason: "its lists are not those of Whisper base")
    }
    tokens = vocabulary
  }

  /// The token of a language code; nil for one that Whisper doesn't know.
  func token(ofLanguage code: String) -> Int? {
    let known = code == "jv" ? "jw" : code
    return languages.first { $0.code == known }?.token
  }

  /// The byte that each character of a token stands for (the table of GPT-2).
  private static let bytes: [Character: UInt8] = {
    var table: [Character: UInt8] = [:]
    var next: UInt32 = 256
    for byte in UInt8.min...UInt8.max {
      let isItself = (33...126).contains(byte) || (161...172).contains(byte) || byte >= 174
      let code = isItself ? UInt32(byte) : next
      if !isItself { next += 1 }
      if let scalar = Unicode.Scalar(code) { table[Character(scalar)] = byte }
    }
    return table
  }()

  /// The bytes of a run of text tokens; special ones have none.
  func bytes(_ ids: some Sequence<Int>) -> [UInt8] {
    ids.flatMap { id -> [UInt8] in
      guard (0..<Self.endOfText).contains(id) else { return [] }
      return tokens[id].unicodeScalars.compactMap { Self.bytes[Character($0)] }
    }
  }

  /// The text of a run of tokens: characters may be cut between two, so only whole runs are decoded.
  func text(_ ids: some Sequence<Int>) -> String { String(decoding: bytes(ids), as: UTF8.self) }
}
