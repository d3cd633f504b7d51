import Checkpoint
import Foundation
import Packs
import Testing

@testable import Listening

/// The pack in CANTIGA_LISTENERS, or in `.build-artefacts/listeners` of the checkout.
enum InstalledPack {
  static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["CANTIGA_LISTENERS"], !path.isEmpty { return URL(fileURLWithPath: path) }
    return URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("../../.build-artefacts/listeners").standardizedFileURL
  }()
  static let pack = try? ListeningPack(folder: folder)
  static let missing: Comment =
    "no listening pack: run `cantiga listeners install`, or set CANTIGA_LISTENERS to the folder of one"
}

@Suite(.enabled(if: InstalledPack.pack != nil, InstalledPack.missing))
struct ListeningPackTests {
  @Test func theInstalledFilesHaveTheTensorsOfTheSpecification() throws {
    let pack = try #require(InstalledPack.pack)
    try pack.pack.verify()
    #expect(try SafetensorsFile(path: pack.separation).entries.count == 140)
    #expect(try SafetensorsFile(path: pack.speech).entries.count == 203)
    let notes = try SafetensorsFile(path: pack.notes)
    #expect(abs(try notes.floats("input.scale", shape: [1])[0] - 2.480741) < 1e-6)
    #expect(abs(try notes.floats("input.shift", shape: [1])[0] + 0.876918) < 1e-6)
    let licences = pack.pack.manifest.files.map(\.name).filter { $0.hasPrefix("licences/") }
    #expect(licences.count == 5)
    #expect(licences.contains("licences/basic_pitch-NOTICE.txt"))
  }
}
