internal import Foundation

/// Keeps a folder to one process: two workers would take each other's jobs for interrupted ones.
///
/// The kernel lets go of it when the process ends, however it ends (flock(2)).
final class FolderLock: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws {
    let file = path + "/lock"
    descriptor = unsafe open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError(call: "open", path: file, code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      close(descriptor)
      throw code == EWOULDBLOCK ? FolderInUse(path: path) : FileError(call: "flock", path: file, code: code)
    }
  }

  deinit { close(descriptor) }
}

/// Another process makes songs into the same folder.
public struct FolderInUse: Error, Sendable, CustomStringConvertible {
  public let path: String
  public var description: String {
    "Another Cantiga is already using \(path). Stop it first, or choose another data folder."
  }
}
