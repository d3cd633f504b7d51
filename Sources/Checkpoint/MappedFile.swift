import Foundation

/// Owns a whole file mapped into memory, read-only.
///
/// The pages are the file's: nothing is read before it is touched, and several processes share them. Replace such a file by
/// renaming another over it, never in place: touching a page that a truncation took away ends the process.
@safe
final class MappedFile: @unchecked Sendable {
  // Sendable: the mapping is read-only from `init` to `deinit`, and so is the reference to it.
  private let mapping: UnsafeRawBufferPointer

  init(path: String) throws(CheckpointError) {
    // Without O_NONBLOCK a named pipe would be waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "it is not a file") }
    guard status.st_size > 0 else {
      unsafe mapping = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let size = Int(status.st_size)
    guard let start = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), unsafe start != MAP_FAILED else {
      throw Self.failure(path)
    }
    unsafe mapping = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    if let start = unsafe mapping.baseAddress {
      unsafe munmap(UnsafeMutableRawPointer(mutating: start), mapping.count)
    }
  }

  var count: Int { unsafe mapping.count }

  /// Lends the bytes of a range, which must lie in the file.
  func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) throws -> Result) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range lies outside the file")
    return try unsafe body(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: mapping[range])))
  }

  /// A copy of all bytes.
  var bytes: [UInt8] { withBytes(0..<count) { span in span.map(UInt8.self) { $0 } } }

  private static func failure(_ path: String) -> CheckpointError {
    .unreadable(file: path, reason: unsafe String(cString: strerror(errno)))
  }
}

extension [UInt8] {
  /// The bytes of a file, which is no device and no pipe: those may have no end.
  /// - Throws: `CheckpointError.unreadable`; `.malformed` for a file of more bytes than the limit.
  public init(file path: String, limit: Int) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    guard file.count <= limit else {
      throw CheckpointError.malformed(file: path, reason: "it has \(file.count) bytes, more than \(limit)")
    }
    self = file.bytes
  }
}
