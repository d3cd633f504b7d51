import JSON

/// A body for every call that has one, as the page /docs and the sample data show it.
extension OpenAPI {
  /// Bodies of the calls that need nothing but words, by task (`api.md` 13.3).
  static let samples: JSON.Members = [
    "text2music": [
      "caption": "warm folk ballad, fingerpicked guitar, whistle, 3/4", "lyrics": "[verse]\nThe river knows my name",
      "audio_duration": 60, "format": "flac", "seed": 7,
    ],
    "prompt2instrumental": ["prompt": "upbeat synth pop, 120 bpm, A minor, bright", "audio_duration": 30],
    "text2rap": [
      "prompt": "boom bap, dusty drums, jazzy piano, 92 bpm",
      "lyrics": "[verse]\nCity lights are calling and I answer with a rhyme\nEvery step I'm taking is a step ahead of time",
      "audio_duration": 45,
    ],
    "lyric2vocals": ["prompt": "soft female voice, slow", "lyrics": "[verse]\nThe river knows my name", "audio_duration": 20],
    "text2samples": ["prompt": "funky bass loop", "sample_type": "loop", "tempo": 100, "audio_duration": 8],
    "simple": [
      "query": "a calm piano piece for a rainy evening", "instrumental": true, "vocal_language": "unknown",
      "audio_duration": -1, "format": "flac",
    ],
  ]

  /// By the call's id.
  static let examples: JSON.Members = {
    var examples = samples
    let more: JSON.Members = [
      "retake": ["source_job_id": 1, "retake_variance": 0.3],
      "repaint": ["source_job_id": 1, "repainting_start": 10, "repainting_end": 20, "caption": "solo trumpet"],
      "extend": ["source_job_id": 1, "right_extend_length": 30, "caption": "a long fade of strings"],
      "edit": ["source_job_id": 1, "lyrics": "[verse]\nThe harbour knows my name", "edit_type": "only_lyrics"],
      "cover": ["src_audio_url": "https://example.org/song.mp3", "caption": "jazz trio", "audio_cover_strength": 0.7],
      "reference": ["reference_audio_url": "https://example.org/song.mp3", "caption": "a song like it"],
      "extractStem": ["src_audio_url": "https://example.org/song.mp3", "track_name": "vocals"],
      "extract": ["src_audio_url": "https://example.org/song.mp3", "track_name": "drums"],
      "analyze": ["audio_url": "https://example.org/song.mp3"],
      "relabelJob": ["display_name": "The river"],
      "v3Plan": ["style": "slow waltz, strings", "target_seconds": 60],
      "v3Generate": ["style": "slow waltz, strings", "lyrics": "[verse]\nThe river knows my name"],
      "v3Revise": ["source_job_id": 1, "instruction": "a third higher, simpler drums", "section": "chorus"],
      "v3Edit": ["source_job_id": 1],
      "extractStems": ["url": "https://example.org/song.mp3", "mode": "four"],
      "extractStemsAdvanced": ["url": "https://example.org/song.mp3", "custom_stems": ["vocals", "drums"]],
      "extractStemsByType": ["url": "https://example.org/song.mp3", "stem_types": ["vocals", "bass"]],
      "convertToMidi": ["url": "https://example.org/song.mp3", "stems": "bass, vocals"],
      "convertStemsToMidi": ["stems": ["vocals"], "options": ["min_note_len_ms": 100]],
      "share": ["allow_download": true, "expires_in_days": 30],
      "register": ["email": "ana@example.org", "password": "correct horse 7", "full_name": "Ana"],
      "initiateRegistration": ["email": "ana@example.org", "password": "correct horse 7"],
      "verifyRegistration": ["email": "ana@example.org", "verification_code": "123456"],
      "token": ["username": "ana@example.org", "password": "correct horse 7"],
      "login": ["username": "ana@example.org", "password": "correct horse 7"],
      "refresh": ["refresh_token": "the refresh token"],
      "forgotPassword": ["email": "ana@example.org"],
      "resetPassword": ["token": "the link's secret", "new_password": "correct horse 8"],
      "changePassword": ["current_password": "correct horse 7", "new_password": "correct horse 8"],
      "renameMe": ["full_name": "Ana"],
      "createAPIKey": ["name": "laptop", "expires_in_days": 90],
      "createWebhook": ["url": "https://example.org/hook", "events": ["job.completed"]],
      "changeWebhook": ["active": false],
      "walletEstimate": ["service_type": "music_generation", "duration_seconds": 180],
      "checkWallet": ["service_type": "music_generation", "duration_seconds": 180],
      "topUp": ["amount_cents": 1000], "topUpIntent": ["amount_cents": 1000],
    ]
    for pair in more.pairs { examples[pair.key] = pair.value }
    return examples
  }()

  /// A call by curl, with the key left out.
  static func curl(_ operation: Operation, server: String) -> String {
    var path = operation.path
    for (name, value) in [("{id}", operation.path.contains("/uploads/") ? "ID" : "1"), ("{secret}", "SECRET"), ("{voice}", "female")] {
      path = path.replacing(name, with: value)
    }
    var lines = ["curl \(operation.method == "get" ? "" : "-X \(operation.method.uppercased()) ")'\(server)\(path)'"]
    if !operation.isPublic { lines.append("-H 'X-API-Key: ap_YOUR_KEY'") }
    if let body = examples[operation.id] {
      lines.append("-H 'Content-Type: application/json'")
      lines.append("-d \(body.text.inShellQuotes)")
    } else if operation.takesFile {
      lines.append("-F 'file=@recording.mp3'")
    }
    return lines.joined(separator: " \\\n  ")
  }
}

extension String {
  /// As one word of a shell's command. A quote inside single quotes: end, escaped quote, begin again.
  var inShellQuotes: String { "'\(replacing("'", with: #"'\''"#))'" }
}
