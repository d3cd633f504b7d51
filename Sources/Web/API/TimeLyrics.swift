import FastCGI
import Generation
import JSON
import Music
import Store

/// Timed lyrics of a finished job (`api.md` 11.1).
extension Routes {
  /// The LRC of a job's first variation. Times come from the score when the song is made; the words of a song that has none are heard.
  @Sendable static func timeLyrics(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let found = try context.store.jobWithOutputs(id: id, userID: user.id) else { throw HTTPError.jobNotFound }
    guard found.job.status == .completed else {
      throw HTTPError(.badRequest, "job_not_completed", "Job must be completed")
    }
    if let output = found.outputs.first, let lrc = output.lrc {
      let link = context.link(.lyrics(variation: output.variation, form: .lrc), of: id)
      return Response(json: [
        "success": true, "job_id": .int(Int(id)), "lrc_content": .string(lrc), "lrc_url": .string(link),
      ])
    }
    let used = found.outputs.first.flatMap { try? JSON(parsing: $0.used)["lyrics"]?.string }
    let words = used ?? (found.job.songType == "instrumental" ? nil : found.job.lyrics)
    // What was made of a recording may be sung although nobody gave words for it.
    let maySing = MusicTask(rawValue: found.job.task)?.usesRecording == true && found.job.songType != "instrumental"
    guard maySing || words?.contains(where: { !$0.isWhitespace }) == true else {
      throw HTTPError(.badRequest, "no_lyrics", "Job has no lyrics")
    }
    guard let output = found.outputs.first else { return Response(json: untimed(id, "This job has a score and no recording yet.")) }
    return try heardLyrics(of: output, id, context)
  }

  /// Words as they are heard in the song, kept with it from then on.
  private static func heardLyrics(of output: Output, _ id: Int64, _ context: Context) throws -> Response {
    let source = RecordingSource.song(jobID: id, variation: output.variation)
    switch context.studio.analyst.hearing(of: source, .quick, begins: true, waiting: patience) {
    case .heard(let heard):
      guard let lyrics = TimedLyrics(heard: heard) else {
        let notice = heard["lyrics"]?.isNull == false ? nil : heard["notes"]?.array?.first?.string
        return Response(json: untimed(id, notice ?? "No singing was heard in this song."))
      }
      try context.store.setLyrics(
        jobID: id, variation: output.variation, lrc: lyrics.lrc, lines: String(decoding: try lyrics.json(), as: UTF8.self))
      let link = context.link(.lyrics(variation: output.variation, form: .lrc), of: id)
      return Response(json: [
        "success": true, "job_id": .int(Int(id)), "lrc_content": .string(lyrics.lrc), "lrc_url": .string(link),
      ])
    case .refused(let refusal): return Response(json: untimed(id, refusal.description))
    case .none, .waiting, .running:
      throw HTTPError.unavailable("The song is still being listened to. Ask again in a few seconds: what has been done is not lost.")
    }
  }

  private static func untimed(_ id: Int64, _ reason: String) -> JSON {
    ["success": false, "job_id": .int(Int(id)), "lrc_content": .null, "lrc_url": .null, "error": .string(reason)]
  }
}
