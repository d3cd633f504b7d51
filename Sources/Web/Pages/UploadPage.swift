import Foundation
import Generation
import JSON
import Music
import Store

/// One recording that the reader has brought: to hear, with what was heard in it, and what can be made of it.
struct UploadPage: Page {
  static let name = "upload"
  var section: Section? { .uploads }

  let id: String
  let title: String
  let facts: String
  let keptUntil: Moment
  let seconds: Double
  let waveform: String
  let audioURL: String
  let isCut: Bool
  /// While it is being listened to.
  var listening: ListeningNow?
  var refusal: String?
  var heard: HeardPart?

  var documentTitle: String { title }
  var isUnfinished: Bool { listening != nil }

  static let fields: TemplateFields<Self> = [
    "id": .text(\.id), "uploadTitle": .text(\.title), "facts": .text(\.facts), "untilTimestamp": .text(\.keptUntil.timestamp),
    "until": .text(\.keptUntil.words), "seconds": .text { Numbers.short($0.seconds, places: 3) }, "length": .text { Clock.text($0.seconds) },
    "spokenLength": .text { Clock.spoken($0.seconds) }, "waveform": .markup(\.waveform), "audioURL": .text(\.audioURL),
    "isCut": .flag(\.isCut), "listening": .part(\.listening), "refusal": .optional(\.refusal), "heard": .part(\.heard),
    "isUnheard": .flag { $0.heard == nil && $0.listening == nil },
  ]
}

/// How far the listening has got.
struct ListeningNow: TemplateModel {
  let stage: String
  /// Of the stage; nil while it waits.
  let percent: Int?

  static let fields: TemplateFields<Self> = [
    "stageTitle": .text(\.stage), "percent": .optional { $0.percent.map(String.init) },
  ]
}

/// What was heard, as the page shows it.
struct HeardPart: TemplateModel {
  let readouts: [HeardFact]
  let caption: String?
  let beats: String
  let downbeats: String
  /// The `d` of a path of lines where bars begin, for browsers without scripts.
  let grid: String
  let bands: [HeardBand]
  let chords: [HeardChord]
  let lyrics: [LyricLine]
  /// The words with their times as files.
  let files: [Extra]
  let lyricsFact: String?
  let language: String?
  let notices: [String]

  static let fields: TemplateFields<Self> = [
    "readouts": .list(\.readouts), "caption": .optional(\.caption), "beats": .text(\.beats), "downbeats": .text(\.downbeats),
    "grid": .markup(\.grid), "hasBands": .flag { !$0.bands.isEmpty }, "bands": .list(\.bands), "hasChords": .flag { !$0.chords.isEmpty },
    "chords": .list(\.chords), "hasLyrics": .flag { !$0.lyrics.isEmpty }, "lines": .list(\.lyrics), "files": .list(\.files), "lyricsFact": .optional(\.lyricsFact),
    "language": .optional(\.language), "hasNotices": .flag { !$0.notices.isEmpty }, "notices": .texts(\.notices),
  ]
}

/// "Tempo 120 bpm, 92 % sure".
struct HeardFact: TemplateModel {
  let label: String
  let value: String
  let confidence: Double?
  var more: String?

  static let fields: TemplateFields<Self> = [
    "label": .text(\.label), "value": .text(\.value), "sure": .optional { $0.confidence.map { "\(Int(($0 * 100).rounded())) % sure" } },
    "more": .optional(\.more), "isUnsure": .flag { $0.confidence.map { $0 < 0.5 } ?? false },
  ]
}

/// A section over the waveform.
struct HeardBand: TemplateModel {
  let kind: String
  let label: String
  let start: Double
  let end: Double
  let songSeconds: Double

  static let fields: TemplateFields<Self> = [
    "sectionKind": .text { $0.kind.filter { $0.isASCII && $0.isLetter } }, "sectionLabel": .text(\.label),
    "sectionTime": .text { Clock.text($0.start.rounded(.down)) }, "sectionStart": .text { Numbers.short($0.start, places: 3) },
    "sectionEnd": .text { Numbers.short($0.end, places: 3) }, "bandX": .text { Numbers.short(1000 * $0.start / $0.songSeconds) },
    "bandWidth": .text { Numbers.short(1000 * ($0.end - $0.start) / $0.songSeconds) },
  ]
}

/// A chord with its time.
struct HeardChord: TemplateModel {
  let name: String
  let start: Double
  let end: Double
  let isUnsure: Bool

  static let fields: TemplateFields<Self> = [
    "chordName": .text(\.name), "chordStart": .text { Numbers.short($0.start, places: 3) },
    "chordEnd": .text { Numbers.short($0.end, places: 3) }, "chordTime": .text { Clock.text($0.start.rounded(.down)) },
    "isUnsure": .flag(\.isUnsure),
  ]
}

extension HeardPart {
  /// - Parameter heard: as `HeardSong.json`.
  init(_ heard: JSON, of uploadID: String, seconds: Double) {
    func times(_ name: String) -> [Double] { (heard[name]?.array ?? []).compactMap(\.double) }
    func text(_ times: [Double]) -> String { times.map { Numbers.short($0, places: 3) }.joined(separator: " ") }
    let length = max(seconds, 0.001)
    readouts = Self.facts(heard)
    caption = heard["caption"]?.string
    (beats, downbeats) = (text(times("beats")), text(times("downbeats")))
    grid = times("downbeats").map { "M\(Numbers.short(1000 * $0 / length)) 0V100" }.joined()
    let sections = heard["sections"]?.array ?? []
    bands = sections.compactMap { section in
      guard let start = section["start"]?.double, let end = section["end"]?.double, end > start else { return nil }
      let letter = section["label"]?.string ?? "?"
      let kind = section["kind"]?.string
      let name = kind.map { Self.title(ofSection: $0) }
      return HeardBand(
        kind: kind ?? "part\(letter)", label: name.map { "\($0) (\(letter))" } ?? letter, start: start, end: end, songSeconds: length)
    }
    chords = (heard["chords"]?.array ?? []).compactMap { chord in
      guard let name = chord["chord"]?.string, let start = chord["start"]?.double, let end = chord["end"]?.double else { return nil }
      return HeardChord(name: name, start: start, end: end, isUnsure: (chord["confidence"]?.double ?? 0) < 0.5)
    }
    let words = heard["lyrics"]
    lyrics = TimedLyrics(heard: heard)?.lines.map(LyricLine.init) ?? []
    files = lyrics.isEmpty ? [] : LyricsForm.allCases.map { Extra(label: $0.label, url: "\(Address.upload(uploadID).path)/words/\($0.rawValue)") }
    language = words?["language"]?.string
    let confidence = words?["confidence"]?.double
    let sure = confidence.map { ", words \(Int(($0 * 100).rounded())) % sure" } ?? ""
    lyricsFact =
      words == nil || words?.isNull == true
      ? nil : lyrics.isEmpty ? "No singing was heard." : "Heard in \(language ?? "an unknown language")\(sure): a draft to correct."
    notices = (heard["notes"]?.array ?? []).compactMap(\.string)
  }

  private static func title(ofSection kind: String) -> String {
    let spaced = kind.reduce("") { $0 + ($1.isUppercase ? " \($1.lowercased())" : String($1)) }
    return spaced.prefix(1).uppercased() + spaced.dropFirst()
  }

  private static func facts(_ heard: JSON) -> [HeardFact] {
    var facts: [HeardFact] = []
    if let tempo = heard["tempo"], let bpm = tempo["bpm"]?.double {
      facts.append(
        HeardFact(
          label: "Tempo", value: "\(Numbers.short(bpm)) bpm", confidence: tempo["confidence"]?.double,
          more: tempo["variable"]?.bool == true ? "it changes" : nil))
    } else {
      facts.append(HeardFact(label: "Tempo", value: "none found", confidence: nil))
    }
    if let key = heard["key"], let name = key["name"]?.string {
      facts.append(
        HeardFact(
          label: "Key", value: name, confidence: key["confidence"]?.double, more: key["runner_up"]?.string.map { "or \($0)" }))
    }
    if let metre = heard["metre"], let name = metre["name"]?.string {
      facts.append(
        HeardFact(
          label: "Metre", value: name, confidence: metre["confidence"]?.double,
          more: metre["feel"]?.string.flatMap { $0 == "straight" ? nil : $0 }))
    }
    if let loudness = heard["loudness"]?["integrated_lufs"]?.double {
      facts.append(HeardFact(label: "Loudness", value: "\(Numbers.short(loudness)) LUFS", confidence: nil))
    }
    if let style = heard["resembles"]?.string { facts.append(HeardFact(label: "Sounds like", value: style, confidence: heard["resembles_confidence"]?.double)) }
    return facts
  }
}

extension UploadPage {
  init(_ upload: Upload, hearing: Hearing, audioURL: String, now: Date = Date()) {
    id = upload.id
    title = upload.fileName
    facts = upload.facts
    keptUntil = Moment(upload.expiresAt, now: now)
    seconds = upload.durationSeconds
    waveform = upload.waveformPath
    isCut = upload.isCut
    self.audioURL = audioURL
    switch hearing {
    case .none: break
    case .waiting: listening = ListeningNow(stage: "Waiting for its turn", percent: nil)
    case .running(let stage, let share): listening = ListeningNow(stage: stage.title, percent: Int((min(max(share, 0), 1) * 100).rounded()))
    case .heard(let heard): self.heard = HeardPart(heard, of: upload.id, seconds: upload.durationSeconds)
    case .refused(let refusal): self.refusal = refusal.description
    }
  }

  static let samples: [(key: String, value: UploadPage)] = {
    let states: [(String, Hearing)] = [
      ("unheard", .none), ("listening", .running(.separation, share: 0.4)),
      ("refused", .refused(RecordingRefusal(.unusable, "There is no sound."))), ("heard", .heard((try? JSON(parsing: heardSample)) ?? .null)),
    ]
    return states.map { name, hearing in
      let page = UploadPage(
        .sample, hearing: hearing, audioURL: "/media/uploads/k3J0x.flac?token=1.a", now: Date(timeIntervalSince1970: 0))
      return (name, page)
    }
  }()

  private static let heardSample = """
    {"tempo": {"bpm": 97.3, "confidence": 0.9, "variable": true}, "beats": [0.5, 1.1], "downbeats": [0.5],
     "metre": {"name": "6/8", "feel": "compound", "confidence": 0.3}, "loudness": {"integrated_lufs": -14.0},
     "key": {"name": "A minor", "confidence": 0.8, "runner_up": "C major"}, "caption": "slow & warm", "resembles": "Folk",
     "sections": [{"start": 0, "end": 90, "label": "A", "kind": "preChorus"}, {"start": 90, "end": 192, "label": "B", "kind": null}],
     "chords": [{"start": 0, "end": 2, "chord": "Am7/G", "confidence": 0.4}],
     "lyrics": {"language": "de", "confidence": 0.7, "lines": [{"text": "Über allen Gipfeln", "start": 3.5, "end": 6}]},
     "notes": ["Install the listeners."]}
    """
}
