import FastCGI
import Fetching
import Foundation
import Generation
import JSON
import Store

/// The recording that a request names by an address (`api.md` 9.0).
enum SourceRecording {
  /// A finished song of the user's.
  case song(EditedSong)
  case upload(Upload)
  /// Somewhere else; it is fetched when the job runs.
  case remote(WebAddress)

  /// The recording that a normalised request names; nil for a task that uses none.
  /// - Throws: 404 for a song or an upload that isn't this user's; 400 for an address that nothing is fetched from.
  /// - Parameter shownField: what the client calls the address.
  init?(of parameters: JSON.Members, for task: MusicTask, user: User, _ context: Context, field shownField: String? = nil) throws {
    guard task.usesRecording else { return nil }
    let field = task == .reference ? "reference_audio_url" : "src_audio_url"
    guard let address = parameters[field]?.string else { return nil }
    try self.init(address: address, field: shownField ?? field, user: user, context)
  }

  /// - Parameter field: where the address stands in the request.
  init(address: String, field: String, user: User, _ context: Context) throws {
    switch context.ownMedia(at: address) {
    case .song(let id, let variation)?: self = .song(try EditedSong(id: id, variation: variation, user: user, context))
    case .upload(let id)?:
      guard let upload = try context.store.upload(id: id, userID: user.id) else { throw HTTPError.uploadNotFound }
      self = .upload(upload)
    case nil:
      do { self = .remote(try WebAddress(address)) } catch {
        throw InvalidParameters(code: "invalid_url", faults: [.init(field: field, message: "can't be used: \(error)")])
      }
    }
  }

  /// As a hearing asks for it.
  var source: RecordingSource {
    switch self {
    case .song(let song): .song(jobID: song.job.id, variation: song.output.variation)
    case .upload(let upload): .kept(upload.recordingID)
    case .remote(let address): .remote(address.text)
    }
  }

  /// Seconds; nil until it has been fetched.
  var durationSeconds: Double? {
    switch self {
    case .song(let song): song.output.durationSeconds
    case .upload(let upload): upload.durationSeconds
    case .remote: nil
    }
  }

  /// What to call it: the song's title, or the file's name without its ending.
  var name: String {
    switch self {
    case .song(let song): song.job.displayName
    case .upload(let upload): Self.name(ofFile: upload.fileName)
    case .remote(let address):
      Self.name(ofFile: URL(string: address.text)?.lastPathComponent ?? address.host)
    }
  }

  private static func name(ofFile file: String) -> String {
    let base = (file as NSString).deletingPathExtension.trimmingCharacters(in: .whitespaces)
    return base.isEmpty || base == "/" ? "Recording" : base
  }
}

/// What one of this server's media addresses leads to.
enum OwnMedia: Equatable {
  case song(id: Int64, variation: Int)
  case upload(id: String)
}

extension Context {
  /// What an address of this server leads to, whole or from its path on; nil for any other address.
  func ownMedia(at address: String) -> OwnMedia? {
    var path = Substring(address)
    if !path.hasPrefix("/") {
      guard path.hasPrefix(baseURL + "/") else { return nil }
      path = path.dropFirst(baseURL.count)
    }
    let parts = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
    guard parts.count == 3, parts[0] == "media" else { return nil }
    if parts[1] == "uploads" { return UploadLink.id(inFileName: parts[2]).map { .upload(id: $0) } }
    guard let id = Int64(parts[1]), case .audio(let variation, _)? = MediaFile(name: String(parts[2])) else { return nil }
    return .song(id: id, variation: variation)
  }

  /// The members of a body that may bring its recording along as a file, in the parts `file`, `audio`, `src_audio` or
  /// `reference_audio`: the file becomes an upload, and the request names that by its address (`api.md` 9.0).
  /// - Parameter field: the member that holds the address.
  func bodyMembers(takingFileAs field: String, of user: User) throws -> (members: JSON.Members, fromForm: Bool, bytes: [UInt8]) {
    guard request.contentType == "multipart/form-data" else { return try bodyMembers() }
    let form = try request.form(filesInto: studio.recordings.receivingFolder, fileLimit: Routes.uploadLimit)
    defer { form.removeFiles() }
    var members = JSON.Members()
    for name in form.fields.filter({ $0.fileName == nil }).map(\.name) where members[name] == nil {
      members[name] = form.member(name)
    }
    if let file = form.fields.first(where: { $0.path != nil && ["file", "audio", "src_audio", "reference_audio"].contains($0.name) }) {
      let upload = try keep(file, of: user)
      members[field] = .string("/media/uploads/\(UploadLink.fileName(upload.id))")
    }
    return (members, true, Array(JSON.object(members).text.utf8))
  }
}
