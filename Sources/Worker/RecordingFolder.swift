internal import Audio
internal import Fetching
internal import Foundation
public import Generation
internal import JSON
internal import Secrets
internal import Synchronization

/// Where the recordings lie that people bring: `aa/ID/sound.flac`, its waveform's peaks, and what is known of it; `aa` are the first two
/// digits of the id. A recording is filled under `tmp/`, synced, and renamed into place, as songs are.
public final class RecordingFolder: RecordingKeeper {
  public let path: String
  /// One at a time: a decoded recording takes 230 MB.
  private let turn = Mutex(())
  /// Held while a recording comes or goes.
  private let shelf = Mutex(())

  /// How much of a file is kept.
  public static let limitSeconds = 600.0
  /// A recording that nobody needs is left so long, for it may have come a moment ago.
  private static let grace = 60.0
  private static let receivingSeconds = 3600.0

  /// - Parameter path: "DATA/media/recordings"; made when missing.
  public init(path: String) throws {
    self.path = path
    try MediaFolder.makeDirectory(staging)
    try MediaFolder.makeDirectory(receivingFolder)
  }

  /// Removes what a stop interrupted; called once at start, before anything comes.
  func removeUnfinished() throws {
    try MediaFolder.remove(staging)
    try MediaFolder.makeDirectory(staging)
  }

  public var receivingFolder: String { path + "/received" }
  private var staging: String { path + "/tmp" }

  private func folder(_ id: String) -> String { "\(path)/\(id.prefix(2))/\(id)" }

  /// The lossless file of a kept recording; nil where it is gone.
  func sound(_ id: String) -> String? {
    let file = folder(id) + "/sound.flac"
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }

  /// - Throws: `RecordingRefusal` where it is gone.
  func audio(_ id: String) throws -> StereoBuffer {
    guard let file = sound(id) else {
      throw RecordingRefusal(.unavailable, "The recording that this starts from has been deleted.")
    }
    return try AudioFile.read(file)
  }

  public func keep(fileAt received: String) throws -> KeptRecording {
    defer { unlinkFile(received) }
    guard let id = Secrets.sha256(ofFile: received) else { throw FileError(call: "read", path: received, code: errno) }
    if let known = try shelf.withLock({ _ in try known(id) }) { return known }
    return try turn.withLock { _ in
      if let known = try shelf.withLock({ _ in try known(id) }) { return known }
      let staged = "\(staging)/\(UUID().uuidString)"
      try MediaFolder.makeDirectory(staged)
      defer { removeStaged(staged) }
      let kept = try fill(staged, with: received, id: id)
      for file in try FileManager.default.contentsOfDirectory(atPath: staged) { try MediaFolder.sync(staged + "/" + file) }
      try MediaFolder.sync(staged)
      return try shelf.withLock { _ in
        let parent = "\(path)/\(id.prefix(2))"
        try MediaFolder.makeDirectory(parent)
        try MediaFolder.remove(folder(id))
        try MediaFolder.move(staged, to: folder(id))
        try MediaFolder.sync(parent)
        try MediaFolder.sync(path)
        return kept
      }
    }
  }

  private func fill(_ staged: String, with received: String, id: String) throws -> KeptRecording {
    let bytes = try FileSize.bytes(received)
    let sound: ForeignSound
    do {
      sound = try ForeignSound(keeping: received, as: staged + "/sound.flac", limitSeconds: Self.limitSeconds)
    } catch let error as ForeignSoundError {
      if case .unknownKind = error { throw RecordingRefusal(.unknownKind, error.description) }
      throw RecordingRefusal(.unusable, error.description)
    }
    let peaks = WaveformPeaks.overview(of: try AudioFile.read(staged + "/sound.flac"))
    try Data(peaks.encoded).write(to: URL(fileURLWithPath: staged + "/peaks"))
    let kept = KeptRecording(
      id: id, contentType: sound.container.contentType, bytes: bytes, durationSeconds: sound.durationSeconds,
      sampleRate: sound.sourceRate, channels: sound.sourceChannels, isCut: sound.isCut,
      waveformPath: peaks.svgPath(width: 1000, height: 100))
    try Data(kept.json.text.utf8).write(to: URL(fileURLWithPath: staged + "/recording.json"))
    return kept
  }

  /// A recording that is there already, as new.
  private func known(_ id: String) throws -> KeptRecording? {
    let folder = folder(id)
    guard let bytes = FileManager.default.contents(atPath: folder + "/recording.json"),
      let kept = KeptRecording(id: id, json: try JSON(parsing: Array(bytes)))
    else { return nil }
    try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: folder)
    return kept
  }

  private func unlinkFile(_ path: String) { unsafe unlink(path) }

  private func removeStaged(_ path: String) {
    // It has been moved, or is removed at the next start at the latest.
    try? MediaFolder.remove(path)
  }

  // MARK: - What was heard

  /// What is kept beside a recording under a name; nil where nothing is.
  func note(_ name: String, of id: String) -> [UInt8]? {
    FileManager.default.contents(atPath: "\(folder(id))/\(name)").map(Array.init)
  }

  /// Keeps something beside a recording, unless that is gone.
  func keep(note bytes: [UInt8], named name: String, of id: String) throws {
    let staged = "\(staging)/\(UUID().uuidString)"
    try Data(bytes).write(to: URL(fileURLWithPath: staged))
    try shelf.withLock { _ in
      guard FileManager.default.fileExists(atPath: folder(id)) else { return unlinkFile(staged) }
      try MediaFolder.move(staged, to: "\(folder(id))/\(name)")
    }
  }

  // MARK: - Tidying

  /// Removes the recordings that nobody needs, and what was received and forgotten.
  func removeAll(except needed: Set<String>, now: Date = Date()) throws {
    for shelfName in try FileManager.default.contentsOfDirectory(atPath: path) where shelfName.count == 2 {
      for id in try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(shelfName)") where !needed.contains(id) {
        try shelf.withLock { _ in
          guard try age(of: folder(id), now) > Self.grace else { return }
          let doomed = "\(staging)/\(UUID().uuidString)"
          try MediaFolder.move(folder(id), to: doomed)
          try MediaFolder.remove(doomed)
        }
      }
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: receivingFolder) {
      let file = "\(receivingFolder)/\(name)"
      if try age(of: file, now) > Self.receivingSeconds { unlinkFile(file) }
    }
  }

  private func age(of path: String, _ now: Date) throws -> Double {
    let date = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    return date.map { now.timeIntervalSince($0) } ?? 0
  }
}

extension RecordingFolder {
  /// Fetches a recording and keeps it.
  /// - Throws: `RecordingRefusal`, or what `checkCancellation` throws.
  func fetch(
    _ address: String, by fetcher: Fetcher, checkCancellation: @escaping @Sendable () throws -> Void
  ) throws -> KeptRecording {
    let file = "\(receivingFolder)/\(UUID().uuidString)"
    do { try fetcher.fetch(try WebAddress(address), to: file, checkCancellation: checkCancellation) } catch let error as FetchError {
      throw RecordingRefusal(.unavailable, "Could not fetch source audio: \(error)")
    }
    do { return try keep(fileAt: file) } catch let error as RecordingRefusal {
      throw RecordingRefusal(error.reason, "Could not use source audio: \(error)")
    }
  }
}

extension KeptRecording {
  fileprivate var json: JSON {
    [
      "content_type": .string(contentType), "bytes": .int(bytes), "duration": .double(durationSeconds), "sample_rate": .int(sampleRate),
      "channels": .int(channels), "is_cut": .bool(isCut), "waveform": .string(waveformPath),
    ]
  }

  fileprivate init?(id: String, json: JSON) {
    guard let contentType = json["content_type"]?.string, let bytes = json["bytes"]?.int, let duration = json["duration"]?.double,
      let rate = json["sample_rate"]?.int, let channels = json["channels"]?.int, let isCut = json["is_cut"]?.bool,
      let waveform = json["waveform"]?.string
    else { return nil }
    self.init(
      id: id, contentType: contentType, bytes: bytes, durationSeconds: duration, sampleRate: rate, channels: channels, isCut: isCut,
      waveformPath: waveform)
  }
}
