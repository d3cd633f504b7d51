import Archive
import Foundation
import Music
import Testing

/// Scores in whatever notation they come.
@Suite struct DocumentTests {
  private let score = ScoreFilesTests.score

  private func keys(_ score: Score) -> [[Int]] { score.parts.map { $0.notes.map(\.pitch.midi) } }

  @Test func everyNotationIsToldByItsFirstBytes() throws {
    let documents: [[UInt8]] = [
      score.midiFile(), Array(score.musicXML().utf8), Array(score.abc().utf8), [0xEF, 0xBB, 0xBF] + Array(("\n " + score.musicXML(performance: false).drop { $0 != "\n" }).utf8),
    ]
    for document in documents { #expect(keys(try Score(document: document)) == keys(score)) }
  }

  private func archive(_ files: [String: String]) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mxl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let zip = try ZIPFile(creating: folder.appendingPathComponent("a.mxl").path, modified: Date())
    for (index, file) in files.sorted(by: { $0.key < $1.key }).enumerated() {
      let source = folder.appendingPathComponent(String(index))
      try Data(file.value.utf8).write(to: source)
      try zip.add(file.key, from: source.path)
    }
    try zip.finish()
    return Array(try Data(contentsOf: folder.appendingPathComponent("a.mxl")))
  }

  @Test func compressedMusicXMLIsRead() throws {
    let container = "<container><rootfiles><rootfile full-path=\"song.xml\"/></rootfiles></container>"
    let read = try Score(document: archive(["META-INF/container.xml": container, "song.xml": score.musicXML()]))
    #expect(keys(read) == keys(score))
    for files in [
      ["song.xml": score.musicXML()], ["META-INF/container.xml": "<container/>"],
      ["META-INF/container.xml": container.replacingOccurrences(of: "song.xml", with: "../song.xml")],
    ] {
      let broken = try archive(files)
      #expect(throws: ScoreDocumentError.self) { try Score(document: broken) }
    }
  }

  @Test func whatIsNoScoreIsRefusedInWords() throws {
    for bytes in [
      [], Array("MThd".utf8), Array("PK".utf8), Array("<svg/>".utf8), [0, 1, 2, 3], [0xFF, 0xD8, 0xFF, 0xE0], Array("fLaC\u{0}\u{0}".utf8),
      Array("Dear Sir or Madam".utf8), Array("<!DOCTYPE a [<!ENTITY b \"c\">]><score-partwise>&b;</score-partwise>".utf8),
    ] as [[UInt8]] {
      let error = #expect(throws: ScoreDocumentError.self) { try Score(document: bytes) }
      #expect((error?.description.count ?? 0) > 15)
    }
  }
}
