import Foundation
import Testing

@testable import Archive

struct ZIPFileTests {
  @Test func theChecksumIsTheStandardOne() {
    var crc = CRC32()
    crc.add(Array("1234".utf8))
    crc.add(Array("56789".utf8))
    // The check value that every description of CRC-32 gives.
    #expect(crc.value == 0xCBF4_3926)
    #expect(CRC32().value == 0)
  }

  /// Another reader of archives opens what we write: plain, and with ZIP64's records from the 100th byte on.
  @Test(arguments: [Int(UInt32.max), 100, 0]) func pythonReadsTheArchive(plainLimit: Int) throws {
    let folder = NSTemporaryDirectory() + "cantiga-zip-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let long = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    try long.write(to: URL(fileURLWithPath: folder + "/a"))
    try Data().write(to: URL(fileURLWithPath: folder + "/b"))
    let zip = try ZIPFile(creating: folder + "/x.zip", modified: Date(timeIntervalSince1970: 1_800_000_001), plainLimit: plainLimit)
    try zip.add("01 Cavaquinho – São.flac", from: folder + "/a")
    try zip.add("empty", from: folder + "/b")
    try zip.finish()

    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      """
      import sys, zipfile
      z = zipfile.ZipFile(sys.argv[1])
      assert z.testzip() is None
      print([(i.filename, i.file_size, i.date_time) for i in z.infolist()])
      """, folder + "/x.zip",
    ]
    let pipe = Pipe()
    python.standardOutput = pipe
    try python.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    #expect(said == "[('01 Cavaquinho – São.flac', 2500000, (2027, 1, 15, 8, 0, 0)), ('empty', 0, (2027, 1, 15, 8, 0, 0))]\n")
  }

  @Test func aMissingFileIsAnError() throws {
    let path = NSTemporaryDirectory() + "cantiga-\(UUID().uuidString).zip"
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: path) } }
    let zip = try ZIPFile(creating: path, modified: Date())
    #expect(throws: (any Error).self) { try zip.add("x", from: "/nowhere/x") }
    #expect(throws: (any Error).self) { try ZIPFile(creating: "/nowhere/x.zip", modified: Date()) }
  }
}
