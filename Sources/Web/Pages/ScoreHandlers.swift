import FastCGI
import Generation
import JSON
import Music
import Store

/// Playing a score: one from a file or a text (`v3/generate`), or the changed notes of a finished song (`v3/edit`).
extension Routes {
  @Sendable static func showScore(_ context: Context, _ user: User) throws -> Response {
    let query = context.request.query
    guard let song = try context.songOfScore(query["job"], variation: query["v"], of: user) else {
      return try context.page(ScorePage(song: nil, values: [:]), user: user)
    }
    let values = ["abc": song.score.abc(performance: false)]
    return try context.page(ScorePage(song: song.facts, values: values), user: user)
  }

  /// Queues the recording, or shows the form again with what is wrong.
  @Sendable static func playScore(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let song = try context.songOfScore(form["job"], variation: form["v"], of: user)
    let task: MusicTask = song == nil ? .scoreGenerate : .scoreRecord
    var values: [String: String] = [:]
    for name in ["abc", "style", "display_name"] { values[name] = form[name]?.replacing("\r\n", with: "\n") }
    let file = form.fields.last { $0.name == "file" && !$0.bytes.isEmpty }
    do {
      let text = values["abc"] ?? ""
      guard file != nil || text.contains(where: { !$0.isWhitespace }) else {
        throw InvalidParameters(faults: [.init(field: "abc", message: "is empty: choose a file or paste its text")])
      }
      let score: Score
      do { score = try Score(document: file?.bytes ?? Array(text.utf8), base: song?.score) } catch {
        throw InvalidParameters(faults: [.init(field: "abc", message: "can’t be read. \(error)")])
      }
      var body: JSON.Members = ["style": .optional(values["style"]), "display_name": .optional(values["display_name"])]
      if values["display_name"]?.isEmpty != false, song == nil, !["", "Untitled"].contains(score.title) {
        body["display_name"] = .string(String(score.title.prefix(200)))
      }
      body["source_job_id"] = song.map { .string(String($0.job.id)) }
      body["abc"] = .string(score.abc())
      body["allow_tempo_change"] = song == nil ? nil : "true"
      let parameters = try ParameterSchema.normalise(body, for: task, fromForm: true)
      var order = SongOrder(task: task, parameters: parameters, user: user)
      order.scoreSource = song.map { ($0.job, $0.variation) }
      order.scoreSeconds = score.seconds(atTick: score.lengthTicks)
      return .redirect(to: Address.job(try order.place(in: context.studio).job.id).path)
    } catch {
      guard let refusal = FormRefusal(error) else { throw error }
      return try context.page(ScorePage(song: song?.facts, values: values, faults: refusal.faults), user: user, status: refusal.status)
    }
  }
}

/// A song whose notes are changed.
private struct SongOfScore {
  let job: Job
  let variation: Int
  let score: Score
  var facts: (id: Int64, variation: Int, title: String) { (job.id, variation, job.displayName) }
}

extension Context {
  /// nil where no song is named.
  /// - Throws: 404 for one that isn't there, is another's, or has no score.
  fileprivate func songOfScore(_ text: String?, variation: String?, of user: User) throws -> SongOfScore? {
    guard let text, !text.isEmpty else { return nil }
    let number = variation.flatMap { Int($0) } ?? 1
    guard let id = Int64(text), (1...8).contains(number), let job = try store.job(id: id, userID: user.id),
      let score = score(of: job, variation: number - 1)
    else { throw HTTPError.notFound }
    return SongOfScore(job: job, variation: number - 1, score: score)
  }
}
