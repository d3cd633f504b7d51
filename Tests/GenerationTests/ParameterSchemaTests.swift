import Generation
import JSON
import Music
import Testing

@Suite struct ParameterSchemaTests {
  private func normalise(_ text: String, _ task: MusicTask = .text2music, fromForm: Bool = false) throws -> JSON {
    .object(try ParameterSchema.normalise(try JSON(parsing: text).members ?? [:], for: task, fromForm: fromForm))
  }

  private func fault(_ text: String, _ task: MusicTask = .text2music) throws -> InvalidParameters.Fault? {
    do { _ = try normalise(text, task) } catch let error as InvalidParameters { return error.faults.first }
    return nil
  }

  @Test func defaultsAreThoseOfTheSpecification() throws {
    let request = try normalise(#"{"caption": "jazz"}"#)
    for (name, value): (String, JSON) in [
      ("audio_duration", -1.0), ("format", "flac"), ("model_version", "audiomusic-v2"), ("batch_size", 1), ("seed", -1),
      ("inference_steps", 64), ("guidance_scale", 7.0), ("shift", 3.0), ("infer_method", "ode"), ("use_adg", false),
      ("cfg_interval_start", 0.0), ("cfg_interval_end", 1.0), ("thinking", true), ("lm_temperature", 0.85),
      ("lm_cfg_scale", 2.0), ("lm_top_k", 0), ("lm_top_p", 0.9), ("lm_negative_prompt", "NO USER INPUT"),
      ("use_cot_metas", true), ("use_cot_caption", true), ("use_cot_lyrics", false), ("use_cot_language", true),
      ("use_constrained_decoding", false), ("bpm", .null), ("keyscale", .null), ("timesignature", .null),
      ("vocal_language", "unknown"), ("generate_lrc", false), ("calculate_quality", true), ("lora_weight", 1.0),
    ] { #expect(request[name] == value, "\(name)") }
  }

  /// A value, and what it becomes; nil when it is refused.
  @Test(arguments: [
    (#""bpm": 30"#, "bpm", 30), (#""bpm": 300.0"#, "bpm", 300), (#""bpm": 29"#, "bpm", nil), (#""bpm": 120.5"#, "bpm", nil),
    (#""bpm": "fast""#, "bpm", nil), (#""tempo": 90"#, "bpm", 90), (#""bpm": null"#, "bpm", .null),
    (#""duration": 30"#, "audio_duration", 30.0), (#""duration_seconds": 0"#, "audio_duration", nil),
    (#""audio_duration": -1"#, "audio_duration", -1.0), (#""audio_duration": -2"#, "audio_duration", nil),
    (#""audio_duration": 600"#, "audio_duration", 600.0), (#""audio_duration": 600.5"#, "audio_duration", nil),
    (#""audio_duration": 5, "duration": 9"#, "audio_duration", 5.0),
    (#""format": "MP3""#, "format", "mp3"), (#""output_format": "ogg""#, "format", "ogg"), (#""format": "aac""#, "format", nil),
    (#""batch_size": 8"#, "batch_size", 8), (#""batch_size": 9"#, "batch_size", nil), (#""batch_size": true"#, "batch_size", nil),
    (#""seed": 4294967295"#, "seed", 4_294_967_295), (#""seed": 4294967296"#, "seed", nil),
    (#""seeds": [1, 2.0]"#, "manual_seeds", [1, 2]), (#""manual_seeds": [1,2,3,4,5,6,7,8,9]"#, "manual_seeds", nil),
    (#""infer_step": 200"#, "inference_steps", 200), (#""infer_steps": 201"#, "inference_steps", nil),
    (#""guidance_scale": 20"#, "guidance_scale", 15.0), (#""guidance_scale": 31"#, "guidance_scale", nil),
    (#""shift": 0.9"#, "shift", nil), (#""scheduler_type": "Euler""#, "infer_method", "ode"), (#""infer_method": "sde""#, "infer_method", "sde"),
    (#""keyscale": "Am""#, "keyscale", "A Minor"), (#""key": "f# minor""#, "keyscale", "F# Minor"), (#""key": "H"#+"\"", "keyscale", nil),
    (#""timesignature": 3"#, "timesignature", "3/4"), (#""time_signature": "6/8""#, "timesignature", "6/8"), (#""timesignature": "5/4""#, "timesignature", nil),
    (#""vocal_language": "EN""#, "vocal_language", "en"), (#""language": "auto""#, "vocal_language", "unknown"), (#""language": "xx""#, "vocal_language", "unknown"),
    (#""genre": "edm""#, "genre_preset", "Electronic"), (#""genre_preset": "Polka""#, "genre_preset", nil),
    (#""thumbnail_url": "https://a.b/c.png""#, "thumbnail_url", "https://a.b/c.png"), (#""thumbnail_url": "javascript:alert(1)""#, "thumbnail_url", nil),
    (#""lora_name_or_path": "/etc/passwd""#, "lora_name_or_path", nil), (#""lora_weight": -3"#, "lora_weight", -3.0),
    (#""model": "audiomusic-v1.5""#, "model_version", "audiomusic-v1.5"), (#""model": "other""#, "model_version", nil),
    (#""quality": "premium", "style": 5, "nonsense": {}"#, "quality", .null),
  ] as [(String, String, JSON?)])
  func everyRuleHolds(_ member: String, _ name: String, _ expected: JSON?) throws {
    let text = "{\"caption\": \"c\", \(member)}"
    if let expected {
      let value = try normalise(text)[name] ?? .null
      #expect(value == expected || (value.double != nil && value.double == expected.double), "\(value.text)")
    } else {
      #expect(try fault(text) != nil)
    }
  }

  @Test func everyFieldAtFaultIsReportedByTheNameThatWasUsed() throws {
    do {
      _ = try normalise(#"{"caption": "c", "tempo": 5, "batch_size": 0, "cfg_interval_start": 0.9, "cfg_interval_end": 0.1}"#)
      Issue.record("accepted")
    } catch let error as InvalidParameters {
      #expect(error.faults.map(\.field) == ["batch_size", "tempo", "cfg_interval_start"])
      #expect(error.faults[1].sentence == "tempo must be an integer between 30 and 300")
    }
  }

  @Test func aCaptionWinsOverAPromptUnlessItIsBlank() throws {
    #expect(try normalise(#"{"prompt": "p", "caption": "c"}"#)["caption"] == "c")
    #expect(try normalise(#"{"prompt": "p", "caption": "  "}"#)["caption"] == "p")
    #expect(try fault(#"{"caption": "c", "prompt": 5}"#)?.field == "prompt")
    #expect(try fault(#"{"caption": "c", "format": "mp3", "output_format": [null]}"#)?.field == "output_format")
  }

  @Test func someTextIsRequired() throws {
    #expect(try fault("{}")?.field == "caption")
    #expect(try fault(#"{"genre_preset": "Custom"}"#)?.field == "caption")
    #expect(try fault(#"{"genre_preset": "Jazz"}"#) == nil)
    #expect(try fault(#"{"lyrics": "la"}"#) == nil)
    #expect(try fault(#"{"lyrics": "la"}"#, .prompt2instrumental)?.field == "caption")
    #expect(try fault(#"{"query": " "}"#, .simple)?.field == "query")
    #expect(try normalise(#"{"prompt": "q"}"#, .simple)["query"] == "q")
    let long = String(repeating: "a", count: 2049)
    #expect(try fault("{\"caption\": \"\(long)\"}")?.field == "caption")
  }

  @Test func controlCharactersAreRefusedAndLineEndsAreNot() throws {
    #expect(try fault(#"{"caption": "a\u0007b"}"#)?.field == "caption")
    #expect(try fault(#"{"lyrics": "a\nb\tc\r\nd"}"#) == nil)
    let nul = JSON.Members([("caption", JSON.string("a\u{0}b"))])
    #expect(throws: InvalidParameters.self) { try ParameterSchema.normalise(nul, for: .text2music) }
  }

  @Test func samplesHaveTheirOwnRanges() throws {
    #expect(try normalise(#"{"prompt": "p", "sample_type": "One_Shot", "tempo": 60}"#, .text2samples)["sample_type"] == "one-shot")
    #expect(try fault(#"{"prompt": "p", "audio_duration": 121}"#, .text2samples)?.field == "audio_duration")
    #expect(try fault(#"{"prompt": "p", "tempo": 201}"#, .text2samples)?.field == "tempo")
  }

  @Test func formFieldsAreCoerced() throws {
    let request = try normalise(
      #"{"caption": "c", "bpm": "12"}"#.replacing("12", with: "120"), fromForm: true)
    #expect(request["bpm"] == 120)
    let all = try normalise(
      #"{"caption": "c", "bpm": "", "instrumental": "on", "audio_duration": "12.5", "manual_seeds": "1, 2", "use_adg": "false"}"#,
      fromForm: true)
    #expect(all["bpm"] == .null)
    #expect(all["instrumental"] == true)
    #expect(all["audio_duration"] == 12.5)
    #expect(all["manual_seeds"] == [1, 2])
    #expect(all["use_adg"] == false)
  }

  @Test func aRequestCarriesWhatWasValidated() throws {
    let parameters = try ParameterSchema.normalise(
      ["prompt": "calm", "genre": "jazz", "bpm": 90, "key": "Dm", "lyrics": "la", "instrumental": true, "shift": 2],
      for: .text2music)
    let request = SongRequest(task: .text2music, parameters: parameters, seed: 7)
    #expect(request.genrePreset == "Jazz")
    #expect(request.bpm == 90)
    #expect(request.key == Key(tonic: PitchClass(rawValue: 2), mode: .minor))
    #expect(request.lyrics == nil)
    #expect(request.audioDuration == nil)
    #expect(request.calculateQuality)
    #expect(!SongRequest(task: .simple, parameters: ["calculate_quality": false], seed: 1).calculateQuality)
    #expect(request.fullCaption.hasPrefix("jazz, ") && request.fullCaption.hasSuffix(", calm"))
    #expect(request.given == ["caption", "genre_preset", "bpm", "keyscale", "lyrics", "instrumental", "shift"])
  }

  @Test func everyDefaultObeysItsOwnRule() {
    for task in MusicTask.allCases {
      for parameter in ParameterSchema.parameters(of: task) where parameter.defaultValue != .null {
        #expect(parameter.read(parameter.defaultValue, fromForm: false) == parameter.defaultValue, "\(parameter.name)")
      }
    }
  }
}

@Suite struct RecordingParameterTests {
  private func request(_ task: MusicTask, _ body: JSON.Members) throws -> SongRequest {
    SongRequest(task: task, parameters: try ParameterSchema.normalise(body, for: task), seed: 1)
  }

  @Test func aCoverCarriesItsStrength() throws {
    #expect(try request(.cover, ["audio_url": "u", "caption": "ska"]).sourceUse == .cover(strength: 0.7))
    #expect(
      try request(.cover, ["src_audio_url": "u", "prompt": "ska", "audio_cover_strength": 0]).sourceUse == .cover(strength: 0))
    #expect(try request(.reference, ["reference_audio_url": "u", "caption": "ska"]).sourceUse == .reference)
    #expect(throws: InvalidParameters.self) { try request(.cover, ["src_audio_url": "u", "caption": "a", "audio_cover_strength": 1.1]) }
    #expect(throws: InvalidParameters.self) { try request(.cover, ["caption": "a"]) }
    #expect(throws: InvalidParameters.self) { try request(.reference, ["reference_audio_url": "u"]) }
  }

  @Test(arguments: [
    ("vocal", StemTrack.vocals), ("Backing Vocals", .backingVocals), ("backing-vocal", .backingVocals), ("PIANO", .keyboard),
    ("woodwind", .woodwinds), ("lead vocals", .vocals), ("fx", .fx),
  ])
  func aStemHasManyNames(name: String, track: StemTrack) throws {
    #expect(StemTrack(named: name) == track)
    #expect(try request(.extract, ["src_audio_url": "u", "track_name": .string(name)]).sourceUse == .extract(track))
  }

  @Test func tracksAreAddedByTheirNames() throws {
    #expect(try request(.lego, ["src_audio_url": "u", "track_name": "drum"]).sourceUse == .lego(.drums))
    #expect(try request(.complete, ["src_audio_url": "u"]).sourceUse == .complete([]))
    for names: JSON in ["drums, piano,drums", ["drums", "piano"], "[\"drums\", \"piano\"]"] {
      let request = try request(.complete, ["src_audio_url": "u", "track_names": names, "caption": "funk", "shift": 2])
      #expect(request.sourceUse == .complete([.drums, .keyboard]))
      #expect(request.caption == "funk" && request.diffusion.shift == 2)
    }
    for (task, body): (MusicTask, JSON.Members) in [
      (.complete, ["src_audio_url": "u", "track_names": "drums, other"]), (.complete, ["track_names": "drums"]),
      (.complete, ["src_audio_url": "u", "track_names": 5]), (.lego, ["src_audio_url": "u"]),
      (.lego, ["src_audio_url": "u", "track_name": "instrumental"]), (.lego, ["track_name": "bass"]),
    ] { #expect(throws: InvalidParameters.self, "\(task), \(body.pairs.map(\.key))") { try request(task, body) } }
  }

  @Test func aDiffusionModelIsToldWhatWasChanged() throws {
    let cover = try request(
      .cover, ["src_audio_url": "u", "caption": "ska", "cover_noise_strength": 0.2, "cover_nofsq": true, "infer_method": "HEUN"])
    #expect(cover.diffusion.coverNoiseStrength == 0.2 && cover.diffusion.coverKeepsLatents == true && cover.diffusion.method == .heun)
    let edit = try request(
      .edit, ["source_job_id": 1, "caption": "ska", "edit_n_min": 0.2, "edit_n_max": 0.8, "edit_n_avg": 3])
    #expect(edit.diffusion.editStart == 0.2 && edit.diffusion.editEnd == 0.8 && edit.diffusion.editAverages == 3)
    #expect(edit.edit == .edit(onlyLyrics: false, strength: 0.8 - 0.2))
    var kept = DiffusionParameters()
    kept.steps = 20
    kept.shift = 2
    var asked = DiffusionParameters()
    asked.method = .heun
    #expect(asked.completed(by: kept).steps == 20 && asked.completed(by: kept).shift == 2 && asked.completed(by: kept).method == .heun)
  }

  @Test(arguments: ["kazoo", "", "other", "instrumental"])
  func otherStemsAreRefused(name: String) {
    #expect(throws: InvalidParameters.self) { try request(.extract, ["src_audio_url": "u", "track_name": .string(name)]) }
  }
}
