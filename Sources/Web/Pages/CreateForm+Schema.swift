import FastCGI
import Foundation
import Generation
import JSON
import Music
import Store

/// What stands in the create form: from a form that came back, a link, an earlier job, or nothing.
struct CreateInput {
  var isAdvanced = false
  var task = MusicTask.text2music
  /// By canonical name, as typed. Missing ones have their default.
  var values: [String: String] = [:]

  init() {}

  /// A form that was sent.
  init(_ form: Form) {
    isAdvanced = form["mode"] == "advanced"
    let kind = SongKind(form["task"])
    task = kind?.task ?? .text2music
    for parameter in CreateForm.parameters {
      // Browsers send the lines of a text area with CR LF (HTML 4.10.22.4); the API's clients send LF.
      values[parameter.name] = form[parameter.name]?.replacing("\r\n", with: "\n")
    }
    values["sample_type"] = kind?.sampleType
    let engine = form["engine"]?.split(separator: ":", maxSplits: 1).map(String.init) ?? []
    values["engine"] = engine.first
    values["checkpoint"] = engine.count > 1 ? engine[1] : nil
    values["audio_duration"] = switch form["length"] {
    case "custom"?: form["length_custom"] ?? ""
    case "auto"?, nil: nil
    case let seconds?: seconds
    }
    hasCustomLength = form["length"] == "custom"
  }

  /// A link that fills in the form: `/?preset=Jazz&caption=…&mode=advanced`.
  init(query: Form) {
    isAdvanced = query["mode"] == "advanced"
    values["caption"] = query["caption"]
    values["genre_preset"] = query["preset"].flatMap(GenrePreset.named)?.name
  }

  /// An earlier job, to be changed and made again.
  init(_ job: Job) throws {
    let request = try JSON(parsing: job.request).members ?? [:]
    task = MusicTask(rawValue: job.task) ?? .text2music
    isAdvanced = task != .simple
    if task.editsSong {
      // A song of the same words, from nothing.
      task = job.songType == "song" ? .text2music : .prompt2instrumental
      values["caption"] = job.caption
      values["lyrics"] = job.lyrics
      return
    }
    for name in ParameterSchema.changed(in: request, of: task) {
      values[name == "query" ? "caption" : name] = CreateForm.typed(request[name] ?? .null)
    }
  }

  var hasCustomLength = false

  /// As the form's control for the engine has it: "score", "acestep:turbo".
  var engine: String { [values["engine"] ?? EngineName.score.rawValue, values["checkpoint"]].compactMap { $0 }.joined(separator: ":") }

  /// The task that the form asks for: the simple one has its own, which needs words; a style alone is enough for a song.
  var wantedTask: MusicTask {
    if isAdvanced { return task == .simple ? .text2music : task }
    let isDescribed = values["caption"]?.contains { !$0.isWhitespace } ?? false
    return !isDescribed && values["genre_preset"]?.isEmpty == false ? .text2music : .simple
  }

  /// As the API takes it.
  var body: JSON.Members { JSON.Members(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }) }

  /// The names whose values the simple form has no control for, set to something other than the default.
  var advancedNames: [String] {
    CreateForm.parameters.filter { parameter in
      guard !CreateForm.simpleNames.contains(parameter.name), let value = values[parameter.name] else { return false }
      guard let read = parameter.read(.string(value), fromForm: true) else { return true }
      return read != parameter.defaultValue
    }.map(\.name)
  }
}

/// What the form's "Kind" offers: a task, and for samples which.
struct SongKind {
  let task: MusicTask
  let sampleType: String?
  let label: String

  static let all = [
    SongKind(task: .text2music, sampleType: nil, label: "Song"),
    SongKind(task: .prompt2instrumental, sampleType: nil, label: "Instrumental"),
    SongKind(task: .text2rap, sampleType: nil, label: "Rap"),
    SongKind(task: .lyric2vocals, sampleType: nil, label: "Voice alone"),
    SongKind(task: .text2samples, sampleType: "loop", label: "Loop"),
    SongKind(task: .text2samples, sampleType: "one-shot", label: "One-shot"),
    SongKind(task: .text2samples, sampleType: nil, label: "Sample"),
  ]

  var value: String { task.rawValue + (sampleType.map { ":" + $0 } ?? "") }

  private init(task: MusicTask, sampleType: String?, label: String) {
    self.task = task
    self.sampleType = sampleType
    self.label = label
  }

  init?(_ value: String?) {
    guard let kind = SongKind.all.first(where: { $0.value == value }) else { return nil }
    self = kind
  }
}

extension CreateForm {
  /// All parameters that the form sends, in both modes.
  static let parameters = ParameterSchema.base
  /// Those with a control in the simple form.
  static let simpleNames: Set<String> = [
    "caption", "genre_preset", "audio_duration", "batch_size", "instrumental", "vocal_language", "voice_type", "engine", "checkpoint",
  ]
  /// The groups of the advanced form, the musical ones first.
  private static let groups: [(group: Parameter.Group, title: String)] = [
    (.text, "Lyrics and title"), (.music, "Tempo, key and metre"), (.output, "Output"), (.core, "Seeds"),
    (.diffusion, "Diffusion"), (.languageModel, "Language model"), (.lora, "LoRA"),
  ]
  private static let lengths = [("auto", "Auto"), ("30", "0:30"), ("60", "1:00"), ("120", "2:00"), ("240", "4:00"), ("custom", "Custom")]

  /// - Parameters:
  ///   - faults: why the input was refused, by parameter name.
  init(_ input: CreateInput, faults: [InvalidParameters.Fault] = [], in studio: Studio) throws {
    let engines = studio.engines
    let engine = engines.first { $0.name == input.values["engine"] } ?? engines[0]
    let usable = engines.lazy.compactMap(\.shelf).first?.checkpoints.filter { $0.facts != nil } ?? []
    let checkpoint = engine.shelf == nil ? nil : usable.first { $0.name == input.values["checkpoint"] } ?? usable.first
    let unused = engine.capabilities.unusedParameters
    let complaints = FieldComplaints(faults, parameters: CreateForm.parameters)
    let fields = FieldMaker(
      input: input, complaints: complaints, unused: unused, engine: engine.name, checkpoint: checkpoint?.facts)
    // A complaint about a field that the simple form has no control for needs the form that has it.
    isAdvanced = input.isAdvanced || complaints.names.contains { !CreateForm.simpleNames.contains($0) }
    problems = complaints.problems
    task = FormField(
      name: "task", label: "Kind", value: input.task.rawValue,
      control: .choice(SongKind.all.map { kind in
        Choice(value: kind.value, label: kind.label, isChosen: kind.task == input.task && kind.sampleType == input.values["sample_type"])
      }))
    description = FormField(
      name: "caption", label: "Describe the song",
      help: "Style, mood, instruments, tempo, voice: plain words in any order; “no drums” works too.",
      value: input.values["caption"] ?? "", control: .paragraph(rows: 4, maxLength: isAdvanced ? 2048 : 1000),
      placeholder: "A warm folk song for the end of summer, with fingerpicked guitar", error: complaints["caption"])
    let chosenPreset = input.values["genre_preset"].flatMap(GenrePreset.named)?.name ?? ""
    presets = ([("", "Any")] + GenrePreset.all.filter { !$0.tags.isEmpty }.map { ($0.name, $0.name) }).map { value, label in
      Choice(value: value, label: label, isChosen: value == (chosenPreset == "Custom" ? "" : chosenPreset))
    }
    let seconds = input.values["audio_duration"].map { $0.hasSuffix(".0") ? String($0.dropLast(2)) : $0 }
    let known = CreateForm.lengths.map(\.0)
    let chosenLength = input.hasCustomLength ? "custom" : seconds.map { $0 == "-1" ? "auto" : known.contains($0) ? $0 : "custom" } ?? "auto"
    lengths = CreateForm.lengths.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == chosenLength) }
    customLength = FormField(
      name: "length_custom", label: "Length in seconds", help: "1 to 600.", value: chosenLength == "custom" ? seconds ?? "" : "",
      control: .number(min: "1", max: "600", step: "any"), error: complaints["audio_duration"])
    instrumental = FormField(
      name: "instrumental", label: "Instrumental", help: "No voice; lyrics are ignored.",
      value: fields.isTicked("instrumental") ? "on" : "", control: .checkbox, error: complaints["instrumental"])
    let count = input.values["batch_size"] ?? "1"
    variations = (1...8).map { Choice(value: String($0), label: String($0), isChosen: String($0) == count) }
    language = FormField(
      name: "vocal_language", label: "Voice language", value: input.values["vocal_language"] ?? "unknown",
      control: .choice(LanguageNames.choices(chosen: input.values["vocal_language"] ?? "unknown")),
      error: complaints["vocal_language"], unusedNote: fields.note("vocal_language"))
    voice = FormField(
      name: "voice_type", label: "Voice", value: input.values["voice_type"] ?? "auto",
      control: .choice(VoiceNames.choices(chosen: input.values["voice_type"] ?? "auto")), error: complaints["voice_type"],
      unusedNote: fields.note("voice_type"))
    voices = engine.capabilities.sings ? VoiceNames.samples : []
    groups = isAdvanced ? CreateForm.groups.compactMap { fields.group($0.group, title: $0.title) } : []
    let names = isAdvanced ? [] : input.advancedNames
    kept = names.map { KeptValue(name: $0, value: input.values[$0] ?? "") }
    keptSentence = names.isEmpty ? nil : names.compactMap { name in
      ParameterSchema.parameter(named: name).map { fields.summary(of: $0) ?? $0.title }
    }.joined(separator: ", ")
    engineNote = "Made on this machine by the \(engine.name) engine."
      + (engine.capabilities.sings ? "" : " It does not sing yet: an instrument plays the voice’s melody.")
    self.engine = usable.isEmpty ? nil : FormField(
      name: "engine", label: "Engine", control: .choice(EngineChoices.all(usable, chosen: input.engine)),
      error: complaints["engine"] ?? complaints["checkpoint"])
    self.checkpoint = checkpoint.flatMap { CheckpointFacts($0, seconds: seconds.flatMap(Double.init), free: studio.shelf?.freeMemory) }
    engineProblem = switch studio.health() {
    case .ok: nil
    case .starting: "The engine is still loading."
    case .unavailable(let reason): reason
    }
    let queue = try studio.store.queueLength()
    queueSentence = switch queue.waiting + queue.running {
    case 0: "Nothing is waiting: it starts at once."
    case 1: "1 song is in the queue."
    case let count: "\(count) songs are in the queue."
    }
  }

  /// A request's value as somebody would type it.
  static func typed(_ value: JSON) -> String {
    switch value {
    case .bool(let value): value ? "on" : "off"
    case .null: ""
    default: ValueText.text(value)
    }
  }

  /// Makes the controls of the advanced form from the table that validates them.
  private struct FieldMaker {
    let input: CreateInput
    let complaints: FieldComplaints
    let unused: Set<String>
    let engine: String
    /// Of the chosen checkpoint.
    let checkpoint: InstalledCheckpoint.Facts?

    func isTicked(_ name: String) -> Bool {
      guard let parameter = ParameterSchema.parameter(named: name) else { return false }
      guard let value = input.values[name] else { return parameter.defaultValue.bool ?? false }
      return parameter.read(.string(value), fromForm: true)?.bool ?? false
    }

    func note(_ name: String) -> String? { unused.contains(name) ? "Not used by the \(engine) engine." : nil }

    func group(_ group: Parameter.Group, title: String) -> FormGroup? {
      let parameters = CreateForm.parameters.filter { $0.group == group && !CreateForm.simpleNames.contains($0.name) }
      guard !parameters.isEmpty else { return nil }
      let allUnused = parameters.allSatisfy { unused.contains($0.name) }
      let set = parameters.filter { input.advancedNames.contains($0.name) }
      let shown = (set.isEmpty ? parameters.filter { !$0.isSwitch } : set).compactMap(summary).prefix(4)
      return FormGroup(
        id: group.rawValue, title: title,
        summary: shown.isEmpty ? (group == .music ? "chosen for you" : "nothing set") : shown.joined(separator: ", "),
        isOpen: !set.isEmpty || parameters.contains { complaints[$0.name] != nil },
        unusedNote: allUnused
          ? "The \(engine) engine uses none of these. What you set is kept with the song, and its page says so." : nil,
        entries: parameters.map { field($0, hasGroupNote: allUnused) })
    }

    /// "Tempo in beats a minute 120"; nil when nothing is set.
    func summary(of parameter: Parameter) -> String? {
      if parameter.isSwitch { return "\(parameter.title) \(isTicked(parameter.name) ? "on" : "off")" }
      let value = typed(parameter)
      guard !value.isEmpty else { return nil }
      let line = value.split(whereSeparator: \.isNewline).joined(separator: " ")
      return "\(parameter.title) \(line.count > 32 ? line.prefix(31) + "…" : line)"
    }

    private func typed(_ parameter: Parameter) -> String {
      input.values[parameter.name] ?? (parameter.isDrawn || isOfCheckpoint(parameter) ? "" : CreateForm.typed(parameter.defaultValue))
    }

    /// Whether the field, left empty, has the checkpoint's own value.
    private func isOfCheckpoint(_ parameter: Parameter) -> Bool {
      checkpoint != nil && ParameterSchema.checkpointDefaults.contains(parameter.name)
    }

    private func field(_ parameter: Parameter, hasGroupNote: Bool) -> FormField {
      FormField(
        parameter, value: parameter.isSwitch ? (isTicked(parameter.name) ? "on" : "") : typed(parameter),
        placeholder: isOfCheckpoint(parameter) ? checkpoint?.placeholder(of: parameter.name) : nil,
        error: complaints[parameter.name], unusedNote: hasGroupNote ? nil : note(parameter.name))
    }
  }
}

extension Parameter {
  /// Yes or no.
  var isSwitch: Bool { if case .boolean = kind { true } else { false } }
  /// -1 stands for a number drawn at random: the form shows that as an empty field.
  var isDrawn: Bool { defaultValue.int == -1 }
}

/// Kinds of voice as the form names them.
enum VoiceNames {
  static func choices(chosen: String) -> [Choice] {
    let all = [("auto", "Whichever suits")] + VoiceKind.allCases.map { ($0.rawValue, label($0)) }
    return all.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) }
  }

  /// Those that can be heard before one is chosen.
  static let samples = VoiceKind.allCases.map { Choice(value: $0.rawValue, label: $0.rawValue, isChosen: false) }

  private static func label(_ kind: VoiceKind) -> String {
    switch kind {
    case .female: "Female"
    case .male: "Male"
    case .child: "Child"
    case .deep: "Deep (male)"
    case .soft: "Soft (female)"
    case .powerful: "Powerful (female)"
    }
  }
}

/// Languages by their English names.
enum LanguageNames {
  private static let names = [
    ("unknown", "Detect"), ("en", "English"), ("es", "Spanish"), ("fr", "French"), ("de", "German"), ("it", "Italian"),
    ("pt", "Portuguese"), ("nl", "Dutch"), ("pl", "Polish"), ("sv", "Swedish"), ("da", "Danish"), ("fi", "Finnish"),
    ("no", "Norwegian"), ("cs", "Czech"), ("el", "Greek"), ("ru", "Russian"), ("uk", "Ukrainian"), ("tr", "Turkish"),
    ("he", "Hebrew"), ("ar", "Arabic"), ("fa", "Persian"), ("hi", "Hindi"), ("bn", "Bengali"), ("zh", "Chinese"),
    ("ja", "Japanese"), ("ko", "Korean"), ("vi", "Vietnamese"), ("th", "Thai"), ("id", "Indonesian"), ("sw", "Swahili"),
    ("la", "Latin"),
  ]

  static func choices(chosen: String) -> [Choice] {
    let isListed = names.contains { $0.0 == chosen }
    return (names + (isListed ? [] : [(chosen, chosen)])).map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == chosen) }
  }
}
