public import JSON

/// Parameters that break their rules, all of them at once.
public struct InvalidParameters: Error, Sendable, Equatable, CustomStringConvertible {
  public struct Fault: Sendable, Equatable {
    public let field: String
    /// The end of a sentence whose subject is the field: "must be between 1 and 8".
    public let message: String
    public init(field: String, message: String) {
      self.field = field
      self.message = message
    }
    public var sentence: String { "\(field) \(message)" }
  }
  /// `api.md` 3.3: "invalid_parameters" or "invalid_caption".
  public let code: String
  public let faults: [Fault]
  public init(code: String = "invalid_parameters", faults: [Fault]) {
    self.code = code
    self.faults = faults
  }
  public var description: String { faults.map(\.sentence).joined(separator: "; ") }
}

extension ParameterSchema {
  /// Validates a request body and gives it back normalised: canonical names, canonical values, defaults filled in,
  /// unknown and retired members left out (`api.md` 1.4 and 7).
  /// - Parameter fromForm: values are text and are coerced.
  /// - Throws: `InvalidParameters` naming every field at fault.
  public static func normalise(
    _ body: JSON.Members, for task: MusicTask, fromForm: Bool = false
  ) throws(InvalidParameters) -> JSON.Members {
    var result = JSON.Members()
    var faults: [InvalidParameters.Fault] = []
    for parameter in parameters(of: task) {
      let given = values(of: parameter, in: body).map { name, value in
        // A list of stems comes in many forms (`api.md` 9.5, 19.2).
        let isList = (task.isService && parameter.name == "stems") || (task == .complete && parameter.name == "track_names")
        let words = isList ? WordList.words(in: value) : nil
        return (name: name, value: words.map { .string($0.joined(separator: ", ")) } ?? value)
      }
      let read = given.map { (name: $0.name, value: parameter.read($0.value, fromForm: fromForm)) }
      let wrong = read.filter { $0.value == nil }
      faults += wrong.map { .init(field: $0.name, message: parameter.rule) }
      if wrong.isEmpty { result.append(parameter.name, read.first?.value ?? parameter.defaultValue) }
    }
    if let start = result["cfg_interval_start"]?.double, let end = result["cfg_interval_end"]?.double, start > end {
      faults.append(.init(field: "cfg_interval_start", message: "must not be greater than cfg_interval_end"))
    }
    faults += completeService(&result, for: task).filter { new in !faults.contains { $0.field == new.field } }
    faults += editFaults(in: result, for: task).filter { new in !faults.contains { $0.field == new.field } }
    let missing = missingText(in: result, for: task)
    guard faults.isEmpty else { throw InvalidParameters(faults: faults) }
    if let missing { throw InvalidParameters(code: "invalid_caption", faults: [missing]) }
    return result
  }

  /// What is given for a parameter, by its name and then by its aliases: the first counts, and all must be right.
  private static func values(of parameter: Parameter, in body: JSON.Members) -> [(name: String, value: JSON)] {
    ([parameter.name] + parameter.aliases).compactMap { name in
      guard let value = body[name], !value.isNull else { return nil }
      if let text = value.string, text.trimmingBlanks().isEmpty { return nil }
      return (name, value)
    }
  }

  private static func missingText(in request: JSON.Members, for task: MusicTask) -> InvalidParameters.Fault? {
    let hasText = { (name: String) in request[name]?.string != nil }
    let hasPreset = request["genre_preset"]?.string.map { $0 != "Custom" } ?? false
    switch task {
    case .simple:
      return hasText("query") ? nil : .init(field: "query", message: "is required")
    case .lyric2vocals:
      return hasText("lyrics") || request["use_cot_lyrics"]?.bool == true ? nil : .init(field: "lyrics", message: "is required")
    case .text2music, .text2rap:
      return hasText("caption") || hasText("lyrics") || hasPreset
        ? nil : .init(field: "caption", message: "is required (or lyrics, or a genre_preset)")
    case .prompt2instrumental, .text2samples:
      return hasText("caption") || hasPreset
        ? nil : .init(field: "caption", message: "is required (alias prompt), or a genre_preset")
    case .repaint, .extend:
      return hasText("caption") ? nil : .init(field: "caption", message: "is required (alias prompt)")
    case .edit:
      return hasText("caption") || hasText("lyrics") || hasPreset
        ? nil : .init(field: "edit_target_prompt", message: "is required, or edit_target_lyrics")
    case .cover, .reference:
      return hasText("caption") || hasPreset ? nil : .init(field: "caption", message: "is required (alias prompt), or a genre_preset")
    case .retake, .extract, .lego, .complete, .separation, .transcription, .scoreRevise, .scoreRecord: return nil
    case .scorePlan:
      return hasText("style") || hasText("description") ? nil : .init(field: "style", message: "is required, or a description")
    case .scoreGenerate:
      return hasText("style") || hasText("abc") ? nil : .init(field: "style", message: "is required, or a score (abc)")
    }
  }

  /// What an edit needs beyond the types and ranges of its parameters (`api.md` 10).
  private static func editFaults(in request: JSON.Members, for task: MusicTask) -> [InvalidParameters.Fault] {
    func number(_ name: String) -> Double? { request[name]?.double }
    func isMissing(_ name: String) -> Bool { request[name]?.isNull ?? true }
    var faults: [InvalidParameters.Fault] = []
    func need(_ condition: Bool, _ field: String, _ message: String) {
      if !condition { faults.append(.init(field: field, message: message)) }
    }
    if task.usesRecording, let start = number("source_start"), let end = number("source_end") {
      need(end == -1 || end > start, "source_end", "must be greater than source_start, or -1")
    }
    switch task {
    case .text2music, .prompt2instrumental, .text2rap, .lyric2vocals, .text2samples, .simple, .scoreGenerate, .separation, .transcription: break
    case .scorePlan:
      need(
        isMissing("description") || isMissing("lyrics"), "lyrics",
        "can't be given together with a description, for which they are written")
    case .scoreRevise:
      need(!isMissing("source_job_id"), "source_job_id", "is required")
      need(!isMissing("instruction"), "instruction", "is required")
    case .scoreRecord: need(!isMissing("source_job_id"), "source_job_id", "is required")
    case .cover: need(!isMissing("src_audio_url"), "src_audio_url", "is required")
    case .reference: need(!isMissing("reference_audio_url"), "reference_audio_url", "is required")
    case .complete:
      need(!isMissing("src_audio_url"), "src_audio_url", "is required")
      need(
        isMissing("track_names") || StemTrack.list(of: request["track_names"]) != nil, "track_names",
        "must be names of \(StemTrack.extractable.map(\.rawValue).joined(separator: ", "))")
    case .extract, .lego:
      need(!isMissing("src_audio_url"), "src_audio_url", "is required")
      need(!isMissing("track_name"), "track_name", "must be one of \(StemTrack.extractable.map(\.rawValue).joined(separator: ", "))")
    case .retake: need(!isMissing("original_job_id"), "original_job_id", "is required")
    case .repaint:
      need(
        !isMissing("source_job_id") || !isMissing("src_audio_url"), "source_job_id", "is required, or src_audio_url")
      need(!isMissing("repainting_start"), "repainting_start", "is required")
      need(!isMissing("repainting_end"), "repainting_end", "is required; -1 is the end of the song")
      if let start = number("repainting_start"), let end = number("repainting_end") {
        need(end == -1 || end > start, "repainting_end", "must be greater than repainting_start, or -1")
      }
    case .extend:
      need(!isMissing("source_job_id"), "source_job_id", "is required")
      need(
        (number("left_extend_length") ?? 0) + (number("right_extend_length") ?? 0) > 0, "right_extend_length",
        "and left_extend_length must not both be 0")
    case .edit:
      need(!isMissing("source_job_id"), "source_job_id", "is required")
      need(
        request["edit_type"]?.string != "only_lyrics" || !isMissing("lyrics"), "edit_target_lyrics",
        "is required for only_lyrics")
      if let low = number("edit_n_min"), let high = number("edit_n_max") {
        need(low <= high, "edit_n_min", "must not be greater than edit_n_max")
      }
    }
    return faults
  }

  /// The names of the parameters that a request body gives, under whatever of their names.
  public static func given(in body: JSON.Members, of task: MusicTask) -> Set<String> {
    Set(parameters(of: task).filter { !values(of: $0, in: body).isEmpty }.map(\.name))
  }

  /// The names of the parameters whose value in a normalised request is not the default. Of a checkpoint's steps nothing is: it
  /// has defaults of its own.
  public static func changed(in request: JSON.Members, of task: MusicTask) -> [String] {
    let hasCheckpoint = request["checkpoint"]?.string != nil
    return parameters(of: task).filter { parameter in
      guard let value = request[parameter.name] else { return false }
      return value != parameter.defaultValue || hasCheckpoint && checkpointDefaults.contains(parameter.name)
    }.map(\.name)
  }

  /// The parameters for which every checkpoint has a default of its own.
  public static let checkpointDefaults: Set<String> = ["inference_steps", "guidance_scale", "shift"]
}
