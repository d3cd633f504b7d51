import Generation

/// A score to be played: anybody's file, or a song's own notes changed by hand.
struct ScorePage: Page {
  static let name = "score"
  var section: Section? { song == nil ? .create : .library }

  /// The song whose notes are changed.
  let song: (id: Int64, variation: Int, title: String)?
  let problems: [FormProblem]
  let notation: FormField
  let controls: [FormField]

  var documentTitle: String {
    problems.isEmpty ? song.map { "Notes of \($0.title)" } ?? "Play a score" : "Please check the form"
  }

  static let fields: TemplateFields<Self> = [
    "isSong": .flag { $0.song != nil },
    "id": .text { $0.song.map { String($0.id) } ?? "" },
    "variation": .text { $0.song.map { String($0.variation + 1) } ?? "" },
    "songTitle": .text { $0.song?.title ?? "" },
    "hasProblems": .flag { !$0.problems.isEmpty },
    "problems": .list(\.problems),
    "notation": .part(\.notation),
    "entries": .list(\.controls),
  ]

  /// - Parameter values: what was typed, by parameter name.
  init(
    song: (id: Int64, variation: Int, title: String)?, values: [String: String], faults: [InvalidParameters.Fault] = []
  ) {
    let task: MusicTask = song == nil ? .scoreGenerate : .scoreRecord
    let complaints = FieldComplaints(faults, parameters: ParameterSchema.parameters(of: task))
    self.song = song
    problems = complaints.problems
    notation = FormField(
      name: "abc", label: song == nil ? "Or its text" : "Notes",
      help: song == nil ? "ABC or MusicXML." : "ABC 2.1: change what you like; bars that you leave alone are played as they were.",
      value: values["abc"] ?? "", control: .paragraph(rows: song == nil ? 8 : 24, maxLength: nil), error: complaints["abc"])
    controls = ["style", "display_name"].compactMap { name in
      guard let parameter = ParameterSchema.parameter(named: name, of: task) else { return nil }
      return FormField(
        name: parameter.name, label: parameter.title, help: name == "style" ? "Genre, instruments, mood; empty plays it as it is written." : "",
        value: values[name] ?? "", control: .line(maxLength: name == "style" ? 2000 : 200), error: complaints[name])
    }
  }

  static let sample = ScorePage(song: nil, values: [:])
  static let refusedSample = ScorePage(
    song: nil, values: ["abc": "X:1\nK:"], faults: [.init(field: "abc", message: "can’t be read. Line 2: the key is missing")])
  static let songSample = ScorePage(
    song: (41, 0, "Slow river"), values: ["abc": "X:1\nT:Slow river\nM:4/4\nL:1/8\nK:C\n\"C\"C2E2 G4|"])
}
