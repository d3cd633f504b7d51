import Checkpoint
import Foundation
import JSON

/// What a tokenizer's files say: `tokenizer.json`, or `vocab.json`, `merges.txt` and the added tokens beside them (`acestep.md` 3.1).
struct TokenizerFiles {
  /// Where the vocabulary is from; named in errors.
  let path: String
  private(set) var vocabulary: [String: Int] = [:]
  /// In the order of their ranks.
  private(set) var merges: [(left: String, right: String)] = []
  private(set) var added: [String: Int] = [:]

  /// Tokens are numbered below this.
  static let maximumTokens = 1 << 24

  /// - Throws: `CheckpointError`.
  init(folder: String) throws {
    let has = { FileManager.default.fileExists(atPath: folder + "/" + $0) }
    if has("tokenizer.json") {
      path = folder + "/tokenizer.json"
      let file = try JSON(file: path)
      guard let model = file["model"], let vocabulary = model["vocab"]?.members, let merges = model["merges"]?.array else {
        throw malformed("it has no model with vocab and merges")
      }
      self.vocabulary = try tokens(vocabulary)
      self.merges = try merges.map { merge in
        let parts = merge.array?.compactMap(\.string) ?? merge.string.map(Self.pair) ?? []
        guard parts.count == 2 else { throw malformed("one of its merges isn't a pair") }
        return (parts[0], parts[1])
      }
      for token in file["added_tokens"]?.array ?? [] { try add(token["content"]?.string, token["id"]?.int) }
    } else {
      path = folder + "/vocab.json"
      guard let vocabulary = try JSON(file: path).members else { throw malformed("it isn't an object") }
      self.vocabulary = try tokens(vocabulary)
      let mergesPath = folder + "/merges.txt"
      guard let text = String(validating: try [UInt8](file: mergesPath, limit: 64 << 20), as: UTF8.self) else {
        throw CheckpointError.malformed(file: mergesPath, reason: "it isn't text in UTF-8")
      }
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: true).enumerated() {
        if index == 0, line.hasPrefix("#version") { continue }
        let parts = Self.pair(String(line))
        guard parts.count == 2 else {
          throw CheckpointError.malformed(file: mergesPath, reason: "line \(index + 1) isn't a pair")
        }
        merges.append((parts[0], parts[1]))
      }
      if has("added_tokens.json") {
        for pair in try JSON(file: folder + "/added_tokens.json").members?.pairs ?? [] { try add(pair.key, pair.value.int) }
      } else if has("tokenizer_config.json") {
        for pair in try JSON(file: folder + "/tokenizer_config.json")["added_tokens_decoder"]?.members?.pairs ?? [] {
          try add(pair.value["content"]?.string, Int(pair.key))
        }
      }
    }
  }

  private static func pair(_ text: String) -> [String] {
    text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
  }

  private func malformed(_ reason: String) -> CheckpointError { .malformed(file: path, reason: reason) }

  private func tokens(_ members: JSON.Members) throws -> [String: Int] {
    // Tokens of different bytes may be the same text in Unicode.
    try Dictionary(members.pairs.map { ($0.key, try checked($0.value.int, $0.key)) }) { one, other in
      throw malformed("tokens \(one) and \(other) are the same text")
    }
  }

  private func checked(_ id: Int?, _ token: String) throws -> Int {
    guard let id, id >= 0, id < Self.maximumTokens else { throw malformed("token \(token) has no number that can be used") }
    return id
  }

  private mutating func add(_ content: String?, _ id: Int?) throws {
    guard let content, !content.isEmpty else { throw malformed("one of the added tokens has no content") }
    added[content] = try checked(id, content)
  }
}
