import FastCGI
import Foundation
import Generation
import JSON
import Music
import Store

/// The pages of uploads. A file and a form go through the same doors as the API's.
extension Routes {
  @Sendable static func showUploads(_ context: Context, _ user: User) throws -> Response {
    try context.page(try context.uploadsPage(of: user), user: user)
  }

  /// Keeps a file and shows it, or shows the form again with what is wrong.
  @Sendable static func uploadFromPage(_ context: Context, _ user: User) throws -> Response {
    let form = try context.request.form(filesInto: context.studio.recordings.receivingFolder, fileLimit: uploadLimit)
    defer { form.removeFiles() }
    try context.requireOwnForm(token: form["csrf"])
    var page = try context.uploadsPage(of: user)
    guard let file = form.file("file"), file.path != nil, file.fileName?.isEmpty == false else {
      page.problem = "Choose a file first."
      return try context.page(page, user: user, status: .unprocessable)
    }
    do {
      return .redirect(to: Address.upload(try context.keep(file, of: user).id).path)
    } catch let error as RecordingRefusal {
      page.problem = error.description
    } catch StoreError.tooManyUploads {
      page.problem = StoreError.tooManyUploads.description
    } catch let error as StoreError {
      guard case .storageFull = error else { throw error }
      page.problem = error.description
    }
    return try context.page(page, user: user, status: .unprocessable)
  }

  @Sendable static func showUpload(_ context: Context, _ user: User) throws -> Response {
    let upload = try context.upload(of: user)
    let hearing = context.studio.analyst.hearing(of: .kept(upload.recordingID), .whole, begins: false, waiting: 0)
    return try context.page(UploadPage(upload, hearing: hearing, audioURL: context.link(to: upload)), user: user)
  }

  @Sendable static func listenFromPage(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    let upload = try context.upload(of: user)
    _ = context.studio.analyst.hearing(of: .kept(upload.recordingID), .whole, begins: true, waiting: 0)
    return .redirect(to: Address.upload(upload.id).path)
  }

  @Sendable static func deleteUploadFromPage(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    try context.removeUpload(of: user)
    return .redirect(to: Address.uploads.path)
  }

  /// The words that were heard, with their times.
  @Sendable static func uploadWords(_ context: Context, _ user: User) throws -> Response {
    let upload = try context.upload(of: user)
    guard let form = context.parameters["form"].flatMap(LyricsForm.init(rawValue:)),
      let lyrics = context.heard(upload).flatMap(TimedLyrics.init(heard:))
    else { throw HTTPError.notFound }
    let name = FileName.parameters(of: upload.fileName + "." + form.rawValue)
    return Response(body: .text(try form.text(of: lyrics))).with("Content-Type", form.contentType)
      .with("Content-Disposition", "attachment; \(name)")
  }

  @Sendable static func showUse(_ context: Context, _ user: User) throws -> Response {
    let upload = try context.upload(of: user)
    return try context.page(
      UsePage(
        try context.useTask(context.request.query["do"]), of: upload, audioURL: context.link(to: upload), heard: context.heard(upload),
        values: [:]), user: user)
  }

  /// Queues what is made of an upload, or shows the form again with what is wrong.
  @Sendable static func use(_ context: Context, _ user: User) throws -> Response {
    let form = try context.ownForm()
    let upload = try context.upload(of: user)
    let task = try context.useTask(form["do"])
    var values: [String: String] = [:]
    for parameter in ParameterSchema.parameters(of: task) {
      values[parameter.name] = form[parameter.name]?.replacing("\r\n", with: "\n")
    }
    var body = JSON.Members(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    let field = task == .reference ? "reference_audio_url" : "src_audio_url"
    body[field] = .string("/media/uploads/\(UploadLink.fileName(upload.id))")
    do {
      let parameters = try ParameterSchema.normalise(body, for: task, fromForm: true)
      let recording = try SourceRecording(of: parameters, for: task, user: user, context)
      var order = SongOrder(task: task, parameters: parameters, given: ParameterSchema.given(in: body, of: task), user: user, recording: recording)
      return .redirect(to: Address.job(try order.place(in: context.studio).job.id).path)
    } catch let error as HTTPError where error.code == "stem_unavailable" {
      let page = UsePage(
        task, of: upload, audioURL: context.link(to: upload), heard: nil, values: values,
        faults: [.init(field: task.fieldOfStems, message: "can’t be taken out. \(error.message)")])
      return try context.page(page, user: user, status: .unprocessable)
    } catch {
      guard let refusal = FormRefusal(error) else { throw error }
      let page = UsePage(
        task, of: upload, audioURL: context.link(to: upload), heard: context.heard(upload), values: values, faults: refusal.faults)
      return try context.page(page, user: user, status: refusal.status)
    }
  }
}

extension Context {
  fileprivate func uploadsPage(of user: User, now: Date = Date()) throws -> UploadsPage {
    UploadsPage(
      uploads: try store.uploads(userID: user.id).map { UploadRow($0, now: now) }, kinds: "WAV, FLAC, MP3, Ogg, AIFF, CAF or AU",
      days: studio.settings.uploadDays)
  }

  fileprivate func useTask(_ word: String?) throws -> MusicTask {
    guard let word else { return .cover }
    guard let task = MusicTask(rawValue: word), task.usesRecording else { throw HTTPError.notFound }
    return task
  }

  fileprivate func link(to upload: Upload) -> String {
    studio.links.path(uploadID: upload.id, expiry: studio.links.expiry())
  }

  /// What was heard in an upload, if anybody has listened.
  fileprivate func heard(_ upload: Upload) -> JSON? {
    if case .heard(let heard) = studio.analyst.hearing(of: .kept(upload.recordingID), .whole, begins: false, waiting: 0) { heard } else { nil }
  }
}

extension MusicTask {
  /// Where a form asks for what is to be taken out.
  fileprivate var fieldOfStems: String {
    switch self {
    case .separation: "mode"
    case .transcription: "stems"
    default: "track_name"
    }
  }
}
