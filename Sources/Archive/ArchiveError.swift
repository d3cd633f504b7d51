/// Why an archive could not be written or read.
public enum ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
  case cannotCreate(path: String)
  /// Beyond what a plain ZIP file can hold: 4 GiB, 65,535 entries.
  case tooLarge(path: String)
  /// Not a ZIP file, damaged, beyond the limits asked for, or made to deceive.
  case unreadable(path: String, reason: String)
  case missingEntry(path: String, name: String)

  public var description: String {
    switch self {
    case .cannotCreate(let path): "The file \(path) cannot be created."
    case .tooLarge(let path): "The archive \(path) would be larger than 4 GiB."
    case .unreadable(let path, let reason): "The archive \(path) can't be read: \(reason)."
    case .missingEntry(let path, let name): "The archive \(path) has no entry \(name)."
    }
  }
}
