/// Finds and checks the central directory of a ZIP archive (APPNOTE 4.3.12, 4.3.16) and the local headers it points to.
struct ZIPDirectory {
  private let content: [UInt8]
  private let limits: ZIPArchive.Limits

  private static let endBytes = 22
  private static let headerBytes = 46
  private static let localHeaderBytes = 30
  /// Deflate codes at most 258 bytes in two bits: 1032 to 1. A few bytes come free with the end of a block.
  private static let greatestRatio = 1032

  init(_ content: [UInt8], limits: ZIPArchive.Limits) {
    self.content = content
    self.limits = limits
  }

  func entries() throws(ZIPFault) -> [ZIPArchive.Entry] {
    guard content.count <= limits.archiveBytes else {
      throw ZIPFault("it has \(content.count) bytes, more than \(limits.archiveBytes)")
    }
    let end = try endRecord()
    guard u16(end + 4) == 0, u16(end + 6) == 0, u16(end + 8) == u16(end + 10) else {
      throw ZIPFault("it is one of several disks")
    }
    let count = u16(end + 10)
    let directoryBytes = u32(end + 12)
    let directory = u32(end + 16)
    guard count <= limits.entries else { throw ZIPFault("it has \(count) entries, more than \(limits.entries)") }
    let directoryEnd = directory + directoryBytes
    guard directoryEnd == end || repeatsEnd(at: directoryEnd, before: end, count, directoryBytes, directory) else {
      throw ZIPFault("its directory isn't where its end says")
    }

    var entries: [ZIPArchive.Entry] = []
    var names: Set<String> = []
    var used: [Range<Int>] = []
    var total = 0
    var position = directory
    for _ in 0..<count {
      let (entry, extent, next) = try entry(at: position, directory: directory, end: directoryEnd)
      position = next
      guard names.insert(entry.name).inserted else { throw ZIPFault("it has two entries named \(entry.name)") }
      total += entry.bytes
      guard total <= limits.totalBytes else { throw ZIPFault("it unpacks to more than \(limits.totalBytes) bytes") }
      used.append(extent)
      entries.append(entry)
    }
    guard position == directoryEnd else { throw ZIPFault("its directory has another length than its end says") }
    used.sort { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(used, used.dropFirst()) where one.upperBound > next.lowerBound {
      throw ZIPFault("two of its entries share bytes")
    }
    return entries
  }

  /// Where the end record starts: the last one whose comment ends the file.
  private func endRecord() throws(ZIPFault) -> Int {
    var position = content.count - Self.endBytes
    let last = max(0, position - 0xFFFF)
    while position >= last, position >= 0 {
      if u32(position) == 0x0605_4B50, position + Self.endBytes + u16(position + 20) == content.count { return position }
      position -= 1
    }
    throw ZIPFault("it isn't a ZIP file, or its end is missing")
  }

  /// Whether all that lies between the directory and its end is a ZIP64 record with its locator (4.3.14, 4.3.15) that says the
  /// same as the end: PyTorch writes them into files of any size.
  private func repeatsEnd(at start: Int, before end: Int, _ count: Int, _ directoryBytes: Int, _ directory: Int) -> Bool {
    let locator = start + 56
    guard start >= 0, locator + 20 == end else { return false }
    return u32(start) == 0x0606_4B50 && u64(start + 4) == 44 && u32(start + 16) == 0 && u32(start + 20) == 0
      && u64(start + 24) == UInt64(count) && u64(start + 32) == UInt64(count) && u64(start + 40) == UInt64(directoryBytes)
      && u64(start + 48) == UInt64(directory) && u32(locator) == 0x0706_4B50 && u32(locator + 4) == 0
      && u64(locator + 8) == UInt64(start) && u32(locator + 16) == 1
  }

  /// The entry whose header is at `position`, the bytes it takes up among the data, and where the next header is.
  private func entry(at position: Int, directory: Int, end: Int) throws(ZIPFault) -> (ZIPArchive.Entry, Range<Int>, Int) {
    guard position + Self.headerBytes <= end, u32(position) == 0x0201_4B50 else {
      throw ZIPFault("its directory is damaged")
    }
    let nameBytes = u16(position + 28)
    let next = position + Self.headerBytes + nameBytes + u16(position + 30) + u16(position + 32)
    guard next <= end else { throw ZIPFault("its directory is damaged") }
    let rawName = content[position + Self.headerBytes..<position + Self.headerBytes + nameBytes]
    let name = try Self.name(rawName)

    guard u16(position + 8) & 0x2041 == 0 else { throw ZIPFault("its entry \(name) is encrypted") }
    guard let method = ZIPArchive.Method(rawValue: u16(position + 10)) else {
      throw ZIPFault("its entry \(name) is packed by method \(u16(position + 10)); only stored and deflated can be read")
    }
    let packedBytes = u32(position + 20)
    let bytes = u32(position + 24)
    let local = u32(position + 42)
    guard packedBytes != 0xFFFF_FFFF, bytes != 0xFFFF_FFFF, local != 0xFFFF_FFFF else {
      throw ZIPFault("its entry \(name) needs ZIP64, which isn't read")
    }
    guard bytes <= limits.entryBytes else {
      throw ZIPFault("its entry \(name) unpacks to \(bytes) bytes, more than \(limits.entryBytes)")
    }
    let isPossible = method == .stored ? bytes == packedBytes : bytes <= packedBytes * Self.greatestRatio
    guard isPossible else { throw ZIPFault("its entry \(name) can't have \(bytes) bytes in \(packedBytes)") }
    guard !name.hasSuffix("/") || bytes == 0 else { throw ZIPFault("its folder \(name) has contents") }

    // 4.3.7, local file header. Only the name's and the extra field's lengths are its own.
    guard local + Self.localHeaderBytes <= directory, u32(local) == 0x0403_4B50, u16(local + 8) == method.rawValue,
      u16(local + 26) == nameBytes
    else { throw ZIPFault("its entry \(name) has no header") }
    let start = local + Self.localHeaderBytes + nameBytes + u16(local + 28)
    guard start + packedBytes <= directory else { throw ZIPFault("its entry \(name) is cut off") }
    let localName = local + Self.localHeaderBytes
    guard content[localName..<localName + nameBytes].elementsEqual(rawName) else {
      throw ZIPFault("its entry \(name) has two names")
    }
    let entry = ZIPArchive.Entry(
      name: name, bytes: bytes, packedBytes: packedBytes, crc: UInt32(u32(position + 16)), method: method, start: start)
    return (entry, local..<start + packedBytes, next)
  }

  /// A name that stays inside a folder: relative, without `.` and `..`, in UTF-8 and printable.
  private static func name(_ bytes: ArraySlice<UInt8>) throws(ZIPFault) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else { throw ZIPFault("the name of an entry isn't UTF-8") }
    guard !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\\" || $0 == ":" }) else {
      throw ZIPFault("the name of an entry has control characters, backslashes or colons")
    }
    var parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw ZIPFault("its entry \(name) would lie outside of its folder")
    }
    return name
  }

  /// Little-endian; callers have checked that the bytes are there.
  private func u16(_ position: Int) -> Int { Int(content[position]) | Int(content[position + 1]) << 8 }
  private func u32(_ position: Int) -> Int { u16(position) | u16(position + 2) << 16 }
  private func u64(_ position: Int) -> UInt64 { UInt64(u32(position)) | UInt64(u32(position + 4)) << 32 }
}
