internal import Audio
internal import Foundation
internal import Generation
internal import Music
internal import Store

/// Where the songs' files lie: `aa/JOB/0.flac` and so on, in a folder a job that comes and goes as a whole.
///
/// A job's folder is filled under `tmp/`, synced, and renamed into place, so a reader (nginx) sees all of it or
/// nothing, and so does whoever looks after a power cut.
public struct MediaFolder: Sendable {
  public let path: String
  /// Where the sweep puts what belongs to no job.
  let lostPath: String

  /// - Parameters:
  ///   - path: "DATA/media"; made when missing.
  ///   - lostPath: "DATA/lost"; made when something is lost.
  public init(path: String, lostPath: String) throws {
    self.path = path
    self.lostPath = lostPath
    try Self.makeDirectory(staging)
  }

  private var staging: String { path + "/tmp" }

  private func staged(_ jobID: Int64) -> String { "\(staging)/\(jobID)" }

  /// An empty folder to fill.
  func stage(jobID: Int64) throws -> String {
    let folder = staged(jobID)
    try Self.remove(folder)
    try Self.makeDirectory(folder)
    return folder
  }

  /// Puts a filled folder in place of whatever an interrupted attempt left there. Once this returns it outlives a
  /// power cut.
  func publish(_ staged: String, as directory: String) throws {
    try Self.syncAll(in: staged)
    let target = path + "/" + directory
    let parent = (target as NSString).deletingLastPathComponent
    try Self.makeDirectory(parent)
    try remove(directory)
    try Self.move(staged, to: target)
    try Self.sync(parent)
    try Self.sync(path)
  }

  /// Where a variation's stems lie in its job's folder.
  static func stemFolder(variation: Int) -> String { "\(variation).stems" }

  /// An empty folder to fill with the stems of a variation.
  func stage(stemsOf jobID: Int64, variation: Int) throws -> String {
    let folder = "\(staging)/\(jobID)-stems-\(variation)"
    try Self.remove(folder)
    try Self.makeDirectory(folder)
    return folder
  }

  /// Puts a filled folder into its job's, in place of what an interrupted attempt left there. Once this returns it
  /// outlives a power cut. Fails where the job's folder has gone, for its job is deleted.
  func publish(_ staged: String, asStemsOf job: Job, variation: Int) throws {
    try Self.syncAll(in: staged)
    let parent = path + "/" + job.directory
    let target = "\(parent)/\(Self.stemFolder(variation: variation))"
    try remove("\(job.directory)/\(Self.stemFolder(variation: variation))")
    try Self.move(staged, to: target)
    try Self.sync(parent)
  }

  // MARK: - Archives of people's own data

  /// The archive with this name; below `path`, so that nginx sends it.
  func archive(_ name: String) -> String { "\(path)/exports/\(name).zip" }

  /// An empty folder to make an archive in.
  func stage(archiveOf userID: String) throws -> String {
    let folder = "\(staging)/export-\(userID)"
    try Self.remove(folder)
    try Self.makeDirectory(folder)
    return folder
  }

  /// The names of the archives that are there.
  func archives() throws -> [String] {
    guard FileManager.default.fileExists(atPath: path + "/exports") else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path + "/exports").filter { $0.hasSuffix(".zip") }.map { String($0.dropLast(4)) }
  }

  /// How many bytes more fit on the disk; more than there can be where that isn't known.
  var freeBytes: Int {
    guard let facts = disk else { return .max }
    return Int(clamping: UInt64(facts.f_bavail).multipliedReportingOverflow(by: UInt64(facts.f_frsize)).partialValue)
  }

  /// Where a voice's sample lies, below `path`.
  static func voiceSample(_ voice: VoiceKind) -> String { "voices/\(voice.rawValue).mp3" }

  /// Puts a voice's sample in place of an older one.
  /// - Parameter write: writes the file it is given the path of.
  func publish(voiceSample voice: VoiceKind, write: (_ path: String) throws -> Void) throws {
    let staged = "\(staging)/\(voice.rawValue).mp3"
    try write(staged)
    try Self.makeDirectory(path + "/voices")
    try Self.move(staged, to: "\(path)/\(Self.voiceSample(voice))")
  }

  /// Removes a staged folder that nobody published.
  func discard(_ staged: String) throws { try Self.remove(staged) }

  /// Removes a job's folder; nothing happens when there is none. It is out of sight at once, even if the removing
  /// is interrupted.
  public func remove(_ directory: String) throws {
    let folder = path + "/" + directory
    guard FileManager.default.fileExists(atPath: folder) else { return }
    let doomed = "\(staging)/removed-\(UUID().uuidString)"
    try Self.move(folder, to: doomed)
    try Self.remove(doomed)
  }

  /// Removes what `stage` gave and nobody published.
  func discardStaged(jobID: Int64) throws { try Self.remove(staged(jobID)) }

  /// Whether a write failed because nothing more fits. The sound libraries don't say why, so this looks.
  func isFull(after error: any Error) -> Bool {
    switch error {
    case is DiskFull: true
    case is GenerationError, is CancellationError: false
    case let error as FileError where error.code == ENOSPC || error.code == EDQUOT: true
    default: isFull
    }
  }

  /// Fewer than 64 KiB, or no file, left.
  var isFull: Bool {
    guard let facts = disk else { return false }
    return freeBytes < 65_536 || (facts.f_files > 0 && facts.f_favail == 0)
  }

  /// Nil where nothing is known of it.
  private var disk: statvfs? {
    var facts = statvfs()
    return unsafe statvfs(path, &facts) == 0 ? facts : nil
  }

  // MARK: - Reading

  static let manuscriptExtension = "manuscript.json"

  /// A published song, for another to start from.
  /// - Parameter asRecording: its sound is wanted, and its score or manuscript only if there is one.
  /// - Throws: `GenerationError.unsupported` when its files are gone.
  func source(of directory: String, variation: Int, asRecording: Bool = false) throws -> SourceSong {
    let base = "\(path)/\(directory)/\(variation)"
    // An engine without scores keeps a manuscript alone.
    let needed = asRecording ? [".flac"] : [".score.json", "." + Self.manuscriptExtension]
    guard needed.contains(where: { FileManager.default.fileExists(atPath: base + $0) }) else {
      throw GenerationError.unsupported("The song that this starts from has been deleted, or has no \(asRecording ? "sound" : "score").")
    }
    let score = FileManager.default.contents(atPath: base + ".score.json")
    let manuscript = FileManager.default.contents(atPath: "\(base).\(Self.manuscriptExtension)")
    return SourceSong(
      score: try score.map(Score.init(json:)), manuscript: manuscript.map(Array.init),
      audio: { try AudioFile.read(base + ".flac") })
  }

  /// The stems of a published song that are there, by name.
  func stems(of directory: String, variation: Int, named names: [String]) -> [String: @Sendable () throws -> StereoBuffer] {
    let folder = "\(path)/\(directory)/\(Self.stemFolder(variation: variation))"
    return names.reduce(into: [:]) { stems, name in
      let file = "\(folder)/\(name).flac"
      if FileManager.default.fileExists(atPath: file) { stems[name] = { try AudioFile.read(file) } }
    }
  }

  /// The samples of a published song.
  /// - Throws: `GenerationError.unsupported` when its files are gone.
  func audio(ofJob id: Int64, variation: Int) throws -> StereoBuffer {
    let file = "\(path)/\(Job.directory(id: id))/\(variation).flac"
    guard FileManager.default.fileExists(atPath: file) else {
      throw GenerationError.unsupported("The song that this starts from has been deleted.")
    }
    return try AudioFile.read(file)
  }

  // MARK: - After a stop

  /// The ids of the jobs that have a folder.
  func jobIDs() throws -> [Int64] {
    try shelves().flatMap { shelf in
      try FileManager.default.contentsOfDirectory(atPath: path + "/" + shelf).compactMap { Int64($0) }
    }
  }

  /// Empties the staging folder: whatever is there was interrupted.
  func removeUnfinished() throws {
    try Self.remove(staging)
    try Self.makeDirectory(staging)
  }

  /// Moves a folder that belongs to nobody to where an administrator can look at it.
  func lose(_ directory: String) throws {
    try Self.makeDirectory(lostPath)
    let name = (directory as NSString).lastPathComponent
    var target = "\(lostPath)/\(name)"
    var copy = 2
    while FileManager.default.fileExists(atPath: target) {
      target = "\(lostPath)/\(name)-\(copy)"
      copy += 1
    }
    try Self.move(path + "/" + directory, to: target)
  }

  private func shelves() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).filter {
      $0.count == 2 && $0.allSatisfy(\.isHexDigit)
    }
  }
}

/// A system call on a file that failed.
public struct FileError: Error, Sendable, CustomStringConvertible {
  public let call: String
  public let path: String
  public let code: Int32

  public var description: String { "\(call) \(path): \(unsafe String(cString: strerror(code)))" }
}

extension MediaFolder {
  static func makeDirectory(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  static func remove(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try FileManager.default.removeItem(atPath: path)
  }

  static func move(_ path: String, to target: String) throws {
    guard unsafe rename(path, target) == 0 else { throw FileError(call: "rename", path: path, code: errno) }
  }

  /// Waits for all files of a folder and of the folders in it, and for their names.
  static func syncAll(in folder: String) throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let path = folder + "/" + file
      let isFolder = try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeDirectory
      if isFolder { try syncAll(in: path) } else { try sync(path) }
    }
    try sync(folder)
  }

  /// Waits until a file or a folder's list of names is on the disk.
  static func sync(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(call: "open", path: path, code: errno) }
    defer { _ = close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(call: "fsync", path: path, code: errno) }
  }
}
