internal import Archive
public import Foundation
internal import JSON
public import Logging
public import Store
internal import Synchronization

/// Puts what belongs to a user into one ZIP archive, when they ask for it: on a thread of its own, which yields to everything else.
public final class DataExporter: Sendable {
  private let store: Store
  private let media: MediaFolder
  private let recordings: RecordingFolder
  private let logger: Logger
  private let stopping = Atomic<Bool>(false)
  private let call = DispatchSemaphore(value: 0)
  private let running = DispatchGroup()

  private static let lookInterval = DispatchTimeInterval.seconds(2)
  private static let tidyInterval = Duration.seconds(600)
  /// What is left free on the disk.
  private static let reserve = 512 << 20

  public init(store: Store, media: MediaFolder, recordings: RecordingFolder, logger: Logger) {
    self.store = store
    self.media = media
    self.recordings = recordings
    self.logger = logger
  }

  /// Begins to work, with what a stop has interrupted first.
  public func start() {
    running.enter()
    startThread("exports") { [self] in
      defer { running.leave() }
      yieldToOthers()
      do { try store.requeueExports() } catch { logger.error("exports not put back", metadata: ["error": "\(error)"]) }
      work()
    }
  }

  /// Says that an archive was asked for. Whoever doesn't is noticed within two seconds.
  public func wake() { call.signal() }

  /// Ends the work; an archive that is being made is begun again at the next start.
  public func stop(patience: TimeInterval = 1) {
    stopping.store(true, ordering: .releasing)
    call.signal()
    _ = running.wait(timeout: .now() + patience)
  }

  private func work() {
    var tidyDue = ContinuousClock.now
    while !stopping.load(ordering: .acquiring) {
      do {
        if ContinuousClock.now >= tidyDue {
          tidyDue = .now + Self.tidyInterval
          try tidy()
        }
        if try makeNext() { continue }
      } catch { logger.error("export not made", metadata: ["error": "\(error)"]) }
      _ = call.wait(timeout: .now() + Self.lookInterval)
    }
  }

  /// Makes the archive that has waited longest.
  /// - Returns: false when none waits.
  func makeNext() throws -> Bool {
    guard let (export, user) = try store.claimExport() else { return false }
    let path = media.archive(export.name)
    do {
      let bytes = try make(path, for: user)
      try store.finishExport(export, bytes: bytes)
      logger.info("data exported", metadata: ["bytes": "\(bytes)"])
    } catch {
      try MediaFolder.remove(path)
      if error is CancellationError { return true }
      logger.error("export failed", metadata: ["error": "\(error)"])
      let isFull = error is DiskFull || media.isFull
      try store.finishExport(
        export, bytes: nil,
        errorMessage: isFull ? "There is not enough room on the server's disk for it." : "Something unexpected went wrong; the server's log has the details.")
    }
    return true
  }

  /// Removes archives whose time is over, and those that nobody knows of.
  func tidy() throws {
    let known = try store.deleteOldExports()
    for file in try media.archives() where !known.contains(file) { try MediaFolder.remove(media.archive(file)) }
  }

  // MARK: - The archive

  private func make(_ path: String, for user: User) throws -> Int {
    let folder = try media.stage(archiveOf: user.id)
    defer { removeStaged(folder) }
    let contents = ExportContents(store: store, user: user, media: media, recordings: recordings)
    guard try contents.bytes() + Self.reserve < media.freeBytes else { throw DiskFull() }
    let zip = try ZIPFile(creating: folder + "/data.zip", modified: Date())
    for list in try contents.writeLists(to: folder) { try zip.add(list, from: "\(folder)/\(list)") }
    try contents.eachFile { name, source in
      if stopping.load(ordering: .acquiring) { throw CancellationError() }
      // A song that was deleted meanwhile is no longer theirs to have.
      if FileManager.default.fileExists(atPath: source) { try zip.add(name, from: source) }
    }
    try zip.finish()
    try MediaFolder.sync(folder + "/data.zip")
    try MediaFolder.makeDirectory((path as NSString).deletingLastPathComponent)
    try MediaFolder.move(folder + "/data.zip", to: path)
    return try FileSize.bytes(path)
  }

  private func removeStaged(_ folder: String) {
    // Emptied at the next start at the latest.
    try? MediaFolder.remove(folder)
  }
}
