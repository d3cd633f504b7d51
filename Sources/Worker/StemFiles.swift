internal import Archive
internal import Audio
internal import Foundation
internal import Generation
internal import Store
internal import Synchronization

/// The files of a set of stems: a FLAC each, an archive of all, and the pack from which the page's player hears them together.
struct StemFiles {
  let job: Job
  let seed: UInt32
  let stems: [Stem]
  let names: StemNames
  /// The folder being filled.
  let folder: String

  struct Written {
    var stems: [StemFile]
    var archiveBytes: Int
  }

  /// - Parameters:
  ///   - filesDone: told how many FLACs are written, of how many; may throw to stop.
  ///   - packDone: told how much of the pack is written; may throw to stop.
  /// - Returns: what was written, and the stems' samples.
  func write(
    filesDone: @escaping @Sendable (Int, Int) throws -> Void, packDone: (Int, Int) throws -> Void
  ) throws -> (Written, sounds: [StereoBuffer]) {
    let (files, sounds) = try writeStems(filesDone)
    try StemPack.write(sounds, to: folder + "/stems.pack", scratch: folder) { done, total in try packDone(done, total) }
    let zip = try ZIPFile(creating: folder + "/stems.zip", modified: job.createdAt)
    for (index, file) in files.enumerated() {
      try zip.add(names.entry(index), from: "\(folder)/\(file.id).flac")
      try packDone(1, 1)
    }
    try zip.finish()
    return (Written(stems: files, archiveBytes: try FileSize.bytes(folder + "/stems.zip")), sounds)
  }

  /// One FLAC a stem, on two threads.
  private func writeStems(
    _ filesDone: @escaping @Sendable (Int, Int) throws -> Void
  ) throws -> (files: [StemFile], sounds: [StereoBuffer]) {
    let files = Mutex([StemFile?](repeating: nil, count: stems.count))
    let sounds = Mutex([StereoBuffer](repeating: StereoBuffer(frames: 0), count: stems.count))
    try Crew(threads: 2).run(pieces: stems.count, steps: stems.count) { done, total in
      try filesDone(done, total)
    } work: { index, steps in
      let path = "\(folder)/\(names.ids[index]).flac"
      let sound = try stems[index].audio
      try AudioFile.write(sound, to: path, format: .flac)
      var tags = AudioTags()
      tags.title = "\(job.displayName) – \(names.titles[index])"
      tags.comment = "Stem of song \(job.id), made by Cantiga (\(job.engine) engine, seed \(seed))"
      tags.isAIGenerated = true
      tags.encoder = "Cantiga"
      try tags.write(to: path, format: .flac)
      let file = StemFile(
        id: names.ids[index], name: names.titles[index], bytes: try FileSize.bytes(path),
        waveformPath: WaveformPeaks.overview(of: sound).svgPath(points: 160, width: 1000, height: 100))
      files.withLock { $0[index] = file }
      sounds.withLock { $0[index] = sound }
      try steps.advance()
    }
    return (files.withLock { $0.compactMap { $0 } }, sounds.withLock { $0 })
  }
}

/// What the files of stems are called.
struct StemNames {
  /// File names without extension: the parts' ids, made safe and unique.
  let ids: [String]
  /// As shown to people, unique.
  let titles: [String]

  /// - Parameter stems: what each is called by programs and by people.
  init(_ stems: [(id: String, name: String)]) {
    var ids: [String] = []
    var titles: [String] = []
    for (index, part) in stems.enumerated() {
      let safe = String(part.id.unicodeScalars.filter { Self.isSafe($0) }.map(Character.init).prefix(48))
      ids.append(safe.isEmpty || ids.contains(safe) ? "part-\(index + 1)" : safe)
      let name = part.name.isEmpty ? part.id : part.name
      let same = stems[..<index].count { $0.name == part.name }
      titles.append(same == 0 ? name : "\(name) \(same + 1)")
    }
    self.ids = ids
    self.titles = titles
  }

  /// The name in the archive: "01 Upright bass.flac".
  func entry(_ index: Int) -> String {
    let name = String(
      titles[index].unicodeScalars.map { scalar -> Character in
        scalar.value < 0x20 || "/\\:*?\"<>|".unicodeScalars.contains(scalar) ? "_" : Character(scalar)
      })
    return "\(index < 9 ? "0" : "")\(index + 1) \(name).flac"
  }

  private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }
}
