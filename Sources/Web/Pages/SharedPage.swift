import Store

/// A song's public page: to be heard by whoever has the link.
struct SharedPage: Page {
  static let name = "shared"

  var songTitle: String
  /// "Instrumental, 1:32"
  var facts: String
  var players: [SharedPlayer]
  var lyrics: [String]

  var documentTitle: String { songTitle }

  static let fields: TemplateFields<Self> = [
    "songTitle": .text(\.songTitle), "facts": .text(\.facts), "players": .list(\.players), "hasLyrics": .flag { !$0.lyrics.isEmpty },
    "lyrics": .texts(\.lyrics),
  ]
}

/// One variation of a shared song.
struct SharedPlayer: TemplateModel {
  /// "Variation B"; nil where there is but one.
  let title: String?
  let audioURL: String
  /// None where downloads are not allowed.
  let downloads: [Extra]

  static let fields: TemplateFields<Self> = [
    "title": .optional(\.title), "audioURL": .text(\.audioURL), "hasDownloads": .flag { !$0.downloads.isEmpty }, "downloads": .list(\.downloads),
  ]
}

/// What the owner does about a song besides hearing it: like and share.
struct JobSharing: TemplateModel {
  let jobID: Int
  let isLiked: Bool
  /// Nil where there is no link, or it has expired.
  let url: String?
  /// "Works until 3 Mar, without downloads."
  let note: String
  var days: FormField

  static let fields: TemplateFields<Self> = [
    "sharedJob": .text { String($0.jobID) }, "isLiked": .flag(\.isLiked), "shareURL": .optional(\.url), "shareNote": .text(\.note),
    "shareDays": .part(\.days),
  ]
}

extension JobSharing {
  static func daysField() -> FormField {
    let spans = [("", "Until I take it back"), ("1", "A day"), ("7", "A week"), ("30", "30 days")]
    return FormField(
      name: "days", label: "How long the link works",
      control: .choice(spans.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0.isEmpty) }))
  }

  static let sample = JobSharing(
    jobID: 41, isLiked: true, url: "http://127.0.0.1:8123/shared/abc", note: "Works until 3 Mar, with downloads.", days: daysField())
}

extension SharedPage {
  static let sample = SharedPage(
    songTitle: "Harbour <lights>", facts: "Song, 1:32",
    players: [
      SharedPlayer(
        title: "Variation A", audioURL: "/shared/abc/0.mp3", downloads: [Extra(label: "FLAC", url: "/shared/abc/0.flac")]),
      SharedPlayer(title: "Variation B", audioURL: "/shared/abc/1.mp3", downloads: []),
    ], lyrics: ["The river knows my name", "שלום עולם"])
}
