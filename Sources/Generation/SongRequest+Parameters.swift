public import JSON
import Music

extension SongRequest {
  /// The engine's request for one variation.
  /// - Parameters:
  ///   - parameters: a request normalised by `ParameterSchema.normalise`.
  ///   - seed: this variation's.
  public init(task: MusicTask, parameters: JSON.Members, seed: UInt32) {
    self.init(task: task)
    let preset = parameters["genre_preset"]?.string.flatMap(GenrePreset.named)
    genrePreset = preset.flatMap { $0.tags.isEmpty ? nil : $0.name }
    let named = ["caption", "query", "style", "description"].lazy.compactMap { parameters[$0]?.string?.trimmingBlanks() }
    let words = named.first { !$0.isEmpty } ?? ""
    caption = words
    instrumental = parameters["instrumental"]?.bool ?? false || task == .prompt2instrumental || task == .text2samples
    lyrics = instrumental ? nil : parameters["lyrics"]?.string
    audioDuration = parameters["audio_duration"]?.double.flatMap { $0 < 0 ? nil : $0 }
    self.seed = seed
    bpm = parameters["bpm"]?.int
    key = parameters["keyscale"]?.string.flatMap(Key.init(parsing:))
    meter = parameters["timesignature"]?.string.flatMap(Meter.init(parsing:))
    vocalLanguage = parameters["vocal_language"]?.string.flatMap { $0 == "unknown" ? nil : $0 }
    voice = parameters["voice_type"]?.string.flatMap(VoiceKind.init(rawValue:))
    sampleType = parameters["sample_type"]?.string
    useCotLyrics = parameters["use_cot_lyrics"]?.bool ?? false
    calculateQuality = parameters["calculate_quality"]?.bool ?? true
    edit = SongEdit(task: task, parameters: parameters)
    sourceUse = SourceUse(task: task, parameters: parameters)
    if let workflow = task.workflow { setScoreFirst(workflow, parameters) }
    given = Set(ParameterSchema.changed(in: parameters, of: task))
    checkpoint = parameters["checkpoint"]?.string
    setDiffusion(parameters)
  }

  /// What the caller changed of the parameters for diffusion models: every kind of model has defaults of its own.
  private mutating func setDiffusion(_ parameters: JSON.Members) {
    let given = given
    func changed(_ name: String) -> JSON? { given.contains(name) ? parameters[name] : nil }
    diffusion.steps = changed("inference_steps")?.int
    diffusion.guidanceScale = changed("guidance_scale")?.double
    diffusion.shift = changed("shift")?.double
    diffusion.method = changed("infer_method")?.string.flatMap(StepMethod.init(rawValue:))
    diffusion.usesAngularGuidance = changed("use_adg")?.bool
    diffusion.guidanceStart = changed("cfg_interval_start")?.double
    diffusion.guidanceEnd = changed("cfg_interval_end")?.double
    diffusion.coverNoiseStrength = changed("cover_noise_strength")?.double
    diffusion.coverKeepsLatents = changed("cover_nofsq")?.bool
    diffusion.editStart = changed("edit_n_min")?.double
    diffusion.editEnd = changed("edit_n_max")?.double
    diffusion.editAverages = changed("edit_n_avg")?.int
  }

  /// What the score-first calls name otherwise (`api.md` 20).
  private mutating func setScoreFirst(_ workflow: String, _ parameters: JSON.Members) {
    abc = parameters["abc"]?.string
    audioDuration = parameters["target_seconds"]?.double
    vocalLanguage = parameters["language"]?.string.flatMap { $0 == "unknown" ? nil : $0 }
    // A description alone asks for words; a style without them for an instrumental.
    useCotLyrics = parameters["description"]?.string != nil
    instrumental = lyrics == nil && !useCotLyrics
    if workflow == "revise", let instruction = parameters["instruction"]?.string {
      let bars = parameters["bars"]?.array?.compactMap { range -> ClosedRange<Int>? in
        guard let ends = range.array, ends.count == 2, let first = ends[0].int, let last = ends[1].int, first <= last else {
          return nil
        }
        return first...last
      }
      revision = ScoreRevision(
        instruction: instruction, bars: bars, allowsTempoChange: parameters["allow_tempo_change"]?.bool ?? false)
    }
  }

  /// The caption with the preset's tags in front, as an engine that reads tags wants it (`api.md` 7.1).
  public var fullCaption: String {
    let tags = genrePreset.flatMap(GenrePreset.named)?.tags ?? ""
    return [tags, caption].filter { !$0.isEmpty }.joined(separator: ", ")
  }
}

extension SongEdit {
  /// - Parameter parameters: a request normalised by `ParameterSchema.normalise`.
  /// - Returns: nil for a task that edits nothing.
  init?(task: MusicTask, parameters: JSON.Members) {
    func number(_ name: String) -> Double? { parameters[name]?.double }
    switch task {
    case .text2music, .prompt2instrumental, .text2rap, .lyric2vocals, .text2samples, .simple: return nil
    case .scorePlan, .scoreRevise, .scoreRecord, .scoreGenerate, .cover, .reference, .extract, .lego, .complete, .separation, .transcription: return nil
    case .retake: self = .retake(variance: number("retake_variance") ?? 0.7)
    case .repaint:
      let start = number("repainting_start") ?? 0
      let end = number("repainting_end") ?? -1
      self = .repaint(seconds: start..<(end < 0 ? .infinity : max(start, end)))
    case .extend:
      self = .extend(left: number("left_extend_length") ?? 0, right: number("right_extend_length") ?? 30)
    case .edit:
      let strength = (number("edit_n_max") ?? 1) - (number("edit_n_min") ?? 0)
      self = .edit(
        onlyLyrics: parameters["edit_type"]?.string == "only_lyrics", strength: min(max(strength, 0), 1))
    }
  }
}

extension SourceUse {
  /// - Parameter parameters: a request normalised by `ParameterSchema.normalise`.
  /// - Returns: nil for a task that uses no recording.
  init?(task: MusicTask, parameters: JSON.Members) {
    switch task {
    case .cover: self = .cover(strength: parameters["audio_cover_strength"]?.double ?? 0.7)
    case .reference: self = .reference
    case .extract:
      guard let track = parameters["track_name"]?.string.flatMap(StemTrack.init(named:)) else { return nil }
      self = .extract(track)
    case .lego:
      guard let track = parameters["track_name"]?.string.flatMap(StemTrack.init(named:)) else { return nil }
      self = .lego(track)
    case .complete: self = .complete(StemTrack.list(of: parameters["track_names"]) ?? [])
    case .separation:
      guard let selection = StemSelection(of: parameters) else { return nil }
      self = .separate(selection)
    case .transcription:
      let named = parameters["stems"].flatMap { $0.isNull ? nil : WordList.words(in: $0) }
      let options = NoteOptions(
        onsetThreshold: parameters["onset_threshold"]?.double, frameThreshold: parameters["frame_threshold"]?.double,
        leastSeconds: parameters["min_note_len_ms"]?.double.map { $0 / 1000 }, bpm: parameters["tempo_bpm"]?.double)
      self = .transcribe(named.map { $0.compactMap(StemSelection.Stem.init(named:)) }, options)
    default: return nil
    }
  }
}
