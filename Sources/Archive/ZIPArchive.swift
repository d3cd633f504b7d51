public import Foundation

/// Reads a ZIP archive that may come from anybody: entries stored or deflated (PKWARE's APPNOTE 6.3.10, without sizes
/// that need ZIP64, encryption or several disks).
///
///     let wheel = try ZIPArchive(path: "voice.whl")
///     let bytes = try wheel.bytes(of: "voice/data/vocab.json")
///
/// The central directory is what counts; the local headers must agree with it. Refused when it is opened: names that
/// lead out of a folder, two entries with one name or sharing bytes, sizes beyond `Limits` or beyond what deflate can
/// reach. Refused when an entry is read: more or fewer bytes than declared, a wrong CRC-32. Nothing is ever written.
public struct ZIPArchive: Sendable {
  /// How much an archive may hold.
  public struct Limits: Sendable {
    public var archiveBytes: Int
    public var entries: Int
    /// One entry, unpacked.
    public var entryBytes: Int
    /// All entries together, unpacked.
    public var totalBytes: Int

    public init(
      archiveBytes: Int = 64 << 20, entries: Int = 4096, entryBytes: Int = 64 << 20, totalBytes: Int = 256 << 20
    ) {
      self.archiveBytes = archiveBytes
      self.entries = entries
      self.entryBytes = entryBytes
      self.totalBytes = totalBytes
    }
  }

  /// A file or folder of the archive, as its central directory tells.
  public struct Entry: Sendable, Equatable {
    /// With slashes between folders; a folder's own ends with one.
    public let name: String
    /// Unpacked.
    public let bytes: Int
    let packedBytes: Int
    let crc: UInt32
    let method: Method
    /// Where its data start in the archive.
    let start: Int
  }

  enum Method: Int { case stored = 0, deflated = 8 }

  public let path: String
  /// In the order of the central directory.
  public let entries: [Entry]
  private let content: [UInt8]
  private let index: [String: Int]

  /// Reads an archive whole into memory and checks everything but the contents of its entries.
  /// - Throws: `ArchiveError.unreadable`.
  public init(path: String, limits: Limits = Limits()) throws {
    let url = URL(fileURLWithPath: path)
    let size: Int
    do { size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 } catch {
      throw ArchiveError.unreadable(path: path, reason: error.localizedDescription)
    }
    guard size <= limits.archiveBytes else {
      throw ArchiveError.unreadable(path: path, reason: "it has \(size) bytes, more than \(limits.archiveBytes)")
    }
    let content: [UInt8]
    do { content = Array(try Data(contentsOf: url)) } catch {
      throw ArchiveError.unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(content, path: path, limits: limits)
  }

  /// The archive in `content`; `path` names it in errors.
  public init(_ content: [UInt8], path: String, limits: Limits = Limits()) throws {
    do throws(ZIPFault) {
      entries = try ZIPDirectory(content, limits: limits).entries()
    } catch {
      throw ArchiveError.unreadable(path: path, reason: error.reason)
    }
    self.content = content
    self.path = path
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
  }

  /// The contents of the entry with this name, checked.
  /// - Throws: `ArchiveError.missingEntry` or `.unreadable`.
  public func bytes(of name: String) throws -> [UInt8] {
    guard let entry = index[name].map({ entries[$0] }) else { throw ArchiveError.missingEntry(path: path, name: name) }
    let packed = content[entry.start..<entry.start + entry.packedBytes]
    let bytes: [UInt8]
    switch entry.method {
    case .stored: bytes = Array(packed)
    case .deflated:
      guard let inflated = Inflation.inflate(Array(packed), to: entry.bytes) else {
        throw ArchiveError.unreadable(path: path, reason: "the entry \(name) doesn't unpack to its \(entry.bytes) bytes")
      }
      bytes = inflated
    }
    var crc = CRC32()
    crc.add(bytes)
    guard crc.value == entry.crc else {
      throw ArchiveError.unreadable(path: path, reason: "the entry \(name) is damaged (its CRC-32 is wrong)")
    }
    return bytes
  }
}

/// What is wrong with an archive, as the end of a sentence.
struct ZIPFault: Error {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}
