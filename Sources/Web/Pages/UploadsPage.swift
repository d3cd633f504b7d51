import Foundation
import Store

/// The recordings that the reader has brought, and the form that brings another.
struct UploadsPage: Page {
  static let name = "uploads"
  var section: Section? { .uploads }

  let uploads: [UploadRow]
  /// What was wrong with the file that was sent.
  var problem: String?
  /// "MP3, WAV, …".
  let kinds: String
  let days: Int

  var documentTitle: String { problem == nil ? "Uploads" : "The file was not kept" }

  static let fields: TemplateFields<Self> = [
    "hasUploads": .flag { !$0.uploads.isEmpty }, "uploads": .list(\.uploads), "problem": .optional(\.problem),
    "kinds": .text(\.kinds), "days": .text { String($0.days) },
    "countSentence": .text { $0.uploads.count == 1 ? "1 recording" : "\($0.uploads.count) recordings" },
  ]
}

/// One upload in the list.
struct UploadRow: TemplateModel {
  let id: String
  let title: String
  let facts: String
  let length: String
  let keptUntil: Moment
  let waveform: String

  static let fields: TemplateFields<Self> = [
    "id": .text(\.id), "uploadTitle": .text(\.title), "facts": .text(\.facts), "length": .text(\.length),
    "untilTimestamp": .text(\.keptUntil.timestamp), "until": .text(\.keptUntil.words), "waveform": .markup(\.waveform),
  ]

  init(_ upload: Upload, now: Date) {
    id = upload.id
    title = upload.fileName
    facts = upload.facts
    length = Clock.text(upload.durationSeconds)
    keptUntil = Moment(upload.expiresAt, now: now)
    waveform = upload.waveformPath
  }
}

extension Upload {
  /// "MP3, 44.1 kHz, stereo, 3.4 MB".
  var facts: String {
    let kind = String(contentType.split(separator: "/").last ?? "").uppercased()
    let names = ["MPEG": "MP3", "X-CAF": "CAF", "BASIC": "AU", "OGG": "Ogg"]
    let width = channels == 1 ? "mono" : channels == 2 ? "stereo" : "\(channels) channels"
    return "\(names[kind] ?? kind), \(Numbers.short(Double(sampleRate) / 1000)) kHz, \(width), "
      + (bytes < 1_000_000 ? "\(max(1, bytes / 1000)) kB" : "\(Numbers.short(Double(bytes) / 1_000_000)) MB")
  }
}

extension UploadsPage {
  static let sample = UploadsPage(
    uploads: [UploadRow(.sample, now: .init(timeIntervalSince1970: 0))], kinds: "WAV, FLAC and MP3", days: 30)
  static let refusedSample = UploadsPage(uploads: [], problem: "This is not a sound file that can be read here.", kinds: "WAV", days: 30)
}

extension Upload {
  static let sample = Upload(
    id: "k3J0x", userID: "u", recordingID: String(repeating: "0a", count: 32), fileName: "Nachtlied <demo>.mp3", contentType: "audio/mpeg",
    bytes: 3_400_000, sampleRate: 44_100, channels: 2, durationSeconds: 192, isCut: true, waveformPath: "M0 40L1000 40L1000 60L0 60Z",
    createdAt: Date(timeIntervalSince1970: 0), expiresAt: Date(timeIntervalSince1970: 2_600_000))
}
