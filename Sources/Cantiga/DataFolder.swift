import ArgumentParser
import Foundation
import Secrets
import Store

/// The option that every command has which touches songs, users or keys.
struct DataOption: ParsableArguments {
  @Option(help: "The folder for songs, database and logs (environment: CANTIGA_DATA).")
  var data: String = ProcessInfo.processInfo.environment["CANTIGA_DATA"] ?? "data"

  /// The folder, made if it isn't there.
  func open() throws -> DataFolder { try DataFolder(path: data) }
}

/// Everything that Cantiga keeps (`ux.md` 5.3).
struct DataFolder {
  /// Absolute.
  let path: String

  init(path: String) throws {
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    do {
      try FileManager.default.createDirectory(
        atPath: self.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
    } catch {
      throw ValidationError("The data folder \(self.path) can't be made: \(error.localizedDescription)")
    }
  }

  var database: String { path + "/cantiga.sqlite" }
  var media: String { path + "/media" }
  /// Below the songs, so that nginx sends them the same way.
  var recordings: String { media + "/recordings" }
  var lost: String { path + "/lost" }
  var socket: String { path + "/run/cantiga.sock" }

  /// Opens the database, bringing it up to date.
  func openStore() throws -> Store { try Store(path: database) }

  /// The key that signs links and forms, made at the first start and readable by us alone.
  func signingKey() throws -> SigningKey {
    let file = path + "/secret"
    if let bytes = FileManager.default.contents(atPath: file) {
      guard let key = SigningKey(bytes: Array(bytes)) else {
        throw ValidationError("\(file) is damaged: it must have 32 bytes. Delete it to make a new one; links made so far then stop working.")
      }
      return key
    }
    let key = SigningKey()
    guard FileManager.default.createFile(atPath: file, contents: Data(key.bytes), attributes: [.posixPermissions: 0o600]) else {
      throw ValidationError("\(file) can't be written.")
    }
    return key
  }
}

/// Where the site's templates and static files lie: beside the sources of this checkout, found from the program's own place.
struct SiteFolder {
  let templates: String
  let publicFiles: String

  init() throws {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/" {
      let templates = folder.appendingPathComponent("templates").path
      let publicFiles = folder.appendingPathComponent("public").path
      if FileManager.default.fileExists(atPath: templates), FileManager.default.fileExists(atPath: publicFiles) {
        self.templates = templates
        self.publicFiles = publicFiles
        return
      }
      folder.deleteLastPathComponent()
    }
    throw ValidationError("The folders templates and public were not found above the program. Run it from its checkout's build folder.")
  }
}
