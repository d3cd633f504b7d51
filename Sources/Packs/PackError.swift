/// Why a pack could not be installed or used; the description says what to do.
public enum PackError: Error, Equatable, CustomStringConvertible {
  /// The folder has none.
  case notInstalled(PackKind, folder: String)
  /// The installed pack can't be used.
  case damaged(PackKind, folder: String, reason: String)
  /// A wheel is not in the folder to install from.
  case missingWheel(file: String, folder: String)
  /// A file is not the one that was pinned: another version, cut off, or tampered with.
  case wrongContents(file: String, expected: String, found: String)
  /// A file or folder can't be written or read.
  case file(path: String, reason: String)
  case busy(folder: String)
  case download(reason: String)

  public var description: String {
    switch self {
    case .notInstalled(let kind, let folder):
      "No \(kind.rawValue) are installed in \(folder). `cantiga \(kind.rawValue) install` fetches them."
    case .damaged(let kind, let folder, let reason):
      "The \(kind.rawValue) in \(folder) can't be used: \(reason). `cantiga \(kind.rawValue) install` puts them right."
    case .missingWheel(let file, let folder): "\(folder) has no \(file)."
    case .wrongContents(let file, let expected, let found):
      "\(file) is not the file that was asked for: its SHA-256 should be \(expected) and is \(found). Delete it and fetch it again."
    case .file(let path, let reason): "\(path): \(reason)."
    case .busy(let folder): "Another process is installing into \(folder). Wait until it is done."
    case .download(let reason):
      "pip could not fetch them (python3 -m pip: \(reason)). With --from they are taken from a folder."
    }
  }
}
