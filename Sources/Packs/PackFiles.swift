import Foundation
import Secrets

/// The files of a pack being made: written whole and synced, and moved into place together.
enum PackFiles {
  static func sha256(_ bytes: [UInt8]) -> String { Secrets.sha256(bytes) }

  /// - Throws: `PackError.file`.
  static func read(_ url: URL) throws -> [UInt8] {
    do { return Array(try Data(contentsOf: url)) } catch { throw PackError.file(path: url.path, reason: "it can't be read") }
  }

  static func makeFolder(_ url: URL) throws {
    do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
      throw PackError.file(path: url.path, reason: "the folder can't be made (\(error.localizedDescription))")
    }
  }

  static func write(_ bytes: [UInt8], to url: URL) throws {
    do {
      try Data(bytes).write(to: url, options: .withoutOverwriting)
      try sync(url)
    } catch let error as PackError { throw error } catch {
      throw PackError.file(path: url.path, reason: "it can't be written (\(error.localizedDescription))")
    }
  }

  /// Waits until a file's contents, or a folder's list of names, are on the disk (fsync(2)).
  static func sync(_ url: URL) throws {
    let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(url) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(url) }
  }

  /// Puts a finished folder in the place of another, which may not exist. A process killed in between leaves either the
  /// old folder, none, or the new one; what was set aside is removed at the next installation.
  static func swap(_ finished: URL, into place: URL, aside: URL) throws {
    if FileManager.default.fileExists(atPath: place.path) {
      guard unsafe rename(place.path, aside.path) == 0 else { throw failure(place) }
    }
    guard unsafe rename(finished.path, place.path) == 0 else { throw failure(place) }
    try sync(place.deletingLastPathComponent())
  }

  /// Removes a file or folder, if it is there.
  static func remove(_ url: URL) throws {
    guard FileManager.default.fileExists(atPath: url.path) else { return }
    do { try FileManager.default.removeItem(at: url) } catch {
      throw PackError.file(path: url.path, reason: "it can't be removed (\(error.localizedDescription))")
    }
  }

  private static func failure(_ url: URL) -> PackError {
    .file(path: url.path, reason: unsafe String(cString: strerror(errno)))
  }
}

/// Keeps the folder of a pack to one installer. The kernel lets go of it when the process ends, however it ends (flock(2)).
final class PackLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `PackError.busy` when another process has it.
  init(_ url: URL) throws(PackError) {
    descriptor = unsafe open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .file(path: url.path, reason: unsafe String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .busy(folder: url.deletingPathExtension().path)
    }
  }

  deinit { close(descriptor) }
}
