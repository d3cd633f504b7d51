import CTagLib

/// What a sound file says about itself, in whatever form its format has for it (Vorbis comments, ID3v2.4).
public struct AudioTags: Sendable, Equatable {
  public var title: String?
  public var artist: String?
  public var album: String?
  /// "2026" or "2026-11-22".
  public var date: String?
  public var genre: String?
  /// Whole beats a minute, as ID3 wants them.
  public var bpm: Int?
  /// As players write it: "Am", "F#".
  public var key: String?
  public var lyrics: String?
  /// ISO 639.
  public var language: String?
  public var comment: String?
  /// Marked for listeners and platforms as made by a machine.
  public var isAIGenerated = false
  /// The program that made the file.
  public var encoder: String?

  public init() {}

  /// Replaces all tags of a finished file.
  public func write(to path: String, format: AudioFormat) throws(AudioError) {
    let properties = self.properties
    let status = unsafe Self.withCStrings(properties) { pairs in
      unsafe ctaglib_write(path, format.tagKind, pairs.baseAddress, pairs.count)
    }
    switch status {
    case 0: return
    case 1: throw .cannotTag(path: path, reason: "it is not a \(format.rawValue) file")
    case 3: throw .cannotTag(path: path, reason: "its format has no place for one of them")
    default: throw .cannotTag(path: path, reason: "the file could not be rewritten")
    }
  }

  /// The tags of a file; what it doesn't say is nil.
  public init(readingFrom path: String, format: AudioFormat) throws(AudioError) {
    var found: [String: String] = [:]
    let status = unsafe withUnsafeMutablePointer(to: &found) { found in
      unsafe ctaglib_read(path, format.tagKind, found) { context, key, value in
        guard let context = unsafe context, let key = unsafe key, let value = unsafe value else { return }
        let found = unsafe context.assumingMemoryBound(to: [String: String].self)
        unsafe found.pointee[String(cString: key).uppercased()] = String(cString: value)
      }
    }
    guard status == 0 else { throw .cannotTag(path: path, reason: "it is not a \(format.rawValue) file") }
    title = found[Property.title]
    artist = found[Property.artist]
    album = found[Property.album]
    date = found[Property.date]
    genre = found[Property.genre]
    bpm = found[Property.bpm].flatMap { Int($0) }
    key = found[Property.key]
    lyrics = found[Property.lyrics]
    language = found[Property.language]
    comment = found[Property.comment]
    isAIGenerated = found[Property.aiGenerated] == "1"
    encoder = found[Property.encoder]
  }

  /// TagLib's names, which it maps to each format's own.
  private enum Property {
    static let title = "TITLE"
    static let artist = "ARTIST"
    static let album = "ALBUM"
    static let date = "DATE"
    static let genre = "GENRE"
    static let bpm = "BPM"
    static let key = "INITIALKEY"
    static let lyrics = "LYRICS"
    static let language = "LANGUAGE"
    static let comment = "COMMENT"
    static let aiGenerated = "AI_GENERATED"
    static let encoder = "ENCODEDBY"
  }

  private var properties: [(key: String, value: String)] {
    let all: [(String, String?)] = [
      (Property.title, title), (Property.artist, artist), (Property.album, album),
      (Property.date, date), (Property.genre, genre), (Property.bpm, bpm.map(String.init)),
      (Property.key, key), (Property.lyrics, lyrics), (Property.language, language),
      (Property.comment, comment), (Property.aiGenerated, isAIGenerated ? "1" : nil),
      (Property.encoder, encoder),
    ]
    return all.compactMap { key, value in
      guard let value, !value.isEmpty else { return nil }
      return (key, value)
    }
  }

  private static func withCStrings<Result>(
    _ properties: [(key: String, value: String)],
    _ body: (UnsafeBufferPointer<ctaglib_property>) -> Result
  ) -> Result {
    // One buffer of NUL-ended strings: texts with an inner NUL end there, as in every C library.
    var bytes: [CChar] = []
    var offsets: [(key: Int, value: Int)] = []
    for (key, value) in properties {
      let keyStart = bytes.count
      bytes += key.utf8CString
      offsets.append((keyStart, bytes.count))
      bytes += value.utf8CString
    }
    return unsafe bytes.withUnsafeBufferPointer { text in
      var pairs: [ctaglib_property] = unsafe []
      for offset in offsets {
        guard let base = text.baseAddress else { break }
        unsafe pairs.append(ctaglib_property(key: base + offset.key, value: base + offset.value))
      }
      return unsafe pairs.withUnsafeBufferPointer(body)
    }
  }
}

extension AudioFormat {
  fileprivate var tagKind: ctaglib_kind {
    switch self {
    case .flac: CTAGLIB_FLAC
    case .wav: CTAGLIB_WAV
    case .mp3: CTAGLIB_MPEG
    case .ogg: CTAGLIB_OGG
    }
  }
}
