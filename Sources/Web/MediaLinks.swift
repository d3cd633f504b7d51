import Foundation
import Secrets

/// The files that links may fetch.
enum MediaFile: Sendable, Equatable {
  case audio(variation: Int, format: String)
  /// The timed lyrics, written from the job's row when they are asked for.
  case lyrics(variation: Int, form: LyricsForm)
  case midi(variation: Int)
  /// The notes of one stem of a MIDI job, by its name, written when they are asked for.
  case midiStem(variation: Int, id: String)
  case score(variation: Int)
  /// The score in ABC 2.1, written when it is asked for.
  case abc(variation: Int)
  /// The score in MusicXML 4.0, written when it is asked for.
  case musicXML(variation: Int)
  /// One stem, by its id.
  case stem(variation: Int, id: String)
  /// All stems in one ZIP file.
  case stemArchive(variation: Int)
  /// All stems for the page's player.
  case stemPack(variation: Int)

  /// As it stands in a link: "0.flac".
  var name: String {
    switch self {
    case .audio(let variation, let format): "\(variation).\(format)"
    case .lyrics(let variation, let form): "\(variation).\(form.rawValue)"
    case .midi(let variation): "\(variation).mid"
    case .midiStem(let variation, let id): "\(variation).midi.\(id).mid"
    case .score(let variation): "\(variation).score.json"
    case .abc(let variation): "\(variation).abc"
    case .musicXML(let variation): "\(variation).musicxml"
    case .stem(let variation, let id): "\(variation).stem.\(id).flac"
    case .stemArchive(let variation): "\(variation).stems.zip"
    case .stemPack(let variation): "\(variation).stems.pack"
    }
  }

  /// Where it lies in the job's folder.
  var place: String {
    switch self {
    case .stem(let variation, let id): "\(variation).stems/\(id).flac"
    case .stemArchive(let variation): "\(variation).stems/stems.zip"
    case .stemPack(let variation): "\(variation).stems/stems.pack"
    case .audio, .lyrics, .midi, .midiStem, .score, .abc, .musicXML: name
    }
  }

  var variation: Int {
    switch self {
    case .audio(let variation, _), .lyrics(let variation, _), .midi(let variation), .score(let variation), .abc(let variation),
      .musicXML(let variation), .stem(let variation, _), .midiStem(let variation, _),
      .stemArchive(let variation), .stemPack(let variation): variation
    }
  }

  /// Whether it is made of the score rather than of the sound.
  var isOfScore: Bool {
    switch self {
    case .score, .midi, .midiStem, .abc, .musicXML: true
    case .audio, .lyrics, .stem, .stemArchive, .stemPack: false
    }
  }

  var isOfStems: Bool {
    switch self {
    case .stem, .stemArchive, .stemPack: true
    case .audio, .lyrics, .midi, .midiStem, .score, .abc, .musicXML: false
    }
  }

  static let audioFormats = ["flac", "wav", "mp3", "ogg"]

  init?(name: String) {
    guard let dot = name.firstIndex(of: "."), let variation = Int(name[..<dot]), (0..<8).contains(variation) else { return nil }
    switch name[name.index(after: dot)...] {
    case "mid": self = .midi(variation: variation)
    case "score.json": self = .score(variation: variation)
    case "abc": self = .abc(variation: variation)
    case "musicxml": self = .musicXML(variation: variation)
    case "stems.zip": self = .stemArchive(variation: variation)
    case "stems.pack": self = .stemPack(variation: variation)
    case let rest where rest.hasPrefix("stem.") && rest.hasSuffix(".flac"):
      let id = rest.dropFirst("stem.".count).dropLast(".flac".count)
      guard !id.isEmpty, id.utf8.allSatisfy({ MediaFile.isSafe($0) }) else { return nil }
      self = .stem(variation: variation, id: String(id))
    case let rest where rest.hasPrefix("midi.") && rest.hasSuffix(".mid") && rest.count > "midi..mid".count:
      let id = rest.dropFirst("midi.".count).dropLast(".mid".count)
      guard id.utf8.allSatisfy({ MediaFile.isSafe($0) }) else { return nil }
      self = .midiStem(variation: variation, id: String(id))
    case let rest where LyricsForm(rawValue: String(rest)) != nil:
      guard let form = LyricsForm(rawValue: String(rest)) else { return nil }
      self = .lyrics(variation: variation, form: form)
    case let format where MediaFile.audioFormats.contains(String(format)): self = .audio(variation: variation, format: String(format))
    default: return nil
    }
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }

  var contentType: String {
    switch self {
    case .stemArchive: "application/zip"
    case .stemPack: "application/octet-stream"
    case .audio(_, "flac"), .stem: "audio/flac"
    case .audio(_, "wav"): "audio/wav"
    case .audio(_, "mp3"): "audio/mpeg"
    case .audio: "audio/ogg"
    case .lyrics(_, let form): form.contentType
    case .midi, .midiStem: "audio/midi"
    case .score: "application/json; charset=utf-8"
    case .abc: "text/vnd.abc; charset=utf-8"
    case .musicXML: "application/vnd.recordare.musicxml+xml; charset=utf-8"
    }
  }

  var fileExtension: String {
    if case .midiStem(_, let id) = self { "\(id).mid" } else { String(name.drop { $0 != "." }.dropFirst()) }
  }
}

extension Context {
  /// The whole address of a song's file, with a signature (`api.md` 15.1).
  func link(_ file: MediaFile, of jobID: Int64) -> String {
    baseURL + studio.links.path(jobID: jobID, file: file, expiry: studio.links.expiry())
  }
}

/// Makes and checks the links that fetch a song's files without a key (`api.md` 15.1): the signature binds job, file
/// and expiry.
struct MediaLinks: Sendable {
  let key: SigningKey
  /// How long a link works.
  let lifetimeSeconds: Int

  /// When links made now expire. Rounded up to the hour, so that links made within one are the same and can be cached.
  func expiry(now: Date = Date()) -> Int {
    (Int(now.timeIntervalSince1970) / 3600 + 1) * 3600 + lifetimeSeconds
  }

  /// The path and query of a link.
  func path(jobID: Int64, file: MediaFile, expiry: Int) -> String {
    "/media/\(jobID)/\(file.name)?token=\(expiry).\(key.sign(MediaLinks.text(jobID, file, expiry)))"
  }

  /// Whether a token opens this file now.
  func opens(_ token: String, jobID: Int64, file: MediaFile, now: Date = Date()) -> Bool {
    let parts = token.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, let expiry = Int(parts[0]), Double(expiry) > now.timeIntervalSince1970 else { return false }
    return key.verify(parts[1], of: MediaLinks.text(jobID, file, expiry))
  }

  private static func text(_ jobID: Int64, _ file: MediaFile, _ expiry: Int) -> String {
    "media \(jobID) \(file.name) \(expiry)"
  }
}
