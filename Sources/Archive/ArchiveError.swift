/// Why an archive could not be written or read.
public enum ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
  case cannotCreate(path: String)
  /// One of its files has 4 GiB or more.
  case tooLarge(path: String)
  /// Not a ZIP file, damaged, beyond the limits asked for, or made to deceive.
  case unreadable(path: String, reason: String)
  case missingEntry(path: String, name: String)

  public var description: String {
    switch self {
    case .cannotCreate(let path): "The file \(path) cannot be created."
    case .tooLarge(let path): "A file of 4 GiB or more can't be put into the archive \(path)."
    case .unreadable(let path, let reason): "The archive \(path) can't be read: \(reason)."
    case .missingEntry(let path, let name): "The archive \(path) has no entry \(name)."
    }
  }
}
