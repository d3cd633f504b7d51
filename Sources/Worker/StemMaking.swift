internal import Archive
internal import Audio
internal import Foundation
internal import Generation
internal import JSON
internal import Music
internal import Store
internal import Synchronization

/// One set of stems on its way from a song's score to files: a FLAC each, an archive of all, and the pack from which
/// the page's player hears them together.
struct StemMaking {
  let work: StemWork
  let engine: any SongEngine
  let media: MediaFolder
  let progress: StemReporter

  struct Result {
    var stems: [StemFile]
    var archiveBytes: Int
    var note: String?
  }

  /// Makes the stems and puts their files in place.
  /// - Throws: what went wrong; nothing of it is left behind then.
  func run() throws -> Result {
    let staged = try media.stage(stemsOf: work.job.id, variation: work.output.variation)
    do {
      let result = try make(in: staged)
      try progress.checkCancellation()
      try media.publish(staged, asStemsOf: work.job, variation: work.output.variation)
      return result
    } catch {
      let cause: any Error = media.isFull(after: error) ? DiskFull() : error
      try media.discard(staged)
      throw cause
    }
  }

  private func make(in folder: String) throws -> Result {
    let recipe = try recipe()
    let stems = try engine.makeStems(of: recipe, progress: progress)
    guard !stems.isEmpty, stems.count == recipe.score.parts.count else {
      throw GenerationError.failed("The score of this song has no parts, so there are no stems.")
    }
    let names = StemNames(recipe.score.parts)
    let (files, sounds) = try write(stems, names: names, to: folder)
    try StemPack.write(sounds, to: folder + "/stems.pack", scratch: folder) { done, total in
      try progress.encode(packDone: done, of: total)
    }
    let zip = try ZIPFile(creating: folder + "/stems.zip", modified: work.job.createdAt)
    for (index, file) in files.enumerated() {
      try zip.add(names.entry(index), from: "\(folder)/\(file.id).flac")
      try progress.checkCancellation()
    }
    try zip.finish()
    return Result(
      stems: files, archiveBytes: try FileSize.bytes(folder + "/stems.zip"), note: try difference(sounds))
  }

  /// What the song was played from, read from its files and its row.
  private func recipe() throws -> StemRecipe {
    let path = "\(media.path)/\(work.job.directory)/\(work.output.variation).score.json"
    let score: Score
    do { score = try Score(json: try Data(contentsOf: URL(fileURLWithPath: path))) } catch {
      throw GenerationError.failed("The score of this song cannot be read, so its stems cannot be made.")
    }
    let used = try JSON(parsing: work.output.used)
    let request = try JSON(parsing: work.job.request)
    // Songs of the first version told no form.
    let isLoop = work.job.task == MusicTask.text2samples.rawValue && request["sample_type"]?.string != "one-shot"
    return StemRecipe(
      score: score, style: used["style"]?.string, genre: used["genre"]?.string,
      form: used["form"]?.string.flatMap(SongForm.init(rawValue:)) ?? (isLoop ? .loop : .song),
      tone: used["tone"]?.array?.compactMap(\.double), frames: work.output.frames)
  }

  /// One FLAC a stem, on two threads.
  private func write(
    _ stems: [Stem], names: StemNames, to folder: String
  ) throws -> (files: [StemFile], sounds: [StereoBuffer]) {
    let files = Mutex([StemFile?](repeating: nil, count: stems.count))
    let sounds = Mutex([StereoBuffer](repeating: StereoBuffer(frames: 0), count: stems.count))
    try Crew(threads: 2).run(pieces: stems.count, steps: stems.count) { done, total in
      try progress.encode(filesDone: done, of: total)
    } work: { index, steps in
      let path = "\(folder)/\(names.ids[index]).flac"
      let sound = try stems[index].audio
      try AudioFile.write(sound, to: path, format: .flac)
      var tags = AudioTags()
      tags.title = "\(work.job.displayName) – \(names.titles[index])"
      tags.comment = "Stem of song \(work.job.id), made by Cantiga (\(work.job.engine) engine, seed \(work.output.seed))"
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

  /// How far the sum of the stems is from the song as it was mastered. An engine of a later version may play a score
  /// otherwise than the one that made the song: its owner should know.
  private func difference(_ stems: [StereoBuffer]) throws -> String? {
    let master = try AudioFile.read("\(media.path)/\(work.job.directory)/\(work.output.variation).flac")
    guard let decibels = master.error(ofSum: stems) else {
      return "These stems are not as long as the song."
    }
    guard decibels > Self.audibleError else { return nil }
    return "These stems were played anew and add up to the song only nearly (\(Int(decibels.rounded())) dB apart)."
  }

  /// Decibels relative to the song; above it the stems are not the song.
  private static let audibleError = -60.0
}

/// What the files of stems are called.
struct StemNames {
  /// File names without extension: the parts' ids, made safe and unique.
  let ids: [String]
  /// As shown to people, unique.
  let titles: [String]

  init(_ parts: [Part]) {
    var ids: [String] = []
    var titles: [String] = []
    for (index, part) in parts.enumerated() {
      let safe = String(part.id.unicodeScalars.filter { Self.isSafe($0) }.map(Character.init).prefix(48))
      ids.append(safe.isEmpty || ids.contains(safe) ? "part-\(index + 1)" : safe)
      let name = part.name.isEmpty ? part.id : part.name
      let same = parts[..<index].count { $0.name == part.name }
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
