import JSON

/// The parameters of the edits of finished songs (`api.md` 10).
extension ParameterSchema {
  /// Ids are exact in every client's numbers.
  private static let ids = 1...9_007_199_254_740_991

  /// Which song an edit starts from. An edit's own name for it comes first.
  static func source(_ name: String, aliases: [String]) -> [Parameter] {
    [
      Parameter(name, aliases: aliases, .integer(ids), .source, "Song", "The number of the finished song to start from."),
      Parameter("source_output_index", .integer(0...7), default: 0, .source, "Variation",
        "Which variation of it, counted from 0."),
    ]
  }

  static let retake = [
    Parameter("retake_variance", .number(0...1), default: 0.7, .source, "Distance",
      "How far the new take goes: 0 plays the same music, 0.3 changes drums and accompaniment, 0.7 the tune too, 1 everything but the plan."),
    Parameter("retake_seeds", .integers(0...4_294_967_295, maximumCount: 8), .core, "Seeds of the takes",
      "A take for each; without them one take with a seed that is drawn."),
  ]

  static let repaint = [
    Parameter("src_audio_url", .text(maximum: 2048), .source, "Address of the song",
      "Instead of the number: a media address of one of your own songs."),
    Parameter("repainting_start", aliases: ["repaint_start"], .number(0...600), .source, "From, in seconds",
      "Where the new music begins; everything before stays as it is."),
    Parameter("repainting_end", aliases: ["repaint_end"], .number(-1...86_400), .source, "Until, in seconds",
      "Where it ends; -1 is the end of the song. Everything after stays as it is."),
    change("What the new part should be. Genre, mood and instruments may change; tempo, key and metre stay."),
    words("New words for the lines that begin in the range; empty keeps them."),
  ]

  static let extend = [
    Parameter("left_extend_length", .number(0...60), default: 0.0, .source, "Seconds in front",
      "An introduction before the song, up to 60 seconds."),
    Parameter("right_extend_length", aliases: ["extend_duration"], .clampedNumber(0...120, clampedTo: 60), default: 30.0,
      .source, "Seconds behind", "The song goes on instead of ending, for up to 60 seconds more, and then ends."),
    change("What is added should be like this; tempo, key and metre stay."),
    words("Sung in what is added."),
    Parameter("extend_seeds", .integers(0...4_294_967_295, maximumCount: 8), .core, "Seeds of the variations",
      "A variation for each; without them one with a seed that is drawn."),
  ]

  static let edit = [
    Parameter("caption", aliases: ["edit_target_prompt", "prompt", "tags", "description"], .text(maximum: 2048), .text,
      "New description", "The style, mood and instruments it should have now; empty keeps them. Tempo, key and form stay."),
    Parameter("lyrics", aliases: ["edit_target_lyrics"], .text(maximum: 4096), .text, "New lyrics",
      "Lines with as many syllables as before keep their tune; empty keeps the words."),
    Parameter("edit_type", .choice(["remix", "only_lyrics"], synonyms: [:]), default: "remix", .source, "Kind of edit",
      "remix changes words and band; only_lyrics leaves the band as it is and changes the words alone."),
    Parameter("edit_n_min", .number(0...1), default: 0.0, .source, "Change from",
      "With the next one: the wider the window, the more of the accompaniment changes."),
    Parameter("edit_n_max", .number(0...1), default: 1.0, .source, "Change until",
      "How much of the band changes: 0 to 1 makes it anew and keeps harmony and tune; a narrow window changes touch and drums only."),
    Parameter("edit_n_avg", .integer(1...5), default: 1, .source, "Averages", "For diffusion engines: how many tries are averaged."),
  ]

  private static func change(_ help: String) -> Parameter {
    Parameter("caption", aliases: ["prompt", "tags", "description"], .text(maximum: 2048), .text, "Description", help)
  }

  private static func words(_ help: String) -> Parameter {
    Parameter("lyrics", .text(maximum: 4096), .text, "Lyrics", help)
  }

  /// The base parameters that have a meaning for an edit: the rest is the source's, as are format and engine.
  static let editBase =
    base.filter { parameter in
      parameter.group == .diffusion || ["genre_preset", "thumbnail_url", "batch_size", "seed", "manual_seeds", "vocal_language",
        "model_version", "generate_lrc", "calculate_quality",
      ].contains(parameter.name)
    } + [
      checkpoint("Of a song that was made with one. Empty: the same again."),
      Parameter("display_name", aliases: ["title"], .text(maximum: 200), .text, "Title",
        "Empty: the title of the song it starts from, and what was done to it."),
      Parameter("format", aliases: ["audio_format", "output_format"],
        .choice(["flac", "wav", "mp3", "ogg"], synonyms: [:]), .output, "Preferred format",
        "All four are always made; this is the one played and linked first. Empty: as the song it starts from.")
    ]
}
