import Audio
import FastCGI
import Foundation
import JSON
import Music
import Store

/// Songs' files. The app decides who may have them; nginx sends them (`ux.md` 4.1).
extension Routes {
  /// A file by its signed link, for programs that send no key.
  @Sendable static func media(_ context: Context) throws -> Response {
    guard let id = context.parameters["id"].flatMap(Int64.init), let file = context.parameters["file"].flatMap(MediaFile.init(name:)),
      context.studio.links.opens(context.request.query["token"] ?? "", jobID: id, file: file)
    else { throw HTTPError(.notFound, "not_found", "This link is not valid or has expired.") }
    guard let job = try context.store.jobForLink(id: id) else { throw HTTPError.jobNotFound }
    return try context.send(file, of: job, asAttachment: context.request.query["inline"] == nil)
  }

  /// The overview of a waveform for the page's player.
  @Sendable static func peaks(_ context: Context, _ user: User) throws -> Response {
    let id = try context.jobID()
    guard let variation = context.parameters["variation"].flatMap(Int.init), (0..<8).contains(variation),
      try context.store.job(id: id, userID: user.id)?.status == .completed
    else { throw HTTPError.jobNotFound }
    return Response().with("Content-Type", "application/octet-stream").with("Cache-Control", "private, max-age=86400, immutable")
      .with("X-Accel-Redirect", "/_protected/\(Job.directory(id: id))/\(variation).peaks")
  }
}

extension Context {
  /// Hands a file of a completed job to nginx, or writes what is kept in the row.
  func send(_ file: MediaFile, of found: JobWithOutputs, asAttachment: Bool) throws -> Response {
    guard found.job.status == .completed else { throw HTTPError.jobNotFound }
    let output = found.outputs.first { $0.variation == file.variation }
    // A score that was written first has no song beside it yet.
    let isScoreAlone = found.outputs.isEmpty && file.variation == 0 && file.isOfScore
    guard output != nil || isScoreAlone else { throw HTTPError.jobNotFound }
    let name = try fileName(of: file, in: found.job)
    let response = Response().with("Content-Type", file.contentType)
      .with("Content-Disposition", "\(asAttachment ? "attachment" : "inline"); \(name.parameters)")
    if case .lyrics(_, let form) = file {
      guard let lyrics = output?.timedLyrics else { throw HTTPError.notFound }
      var text = response
      text.body = .text(try form.text(of: lyrics))
      return text
    }
    if let notation = try notation(file, of: found.job) {
      var text = response
      text.body = .text(notation)
      return text
    }
    if case .midiStem(_, let id) = file {
      var notes = response
      notes.body = .bytes(try midi(ofStem: id, found.job, variation: file.variation))
      return notes
    }
    return response.with("X-Accel-Redirect", "/_protected/\(found.job.directory)/\(file.place)")
  }
}

extension Context {
  /// The score that lies beside a finished job's song; nil where there is none.
  func score(of job: Job, variation: Int = 0) -> Score? {
    guard job.status == .completed else { return nil }
    return contents(of: "\(variation).score.json", job).flatMap { try? Score(json: $0) }
  }

  /// The waveform that lies beside a finished job's song; nil where there is none.
  func peaks(of job: Job, variation: Int) -> WaveformPeaks? {
    contents(of: "\(variation).peaks", job).flatMap { try? WaveformPeaks(decoding: Array($0)) }
  }

  /// A file in a job's folder; nil where there is none.
  private func contents(of name: String, _ job: Job) -> Data? {
    FileManager.default.contents(atPath: "\(studio.settings.mediaDirectory)/\(job.directory)/\(name)")
  }

  /// A format that is written from the score whenever it is asked for, so that songs of every age have it; nil for files.
  /// - Throws: 404 where there is no score.
  private func notation(_ file: MediaFile, of job: Job) throws -> String? {
    func score() throws -> Score {
      guard let score = self.score(of: job, variation: file.variation) else { throw HTTPError.notFound }
      return titled(score, job)
    }
    switch file {
    case .abc: return try score().abc()
    case .musicXML: return try score().musicXML()
    default: return nil
    }
  }

  /// The notes of one stem of a MIDI job.
  /// - Throws: 404 where there is no such stem.
  private func midi(ofStem name: String, _ job: Job, variation: Int) throws -> [UInt8] {
    let used = job.used.flatMap { try? JSON(parsing: $0) }
    let stem = used?["stems"]?.array?.first { $0["name"]?.string == name }
    guard let parts = stem?["parts"]?.array?.compactMap(\.string), var score = score(of: job, variation: variation) else { throw HTTPError.notFound }
    score.parts.removeAll { !parts.contains($0.id) }
    guard !score.parts.isEmpty else { throw HTTPError.notFound }
    return Array(score.midiFile())
  }

  /// A score that nobody gave a title bears its song's.
  private func titled(_ score: Score, _ job: Job) -> Score {
    guard score.title.isEmpty else { return score }
    var score = score
    score.title = job.displayName
    return score
  }
}

extension Context {
  /// What a file is called when it is saved.
  /// - Throws: 404 for stems that are not there.
  private func fileName(of file: MediaFile, in job: Job) throws -> FileName {
    guard file.isOfStems else {
      return FileName(title: job.displayName, jobID: job.id, fileExtension: file.fileExtension)
    }
    let sets = try store.stemSets(jobID: job.id)
    guard let set = sets.first(where: { $0.variation == file.variation && $0.state == .ready }) else {
      throw HTTPError(.notFound, "not_found", "These stems have not been made.")
    }
    guard case .stem(_, let id) = file else {
      return FileName(title: "\(job.displayName) – stems", jobID: job.id, fileExtension: String(file.name.split(separator: ".").last ?? ""))
    }
    guard let stem = set.stems.first(where: { $0.id == id }) else { throw HTTPError.notFound }
    return FileName(title: "\(job.displayName) – \(stem.name)", jobID: job.id, fileExtension: "flac")
  }
}

/// The name that a download gets: "Title [7].flac".
struct FileName {
  let title: String
  let jobID: Int64
  let fileExtension: String

  /// The whole name.
  var text: String {
    let clean = Self.safe(title)
    return "\(clean.isEmpty ? "song" : String(clean.prefix(100))) [\(jobID)].\(fileExtension)"
  }

  /// Plain ASCII for old clients and the real name as RFC 5987 writes it.
  var parameters: String { Self.parameters(of: text) }

  /// The parameters of a whole name, whatever stands in it.
  static func parameters(of name: String) -> String {
    let full = safe(name)
    let plain = String(full.unicodeScalars.map { $0.isASCII ? Character($0) : "_" })
    return "filename=\"\(plain)\"; filename*=UTF-8''\(PercentCoding.encode(full))"
  }

  private static func safe(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> Character in
        scalar.value < 0x20 || scalar.value == 0x7F || "/\\:*?\"<>|".unicodeScalars.contains(scalar) ? "_" : Character(scalar)
      }
    ).trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: ".")))
  }
}
