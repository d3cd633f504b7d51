import FastCGI
import JSON
import Store

/// Timed lyrics of a finished job (`api.md` 11.1).
extension Routes {
  /// The LRC of a job's first variation. Times come from the score when the song is made, so there is nothing left to align:
  /// words without times are those of a song that has no score, or no recording.
  @Sendable static func timeLyrics(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let found = try context.store.jobWithOutputs(id: id, userID: user.id) else { throw HTTPError.jobNotFound }
    guard found.job.status == .completed else {
      throw HTTPError(.badRequest, "job_not_completed", "Job must be completed")
    }
    if let output = found.outputs.first, let lrc = output.lrc {
      let link = context.studio.links.path(
        jobID: id, file: .lyrics(variation: output.variation, form: .lrc), expiry: context.studio.links.expiry())
      return Response(json: [
        "success": true, "job_id": .int(Int(id)), "lrc_content": .string(lrc), "lrc_url": .string(context.baseURL + link),
      ])
    }
    let used = found.outputs.first.flatMap { try? JSON(parsing: $0.used)["lyrics"]?.string }
    let words = used ?? (found.job.songType == "instrumental" ? nil : found.job.lyrics)
    guard words?.contains(where: { !$0.isWhitespace }) == true else {
      throw HTTPError(.badRequest, "no_lyrics", "Job has no lyrics")
    }
    return Response(json: [
      "success": false, "job_id": .int(Int(id)), "lrc_content": .null, "lrc_url": .null,
      "error": .string(found.outputs.isEmpty ? "This job has a score and no recording yet." : "The words of this song were not sung."),
    ])
  }
}
