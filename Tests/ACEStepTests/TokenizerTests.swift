import Foundation
import JSON
import Testing

@testable import ACEStep

@Suite struct TokenizerTests {
  static func integers(_ json: JSON?) -> [Int] { json?.array?.compactMap(\.int) ?? [] }

  @Test func idsAreThoseOfTheRealVocabulary() throws {
    let cases = try Fixtures.json("tokenizer/qwen-subset/cases.json")
    let folder = try Self.folder(with: cases["added_tokens"] ?? .null)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let tokenizer = try Tokenizer(folder: folder)
    let list = try #require(cases["cases"]?.array)
    #expect(list.count >= 50)
    for item in list {
      let text = try #require(item["text"]?.string)
      let tokens = tokenizer.encode(text)
      #expect(tokens == Self.integers(item["ids"]), "\(text.debugDescription)")
      #expect(tokenizer.decode(tokens) == item["decoded"]?.string, "\(text.debugDescription)")
    }
  }

  /// The subset has its added tokens in the list of cases: laid beside it as a checkpoint has them.
  static func folder(with added: JSON) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.copyItem(atPath: Fixtures.path("tokenizer/qwen-subset"), toPath: folder)
    try Data(added.text.utf8).write(to: URL(fileURLWithPath: folder + "/added_tokens.json"))
    return folder
  }

  @Test func bothKindsOfFilesGiveTheSameIDs() throws {
    let cases = try #require(try Fixtures.json("tokenizer/tiny-cases.json")["cases"]?.array)
    for (name, key) in [("tiny-text", "text_ids"), ("tiny-lm", "lm_ids")] {
      let folder = Fixtures.path("tokenizer/" + name)
      let bare = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
      try FileManager.default.copyItem(atPath: folder, toPath: bare)
      defer { try? FileManager.default.removeItem(atPath: bare) }
      try FileManager.default.removeItem(atPath: bare + "/tokenizer.json")
      for tokenizer in try [Tokenizer(folder: folder), Tokenizer(folder: bare)] {
        for item in cases {
          let text = try #require(item["text"]?.string)
          #expect(tokenizer.encode(text) == Self.integers(item[key]), "\(name): \(text.debugDescription)")
          if key == "lm_ids" { #expect(tokenizer.decode(tokenizer.encode(text)) == item["lm_decoded"]?.string) }
        }
      }
    }
  }

  @Test func promptsHaveTheIDsThatTheTextEncoderIsGiven() throws {
    let expected = try Fixtures.json("expected/text_encoder.json")
    let tokenizer = try TextTokenizer(folder: Fixtures.path("tokenizer/tiny-text"))
    for (texts, ids) in [("text_prompts", "text_ids"), ("lyric_prompts", "lyric_ids")] {
      for (text, ids) in zip(expected[texts]?.array ?? [], expected[ids]?.array ?? []) {
        #expect(tokenizer.encode(text.string ?? "", limit: 2048) == Self.integers(ids))
      }
    }
  }

  @Test func aTextThatIsTooLongKeepsItsEnd() throws {
    let tokenizer = try TextTokenizer(folder: Fixtures.path("tokenizer/tiny-text"))
    let tokens = tokenizer.encode(String(repeating: "la ", count: 400), limit: 256)
    #expect(tokens.count == 256)
    #expect(tokens.last == tokenizer.encode("", limit: 256).last)
  }

  @Test func aMillionLettersTakeNoTimeToSpeakOf() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("tokenizer/tiny-text"))
    let text = String(repeating: "ab", count: 200_000)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  @Test func damagedFilesAreRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let write = { (name: String, text: String) in try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name)) }
    #expect(throws: (any Error).self) { try Tokenizer(folder: folder) }
    try write("vocab.json", #"{"a": 0, "b": 1}"#)
    #expect(throws: (any Error).self) { try Tokenizer(folder: folder) }
    for merges in ["a b\n", "a\n", "a  b\n"] {
      try write("merges.txt", merges)
      #expect(throws: (any Error).self, "\(merges)") { try Tokenizer(folder: folder) }
    }
    try write("merges.txt", "#version: 0.2\n")
    #expect(try Tokenizer(folder: folder).encode("abc") == [0, 1])
    for vocabulary in [#"{"a": -1}"#, #"{"a": 99999999999}"#, #"{"a": "b"}"#, "[]", "{"] {
      try write("vocab.json", vocabulary)
      #expect(throws: (any Error).self, "\(vocabulary)") { try Tokenizer(folder: folder) }
    }
  }
}
