/// Everything about one job, in whatever state it is.
struct JobPage: Page {
  static let name = "job"
  var section: Section? { .library }

  var id: Int
  var title: String
  var state: JobState
  var cover: Cover
  /// "Song", "Instrumental", "Loop or sample".
  var kind: String
  /// "score".
  var engine: String
  /// "today, 14:02" and ISO 8601.
  var created: String
  var createdTimestamp: String
  var batchSize: Int
  /// Its owner has cancelled it; the engine ends at its next step.
  var isStopping: Bool
  /// "made in 3.8 s", nil until finished.
  var took: String?
  /// BPM, key, metre, length: known facts as small readouts.
  var readouts: [Readout]
  /// What became of the job's earlier attempts.
  var note: String?
  var warnings: [String]
  var waiting: Waiting?
  var making: Making?
  /// The variation that the page plays.
  var shown: Variation?
  /// The form of the shown variation.
  var sections: JobSections?
  var variations: [VariationCard]
  /// The stems of the shown variation.
  var stems: JobStems?
  /// Nil until there is a song.
  var sharing: JobSharing?
  /// The score of the shown variation.
  var notation: JobNotation?
  /// The files of a score that has no sound beside it.
  var scoreFiles: [Extra] = []
  /// What was asked for and what was used, once it is finished.
  var plan: JobPlan?
  var lyrics: Lyrics?
  /// Why it failed, in a sentence.
  var failure: String?
  var parameters: [ParameterRow]
  /// The call that makes the same song.
  var curl: String

  var documentTitle: String {
    switch state {
    case .pending: "Queued – \(title)"
    case .processing: making.map { "\($0.percent) % – \(title)" } ?? "Being made – \(title)"
    case .completed: title
    case .failed: "Failed – \(title)"
    case .cancelled: "Cancelled – \(title)"
    }
  }
  /// Also while stems are made: a browser without scripts then sees how far they are.
  var isUnfinished: Bool { state.isUnfinished || stems?.isUnfinished == true }

  static let fields: TemplateFields<Self> = [
    "id": .text { String($0.id) },
    "songTitle": .text(\.title),
    "state": .text(\.state.rawValue),
    "stateWord": .text(\.state.word),
    "stateIcon": .text(\.state.icon),
    "isUnfinished": .flag(\.state.isUnfinished),
    "isFailed": .flag { $0.state == .failed },
    "isCancelled": .flag { $0.state == .cancelled },
    "canRetry": .flag { $0.state == .failed || $0.state == .cancelled },
    "cover": .part(\.cover),
    "kind": .text(\.kind),
    "engine": .text(\.engine),
    "created": .text(\.created),
    "createdTimestamp": .text(\.createdTimestamp),
    "took": .optional(\.took),
    "batchSize": .text { String($0.batchSize) },
    "isStopping": .flag(\.isStopping),
    "hasReadouts": .flag { !$0.readouts.isEmpty },
    "hasColumns": .flag { $0.shown != nil || $0.lyrics != nil },
    "readouts": .list(\.readouts),
    "note": .optional(\.note),
    "hasWarnings": .flag { !$0.warnings.isEmpty },
    "warnings": .texts(\.warnings),
    "waiting": .part(\.waiting),
    "making": .part(\.making),
    "shown": .part(\.shown),
    "sections": .part(\.sections),
    "hasVariations": .flag { $0.variations.count > 1 },
    "variationCount": .text { String($0.variations.count) },
    "variations": .list(\.variations),
    "stems": .part(\.stems),
    "sharing": .part(\.sharing),
    "notation": .part(\.notation),
    "hasScoreFiles": .flag { !$0.scoreFiles.isEmpty },
    "scoreFiles": .list(\.scoreFiles),
    "plan": .part(\.plan),
    "lyrics": .part(\.lyrics),
    "failure": .optional(\.failure),
    "parameters": .list(\.parameters),
    "curl": .text(\.curl),
  ]
}

/// A fact in small: "Tempo", "120 BPM".
struct Readout: TemplateModel {
  let label: String
  let value: String

  static let fields: TemplateFields<Self> = ["label": .text(\.label), "value": .text(\.value)]
}

/// A job in the queue.
struct Waiting: TemplateModel {
  /// "2nd in the queue".
  let position: String
  /// "Before it: Harbour lights, and 3 songs of others."
  let ahead: String

  static let fields: TemplateFields<Self> = [
    "position": .text(\.position), "ahead": .text(\.ahead),
  ]
}

/// A job that an engine works on.
struct Making: TemplateModel {
  let stages: [StageRow]
  /// True steps done of all steps known.
  let percent: Int
  /// "Play the instruments, 12 of 32".
  let sentence: String

  static let fields: TemplateFields<Self> = [
    "stages": .list(\.stages),
    "percent": .text { String($0.percent) },
    "sentence": .text(\.sentence),
  ]
}

struct StageRow: TemplateModel {
  enum Standing: String, Sendable { case done, current, waiting }
  /// The stage's name in events.
  let id: String
  let title: String
  let standing: Standing
  /// "12 of 32" while it runs.
  let steps: String?

  static let fields: TemplateFields<Self> = [
    "stageID": .text(\.id),
    "stageTitle": .text(\.title),
    "standing": .text(\.standing.rawValue),
    "isDone": .flag { $0.standing == .done },
    "isCurrent": .flag { $0.standing == .current },
    "steps": .optional(\.steps),
  ]
}

/// The variation that the page plays, with its files.
struct Variation: TemplateModel {
  /// "A".
  let letter: String
  let index: Int
  let seed: String
  /// "1:32".
  let length: String
  let seconds: Double
  /// "1 minute 32 seconds".
  let spokenLength: String
  /// SVG path data in a box of 1000 by 100.
  let waveform: String
  let peaksURL: String
  /// What the browser plays, best first.
  let sources: [AudioSource]
  let downloads: [Download]
  /// Score and lyrics files.
  let extras: [Extra]

  static let fields: TemplateFields<Self> = [
    "letter": .text(\.letter),
    "index": .text { String($0.index) },
    "number": .text { String($0.index + 1) },
    "seed": .text(\.seed),
    "length": .text(\.length),
    "seconds": .text { String($0.seconds) },
    "spokenLength": .text(\.spokenLength),
    "waveform": .markup(\.waveform),
    "peaksURL": .text(\.peaksURL),
    "audioURL": .text { $0.sources.first?.url ?? "" },
    "fallbackURL": .optional { $0.sources.dropFirst().first?.url },
    "sources": .list(\.sources),
    "downloads": .list(\.downloads),
    "hasExtras": .flag { !$0.extras.isEmpty },
    "extras": .list(\.extras),
  ]
}

/// A file beside the recording: "MIDI".
struct Extra: TemplateModel {
  let label: String
  let url: String

  static let fields: TemplateFields<Self> = ["extraLabel": .text(\.label), "extraURL": .text(\.url)]
}

struct AudioSource: TemplateModel {
  let url: String
  /// "audio/ogg".
  let type: String

  static let fields: TemplateFields<Self> = ["url": .text(\.url), "type": .text(\.type)]
}

/// One file of a variation.
struct Download: TemplateModel {
  /// "FLAC".
  let format: String
  /// "Lossless, 24 bit, 48 kHz".
  let quality: String
  /// "For keeping and editing".
  let purpose: String
  /// "12.4 MB", or "made when asked for".
  let size: String
  let url: String
  /// The format that the request named.
  let isRequested: Bool

  static let fields: TemplateFields<Self> = [
    "format": .text(\.format),
    "quality": .text(\.quality),
    "purpose": .text(\.purpose),
    "size": .text(\.size),
    "downloadURL": .text(\.url),
    "isRequested": .flag(\.isRequested),
  ]
}

/// A variation beside the others, to hear and to choose.
struct VariationCard: TemplateModel {
  let letter: String
  let number: Int
  let seed: String
  let length: String
  let seconds: Double
  let waveform: String
  let href: String
  let isShown: Bool
  /// What the browser plays, best first.
  let sources: [AudioSource]
  /// "120 BPM"
  let tempo: String?
  let key: String?
  /// 0...100
  let quality: String?
  /// "FLAC", as the job asked for.
  let format: String
  let download: String

  static let fields: TemplateFields<Self> = [
    "letter": .text(\.letter),
    "number": .text { String($0.number) },
    "seed": .text(\.seed),
    "length": .text(\.length),
    "takeSeconds": .text { String($0.seconds) },
    "waveform": .markup(\.waveform),
    "href": .text(\.href),
    "isShown": .flag(\.isShown),
    "takeURL": .text { $0.sources.first?.url ?? "" },
    "takeFallback": .optional { $0.sources.dropFirst().first?.url },
    "takeTempo": .optional(\.tempo),
    "takeKey": .optional(\.key),
    "takeQuality": .optional(\.quality),
    "takeFormat": .text(\.format),
    "takeDownload": .text(\.download),
  ]
}

/// A parameter as asked for and as used.
struct ParameterRow: TemplateModel {
  let name: String
  let asked: String
  let used: String
  /// The engine chose, or changed, the value.
  let isDifferent: Bool
  let isUnused: Bool

  static let fields: TemplateFields<Self> = [
    "parameter": .text(\.name),
    "asked": .text(\.asked),
    "used": .text(\.used),
    "isDifferent": .flag(\.isDifferent),
    "isUnused": .flag(\.isUnused),
  ]
}
