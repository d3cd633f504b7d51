import FastCGI
import Foundation
import Generation
import Store

/// The create page.
extension Routes {
  @Sendable static func showCreate(_ context: Context, _ user: User) throws -> Response {
    let query = context.request.query
    var input = CreateInput(query: query)
    if let text = query["from"] {
      guard let id = Int64(text), let job = try context.store.job(id: id, userID: user.id) else { throw HTTPError.notFound }
      input = try CreateInput(job)
    }
    return try context.createPage(try CreateForm(input, in: context.studio), user: user)
  }

  /// Queues a song, or shows the form again: with what is wrong, in the other mode, or with another engine's settings.
  @Sendable static func create(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    var input = CreateInput(form)
    switch form["switch"] {
    case "simple"?: input.isAdvanced = false
    case "advanced"?: input.isAdvanced = true
    case "engine"?: break
    case "clear"?: for name in input.advancedNames { input.values[name] = nil }
    default:
      do {
        let parameters = try ParameterSchema.normalise(input.body, for: input.wantedTask, fromForm: true)
        var order = SongOrder(
          task: input.wantedTask, parameters: parameters, given: ParameterSchema.given(in: input.body, of: input.wantedTask), user: user)
        return .redirect(to: Address.job(try order.place(in: context.studio).job.id).path)
      } catch {
        guard let refusal = FormRefusal(error) else { throw error }
        let refused = try CreateForm(input, faults: refusal.faults, in: context.studio)
        return try context.createPage(refused, user: user, status: refusal.status)
      }
    }
    return try context.createPage(try CreateForm(input, in: context.studio), user: user)
  }
}

extension Context {
  fileprivate func createPage(_ form: CreateForm, user: User, status: Status = .ok) throws -> Response {
    let now = Date()
    let active = try store.activeJobs(userID: user.id)
    var filter = JobFilter()
    filter.limit = 8 + active.count
    let last = try store.jobs(filter, userID: user.id).jobs.filter(\.status.isFinished).prefix(8)
    let page = CreatePage(
      form: form, starters: !form.isAdvanced && active.isEmpty && last.isEmpty ? Starter.all : [],
      active: try active.map { try SongRow($0, in: self, now: now) }, recent: try last.map { try SongRow($0, in: self, now: now) })
    return try self.page(page, user: user, status: status)
  }
}

extension Starter {
  private init(_ title: String, _ text: String, preset: String, cover: Cover) {
    self.title = title
    self.text = text
    href = "/?preset=\(PercentCoding.encode(preset))&caption=\(PercentCoding.encode(text))"
    self.cover = cover
  }

  static let all = [
    Starter(
      "Rain on the window", "Slow piano and soft strings in D minor, for reading on a grey afternoon", preset: "Classical",
      cover: Cover(id: 3, pitchClass: 7, isMinor: true, bpm: 62)),
    Starter(
      "Night drive", "Bright synth pop at 120 bpm in A minor, with a bass line that keeps moving", preset: "Modern Pop",
      cover: Cover(id: 14, pitchClass: 0, bpm: 120)),
    Starter(
      "Corner table", "A small jazz group late in the evening: saxophone, piano, double bass and brushes", preset: "Jazz",
      cover: Cover(id: 8, pitchClass: 5, bpm: 104)),
  ]
}
