import FastCGI
import Foundation
import Generation
import JSON
import Store

/// The finished song that an edit starts from (`api.md` 10).
struct EditedSong {
  let job: Job
  let output: Output

  var reference: SourceReference { SourceReference(jobID: job.id, variation: output.variation) }

  /// The song that a normalised request names; nil for a task that edits nothing.
  /// - Throws: 404 unless it is this user's; 400 when it isn't finished, or the edit doesn't fit into it.
  init?(of parameters: JSON.Members, for task: MusicTask, user: User, _ context: Context) throws {
    guard task.editsSong else { return nil }
    var id = (parameters["source_job_id"] ?? parameters["original_job_id"])?.int.map(Int64.init)
    var variation = parameters["source_output_index"]?.int ?? 0
    if id == nil, let address = parameters["src_audio_url"]?.string {
      guard case .song(let song, let index)? = context.ownMedia(at: address) else {
        throw InvalidParameters(faults: [
          .init(
            field: "src_audio_url",
            message: "must be a media address of one of your songs on this server: only those have a score to edit; make a cover of others")
        ])
      }
      (id, variation) = (song, index)
    }
    try self.init(id: id, variation: variation, user: user, context)
    try check(SongRequest(task: task, parameters: parameters, seed: 0).edit)
  }

  /// A variation of a finished song of this user's.
  /// - Throws: as above.
  init(id: Int64?, variation: Int, user: User, _ context: Context) throws {
    guard let id, let found = try context.store.jobWithOutputs(id: id, userID: user.id) else {
      throw HTTPError(.notFound, "job_not_found", "Original music job not found")
    }
    guard found.job.status == .completed, !found.outputs.isEmpty else {
      throw HTTPError(.badRequest, "job_not_completed", "Job must be completed")
    }
    guard let output = found.outputs.first(where: { $0.variation == variation }) else {
      throw InvalidParameters(faults: [
        .init(field: "source_output_index", message: "must be from 0 to \(found.outputs.count - 1)")
      ])
    }
    (job, self.output) = (found.job, output)
  }

  private func check(_ edit: SongEdit?) throws {
    switch edit {
    case .repaint(let seconds) where seconds.lowerBound >= output.durationSeconds:
      let length = (output.durationSeconds * 100).rounded() / 100
      throw InvalidParameters(faults: [
        .init(field: "repainting_start", message: "must be less than the song's length of \(length) seconds")
      ])
    case .extend(let left, let right) where left + output.durationSeconds + right > 600:
      throw InvalidParameters(faults: [
        .init(field: "right_extend_length", message: "makes the song longer than 600 seconds; at most 600 are made")
      ])
    default: break
    }
  }

  /// "Harbour lights (retake)".
  func title(after task: MusicTask) -> String {
    let word = task == .extend ? "extended" : task.rawValue
    return "\(job.displayName.prefix(180)) (\(word))"
  }
}
