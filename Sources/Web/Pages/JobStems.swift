import Store

/// The stems of the variation that the page plays, in whatever state they are.
struct JobStems: TemplateModel {
  /// From 0, as the form sends it.
  let variation: Int
  /// nil until somebody has asked for them.
  let state: StemSet.State?
  let percent: Int
  let failure: String?
  let note: String?
  let rows: [StemRow]
  let pack: String?
  let archive: Extra?
  /// Whether they can be asked for.
  var isPossible = true
  /// Whether they are the parts of a score, and not told from a finished sound.
  var isOfScore = true

  var isUnfinished: Bool { state.map { !$0.isFinished } ?? false }

  static let fields: TemplateFields<Self> = [
    "stemVariation": .text { String($0.variation) },
    "stemState": .text { $0.state?.rawValue.lowercased() ?? "none" },
    "canMakeStems": .flag { $0.isPossible && ($0.state == nil || $0.state == .failed) },
    "stemPromise": .text {
      $0.isOfScore
        ? "Every part by itself, to mute, to solo, to mix elsewhere."
        : "Voice, drums, bass and the rest, taken out of the finished sound: the voice well, the others nearly."
    },
    "isMakingStems": .flag(\.isUnfinished),
    "stemPercent": .text { String($0.percent) },
    "stemSentence": .text { $0.state == .queued ? "The stems wait for their turn" : "The stems are being made" },
    "stemFailure": .optional(\.failure),
    "stemNote": .optional(\.note),
    "hasStems": .flag { !$0.rows.isEmpty },
    "stemRows": .list(\.rows),
    "packURL": .optional(\.pack),
    "archive": .part(\.archive),
  ]
}

struct StemRow: TemplateModel {
  let name: String
  /// SVG path data in a box of 1000 by 100.
  let waveform: String
  let url: String
  let size: String

  static let fields: TemplateFields<Self> = [
    "stemName": .text(\.name), "stemWaveform": .markup(\.waveform), "stemURL": .text(\.url), "stemSize": .text(\.size),
  ]
}

extension JobStems {
  /// - Parameter refusal: why they can't be made.
  /// - Returns: nil for what stems are not made of, where none were made with it.
  init?(_ output: Output, of job: Job, sets: [StemSet], refusal: HTTPError?, links: MediaLinks, expiry: Int) {
    let set = sets.first { $0.variation == output.variation }
    guard set != nil || refusal?.code != "no_stems" else { return nil }
    isPossible = refusal == nil
    isOfScore = output.hasScore
    func link(_ file: MediaFile) -> String { links.path(jobID: job.id, file: file, expiry: expiry) }
    variation = output.variation
    state = set?.state
    percent = set?.percent ?? 0
    failure = set?.state == .failed ? set?.errorMessage ?? "No reason was kept." : nil
    note = set == nil || set?.state == .failed ? refusal?.message : set?.note
    let isReady = set?.state == .ready
    rows = isReady ? (set?.stems ?? []).map { stem in
      StemRow(
        name: stem.name, waveform: stem.waveformPath, url: link(.stem(variation: output.variation, id: stem.id)),
        size: ByteCount.text(stem.bytes))
    } : []
    pack = isReady ? link(.stemPack(variation: output.variation)) : nil
    archive = isReady ? Extra(
      label: "All stems (ZIP, \(ByteCount.text(set?.archiveBytes ?? 0)))",
      url: link(.stemArchive(variation: output.variation))) : nil
  }
}
