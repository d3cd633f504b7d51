import FastCGI
import Foundation
import Generation
import JSON
import Secrets
import Store

/// Recordings that users bring (`api.md` 15.2).
extension Routes {
  /// Bytes of a file; nginx.conf lets through a little more.
  static let uploadLimit = 100 << 20

  @Sendable static func upload(_ context: Context, _ user: User) throws -> Response {
    guard context.request.contentType == "multipart/form-data" else {
      throw HTTPError(.unsupportedMediaType, "unsupported_media_type", "Send the file as multipart/form-data, in a part named file.")
    }
    let form = try context.request.form(filesInto: context.studio.recordings.receivingFolder, fileLimit: uploadLimit)
    defer { form.removeFiles() }
    guard let file = form.fields.first(where: { $0.path != nil && ["file", "audio"].contains($0.name) }) else {
      throw InvalidParameters(faults: [.init(field: "file", message: "is required: a part with a file name")])
    }
    return Response(json: context.object(try context.keep(file, of: user)))
  }

  @Sendable static func listUploads(_ context: Context, _ user: User) throws -> Response {
    let uploads = try context.store.uploads(userID: user.id)
    return Response(json: .array(uploads.map(context.object))).with("X-Total-Count", String(uploads.count))
  }

  @Sendable static func showUploadObject(_ context: Context, _ user: User) throws -> Response {
    Response(json: context.object(try context.upload(of: user)))
  }

  @Sendable static func deleteUpload(_ context: Context, _ user: User) throws -> Response {
    try context.removeUpload(of: user)
    context.studio.wakeWorker()
    return Response(json: ["message": "Upload deleted"])
  }

  /// What is kept of an upload, by its signed link.
  @Sendable static func uploadedMedia(_ context: Context) throws -> Response {
    guard let id = context.parameters["file"].flatMap({ UploadLink.id(inFileName: $0[...]) }),
      context.studio.links.opens(context.request.query["token"] ?? "", uploadID: id),
      let upload = try context.store.uploadForLink(id: id)
    else { throw HTTPError(.notFound, "not_found", "This link is not valid or has expired.") }
    return Response().with("Content-Type", "audio/flac").with("Content-Disposition", "inline; filename=\"\(UploadLink.fileName(id))\"")
      .with("X-Accel-Redirect", "/_protected/\(upload.place)/sound.flac")
  }

  /// The overview of an upload's waveform for the page's player.
  @Sendable static func uploadPeaks(_ context: Context, _ user: User) throws -> Response {
    Response().with("Content-Type", "application/octet-stream").with("Cache-Control", "private, max-age=86400, immutable")
      .with("X-Accel-Redirect", "/_protected/\(try context.upload(of: user).place)/peaks")
  }
}

/// The name of an upload's file in links: "k3J0….flac".
enum UploadLink {
  static func fileName(_ id: String) -> String { id + ".flac" }

  static func id(inFileName name: Substring) -> String? {
    guard name.hasSuffix(".flac") else { return nil }
    let id = name.dropLast(".flac".count)
    return id.isEmpty || id.utf8.count > 64 ? nil : String(id)
  }
}

extension MediaLinks {
  /// The path and query of a link to an upload.
  func path(uploadID: String, expiry: Int) -> String {
    "/media/uploads/\(UploadLink.fileName(uploadID))?token=\(expiry).\(key.sign(Self.text(uploadID, expiry)))"
  }

  func opens(_ token: String, uploadID: String, now: Date = Date()) -> Bool {
    let parts = token.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, let expiry = Int(parts[0]), Double(expiry) > now.timeIntervalSince1970 else { return false }
    return key.verify(parts[1], of: Self.text(uploadID, expiry))
  }

  private static func text(_ uploadID: String, _ expiry: Int) -> String { "upload \(uploadID) \(expiry)" }
}

extension Upload {
  /// Where its recording lies below the media folder.
  var place: String { "recordings/\(recordingID.prefix(2))/\(recordingID)" }
}

extension HTTPError {
  static let uploadNotFound = HTTPError(.notFound, "not_found", "Upload not found")

  init(_ refusal: RecordingRefusal) {
    switch refusal.reason {
    case .unknownKind: self.init(.unsupportedMediaType, "unsupported_media_type", refusal.description)
    case .unusable: self.init(.badRequest, "unusable_audio", refusal.description)
    case .unavailable: self.init(.badRequest, "source_audio_unavailable", refusal.description)
    case .busy: self = .unavailable(refusal.description)
    }
  }
}

extension Context {
  /// The upload that the address names.
  func upload(of user: User) throws -> Upload {
    guard let upload = try store.upload(id: parameters["id"] ?? "", userID: user.id) else { throw HTTPError.uploadNotFound }
    return upload
  }

  /// Keeps a file that was received, as an upload of the user's.
  func keep(_ file: Form.Field, of user: User) throws -> Upload {
    guard let path = file.path else { throw HTTPError.badRequest("The file is missing.") }
    let kept = try studio.recordings.keep(fileAt: path)
    let now = Date()
    return try store.add(
      Upload(
        id: Secrets.randomToken(bytes: 15), userID: user.id, recordingID: kept.id, fileName: Self.plainName(file.fileName ?? ""),
        contentType: kept.contentType, bytes: kept.bytes, sampleRate: kept.sampleRate, channels: kept.channels,
        durationSeconds: kept.durationSeconds, isCut: kept.isCut, waveformPath: kept.waveformPath, createdAt: now,
        expiresAt: now.addingTimeInterval(Double(studio.settings.uploadDays) * 86_400)))
  }

  /// A client's name for a file, without folders and controls; at most 200 characters.
  static func plainName(_ name: String) -> String {
    let last = name.split { $0 == "/" || $0 == "\\" }.last ?? ""
    let clean = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }).prefix(200))
    return clean.allSatisfy(\.isWhitespace) ? "recording" : clean
  }

  /// An upload as programs see it.
  func object(_ upload: Upload) -> JSON {
    [
      "id": .string(upload.id),
      "url": .string(baseURL + studio.links.path(uploadID: upload.id, expiry: studio.links.expiry())),
      "filename": .string(upload.fileName), "content_type": .string(upload.contentType), "size_bytes": .int(upload.bytes),
      "duration": .double(upload.durationSeconds), "sample_rate": .int(upload.sampleRate), "channels": .int(upload.channels),
      "truncated": .bool(upload.isCut), "created_at": .string(Timestamp.text(upload.createdAt)),
      "expires_at": .string(Timestamp.text(upload.expiresAt)),
    ]
  }
}

extension Context {
  /// Deletes the upload that the address names.
  /// - Throws: 404 when the user has no such upload.
  func removeUpload(of user: User) throws {
    let id = parameters["id"] ?? ""
    guard try store.deleteUpload(id: id, userID: user.id) else { throw HTTPError.uploadNotFound }
    note(.uploadDeleted, by: user, "upload \(id)")
  }
}
