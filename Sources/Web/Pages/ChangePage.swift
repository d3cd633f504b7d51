import Foundation
import Generation
import JSON
import Store

/// The forms that make a new song out of a finished one: another take, one part anew, longer, other words.
struct ChangePage: Page {
  static let name = "change"
  var section: Section? { .library }

  let songID: Int64
  let songTitle: String
  /// From 1, as in addresses.
  let variation: Int
  /// "B" where the song has several.
  let variationLetter: String?
  let tabs: [ChangeTab]
  let task: MusicTask
  let changes: String
  let stays: String
  let problems: [FormProblem]
  private(set) var controls: [FormField]
  let waveform: String
  let seconds: Double
  let sections: [SectionLink]

  var documentTitle: String { problems.isEmpty ? "\(tabs.first { $0.isCurrent }?.label ?? "Change") – \(songTitle)" : "Please check the form" }

  static let fields: TemplateFields<Self> = [
    "id": .text { String($0.songID) },
    "songTitle": .text(\.songTitle),
    "variation": .text { String($0.variation) },
    "variationLetter": .optional(\.variationLetter),
    "tabs": .list(\.tabs),
    "task": .text(\.task.rawValue),
    "changes": .text(\.changes),
    "stays": .text(\.stays),
    "hasProblems": .flag { !$0.problems.isEmpty },
    "problems": .list(\.problems),
    "entries": .list(\.controls),
    "hasRange": .flag { $0.task == .repaint },
    "waveform": .markup(\.waveform),
    "seconds": .text { Numbers.short($0.seconds, places: 3) },
    "length": .text { Clock.text($0.seconds) },
    "hasSections": .flag { !$0.sections.isEmpty },
    "sections": .list(\.sections),
    "action": .text { $0.tabs.first { $0.isCurrent }?.action ?? "" },
  ]
}

/// One of the forms.
struct ChangeTab: TemplateModel {
  let label: String
  let href: String
  let isCurrent: Bool
  /// What the button says.
  let action: String

  static let fields: TemplateFields<Self> = [
    "label": .text(\.label), "href": .text(\.href), "isCurrent": .flag(\.isCurrent),
  ]
}

/// A section whose times fill in the range.
struct SectionLink: TemplateModel {
  let label: String
  let href: String
  let from: Double
  let to: Double

  static let fields: TemplateFields<Self> = [
    "sectionLabel": .text(\.label), "sectionHref": .text(\.href),
    "sectionStart": .text { Numbers.short($0.from, places: 3) }, "sectionEnd": .text { Numbers.short($0.to, places: 3) },
    "sectionTime": .text { "\(Clock.text($0.from.rounded(.down)))–\(Clock.text($0.to.rounded(.down)))" },
  ]
}

extension ChangePage {
  /// The edits in the order of how much they change.
  static let tasks: [MusicTask] = [.retake, .repaint, .extend, .edit]

  /// - Parameters:
  ///   - checkpoints: those that are installed.
  ///   - values: what was typed, or comes with a link; by parameter name.
  init(
    _ task: MusicTask, song: JobWithOutputs, output: Output, checkpoints: [InstalledCheckpoint], values: [String: String],
    faults: [InvalidParameters.Fault] = []
  ) {
    let job = song.job
    self.task = task
    songID = job.id
    songTitle = job.displayName
    variation = output.variation + 1
    variationLetter = song.outputs.count > 1 ? VariationCard.letter(output.variation) : nil
    let number = output.variation + 1
    func address(_ task: MusicTask, _ rest: String = "") -> String {
      "\(Address.job(job.id).path)/change?do=\(task.rawValue)&v=\(number)\(rest)"
    }
    tabs = Self.tasks.map { other in
      ChangeTab(label: other.tabLabel, href: address(other), isCurrent: other == task, action: other.action)
    }
    let isNeural = job.engine == EngineName.acestep.rawValue
    (changes, stays) = isNeural ? task.neuralPromise : task.promise
    waveform = output.waveformPath
    seconds = output.durationSeconds
    sections = JobSections(output)?.bands.map { band in
      SectionLink(
        label: band.label,
        href: address(.repaint, "&from=\(Numbers.short(band.start, places: 3))&to=\(Numbers.short(band.end, places: 3))"),
        from: band.start, to: band.end)
    } ?? []
    let complaints = FieldComplaints(faults, parameters: ParameterSchema.parameters(of: task))
    problems = complaints.problems
    controls = task.formNames.compactMap { name in
      guard let parameter = ParameterSchema.parameter(named: name, of: task) else { return nil }
      var field = FormField(
        parameter, value: values[name] ?? task.openingValue(of: parameter, for: job, seconds: output.durationSeconds),
        control: task.control(of: parameter, chosen: values[name], isNeural: isNeural), error: complaints[name])
      if isNeural { field.help = Self.neuralHelp[name] ?? field.help }
      return field
    }
    guard isNeural, let parameter = ParameterSchema.parameter(named: "checkpoint", of: task) else { return }
    let chosen = values["checkpoint"] ?? (try? JSON(parsing: job.request))?["checkpoint"]?.string ?? ""
    let able = checkpoints.filter { $0.facts?.tasks.contains(task) == true }.map(\.name)
    // The song's own, if it isn't there any more, is refused by name.
    let names = able + (able.contains(chosen) || chosen.isEmpty ? [] : [chosen])
    guard !names.isEmpty else { return }
    var field = FormField(
      parameter, value: chosen, control: .choice(names.map { Choice(value: $0, label: $0, isChosen: $0 == chosen) }),
      error: complaints["checkpoint"])
    field.help = "Another one hears the same in its own way."
    controls.insert(field, at: max(controls.count - 1, 0))
  }

  /// Where the parameter's own help tells of scores.
  private static let neuralHelp = [
    "retake_variance": "How far the new take goes.", "caption": "The style, mood and instruments; empty keeps them.",
    "lyrics": "Empty keeps the words.", "right_extend_length": "The song goes on for so long, up to 60 seconds more.",
    "edit_type": "Words alone keep the description.", "edit_n_max": "How far the sound goes from the old one to the new.",
  ]
}

extension MusicTask {
  fileprivate var tabLabel: String {
    switch self {
    case .retake: "Another take"
    case .repaint: "One part anew"
    case .extend: "Longer"
    default: "Words or style"
    }
  }

  fileprivate var action: String {
    switch self {
    case .retake: "Make another take"
    case .repaint: "Make this part anew"
    case .extend: "Make it longer"
    default: "Make the new version"
    }
  }

  /// What changes, and what stays.
  fileprivate var promise: (String, String) {
    switch self {
    case .retake: ("How it is played; from a middle distance on, the tune and the accompaniment too.", "The plan: style, tempo, key, form and length.")
    case .repaint: ("Everything that sounds in the chosen range.", "Every sample outside it; tempo, key, metre and length.")
    case .extend: ("New music before or after, with the song’s own motifs. The last chord moves to the new end.", "The sound of the song itself, its tempo and key.")
    default: ("The words, the band, or both.", "Harmony, form, tempo and length; the tune wherever the new lines have as many syllables.")
    }
  }

  /// The same for a song that a checkpoint made.
  fileprivate var neuralPromise: (String, String) {
    switch self {
    case .retake: ("The noise that the sound is made from: the further away, the less is left of the song.", "Description, words and length.")
    case .repaint: ("Everything that sounds in the chosen range.", "Every sample outside it, but for a short fade on both sides.")
    case .extend: ("New music before or after, in the sound of the song.", "The song itself.")
    default: ("The words, the description, or both: the sound flows from the old ones to the new.", "Length, and as much of the sound as the new words leave.")
    }
  }

  /// The parameters of the form.
  fileprivate var formNames: [String] {
    switch self {
    case .retake: ["retake_variance", "batch_size", "display_name"]
    case .repaint: ["repainting_start", "repainting_end", "caption", "lyrics", "display_name"]
    case .extend: ["right_extend_length", "left_extend_length", "caption", "lyrics", "display_name"]
    default: ["caption", "lyrics", "edit_type", "edit_n_max", "display_name"]
    }
  }

  fileprivate func openingValue(of parameter: Parameter, for job: Job, seconds: Double) -> String {
    switch (self, parameter.name) {
    case (.repaint, "caption"), (.extend, "caption"): job.caption
    case (.edit, "lyrics"): job.lyrics ?? ""
    case (.repaint, "repainting_start"): Numbers.short(seconds / 4, places: 1)
    case (.repaint, "repainting_end"): Numbers.short(seconds / 2, places: 1)
    case (_, "display_name"): ""
    default: CreateForm.typed(parameter.defaultValue)
    }
  }

  /// Where names say more than numbers.
  fileprivate func control(of parameter: Parameter, chosen: String?, isNeural: Bool) -> FormField.Control? {
    let choices: [(String, String)]
    switch parameter.name {
    case "retake_variance" where isNeural:
      choices = [("0.1", "Nearly the same"), ("0.3", "A little other"), ("0.5", "Half-way"), ("0.7", "Quite other"), ("1", "All anew")]
    case "edit_type" where isNeural: choices = [("remix", "Words and description"), ("only_lyrics", "Words alone")]
    case "edit_n_max" where isNeural: choices = [("0.3", "A little"), ("0.6", "Half-way"), ("1", "As far as the words ask")]
    case "retake_variance":
      choices = [
        ("0.09", "Played again: touch alone"), ("0.3", "Other drums and answers"), ("0.5", "Another accompaniment"),
        ("0.7", "Another tune too"), ("1", "Everything but the plan"),
      ]
    case "edit_type": choices = [("remix", "Words and band"), ("only_lyrics", "Words alone; the band stays as it is")]
    case "edit_n_max":
      choices = [("0.2", "Touch and drums"), ("0.45", "The accompaniment"), ("1", "The whole band")]
    case "repainting_end":
      return .number(min: "-1", max: "600", step: "any")
    case "caption": return .paragraph(rows: 3, maxLength: 2048)
    default: return nil
    }
    let value = chosen.flatMap { typed in choices.first { $0.0 == typed || Double($0.0) == Double(typed) }?.0 }
      ?? CreateForm.typed(parameter.defaultValue)
    let known = choices.contains { $0.0 == value }
    return .choice((choices + (known ? [] : [(value, value)])).map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == value) })
  }
}

extension ChangePage {
  static let sample: ChangePage = sample(.repaint, faults: [])
  static let refusedSample: ChangePage = sample(
    .extend, faults: [.init(field: "right_extend_length", message: "must be a number between 0 and 120")])
  static let retakeSample: ChangePage = sample(.retake, faults: [])
  static let editSample: ChangePage = sample(.edit, faults: [])

  static let neuralSample: ChangePage = sample(.retake, engine: "acestep", faults: [])

  private static func sample(_ task: MusicTask, engine: String = "score", faults: [InvalidParameters.Fault]) -> ChangePage {
    let job = Job(
      id: 41, userID: "u", task: "text2music", songType: "song", status: .completed, engine: engine, seeds: [1, 2],
      createdAt: Date(timeIntervalSince1970: 0), updatedAt: Date(timeIntervalSince1970: 0), displayName: "Slow river",
      caption: "a slow folk song about a river", lyrics: "[Verse]\nThe river takes the long way home")
    let used = """
      {"sections":[{"kind":"intro","label":"Intro","bars":4,"start":0,"end":8.2,"energy":0.3},\
      {"kind":"verse","label":"Verse","bars":16,"start":8.2,"end":29.5,"energy":0.5}]}
      """
    let outputs = (0..<2).map { variation in
      Output(
        variation: variation, seed: 1, durationSeconds: 91.4, frames: 4_387_200, bytes: .init(flac: 1, wav: 1, mp3: 1, ogg: 1),
        hasScore: true, used: used, waveformPath: "M0 40L1000 40L1000 60L0 60Z")
    }
    return ChangePage(
      task, song: JobWithOutputs(job: job, outputs: outputs), output: outputs[0],
      checkpoints: [.sample(name: "turbo"), .sample(name: "base")], values: [:], faults: faults)
  }
}
