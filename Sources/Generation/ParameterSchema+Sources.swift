public import JSON

/// The parameters of what is made of a recording (`api.md` 9).
extension ParameterSchema {
  private static func address(_ name: String, aliases: [String] = []) -> Parameter {
    Parameter(name, aliases: aliases, .text(maximum: 2048), .source, "Address of the recording",
      "WAV, MP3, FLAC or Ogg: one of your uploads or songs, or a file elsewhere over http or https.")
  }

  /// The part of the recording that is used.
  static let trim = [
    Parameter("source_start", .number(0...86_400), default: 0.0, .source, "From, in seconds", "Where the part of the recording begins that is used."),
    Parameter("source_end", .number(-1...86_400), default: -1.0, .source, "Until, in seconds", "Where it ends; -1 is the end of the recording."),
  ]

  /// Whether a normalised request leaves out a part of its recording; the part that is used, in seconds.
  public static func part(of request: JSON.Members) -> Range<Double>? {
    let start = request["source_start"]?.double ?? 0
    let end = request["source_end"]?.double ?? -1
    guard start > 0 || end >= 0 else { return nil }
    return start..<(end < 0 ? .infinity : max(start, end))
  }

  static let cover = [
    address("src_audio_url", aliases: ["audio_url"]),
    Parameter("audio_cover_strength", .number(0...1), default: 0.7, .source, "Closeness",
      "1 keeps tempo, key, form, chords and melody; less varies the melody, then the chords; 0 is a new song."),
    Parameter("cover_noise_strength", .number(0...1), default: 0.0, .diffusion, "Start from the source",
      "For diffusion engines: how much of the source is in what the cover starts from; 0 starts from noise."),
    Parameter("cover_nofsq", .boolean, default: false, .diffusion, "Whole source",
      "For diffusion engines: the source is taken with all its detail, not only by what its music is."),
  ] + trim

  static let reference = [address("reference_audio_url", aliases: ["audio_url", "src_audio_url"])] + trim

  /// What `analyze` takes besides a file.
  public static let analysis = [
    address("audio_url", aliases: ["src_audio_url"]),
    Parameter("temperature", .number(0...2), default: 0.85, .source, "Temperature",
      "Accepted from other clients of this API: words are always written down as they are heard most likely."),
  ]

  private static func track(_ help: String) -> Parameter {
    Parameter("track_name", aliases: ["stem"],
      .choice(StemTrack.extractable.map(\.rawValue), synonyms: StemTrack.synonyms.mapValues(\.rawValue)), .source, "Stem", help)
  }

  /// With what a stem is made.
  private static let checkpointBase = base.filter { $0.group == .engine || $0.group == .diffusion }

  static let extract = [address("src_audio_url", aliases: ["audio_url"]), track("What to take out of the recording.")] + trim + checkpointBase

  static let lego = [address("src_audio_url", aliases: ["audio_url"]), track("What to play along with the recording.")] + trim

  static let complete = [
    address("src_audio_url", aliases: ["audio_url"]),
    Parameter("track_names", aliases: ["tracks"], .text(maximum: 200), .source, "Stems",
      "What to add to the recording: names, separated by commas. Empty: whatever it lacks."),
  ] + trim

  /// The base parameters that mean something for a stem, which is as long as its source.
  static let extractBase = base.filter {
    ["display_name", "thumbnail_url", "format", "model_version"].contains($0.name)
  }
}
