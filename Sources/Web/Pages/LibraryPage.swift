/// All songs of the reader, searched, filtered and sorted; one page of them.
struct LibraryPage: Page {
  static let name = "library"
  var section: Section? { isQueue ? .queue : .library }

  var query: String
  /// What is in progress, and nothing else.
  var isQueue = false
  var statuses: [Choice]
  var sorts: [Choice]
  var songs: [SongRow]
  /// "48 songs", "3 songs match".
  var countSentence: String
  /// The filters in force, each with the address that takes it away.
  var activeFilters: [ActiveFilter]
  /// Nothing has been made yet, whatever the filters.
  var isEmpty: Bool
  var previousHref: String?
  var nextHref: String?
  /// "Page 2 of 5", nil when all fit on one.
  var pageSentence: String?
  /// What becomes of old songs; nil where they stay.
  var retention: String?

  var heading: String { isQueue ? "In progress" : "Library" }
  var documentTitle: String { query.isEmpty ? heading : "\(query) – Library" }
  var isUnfinished: Bool { songs.contains { $0.status.isUnfinished } }

  static let fields: TemplateFields<Self> = [
    "heading": .text(\.heading),
    "query": .text(\.query),
    "statuses": .list(\.statuses),
    "sorts": .list(\.sorts),
    "songs": .list(\.songs),
    "countSentence": .text(\.countSentence),
    "hasFilters": .flag { !$0.activeFilters.isEmpty },
    "hasSongs": .flag { !$0.songs.isEmpty },
    "activeFilters": .list(\.activeFilters),
    "isEmpty": .flag(\.isEmpty),
    "hasNoMatch": .flag { !$0.isEmpty && $0.songs.isEmpty },
    "previousHref": .optional(\.previousHref),
    "nextHref": .optional(\.nextHref),
    "pageSentence": .optional(\.pageSentence),
    "retention": .optional(\.retention),
  ]
}

struct ActiveFilter: TemplateModel {
  let label: String
  let removeHref: String

  static let fields: TemplateFields<Self> = [
    "label": .text(\.label), "removeHref": .text(\.removeHref),
  ]
}

extension LibraryPage {
  static let sample = LibraryPage(
    query: "", statuses: sampleStatuses, sorts: sampleSorts,
    songs: SongRow.unfinishedSamples + SongRow.samples, countSentence: "48 songs", activeFilters: [],
    isEmpty: false, previousHref: "/library", nextHref: "/library?page=3", pageSentence: "Page 2 of 5")
  static let emptySample = LibraryPage(
    query: "", statuses: sampleStatuses, sorts: sampleSorts, songs: [], countSentence: "No songs",
    activeFilters: [], isEmpty: true, previousHref: nil, nextHref: nil, pageSentence: nil)
  static let noMatchSample = LibraryPage(
    query: "tuba", statuses: sampleStatuses, sorts: sampleSorts, songs: [],
    countSentence: "No song matches",
    activeFilters: [
      ActiveFilter(label: "“tuba”", removeHref: "/library?status=failed"),
      ActiveFilter(label: "Failed", removeHref: "/library?q=tuba"),
    ], isEmpty: false, previousHref: nil, nextHref: nil, pageSentence: nil)

  private static let sampleStatuses = [("", "All"), ("active", "In progress"), ("completed", "Ready"), ("failed", "Failed")]
    .map { Choice(value: $0.0, label: $0.1, isChosen: $0.0.isEmpty) }
  private static let sampleSorts = [("newest", "Newest first"), ("oldest", "Oldest first"), ("name", "Name"), ("length", "Longest first")]
    .map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == "newest") }
}
