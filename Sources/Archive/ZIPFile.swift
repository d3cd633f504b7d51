public import Foundation

/// Writes a ZIP archive whose entries are stored as they are: for files that are compressed already.
///
///     let zip = try ZIPFile(creating: "stems.zip", modified: Date())
///     try zip.add("01 Bass.flac", from: "bass.flac")
///     try zip.finish()
///
/// It writes what PKWARE's APPNOTE 6.3.10 describes. A file stays below 4 GiB; an archive that doesn't, or has more than 65,534 entries,
/// gets the ZIP64 records that readers of the last twenty years know. `ZIPArchive` reads those without.
public final class ZIPFile {
  private let output: FileHandle
  private let path: String
  private let stamp: DOSTime
  private var entries: [Entry] = []
  private var size = 0

  private struct Entry {
    let name: [UInt8]
    let crc: UInt32
    let bytes: Int
    let offset: Int
  }

  private static let pieceBytes = 1 << 20
  private static let limit = Int(UInt32.max)
  /// From here on places are written with 64 bits.
  private let plainLimit: Int

  /// - Parameter modified: the time that all entries carry, to two seconds, in UTC.
  public convenience init(creating path: String, modified: Date) throws {
    try self.init(creating: path, modified: modified, plainLimit: Self.limit)
  }

  /// - Parameter plainLimit: less than 4 GiB in tests.
  init(creating path: String, modified: Date, plainLimit: Int) throws {
    self.plainLimit = plainLimit
    guard FileManager.default.createFile(atPath: path, contents: nil) else { throw ArchiveError.cannotCreate(path: path) }
    output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    self.path = path
    stamp = DOSTime(modified)
  }

  /// Adds a file, read twice: once for its checksum, once for its bytes.
  /// - Parameter name: the entry's name, with slashes for folders.
  public func add(_ name: String, from source: String) throws {
    var crc = CRC32()
    var bytes = 0
    try Self.read(source) { piece in
      crc.add([UInt8](piece))
      bytes += piece.count
    }
    let entry = Entry(name: Array(name.utf8), crc: crc.value, bytes: bytes, offset: size)
    guard entry.name.count <= UInt16.max, bytes < Self.limit else {
      throw ArchiveError.tooLarge(path: path)
    }
    // 4.3.7, local file header.
    try write(Fields(signature: 0x0403_4B50, common(entry), u16(entry.name.count), u16(0)).bytes + entry.name)
    try Self.read(source) { try output.write(contentsOf: $0) }
    size += bytes
    entries.append(entry)
  }

  /// Writes the directory and closes the file.
  public func finish() throws {
    let start = size
    for entry in entries {
      let isFar = entry.offset >= plainLimit
      // 4.5.3, ZIP64 extended information: the place alone.
      let extra = isFar ? u16(1) + u16(8) + u64(entry.offset) : []
      // 4.3.12, central directory header: made by version 4.5 or 2.0, no comment, first disk, no attributes.
      let header = Fields(
        signature: 0x0201_4B50, u16(isFar ? 45 : 20), common(entry, version: isFar ? 45 : 20), u16(entry.name.count), u16(extra.count), u16(0),
        u16(0), u16(0), u32(0), u32(isFar ? Self.limit : entry.offset))
      try write(header.bytes + entry.name + extra)
    }
    let (bytes, count) = (size - start, entries.count)
    let isLarge = size >= plainLimit || count >= UInt16.max
    if isLarge {
      // 4.3.14 and 4.3.15, the ZIP64 end of central directory record and its locator.
      let place = size
      try write(
        Fields(
          signature: 0x0606_4B50, u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count), u64(bytes), u64(start)).bytes)
      try write(Fields(signature: 0x0706_4B50, u32(0), u64(place), u32(1)).bytes)
    }
    // 4.3.16, end of central directory record: what is too large for it is in the ZIP64 record.
    let shortCount = isLarge ? Int(UInt16.max) : count
    let end = Fields(
      signature: 0x0605_4B50, u16(0), u16(0), u16(shortCount), u16(shortCount), u32(isLarge ? Self.limit : bytes),
      u32(isLarge ? Self.limit : start), u16(0))
    try write(end.bytes)
    try output.close()
  }

  /// What both headers of an entry say alike: the version to extract, names in UTF-8 (bit 11), stored.
  private func common(_ entry: Entry, version: Int = 20) -> [UInt8] {
    u16(version) + u16(1 << 11) + u16(0) + u16(stamp.time) + u16(stamp.day) + u32(Int(entry.crc)) + u32(entry.bytes)
      + u32(entry.bytes)
  }

  private func write(_ bytes: [UInt8]) throws {
    try output.write(contentsOf: Data(bytes))
    size += bytes.count
  }

  private static func read(_ path: String, _ take: (Data) throws -> Void) throws {
    let input = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? input.close() }
    while let piece = try input.read(upToCount: pieceBytes), !piece.isEmpty { try take(piece) }
  }
}

/// A time as MS-DOS packs it: years since 1980, two-second steps.
private struct DOSTime {
  let day: Int
  let time: Int

  init(_ date: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
    let year = min(max((parts.year ?? 1980) - 1980, 0), 127)
    day = year << 9 | (parts.month ?? 1) << 5 | (parts.day ?? 1)
    time = (parts.hour ?? 0) << 11 | (parts.minute ?? 0) << 5 | (parts.second ?? 0) / 2
  }
}

/// A record: its signature, then its fields, all little-endian.
private struct Fields {
  let bytes: [UInt8]
  init(signature: Int, _ fields: [UInt8]...) { bytes = u32(signature) + fields.flatMap { $0 } }
}

private func u16(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)] }
private func u32(_ value: Int) -> [UInt8] { u16(value) + u16(value >> 16) }
private func u64(_ value: Int) -> [UInt8] { u32(value & 0xFFFF_FFFF) + u32(value >> 32) }
