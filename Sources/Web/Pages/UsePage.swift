import Foundation
import Generation
import JSON
import Store

/// The forms that make something of an upload: a cover of it, a song like it, a stem of it.
struct UsePage: Page {
  static let name = "use"
  var section: Section? { .uploads }

  let id: String
  let title: String
  let task: MusicTask
  let tabs: [ChangeTab]
  let explanation: String
  let problems: [FormProblem]
  let controls: [FormField]
  let waveform: String
  let seconds: Double
  let audioURL: String

  var documentTitle: String { problems.isEmpty ? "\(tabs.first { $0.isCurrent }?.label ?? "Use") – \(title)" : "Please check the form" }

  static let fields: TemplateFields<Self> = [
    "id": .text(\.id), "uploadTitle": .text(\.title), "task": .text(\.task.rawValue), "tabs": .list(\.tabs),
    "explanation": .text(\.explanation), "hasProblems": .flag { !$0.problems.isEmpty }, "problems": .list(\.problems),
    "entries": .list(\.controls), "waveform": .markup(\.waveform), "seconds": .text { Numbers.short($0.seconds, places: 3) },
    "length": .text { Clock.text($0.seconds) }, "audioURL": .text(\.audioURL), "action": .text { $0.tabs.first { $0.isCurrent }?.action ?? "" },
  ]
}

extension UsePage {
  /// - Parameters:
  ///   - heard: as `HeardSong.json`, where somebody has listened: its words and caption fill in the form.
  ///   - values: what was typed, by parameter name.
  init(
    _ task: MusicTask, of upload: Upload, audioURL: String, heard: JSON?, values: [String: String], faults: [InvalidParameters.Fault] = []
  ) {
    self.task = task
    self.audioURL = audioURL
    id = upload.id
    title = upload.fileName
    waveform = upload.waveformPath
    seconds = upload.durationSeconds
    tabs = [MusicTask.cover, .reference, .separation, .extract, .transcription].map { other in
      ChangeTab(
        label: other.useLabel, href: "\(Address.upload(upload.id).path)/use?do=\(other.rawValue)", isCurrent: other == task,
        action: other.useAction)
    }
    explanation = task.useExplanation
    let complaints = FieldComplaints(faults, parameters: ParameterSchema.parameters(of: task))
    problems = complaints.problems
    controls = task.useNames.compactMap { name in
      guard let parameter = ParameterSchema.parameter(named: name, of: task) else { return nil }
      let value = values[name] ?? task.useOpening(of: parameter, heard: heard)
      return FormField(parameter, value: value, control: task.useControl(of: parameter, chosen: value), error: complaints[name])
    }
  }

  static let sample = UsePage(
    .cover, of: .sample, audioURL: "/media/uploads/k3J0x.flac?token=1.a", heard: ["lyrics": ["text": "Über allen Gipfeln", "language": "de"]], values: [:],
    faults: [.init(field: "caption", message: "is required")])
  static let referenceSample = UsePage(.reference, of: .sample, audioURL: "/a", heard: nil, values: [:])
  static let separationSample = UsePage(.separation, of: .sample, audioURL: "/a", heard: nil, values: [:])
  static let transcriptionSample = UsePage(
    .transcription, of: .sample, audioURL: "/a", heard: nil, values: [:], faults: [.init(field: "tempo_bpm", message: "must be a number")])
  static let extractSample = UsePage(.extract, of: .sample, audioURL: "/a", heard: nil, values: [:])
}

extension MusicTask {
  fileprivate var useLabel: String {
    switch self {
    case .cover: "Cover"
    case .reference: "Reference"
    case .separation: "Stems"
    case .transcription: "MIDI"
    default: "One stem"
    }
  }

  fileprivate var useAction: String {
    switch self {
    case .cover: "Make the cover"
    case .reference: "Make a song like it"
    case .separation: "Make the stems"
    case .transcription: "Write down the notes"
    default: "Take out the stem"
    }
  }

  fileprivate var useExplanation: String {
    switch self {
    case .cover:
      "The recording is heard, written down and played anew in the style you describe. The words are those below; without any, those that are heard."
    case .reference:
      "A new song that takes from the recording what you leave open: tempo, key, metre and style; and its tone, loudness, width and dynamics."
    case .separation:
      "The recording taken apart: vocals by a network, drums and bass by what is known of their sound, other is what is left. Together they are the recording again."
    case .transcription:
      "The notes of voice, bass and everything else, drawn to the beats that are heard: MIDI, MusicXML and a drawing, as a draft to correct."
    default: "One voice or group of instruments out of the recording, as long as it is. What can’t be separated is refused, with the reason."
    }
  }

  fileprivate var useNames: [String] {
    switch self {
    case .cover: ["source_start", "source_end", "caption", "lyrics", "audio_cover_strength", "vocal_language", "display_name"]
    case .reference: ["source_start", "source_end", "caption", "lyrics", "instrumental", "audio_duration", "display_name"]
    case .separation: ["source_start", "source_end", "mode", "display_name"]
    case .transcription: ["source_start", "source_end", "stems", "tempo_bpm", "display_name"]
    default: ["source_start", "source_end", "track_name", "display_name"]
    }
  }

  fileprivate func useOpening(of parameter: Parameter, heard: JSON?) -> String {
    switch (self, parameter.name) {
    case (.cover, "lyrics"): heard?["lyrics"]?["text"]?.string ?? ""
    case (.cover, "vocal_language"): heard?["lyrics"]?["language"]?.string ?? ""
    case (_, "display_name"): ""
    default: CreateForm.typed(parameter.defaultValue)
    }
  }

  fileprivate func useControl(of parameter: Parameter, chosen: String) -> FormField.Control? {
    switch parameter.name {
    case "caption": return .paragraph(rows: 3, maxLength: 2048)
    case "audio_cover_strength":
      let choices = [
        ("1", "As close as can be: tempo, key, form, chords and tune"), ("0.7", "Close: the tune is varied"),
        ("0.4", "Free: other chords under a new tune"), ("0.15", "Tempo, key and form alone"), ("0", "A new song"),
      ]
      let known = choices.contains { Double($0.0) == Double(chosen) }
      return .choice((choices + (known ? [] : [(chosen, chosen)])).map {
        Choice(value: $0.0, label: $0.1, isChosen: Double($0.0) == Double(chosen) && !chosen.isEmpty)
      })
    case "mode":
      return .choice([StemMode.four, .two].map { Choice(value: $0.rawValue, label: $0.description, isChosen: $0.rawValue == chosen) })
    case "stems":
      let choices = [("", "Voice, bass and everything else"), ("vocals", "The voice"), ("bass", "The bass"), ("piano", "Everything but voice, drums and bass")]
      return .choice(choices.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) })
    case "track_name":
      return .choice(StemTrack.extractable.map {
        let name = $0.rawValue.replacing("_", with: " ")
        return Choice(value: $0.rawValue, label: name.prefix(1).uppercased() + name.dropFirst(), isChosen: $0.rawValue == chosen)
      })
    default: return nil
    }
  }
}
