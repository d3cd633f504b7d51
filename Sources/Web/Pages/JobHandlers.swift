import FastCGI
import Generation
import JSON
import Store

/// A job's page, and what its owner does with the job there. Each form goes through the same door as the API's call.
extension Routes {
  @Sendable static func showJob(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    // Bounded before it is counted from 0: the smallest number there is has none below it.
    let number = min(max(context.request.query["v"].flatMap(Int.init) ?? 1, 1), 8)
    let key = JobDocumentKey(job: context.textKey(id, of: user), variation: number - 1, theme: context.theme)
    let part = context.request.query["part"]
    func makeDocument() throws -> Document? {
      try context.store.jobWithOutputs(id: id, userID: user.id).map {
        try context.document(JobPage($0, shownIndex: key.variation, notationPart: part, in: context), user: user)
      }
    }
    // A part that somebody chose to see is drawn anew: its page is large, and asked for seldom.
    let document = part == nil
      ? try context.studio.pages.jobs.value(for: key, generation: context.store.currentGeneration, makeDocument)
      : try makeDocument()
    guard let document else { throw HTTPError.notFound }
    return Response(html: document.html(formToken: context.csrfToken))
  }

  @Sendable static func cancelFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    _ = try context.ownForm()
    // A job that has finished in the meantime needs no refusal: its page says how it ended.
    guard try context.store.requestCancel(jobID: id, userID: user.id) != nil else { throw HTTPError.notFound }
    context.studio.wakeWorker()
    return .redirect(to: Address.job(id).path)
  }

  @Sendable static func deleteFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    _ = try context.ownForm()
    guard try context.removeJob(id, of: user) else { throw HTTPError.notFound }
    return .redirect(to: Address.library.path)
  }

  @Sendable static func retryFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    _ = try context.ownForm()
    do {
      guard try context.retryJob(id, of: user) != nil else { throw HTTPError.notFound }
    } catch StoreError.notFailed {
      // Two presses of one button: the first has put it back.
    } catch {
      guard let refusal = FormRefusal(error), let found = try context.store.jobWithOutputs(id: id, userID: user.id) else { throw error }
      var page = try JobPage(found, shownIndex: 0, in: context)
      page.note = refusal.faults.first?.message
      return try context.page(page, user: user, status: refusal.status)
    }
    return .redirect(to: Address.job(id).path)
  }

  @Sendable static func renameFromPage(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    let form = try context.ownForm()
    guard let parameter = ParameterSchema.parameter(named: "display_name"),
      let name = parameter.read(.string(form["display_name"] ?? ""), fromForm: true)?.string
    else { throw HTTPError.badRequest("The title must have 1 to 200 characters.") }
    guard try context.store.relabel(jobID: id, userID: user.id, displayName: name, thumbnailURL: nil) != nil else {
      throw HTTPError.notFound
    }
    return .redirect(to: Address.job(id).path)
  }
}
