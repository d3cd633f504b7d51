/// The create form, simple or advanced, with what is being made and the last songs below it.
struct CreatePage: Page {
  static let name = "create"
  var section: Section? { .create }

  var form: CreateForm
  /// Nothing made yet: three cards that fill in the form.
  var starters: [Starter]
  var active: [SongRow]
  var recent: [SongRow]

  var documentTitle: String { form.problems.isEmpty ? "Create" : "Please check the form" }
  /// Reloading a form would lose what is typed: without scripts its lists wait for the reader.
  var isUnfinished: Bool { false }

  static let fields: TemplateFields<Self> = [
    "form": .part(\.form),
    "hasStarters": .flag { !$0.starters.isEmpty },
    "starters": .list(\.starters),
    "hasActive": .flag { !$0.active.isEmpty },
    "hasRecent": .flag { !$0.recent.isEmpty },
    "active": .list(\.active),
    "recent": .list(\.recent),
  ]
}

/// What the create form shows. The same fields stand in both modes; in the simple one those that it has
/// no control for travel hidden, and a sentence names them.
struct CreateForm: TemplateModel {
  var isAdvanced: Bool
  var problems: [FormProblem]
  var task: FormField
  var description: FormField
  var presets: [Choice]
  var lengths: [Choice]
  var customLength: FormField
  var instrumental: FormField
  var variations: [Choice]
  var language: FormField
  var voice: FormField
  /// Those that can be heard; empty where the engine doesn't sing.
  var voices: [Choice]
  /// Advanced mode: everything else, by group.
  var groups: [FormGroup]
  /// Simple mode: values set in the advanced form.
  var kept: [KeptValue]
  /// "BPM 120 and key A minor".
  var keptSentence: String?
  /// Nil where there is only one.
  var engine: FormField?
  /// Of the chosen checkpoint.
  var checkpoint: CheckpointFacts?
  /// "Songs are made by the score engine…".
  var engineNote: String
  /// Why no song can be made now; the form still queues.
  var engineProblem: String?
  /// "Nothing is waiting: it starts at once."
  var queueSentence: String

  static let fields: TemplateFields<Self> = [
    "isAdvanced": .flag(\.isAdvanced),
    "hasProblems": .flag { !$0.problems.isEmpty },
    "problems": .list(\.problems),
    "task": .part(\.task),
    "description": .part(\.description),
    "presets": .list(\.presets),
    "lengths": .list(\.lengths),
    "customLength": .part(\.customLength),
    "instrumental": .part(\.instrumental),
    "variations": .list(\.variations),
    "languageField": .part(\.language),
    "voiceField": .part(\.voice),
    "hasVoices": .flag { !$0.voices.isEmpty },
    "voices": .list(\.voices),
    "groups": .list(\.groups),
    "kept": .list(\.kept),
    "keptSentence": .optional(\.keptSentence),
    "engineField": .part(\.engine),
    "hasEngines": .flag { $0.engine != nil },
    "checkpointFacts": .part(\.checkpoint),
    "engineNote": .text(\.engineNote),
    "engineProblem": .optional(\.engineProblem),
    "queueSentence": .text(\.queueSentence),
  ]
}

/// A `<details>` of the advanced form.
struct FormGroup: TemplateModel {
  let id: String
  let title: String
  /// The group's present values, shown while it is closed.
  let summary: String
  let isOpen: Bool
  /// Said once for the group when the engine uses none of its fields.
  let unusedNote: String?
  let entries: [FormField]

  static let fields: TemplateFields<Self> = [
    "groupID": .text(\.id),
    "title": .text(\.title),
    "summary": .text(\.summary),
    "isOpen": .flag(\.isOpen),
    "groupUnusedNote": .optional(\.unusedNote),
    "entries": .list(\.entries),
  ]
}

struct KeptValue: TemplateModel {
  let name: String
  let value: String

  static let fields: TemplateFields<Self> = ["name": .text(\.name), "value": .text(\.value)]
}

/// A first idea for somebody who has no song yet.
struct Starter: TemplateModel {
  let title: String
  let text: String
  /// `/?preset=Jazz&caption=…`: fills in the form.
  let href: String
  let cover: Cover

  static let fields: TemplateFields<Self> = [
    "title": .text(\.title),
    "text": .text(\.text),
    "href": .text(\.href),
    "cover": .part(\.cover),
  ]
}

extension CreatePage {
  static let sample = CreatePage(
    form: .sample(isAdvanced: false), starters: [], active: SongRow.unfinishedSamples,
    recent: SongRow.samples)

  static let firstVisitSample = CreatePage(
    form: .sample(isAdvanced: false),
    starters: [
      Starter(
        title: "Rain on the window", text: "Slow piano and soft strings, in a minor key, for reading.",
        href: "/?preset=Classical", cover: Cover(id: 3, pitchClass: 7, isMinor: true, bpm: 62)),
      Starter(
        title: "Night drive", text: "Bright synth pop at 120, with a bass line that keeps moving.",
        href: "/?preset=Modern+Pop", cover: Cover(id: 14, pitchClass: 0, bpm: 120)),
      Starter(
        title: "Corner table", text: "A small jazz group late in the evening: saxophone, piano, double bass.",
        href: "/?preset=Jazz", cover: Cover(id: 8, pitchClass: 5, bpm: 104)),
    ], active: [], recent: [])

  static let advancedSample = CreatePage(
    form: .sample(isAdvanced: true), starters: [], active: [], recent: Array(SongRow.samples.prefix(3)))

  static let refusedSample: CreatePage = {
    var page = CreatePage.sample
    page.form.problems = [
      FormProblem(field: "caption", message: "Describe the song: the description is empty."),
      FormProblem(field: "length_custom", message: "Length must be between 1 and 600 seconds."),
    ]
    page.form.description.error = "Describe the song: the description is empty."
    page.form.customLength.error = "Length must be between 1 and 600 seconds."
    page.form.keptSentence = "BPM 92 and key D minor"
    page.form.kept = [KeptValue(name: "bpm", value: "92"), KeptValue(name: "keyscale", value: "D minor")]
    return page
  }()
}

extension CreateForm {
  static func sample(isAdvanced: Bool) -> CreateForm {
    CreateForm(
      isAdvanced: isAdvanced, problems: [],
      task: FormField(
        name: "task", label: "Kind", help: "What to make.", value: "text2music",
        control: .choice([
          Choice(value: "text2music", label: "Song", isChosen: true),
          Choice(value: "prompt2instrumental", label: "Instrumental", isChosen: false),
          Choice(value: "text2rap", label: "Rap", isChosen: false),
          Choice(value: "lyric2vocals", label: "Voice alone", isChosen: false),
          Choice(value: "text2samples", label: "Loop or sample", isChosen: false),
        ])),
      description: FormField(
        name: "caption", label: "Describe the song",
        help: "Style, mood, instruments, tempo, story: in any order, in your own words.",
        value: isAdvanced ? "upbeat synth pop, 120 bpm, A minor, bright" : "",
        control: .paragraph(rows: 4, maxLength: 1000),
        placeholder: "A warm folk song for the end of summer, with fingerpicked guitar"),
      presets: ["None", "Modern Pop", "Rock", "Hip Hop", "Jazz", "Classical", "Electronic", "Country",
        "Folk", "Blues", "Reggae", "Latin", "R&B", "Metal"].map {
          Choice(value: $0 == "None" ? "" : $0, label: $0, isChosen: $0 == "None")
        },
      lengths: [("auto", "Auto"), ("30", "0:30"), ("60", "1:00"), ("120", "2:00"), ("240", "4:00"), ("custom", "Custom")]
        .map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == "auto") },
      customLength: FormField(
        name: "length_custom", label: "Custom length in seconds", help: "1 to 600.",
        control: .number(min: "1", max: "600", step: "any")),
      instrumental: FormField(
        name: "instrumental", label: "Instrumental", help: "No voice, whatever the words say.",
        control: .checkbox),
      variations: (1...8).map { Choice(value: "\($0)", label: "\($0)", isChosen: $0 == 1) },
      language: FormField(
        name: "vocal_language", label: "Voice language", value: "unknown",
        control: .choice([
          Choice(value: "unknown", label: "Detect", isChosen: true),
          Choice(value: "en", label: "English", isChosen: false),
          Choice(value: "he", label: "Hebrew", isChosen: false),
        ])),
      voice: FormField(
        name: "voice_type", label: "Voice", value: "auto", control: .choice(VoiceNames.choices(chosen: "auto"))),
      voices: VoiceNames.samples,
      groups: isAdvanced ? FormGroup.samples : [],
      kept: [], keptSentence: nil, engine: isAdvanced ? .engineSample : nil,
      checkpoint: isAdvanced ? CheckpointFacts(.sample(name: "turbo"), seconds: 60, free: 12 << 30) : nil,
      engineNote: "Songs are made by the score engine on this machine.", engineProblem: nil,
      queueSentence: "1 song is ahead of yours.")
  }
}

extension FormGroup {
  static let samples: [FormGroup] = [
    FormGroup(
      id: "lyrics", title: "Lyrics", summary: "none", isOpen: true, unusedNote: nil,
      entries: [
        FormField(
          name: "lyrics", label: "Lyrics",
          help: "Mark the parts with [Verse], [Chorus], [Bridge], [Intro], [Outro], [Instrumental], [Rap] or [Spoken] on a line of their own. Words in (brackets) are called by other voices.",
          value: "[Verse]\nThe river takes the long way home\n", control: .paragraph(rows: 10, maxLength: 4096))
      ]),
    FormGroup(
      id: "music", title: "Music", summary: "tempo, key and metre from the description", isOpen: false,
      unusedNote: nil,
      entries: [
        FormField(
          name: "bpm", label: "Tempo (BPM)", help: "30 to 300. Empty: chosen from the description.",
          value: "999", control: .number(min: "30", max: "300", step: "1"),
          error: "Tempo must be between 30 and 300."),
        FormField(
          name: "keyscale", label: "Key", help: "Such as C major, Am or F♯ minor.",
          control: .line(maxLength: 20), placeholder: "A minor"),
      ]),
    FormGroup(
      id: "diffusion", title: "Diffusion", summary: "64 steps, guidance 7, shift 3, ode", isOpen: true,
      unusedNote: "The score engine uses none of these. They are kept with the song, and its page says so.",
      entries: [
        FormField(
          name: "inference_steps", label: "Steps", help: "1 to 200; more is slower and finer.",
          value: "64", control: .number(min: "1", max: "200", step: "1")),
        FormField(
          name: "use_adg", label: "Adaptive dual guidance", help: "Steadier at high guidance.",
          value: "on", control: .checkbox),
        FormField(
          name: "infer_method", label: "Method", value: "ode",
          control: .choice([
            Choice(value: "ode", label: "ode", isChosen: true),
            Choice(value: "sde", label: "sde", isChosen: false),
          ])),
        FormField(
          name: "thumbnail_url", label: "Picture address", control: .url,
          unusedNote: "Not used by the score engine."),
      ]),
  ]
}
