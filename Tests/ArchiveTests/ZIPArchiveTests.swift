import Foundation
import Testing

@testable import Archive

struct ZIPArchiveTests {
  /// An archive by hand, each field of which a test can falsify.
  struct Sample {
    struct Entry {
      var name = "a.txt"
      var localName: String?
      var method = 0
      var flags = 0
      var packed = Array("hello".utf8)
      var bytes: Int?
      var crc: UInt32?
      /// Where the directory says its header is; nil: where it is.
      var offset: Int?
    }
    var entries = [Entry()]
    var count: Int?
    var comment: [UInt8] = []

    func content() -> [UInt8] {
      var bytes: [UInt8] = []
      var directory: [UInt8] = []
      for entry in entries {
        let offset = bytes.count
        var crc = CRC32()
        crc.add(entry.packed)
        let common =
          u16(20) + u16(entry.flags) + u16(entry.method) + u32(0) + u32(Int(entry.crc ?? crc.value)) + u32(entry.packed.count)
          + u32(entry.bytes ?? entry.packed.count)
        let local = Array((entry.localName ?? entry.name).utf8)
        let name = Array(entry.name.utf8)
        bytes += u32(0x0403_4B50) + common + u16(local.count) + u16(0) + local + entry.packed
        directory +=
          u32(0x0201_4B50) + u16(20) + common + u16(name.count) + u16(0) + u16(0) + u16(0) + u16(0) + u32(0)
          + u32(entry.offset ?? offset) + name
      }
      let start = bytes.count
      let number = count ?? entries.count
      bytes += directory
      return bytes + u32(0x0605_4B50) + u16(0) + u16(0) + u16(number) + u16(number) + u32(directory.count) + u32(start)
        + u16(comment.count) + comment
    }

    private func u16(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
    private func u32(_ value: Int) -> [UInt8] { u16(value) + u16(value >> 16) }
  }

  /// Deflate's stored block (RFC 1951 3.2.4), the last one.
  static func storedBlock(_ bytes: [UInt8]) -> [UInt8] {
    let low = UInt8(bytes.count & 255), high = UInt8(bytes.count >> 8)
    return [1, low, high, ~low, ~high] + bytes
  }

  static func archive(_ entries: Sample.Entry...) -> [UInt8] { Sample(entries: entries).content() }

  static func crc(_ text: String) -> UInt32 {
    var crc = CRC32()
    crc.add(Array(text.utf8))
    return crc.value
  }

  @Test func storedAndDeflatedEntriesAreRead() throws {
    let bytes = Self.archive(
      .init(name: "folder/", packed: []), .init(name: "folder/één.txt"), .init(name: "empty", packed: []),
      .init(name: "b", method: 8, packed: Self.storedBlock(Array("hello".utf8)), bytes: 5, crc: Self.crc("hello")))
    let zip = try ZIPArchive(bytes, path: "x.zip")
    #expect(zip.entries.map(\.name) == ["folder/", "folder/één.txt", "empty", "b"])
    #expect(try zip.bytes(of: "folder/één.txt") == Array("hello".utf8))
    #expect(try zip.bytes(of: "empty").isEmpty)
    #expect(try zip.bytes(of: "b") == Array("hello".utf8))
    #expect(throws: ArchiveError.missingEntry(path: "x.zip", name: "c")) { try zip.bytes(of: "c") }
    #expect(try ZIPArchive(Sample(comment: Array("a comment".utf8)).content(), path: "x.zip").entries.count == 1)
    #expect(try ZIPArchive(Sample(entries: []).content(), path: "x.zip").entries.isEmpty)
  }

  /// What we write, and what another writer deflates (with data descriptors, as to a pipe), we read.
  @Test func ourArchivesAndPythonsAreRead() throws {
    let folder = NSTemporaryDirectory() + "cantiga-unzip-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let long = (0..<2_500_000).map { UInt8(truncatingIfNeeded: ($0 / 7) &* 31) }
    try Data(long).write(to: URL(fileURLWithPath: folder + "/a"))
    let ours = try ZIPFile(creating: folder + "/ours.zip", modified: Date(timeIntervalSince1970: 1_800_000_001))
    try ours.add("São.flac", from: folder + "/a")
    try ours.finish()
    #expect(try ZIPArchive(path: folder + "/ours.zip").bytes(of: "São.flac") == long)

    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
      "python3", "-c",
      """
      import sys, zipfile
      class Pipe:
          def __init__(self, f): self.f = f
          def write(self, b): return self.f.write(b)
          def flush(self): self.f.flush()
      with open(sys.argv[1] + "/theirs.zip", "wb") as f:
          with zipfile.ZipFile(Pipe(f), "w", zipfile.ZIP_DEFLATED) as z:
              z.write(sys.argv[1] + "/a", "deep/a")
              z.writestr("none", b"")
      """, folder,
    ]
    try python.run()
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    let theirs = try ZIPArchive(path: folder + "/theirs.zip")
    #expect(try theirs.bytes(of: "deep/a") == long)
    #expect(try theirs.bytes(of: "none").isEmpty)
  }

  @Test(arguments: [
    (archive(.init(name: "../up")), "outside"), (archive(.init(name: "/etc/passwd")), "outside"),
    (archive(.init(name: "a/../../b")), "outside"), (archive(.init(name: "a//b")), "outside"),
    (archive(.init(name: "")), "outside"), (archive(.init(name: "/")), "outside"),
    (archive(.init(name: "a\\b")), "backslashes"), (archive(.init(name: "C:x")), "colons"),
    (archive(.init(name: "a\u{0}b")), "control"),
    (archive(.init(), .init()), "two entries named a.txt"),
    (archive(.init(), .init(name: "b.txt", localName: "a.txt", offset: 0)), "two names"),
    (archive(.init(), .init(name: "c.txt", localName: "a.txt", packed: [], offset: 0)), "two names"),
    (archive(.init(localName: "b.txt")), "two names"), (archive(.init(localName: "long name")), "no header"),
    (archive(.init(flags: 1)), "encrypted"), (archive(.init(method: 12)), "method 12"),
    (archive(.init(bytes: 6)), "can't have 6 bytes in 5"), (archive(.init(method: 8, bytes: 6000)), "can't have"),
    (archive(.init(bytes: 0xFFFF_FFFF)), "ZIP64"), (archive(.init(method: 8, bytes: 100 << 20)), "more than 67108864"),
    (archive(.init(offset: 3)), "no header"), (archive(.init(offset: 0xFFFF_FFF0)), "no header"),
    (Sample(count: 2).content(), "damaged"), (Sample(count: 0).content(), "another length"),
    (Sample(count: 9999).content(), "9999 entries"),
    (Sample().content() + [0], "end is missing"), ([], "end is missing"),
    (Array("PK\u{5}\u{6}".utf8), "end is missing"),
  ])
  func hostileArchivesAreRefused(_ content: [UInt8], because reason: String) {
    do {
      _ = try ZIPArchive(content, path: "x.zip")
      Issue.record("read an archive that should be refused because \(reason)")
    } catch { #expect("\(error)".contains(reason)) }
  }

  /// Two directory entries that give the same packed bytes twice: the "better bomb" of overlapping files.
  @Test func entriesThatShareBytesAreRefused() {
    // The second entry's header lies inside the first one's data.
    let inner = Array(Self.archive(.init(name: "in")).prefix(30 + 2 + 5))
    let outer = Self.archive(.init(name: "out", packed: inner), .init(name: "in", offset: 33))
    #expect { try ZIPArchive(outer, path: "x.zip") } throws: { "\($0)".contains("share bytes") }
  }

  @Test func lyingContentsAreRefused() throws {
    let block = Self.storedBlock(Array("hello".utf8))
    let cases: [Sample.Entry] = [
      .init(crc: 7),
      .init(method: 8, packed: block, bytes: 4, crc: Self.crc("hell")),
      .init(method: 8, packed: block, bytes: 6, crc: Self.crc("hello")),
      .init(method: 8, packed: Array(block.dropLast()), bytes: 5, crc: Self.crc("hello")),
      .init(method: 8, packed: block + [0], bytes: 5, crc: Self.crc("hello")),
      .init(method: 8, packed: [6, 6, 6], bytes: 5, crc: Self.crc("hello")),
      .init(method: 8, packed: [], bytes: 0, crc: 0),
    ]
    for entry in cases {
      let zip = try ZIPArchive(Self.archive(entry), path: "x.zip")
      #expect { try zip.bytes(of: "a.txt") } throws: { "\($0)".contains("a.txt") }
    }
  }

  @Test func theLimitsHold() {
    let two = Self.archive(.init(), .init(name: "b"))
    for limits in [
      ZIPArchive.Limits(archiveBytes: 100), .init(entries: 1), .init(entryBytes: 4), .init(totalBytes: 9),
    ] {
      #expect { try ZIPArchive(two, path: "x", limits: limits) } throws: { "\($0)".contains("more than") }
    }
    #expect(throws: Never.self) { try ZIPArchive(two, path: "x", limits: .init(entries: 2, entryBytes: 5, totalBytes: 10)) }
    #expect(throws: ArchiveError.self) { try ZIPArchive(path: "/nowhere/x.zip") }
  }

  /// Every archive with one byte changed, and every beginning of one, is read or refused; none crashes.
  @Test func noDamagedArchiveCrashes() {
    let whole = Self.archive(
      .init(), .init(name: "b", method: 8, packed: Self.storedBlock(Array("hello".utf8)), bytes: 5, crc: Self.crc("hello")))
    func read(_ content: [UInt8]) -> Bool {
      do {
        let zip = try ZIPArchive(content, path: "x.zip")
        for entry in zip.entries { _ = try zip.bytes(of: entry.name) }
        return true
      } catch { return false }
    }
    #expect(read(whole))
    for length in 0..<whole.count { #expect(!read(Array(whole.prefix(length)))) }
    for position in whole.indices {
      for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
        var content = whole
        content[position] = value
        _ = read(content)
      }
    }
  }
}
