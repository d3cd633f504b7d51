/// A song in a list: on the create page and in the library.
struct SongRow: TemplateModel {
  let id: Int
  let title: String
  /// "Synth pop · 120 BPM · A minor"; empty while nothing is known.
  let meta: String
  let status: JobState
  /// "0:30", nil until the song has a length.
  let length: String?
  /// "3 variations", nil for one.
  let variations: String?
  /// "today, 14:02".
  let when: String
  /// ISO 8601, for `<time>`.
  let timestamp: String
  let cover: Cover
  let batchSize: Int
  /// What the player plays, nil until the song is finished.
  let audioURL: String?
  /// For browsers that can't play the first.
  let fallbackURL: String?
  /// "2nd in the queue", "Mix and master", "The SoundFont is missing".
  let detail: String?
  /// True steps done of those known, while the song is being made.
  let percent: Int?
  /// In a playlist alone.
  var tools: SongTools?

  init(
    id: Int, title: String, meta: String, status: JobState, length: String? = nil,
    variations: String? = nil, when: String, timestamp: String, cover: Cover, batchSize: Int = 1,
    audioURL: String? = nil, fallbackURL: String? = nil, detail: String? = nil, percent: Int? = nil
  ) {
    self.id = id
    self.title = title
    self.meta = meta
    self.status = status
    self.length = length
    self.variations = variations
    self.when = when
    self.timestamp = timestamp
    self.cover = cover
    self.batchSize = batchSize
    self.audioURL = audioURL
    self.fallbackURL = fallbackURL
    self.detail = detail
    self.percent = percent
  }

  static let fields: TemplateFields<Self> = [
    "id": .text { String($0.id) },
    "title": .text(\.title),
    "meta": .text(\.meta),
    "state": .text(\.status.rawValue),
    "stateWord": .text(\.status.word),
    "stateIcon": .text(\.status.icon),
    "isCompleted": .flag { $0.status == .completed },
    "isUnfinished": .flag(\.status.isUnfinished),
    "length": .optional(\.length),
    "variations": .optional(\.variations),
    "when": .text(\.when),
    "timestamp": .text(\.timestamp),
    "cover": .part(\.cover),
    "audioURL": .optional(\.audioURL),
    "batchSize": .text { String($0.batchSize) },
    "fallbackURL": .optional(\.fallbackURL),
    "detail": .optional(\.detail),
    "percent": .optional { $0.percent.map(String.init) },
    "tools": .part(\.tools),
  ]
}

/// What a page says of a job's status. A cancelled job is FAILED to the API (`api.md` 12.2).
enum JobState: String, Sendable, CaseIterable {
  case pending, processing, completed, failed, cancelled

  var word: String {
    switch self {
    case .pending: "Queued"
    case .processing: "Being made"
    case .completed: "Ready"
    case .failed: "Failed"
    case .cancelled: "Cancelled"
    }
  }

  /// A symbol of `public/icons.svg`.
  var icon: String {
    switch self {
    case .pending: "clock"
    case .processing: "lamp"
    case .completed: "check"
    case .failed: "alert"
    case .cancelled: "stop"
    }
  }

  var isUnfinished: Bool { self == .pending || self == .processing }
}

extension SongRow {
  static let samples: [SongRow] = [
    SongRow(
      id: 41, title: "Slow river", meta: "Folk · 84 BPM · D major", status: .completed,
      length: "1:32", variations: "2 variations", when: "today, 14:02",
      timestamp: "2026-03-01T14:02:00Z", cover: Cover(id: 41, pitchClass: 2, bpm: 84),
      audioURL: "/static/dev/sample.ogg", fallbackURL: "/static/dev/sample.mp3"),
    SongRow(
      id: 40, title: "Neon arcade", meta: "Electronic · 128 BPM · A minor", status: .completed,
      length: "0:30", when: "today, 13:40", timestamp: "2026-03-01T13:40:00Z",
      cover: Cover(id: 40, pitchClass: 9, isMinor: true, bpm: 128), audioURL: "/static/dev/sample.mp3"),
    SongRow(
      id: 38, title: "שיר ערב", meta: "Classical · 66 BPM · F♯ minor", status: .completed,
      length: "4:00", when: "yesterday", timestamp: "2026-02-28T20:11:00Z",
      cover: Cover(id: 38, pitchClass: 6, isMinor: true, bpm: 66), audioURL: "/static/dev/sample.mp3"),
    SongRow(
      id: 37, title: "A very long name that somebody typed because the name of a song may have two hundred characters",
      meta: "Rock · 144 BPM · E major", status: .completed, length: "2:05", when: "yesterday",
      timestamp: "2026-02-28T19:55:00Z", cover: Cover(id: 37, pitchClass: 4, bpm: 144),
      audioURL: "/static/dev/sample.mp3"),
    SongRow(
      id: 36, title: "Late set", meta: "Jazz · 110 BPM · B♭ major", status: .completed,
      length: "3:12", when: "27 Feb", timestamp: "2026-02-27T10:00:00Z",
      cover: Cover(id: 36, pitchClass: 10, bpm: 110), audioURL: "/static/dev/sample.mp3"),
    SongRow(
      id: 35, title: "Morning radio", meta: "Modern Pop", status: .failed, when: "27 Feb",
      timestamp: "2026-02-27T09:10:00Z", cover: Cover(id: 35),
      detail: "The disk was full while the files were written."),
    SongRow(
      id: 33, title: "Broken clock", meta: "Metal", status: .cancelled, when: "26 Feb",
      timestamp: "2026-02-26T22:10:00Z", cover: Cover(id: 33), detail: "Cancelled by you"),
  ]

  static let unfinishedSamples: [SongRow] = [
    SongRow(
      id: 43, title: "Harbour lights", meta: "", status: .processing, when: "just now",
      timestamp: "2026-03-01T14:12:00Z", cover: Cover(id: 43), detail: "Play the instruments, 12 of 32",
      percent: 46),
    SongRow(
      id: 44, title: "Brass for a parade", meta: "", status: .pending, when: "just now",
      timestamp: "2026-03-01T14:12:30Z", cover: Cover(id: 44), detail: "2nd in the queue"),
  ]
}
