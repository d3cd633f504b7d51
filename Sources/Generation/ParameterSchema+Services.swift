public import JSON

/// The parameters of the neighbour services: a recording in its stems, and its notes (`api.md` 19).
extension ParameterSchema {
  static let separation = [
    source,
    Parameter("mode", .choice(StemMode.allCases.map(\.rawValue), synonyms: [:]), default: .string(StemMode.four.rawValue), .source, "Stems",
      "How the recording is split. Any recording can be split in two and four; the rest is of songs made here, whose parts are known."),
    Parameter("stems", aliases: ["stem", "custom_stems"], .text(maximum: 400), .source, "Stems by name",
      "With mode single or custom: \(StemSelection.words.joined(separator: ", ")), or no_vocals, no_drums, no_bass."),
  ]

  static let transcription = [
    source,
    Parameter("stems", .text(maximum: 400), .source, "Stems to write down",
      "Of a recording: vocals, bass and piano, which is all that voice, drums and bass leave; of a song made here any of \(StemSelection.words.dropLast().joined(separator: ", ")). Empty: all of these that there are."),
  ] + noteOptions

  /// How notes are told from what is heard; of a score that is known they change nothing.
  public static let noteOptions = [
    Parameter("onset_threshold", .number(0.05...0.95), .source, "Onsets from", "How sure a note's beginning must be. Empty: what suits the stem."),
    Parameter("frame_threshold", .number(0.05...0.95), .source, "Notes from", "How sure a sounding note must be. Empty: what suits the stem."),
    Parameter("min_note_len_ms", .number(10...2000), .source, "Shortest note, in milliseconds", "Empty: what suits the stem."),
    Parameter("tempo_bpm", .number(30...300), .source, "Tempo in beats a minute", "Of the written notes. Empty: the tempo that is heard."),
  ]

  private static let source = Parameter("src_audio_url", aliases: ["url", "audio_url"], .text(maximum: 2048), .source, "Address of the recording",
    "WAV, MP3, FLAC or Ogg: one of your uploads or songs, or a file elsewhere over http or https.")

  /// What a mode stands for is written into `stems`, and lists in any form become words with commas between.
  /// - Returns: what is wrong.
  static func completeService(_ request: inout JSON.Members, for task: MusicTask) -> [InvalidParameters.Fault] {
    guard task.isService else { return [] }
    var faults: [InvalidParameters.Fault] = []
    if request["src_audio_url"]?.isNull ?? true { faults.append(.init(field: "url", message: "is required, or a file")) }
    let words = request["stems"].flatMap { $0.isNull ? nil : WordList.words(in: $0) }
    if task == .transcription {
      guard let words else { return faults }
      do {
        let selection = try StemSelection(named: words)
        if let rest = selection.stems.first(where: \.isRest) { faults.append(.init(field: "stems", message: "can't have \(rest.name): its notes are those of several stems")) }
        request["stems"] = .string(selection.stems.map(\.name).joined(separator: ", "))
      } catch { faults.append(.init(field: "stems", message: error.words)) }
      return faults
    }
    guard let mode = request["mode"]?.string.flatMap(StemMode.init(rawValue:)) else { return faults }
    if let refusal = mode.refusal { return faults + [.init(field: "mode", message: refusal)] }
    let field = mode == .single ? "stem" : "stems"
    guard let names = mode.names ?? words else {
      return faults + [.init(field: field, message: "is required with mode \(mode.rawValue): \(StemSelection.words.joined(separator: ", "))")]
    }
    guard mode != .mastering else {
      request["stems"] = .null
      return faults
    }
    do {
      let selection = try StemSelection(named: names)
      if mode == .single, selection.stems.count > 1 { faults.append(.init(field: field, message: "must be one stem with mode single")) }
      request["stems"] = .string(selection.stems.map(\.name).joined(separator: ", "))
    } catch { faults.append(.init(field: field, message: error.words)) }
    return faults
  }
}

extension StemSelection {
  /// The stems that a normalised request names; nil where it isn't one of this service.
  public init?(of request: JSON.Members) {
    guard let mode = request["mode"]?.string.flatMap(StemMode.init(rawValue:)), mode.refusal == nil else { return nil }
    guard mode != .mastering else {
      self = .everyPart
      return
    }
    guard let words = request["stems"].flatMap(WordList.words), let selection = try? StemSelection(named: words, leavesOutSilent: mode == .studio) else { return nil }
    self = selection
  }
}
