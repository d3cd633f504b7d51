import JSON
import Music

/// The parameters of every generation endpoint (`api.md` chapters 7 and 8): one table that validates requests,
/// documents the API and makes the forms.
public enum ParameterSchema {
  /// The base parameters that every generation endpoint takes, in the order of the specification.
  public static let base: [Parameter] = [
    Parameter("caption", aliases: ["prompt", "tags", "description"], .text(maximum: 2048), .text, "Description",
      "What the music should be: genre, mood, instruments, tempo, voice. Plain words in any order; \"no drums\" works too."),
    Parameter("lyrics", .text(maximum: 4096), .text, "Lyrics",
      "The words to sing, a line each. Tags such as [verse], [chorus], [bridge], [intro] and [outro] set the form."),
    Parameter("instrumental", .boolean, default: false, .text, "Instrumental", "No voice; lyrics are ignored."),
    Parameter("genre_preset", aliases: ["genre"], .preset, .text, "Genre",
      "A ready style; it wins over a genre named in the description, which refines it. Custom adds nothing."),
    Parameter("display_name", aliases: ["title"], .text(maximum: 200), .text, "Title",
      "The song's name; made from the description when empty."),
    Parameter("thumbnail_url", .webAddress, .text, "Picture address", "Stored with the song and never fetched."),

    Parameter("audio_duration", aliases: ["duration", "duration_seconds"], .duration(1...600), default: -1.0, .core,
      "Length in seconds", "-1 lets the engine choose a length that suits the form; otherwise 1 to 600."),
    Parameter("batch_size", .integer(1...8), default: 1, .core, "Variations", "How many different takes to make."),
    Parameter("seed", .integer(-1...4_294_967_295), default: -1, .core, "Seed",
      "The same seed and settings give the same song again. -1 draws one."),
    Parameter("manual_seeds", aliases: ["seeds", "actual_seeds"], .integers(0...4_294_967_295, maximumCount: 8), .core,
      "Seeds of the variations", "One for each variation, in order, instead of counting up from the seed."),

    Parameter("bpm", aliases: ["tempo"], .integer(30...300), .music, "Tempo in beats a minute",
      "Empty: the engine chooses what suits the style."),
    Parameter("keyscale", aliases: ["key", "key_scale"], .key, .music, "Key", "For example C Major, Am or F# minor."),
    Parameter("timesignature", aliases: ["time_signature"], .meter, .music, "Time signature", "2/4, 3/4, 4/4 or 6/8."),
    Parameter("vocal_language", aliases: ["language"], .language, default: "unknown", .music, "Language of the lyrics",
      "A two-letter code such as en, es or ja; unknown detects it."),
    Parameter("voice_type", aliases: ["voice", "vocal_type"], .choice(["auto"] + VoiceKind.allCases.map(\.rawValue), synonyms: [:]),
      default: "auto", .music, "Voice", "Who sings. auto takes the voice that the description names, or one that suits the style."),

    Parameter("engine", .choice(EngineName.allCases.map(\.rawValue), synonyms: [:]), default: .string(EngineName.score.rawValue), .engine,
      "Engine", "score composes, plays and sings a score; acestep makes the sound with a checkpoint, where an administrator has added one."),
    checkpoint("The checkpoint that acestep uses, by its name on this server; model/status lists them. Empty: the first that was added."),
    Parameter("inference_steps", aliases: ["infer_step", "infer_steps", "num_inference_steps"], .integer(1...200),
      default: 64, .diffusion, "Steps", "More steps, finer sound and a longer wait. Left out, a checkpoint's own number: 8 for turbo, 50 for others."),
    Parameter("guidance_scale", .clampedNumber(0...30, clampedTo: 15), default: 7.0, .diffusion, "Guidance",
      "How closely the description is followed, up to 15. Turbo checkpoints take none."),
    Parameter("shift", .number(1...5), default: 3.0, .diffusion, "Shift",
      "Where along the schedule the steps are spent. Left out, a checkpoint's own: 3 for turbo, 1 for others."),
    Parameter("infer_method", aliases: ["scheduler_type"], .choice(StepMethod.allCases.map(\.rawValue), synonyms: ["euler": "ode"]),
      default: "ode", .diffusion, "Method", "ode goes straight; sde adds fresh noise at each step; heun takes twice the time for each, and errs less."),
    Parameter("use_adg", .boolean, default: false, .diffusion, "Adaptive dual guidance", "Another form of guidance, for base models."),
    Parameter("cfg_interval_start", .number(0...1), default: 0.0, .diffusion, "Guidance from", "Part of the schedule where guidance begins."),
    Parameter("cfg_interval_end", .number(0...1), default: 1.0, .diffusion, "Guidance until", "Part of the schedule where guidance ends."),

    Parameter("thinking", .boolean, default: true, .languageModel, "Plan first", "Lets the language model plan the song before it is made."),
    Parameter("lm_temperature", .number(0...2), default: 0.85, .languageModel, "Temperature", "How freely the language model chooses."),
    Parameter("lm_cfg_scale", .number(0...10), default: 2.0, .languageModel, "Plan guidance", "How closely the plan follows the description."),
    Parameter("lm_top_k", .integer(0...100), default: 0, .languageModel, "Top k", "Choices considered at each step; 0 for all."),
    Parameter("lm_top_p", .number(0...1), default: 0.9, .languageModel, "Top p", "Share of the likeliest choices considered."),
    Parameter("lm_negative_prompt", .text(maximum: 2048), default: "NO USER INPUT", .languageModel, "Negative prompt",
      "What the plan is steered away from."),
    Parameter("use_cot_metas", .boolean, default: true, .languageModel, "Choose tempo and key", "Lets the model choose what you left open."),
    Parameter("use_cot_caption", .boolean, default: true, .languageModel, "Refine the description", "Lets the model rewrite the description."),
    Parameter("use_cot_lyrics", .boolean, default: false, .languageModel, "Write lyrics", "Writes lyrics when you give none."),
    Parameter("use_cot_language", .boolean, default: true, .languageModel, "Detect the language", "Detects the language of the lyrics."),
    Parameter("use_constrained_decoding", .boolean, default: false, .languageModel, "Constrained decoding",
      "Keeps the plan to its exact format."),

    Parameter("format", aliases: ["audio_format", "output_format"], .choice(["flac", "wav", "mp3", "ogg"], synonyms: [:]),
      default: "flac", .output, "Preferred format", "All four are always made; this is the one played and linked first."),
    Parameter("model_version", aliases: ["model"],
      .choice(["audiomusic-v2", "audiomusic-v1.5"], synonyms: [:]), default: "audiomusic-v2", .output, "Model version",
      "Kept for other clients of this API."),
    Parameter("generate_lrc", .boolean, default: false, .output, "Timed lyrics", "Makes an LRC file of the lyrics."),
    Parameter("calculate_quality", .boolean, default: true, .output, "Quality score", "Scores the finished sound from 0 to 1."),
    Parameter("lora_name_or_path", .adapter, .lora, "LoRA adapter", "An adapter installed on this server."),
    Parameter("lora_weight", .number(-3...3), default: 1.0, .lora, "LoRA weight", "How strongly the adapter acts."),
  ]

  /// Of the base and of the edits.
  static func checkpoint(_ help: String) -> Parameter {
    Parameter("checkpoint", .text(maximum: 60), .engine, "Checkpoint", help)
  }

  /// Accepted for old clients and not used at all (`api.md` 7.2, 7.7).
  public static let retired: Set<String> = [
    "quality", "dit_variant", "cfg_type", "omega_scale", "guidance_interval", "guidance_interval_decay",
    "min_guidance_scale", "guidance_scale_text", "guidance_scale_lyric", "use_erg_tag", "use_erg_lyric",
    "use_erg_diffusion", "style", "instruments",
  ]

  /// The parameters of one endpoint: the base with what the endpoint changes and adds.
  public static func parameters(of task: MusicTask) -> [Parameter] {
    switch task {
    case .text2music, .prompt2instrumental, .text2rap, .lyric2vocals: base
    case .text2samples: samples
    case .simple: simple
    case .retake: source("original_job_id", aliases: ["source_job_id"]) + retake + editBase
    case .repaint: source("source_job_id", aliases: ["original_job_id"]) + repaint + editBase
    case .extend: source("source_job_id", aliases: ["original_job_id"]) + extend + editBase
    case .edit: source("source_job_id", aliases: ["original_job_id"]) + edit + editBase
    case .cover: cover + base
    case .reference: reference + base
    case .extract: extract + extractBase
    case .lego: lego + base
    case .complete: complete + base
    case .separation: separation + trim + extractBase
    case .transcription: transcription + trim + extractBase.filter { $0.name == "display_name" }
    case .scorePlan: scorePlan
    case .scoreRevise: scoreRevise
    case .scoreRecord: scoreRecord
    case .scoreGenerate: scoreGenerate
    }
  }

  /// The parameter of this canonical name.
  public static func parameter(named name: String, of task: MusicTask = .text2music) -> Parameter? {
    parameters(of: task).first { $0.name == name }
  }

  private static let samples = replacing([
    Parameter("audio_duration", aliases: ["duration", "duration_seconds"], .duration(1...120), default: -1.0, .core,
      "Length in seconds", "-1 makes 8 seconds; otherwise 1 to 120."),
    Parameter("bpm", aliases: ["tempo"], .integer(60...200), .music, "Tempo in beats a minute",
      "Empty: the engine chooses what suits the style."),
    Parameter("sample_type", .choice(["loop", "one-shot"], synonyms: ["one_shot": "one-shot", "oneshot": "one-shot", "loops": "loop"]),
      .text, "Kind of sample", "loop repeats without a seam; one-shot is a single hit or phrase."),
  ])

  private static let simple = replacing([
    Parameter("query", aliases: ["prompt", "description", "caption"], .text(maximum: 1000), .text, "Description",
      "The song in a sentence; tempo, key, length and the rest are chosen for you.")
  ]).filter { $0.name != "caption" }

  /// The base where parameters of the same name are replaced and others put in front.
  private static func replacing(_ changes: [Parameter]) -> [Parameter] {
    let added = changes.filter { change in !base.contains { $0.name == change.name } }
    return added + base.map { parameter in changes.first { $0.name == parameter.name } ?? parameter }
  }
}
