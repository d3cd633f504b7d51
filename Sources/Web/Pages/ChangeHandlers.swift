import FastCGI
import Generation
import JSON
import Store

/// Making a new song out of a finished one. The forms go through the same door as the API's edits.
extension Routes {
  @Sendable static func showChange(_ context: Context, _ user: User) throws -> Response {
    let query = context.request.query
    let task = try context.changeTask(query["do"])
    let (song, output) = try context.songToChange(variation: query["v"], of: user)
    var values: [String: String] = [:]
    values["repainting_start"] = query["from"]
    values["repainting_end"] = query["to"]
    return try context.page(ChangePage(task, song: song, output: output, checkpoints: context.checkpoints, values: values), user: user)
  }

  /// Queues the new song, or shows the form again with what is wrong.
  @Sendable static func change(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let task = try context.changeTask(form["do"])
    let (song, output) = try context.songToChange(variation: form["v"], of: user)
    var values: [String: String] = [:]
    for parameter in ParameterSchema.parameters(of: task) {
      values[parameter.name] = form[parameter.name]?.replacing("\r\n", with: "\n")
    }
    // Words that were not touched are no change.
    if task == .edit, values["lyrics"] == song.job.lyrics, values["caption"]?.isEmpty == false { values["lyrics"] = nil }
    var body = JSON.Members(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    body["source_job_id"] = .string(String(song.job.id))
    body["source_output_index"] = .string(String(output.variation))
    do {
      let parameters = try ParameterSchema.normalise(body, for: task, fromForm: true)
      let source = try EditedSong(of: parameters, for: task, user: user, context)
      var order = SongOrder(task: task, parameters: parameters, given: ParameterSchema.given(in: body, of: task), user: user, source: source)
      return .redirect(to: Address.job(try order.place(in: context.studio).job.id).path)
    } catch {
      guard let refusal = FormRefusal(error) else { throw error }
      let page = ChangePage(
        task, song: song, output: output, checkpoints: context.checkpoints, values: values, faults: refusal.faults)
      return try context.page(page, user: user, status: refusal.status)
    }
  }
}

extension Context {
  fileprivate var checkpoints: [InstalledCheckpoint] { studio.shelf?.checkpoints ?? [] }

  fileprivate func changeTask(_ word: String?) throws -> MusicTask {
    guard let word else { return .retake }
    guard let task = MusicTask(rawValue: word), ChangePage.tasks.contains(task) else { throw HTTPError.notFound }
    return task
  }

  /// The song that the address names, finished, and one of its variations.
  fileprivate func songToChange(variation text: String?, of user: User) throws -> (JobWithOutputs, Output) {
    guard let song = try store.jobWithOutputs(id: jobID(), userID: user.id), song.job.status == .completed,
      let first = song.outputs.first
    else { throw HTTPError.notFound }
    let number = min(max(text.flatMap { Int($0) } ?? 1, 1), 8)
    return (song, song.outputs.first { $0.variation == number - 1 } ?? first)
  }
}
