internal import Audio
internal import Foundation
internal import Generation
internal import JSON
internal import Music
internal import Store

/// One set of stems on its way from a song's score, or from its sound where it has none, to files: a FLAC each, an archive of all,
/// and the pack from which the page's player hears them together.
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
    let (stems, names, warning) = try work.output.hasScore ? playedStems() : heardStems()
    let files = StemFiles(job: work.job, seed: work.output.seed, stems: stems, names: names, folder: folder)
    let (written, sounds) = try files.write(
      filesDone: { try progress.encode(filesDone: $0, of: $1) }, packDone: { try progress.encode(packDone: $0, of: $1) })
    return Result(stems: written.stems, archiveBytes: written.archiveBytes, note: try warning ?? difference(sounds))
  }

  /// The parts of the score.
  private func playedStems() throws -> ([Stem], StemNames, warning: String?) {
    let recipe = try recipe()
    let stems = try engine.makeStems(of: recipe, progress: progress)
    guard !stems.isEmpty, stems.count == recipe.score.parts.count else {
      throw GenerationError.failed("The score of this song has no parts, so there are no stems.")
    }
    return (stems, StemNames(recipe.score.parts.map { ($0.id, $0.name) }), nil)
  }

  /// What is told from a finished sound: the voice, drums, bass, and what they leave.
  private func heardStems() throws -> ([Stem], StemNames, warning: String?) {
    var request = SongRequest(task: .separation)
    request.sourceUse = .separate(.ofAnyRecording)
    let path = "\(media.path)/\(work.job.directory)/\(work.output.variation).flac"
    let song = try engine.makeSong(request, source: SourceSong(recording: { try AudioFile.read(path) }), progress: progress)
    return (song.stems, StemNames(song.stems.map { ($0.name, $0.title ?? $0.name) }), song.warnings.first)
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
      master: MasterMeasures(used: used), frames: work.output.frames)
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
