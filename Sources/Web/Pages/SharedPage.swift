import Store

/// A song's public page: to be heard by whoever has the link.
struct SharedPage: Page {
  static let name = "shared"

  var songTitle: String
  /// "Instrumental, 1:32"
  var facts: String
  var players: [SharedPlayer]
  /// Of the first variation.
  var lyrics: Lyrics?
  var card: SocialCard?
  var isHeardByAll: Bool { true }

  var documentTitle: String { songTitle }

  static let fields: TemplateFields<Self> = [
    "songTitle": .text(\.songTitle), "facts": .text(\.facts), "players": .list(\.players), "lyrics": .part(\.lyrics),
  ]
}

/// One variation of a shared song.
struct SharedPlayer: TemplateModel {
  /// "Variation B"; nil where there is but one.
  let title: String?
  /// "Harbour, variation B"
  let playerTitle: String
  /// The page's own path.
  let songPath: String
  /// Whether it is the one that the words follow.
  let isFirst: Bool
  let seconds: Double
  let audioURL: String
  /// None where downloads are not allowed.
  let downloads: [Extra]

  static let fields: TemplateFields<Self> = [
    "title": .optional(\.title), "playerTitle": .text(\.playerTitle), "songPath": .text(\.songPath), "isFirst": .flag(\.isFirst),
    "seconds": .text { String($0.seconds) }, "audioURL": .text(\.audioURL), "hasDownloads": .flag { !$0.downloads.isEmpty }, "downloads": .list(\.downloads),
  ]
}

/// What the owner does about a song besides hearing it: like and share.
struct JobSharing: TemplateModel {
  let jobID: Int
  let isLiked: Bool
  /// Nil where there is no link, or it has expired.
  let url: String?
  /// What shows the song on another site.
  let embedCode: String
  /// "Works until 3 Mar, without downloads."
  let note: String
  var days: FormField
  /// Which playlist to put it into; nil where there is none yet.
  let playlists: FormField?

  static let fields: TemplateFields<Self> = [
    "sharedJob": .text { String($0.jobID) }, "isLiked": .flag(\.isLiked), "shareURL": .optional(\.url),
    "embedCode": .text(\.embedCode), "shareNote": .text(\.note),
    "shareDays": .part(\.days), "sharePlaylists": .part(\.playlists),
  ]
}

extension JobSharing {
  static func embedCode(_ url: String) -> String {
    #"<iframe src="\#(url)/embed" width="480" height="180" title="A song" allow="autoplay 'none'"></iframe>"#
  }

  static func playlistField(_ playlists: [(id: Int64, name: String)]) -> FormField? {
    guard !playlists.isEmpty else { return nil }
    return FormField(
      name: "playlist", label: "Playlist",
      control: .choice(playlists.map { Choice(value: String($0.id), label: $0.name, isChosen: false) }))
  }

  static func daysField() -> FormField {
    let spans = [("", "Until I take it back"), ("1", "A day"), ("7", "A week"), ("30", "30 days")]
    return FormField(
      name: "days", label: "How long the link works",
      control: .choice(spans.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0.isEmpty) }))
  }

  static let sample = JobSharing(
    jobID: 41, isLiked: true, url: "http://127.0.0.1:8123/shared/abc", embedCode: embedCode("http://127.0.0.1:8123/shared/abc"),
    note: "Works until 3 Mar, with downloads.", days: daysField(),
    playlists: playlistField([(1, "For <rainy> days")]))
}

extension SharedPage {
  static let sample = SharedPage(
    songTitle: "Harbour <lights>", facts: "Song, 1:32",
    players: [
      SharedPlayer(
        title: "Variation A", playerTitle: "Harbour <lights>, variation A", songPath: "/shared/abc", isFirst: true, seconds: 92,
        audioURL: "/shared/abc/0.mp3", downloads: [Extra(label: "FLAC", url: "/shared/abc/0.flac")]),
      SharedPlayer(
        title: "Variation B", playerTitle: "Harbour <lights>, variation B", songPath: "/shared/abc", isFirst: false, seconds: 92, audioURL: "/shared/abc/1.mp3", downloads: []),
    ],
    lyrics: Lyrics(
      language: nil,
      lines: [
        LyricLine(text: "The river knows my name", isHeading: false, seconds: 8.2, endSeconds: 12.4, wordTimes: "0:8.2 4:8.6 10:9.4 16:9.9 19:10.2"),
        LyricLine(text: "שלום עולם", isHeading: false, seconds: nil),
      ], files: []), card: .sample)
}
