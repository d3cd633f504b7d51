import Foundation
import Testing

@testable import Singer

/// The golden lines of `espeak.json`: what espeak-ng says, and what becomes of it.
struct GoldenLine {
  let language: String
  let voice: String
  let text: String
  let ipa: String
  let nuclei: Int
  let symbols: String
  let ids: [Int]
  /// Onset, vowel and coda, without what 5.1 takes away.
  let syllables: [[String]]

  static func document(_ name: String) throws -> [String: Any] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  static let all: Result<[GoldenLine], any Error> = Result {
    let document = try Self.document("espeak.json")
    let lines = try #require(document["lines"] as? [[String: Any]])
    return try lines.map { line in
      func string(_ key: String) throws -> String { try #require(line[key] as? String) }
      return GoldenLine(
        language: try string("language"), voice: try string("voice"), text: try string("text"), ipa: try string("ipa"),
        nuclei: try #require(line["nuclei"] as? Int), symbols: try string("symbols"),
        ids: try #require(line["ids"] as? [Int]), syllables: try #require(line["syllables"] as? [[String]]).map(cleaned))
    }
  }

  private static func cleaned(_ syllable: [String]) -> [String] {
    syllable.map { part in
      let scalars = part.decomposedStringWithCanonicalMapping.unicodeScalars.filter { scalar in
        !"0123456789-\"^#[];ˈˌ\u{1D5D}".unicodeScalars.contains(scalar)
          && (scalar.properties.generalCategory != .nonspacingMark || "\u{303}\u{329}\u{327}".unicodeScalars.contains(scalar))
      }
      return String(String.UnicodeScalarView(scalars)).replacing("c\u{327}", with: "ç")
    }
  }
}

@Suite struct EspeakTests {
  @Test func itsPhonesAreThoseOfTheGoldenLines() throws {
    let lines = try GoldenLine.all.get()
    #expect(lines.count == 74)
    for line in lines {
      let words = try Espeak.phones(of: line.text, voice: line.voice).split(whereSeparator: \.isWhitespace)
      #expect(words == line.ipa.split(whereSeparator: \.isWhitespace), "\(line.language): \(line.text)")
    }
  }

  @Test func anUnknownVoiceIsNamed() {
    #expect(throws: EspeakError.unknownVoice("xx-nowhere")) { try Espeak.phones(of: "la", voice: "xx-nowhere") }
  }

  @Test func linesOfManyThreadsDoNotMix() throws {
    let lines = try GoldenLine.all.get()
    let alone = try lines.map { try Espeak.phones(of: $0.text, voice: $0.voice) }
    DispatchQueue.concurrentPerform(iterations: lines.count * 4) { index in
      let index = (index * 31) % lines.count
      let again = try? Espeak.phones(of: lines[index].text, voice: lines[index].voice)
      #expect(again == alone[index])
    }
  }

  @Test func textIsCutToWhatTheLibraryHolds() {
    let pieces = Espeak.pieces(of: String(repeating: "ы", count: 4096) + "\u{0}\u{7}la\u{E000}la\n" + String(repeating: "no ", count: 400))
    #expect(pieces.allSatisfy { $0.utf8.count <= 400 && !$0.unicodeScalars.contains { $0.value < 32 } })
    #expect(pieces.joined(separator: " ").contains(" lala no"))
    #expect(pieces.joined().count { $0 == "ы" } == 4096)
    #expect(Espeak.pieces(of: " \u{1}\t ").isEmpty)
  }
}
