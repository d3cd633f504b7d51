import JSON

/// What calls answer when they succeed.
///
/// Written short: members by name, each with its type, all of them always there but for those marked `name?`. Types are `text`,
/// `integer`, `number`, `boolean`, `time` (RFC 3339), `object`, words of a choice `A|B`, the name of another shape; `[T]` is an array of
/// them, `{T}` an object with any names, and `T?` may be null.
extension OpenAPI {
  static let shapes: KeyValuePairs<String, String> = [
    "Job": """
      id:integer task:text status:PENDING|PROCESSING|COMPLETED|FAILED progress:integer? output_url:text? output_urls:{text}? audio_url:text? \
      display_name:text thumbnail_url:text? audio_duration:number? actual_seeds:[integer]? lrc_content:text? lrc_url:text? quality_score:number? \
      error_message:text? created_at:time completed_at:time? updated_at:time started_at:time? user_id:text input_params:object timecosts:object? \
      share_token:text? share_url:text? is_shared:boolean like_count:integer dislike_count:integer share_count:integer user_has_liked:boolean \
      user_has_disliked:boolean model_version:text format:text batch_size:integer outputs:[Variation]? caption:text? genre:text? emotion:text? \
      song_type:text source_job_id:integer? source_output_index:integer? credits_reserved:integer credits_charged:integer? engine:text \
      warnings:[text] stage:text? stage_title:text? stage_done:integer? stage_total:integer? variation:integer? queue_position:integer? \
      queue_ahead:integer? attempts:integer requeue_note:text? cancelled:boolean used:object?
      """,
    "Variation": """
      index:integer seed:integer output_url:text output_urls:{text} audio_duration:number quality_score:number? lrc_content:text? lrc_url:text? \
      lyrics_urls:{text}? midi_url:text? abc_url:text? musicxml_url:text? score_url:text? used:object? loudness_lufs:number? true_peak_dbtp:number?
      """,
    "Created": "job:Job message:text id:integer job_id:integer status:text credits_reserved:integer",
    "Deleted": "message:text success:boolean id:integer",
    "Message": "message:text",
    "Counts": "total:integer by_task:{integer} by_song_type:{integer} filters:object",
    "Stems": """
      job_id:integer variation:integer status:PENDING|PROCESSING|COMPLETED|FAILED progress:integer error_message:text? note:text? stems:[Stem] \
      zip_url:text? zip_bytes:integer?
      """,
    "Stem": "id:text name:text bytes:integer url:text",
    "StemSets": "job_id:integer variations:[Stems]",
    "TimedLyrics": "success:boolean job_id:integer lrc_content:text? lrc_url:text? error?:text",
    "Upload": """
      id:text url:text filename:text content_type:text size_bytes:integer duration:number sample_rate:integer channels:integer truncated:boolean \
      created_at:time expires_at:time
      """,
    "Analysis": """
      success:boolean caption:text? lyrics:text? bpm:number? keyscale:text? timesignature:text? duration:number? language:text? error:text? \
      notes:[text] analysis:object
      """,
    "Presets": "genre_presets:{Preset}",
    "Preset": "description:text prompt:text bpm:integer?",
    "ModelStatus": """
      status:healthy|loading|unavailable model:text model_loaded:boolean device:text queue:Queue available_models:[text] features:{boolean} \
      engines:[Engine] reason?:text
      """,
    "Queue": "pending:integer processing:integer",
    "Engine": "name:text sings:boolean tasks:[text] unused_parameters:[text] checkpoints:[Checkpoint]",
    "Checkpoint": """
      name:text variant:base|sft|turbo family:2B|XL precision:fp32|bf16|int8 loaded:boolean tasks:[text] defaults:object \
      maximum_steps:integer takes_guidance:boolean longest_seconds:number size_bytes:integer memory_bytes_60_s:integer
      """,
    "Samples": "samples:{object}",
    "Health": "status:text version:text",
    "Availability": "available:boolean revise:boolean",
    "ScoreJob": """
      job_id:integer id:integer workflow:plan|revise|edit|generate status:PENDING|PROCESSING|COMPLETED|FAILED style:text? lyrics:text? \
      lyrics_source?:text target_seconds:number? audio_url:text? score:Score? score_comparison:object? source_job_id:integer? note:text? \
      error_message:text? display_name:text seed:integer? progress:integer created_at:time completed_at:time? billing:object diagnostics:object
      """,
    "Score": "abc:text abc_url:text midi_url:text editable:boolean source:text duration_seconds:number",
    "Interaction": """
      success:boolean message:text interaction_type:text? like_count:integer dislike_count:integer share_count:integer user_has_liked:boolean \
      user_has_disliked:boolean
      """,
    "InteractionStatus": "job_id:integer user_has_liked:boolean user_has_disliked:boolean can_interact:boolean",
    "Statistics": "like_count:integer dislike_count:integer share_count:integer total_interactions:integer like_percentage:number dislike_percentage:number",
    "Filters": "total_tracks:integer liked_count:integer song_types:{integer} available_filters:{[text]}",
    "Share": """
      success:boolean message:text share_token:text share_url:text platform:text share_count:integer expires_at:time? can_download:boolean
      """,
    "Unshared": "success:boolean message:text",
    "SharedTrack": "track:Track can_download:boolean can_comment:boolean can_interact:boolean",
    "Track": """
      id:integer display_name:text task:text status:text song_type:text prompt:text? lyrics:text? lrc_content:text? audio_duration:number? \
      audio_url:text? outputs:[object] genre:text? language:text? thumbnail_url:text? share_token:text share_url:text is_shared:boolean created_at:time
      """,
    "Download": "download_url:text format:text filename:text expires_at:time?",
    "StemJob": """
      id:integer job_id:integer status:PENDING|PROCESSING|COMPLETED|FAILED display_name:text source_type:URL|FILE mode:text? stems:text? \
      stem_paths:{text}? download_urls:{text}? quality_scores:{number?}? methods:{text?}? zip_url:text? progress:integer error_message:text? \
      warnings:[text] credits_reserved:integer credits_charged:integer? created_at:time updated_at:time completed_at:time?
      """,
    "StemModes": "modes:[StemMode]",
    "StemMode": "mode:text description:text stem_count:integer? available:boolean own_songs_only:boolean",
    "StemCatalog": "stems:[CatalogEntry] total:integer",
    "StemPackages": "packages:[CatalogEntry] total:integer",
    "CatalogEntry": """
      id:text label:text description:text group:text public_tier:text allowed:boolean excludable:boolean own_songs_only:boolean stems?:[text]
      """,
    "MidiJob": """
      id:integer job_id:integer status:PENDING|PROCESSING|COMPLETED|FAILED progress:integer stage:split|transcribe|merge? mode:text \
      source_job_id:integer? stems_requested:[text]? midi_urls:{text}? merged_midi_url:text? musicxml_url:text? stem_urls:{text}? \
      detected_tempo_bpm:number? skipped_stems:[text] failed_stems:[text] duration:number? original_filename:text note:text? created_at:time \
      updated_at:time completed_at:time? error_message:text? warnings:[text] credits_reserved:integer credits_charged:integer?
      """,
    "Tokens": "user:object access_token:text refresh_token:text token_type:bearer expires_in:integer",
    "User": """
      id:text email:text? full_name:text name:text role:admin|member is_verified:boolean is_active:boolean created_at:time updated_at:time \
      credits:object subscription:object
      """,
    "Key": """
      id:integer name:text scopes:[text] status:text key_prefix:text description:text? created_at:time expires_at:time? last_used_at:time? \
      revoked_at:time? api_key?:text key?:text
      """,
    "Webhook": "id:integer url:text events:[text] active:boolean description:text? created_at:time secret?:text",
    "Delivery": """
      id:integer endpoint_id:integer event_id:text event_type:text job_id:integer? status:text attempts:integer response_status:integer? error:text? \
      created_at:time last_attempt_at:time? next_attempt_at:time?
      """,
    "Credits": """
      credits_balance:integer balance:integer payg_balance:integer total_available_credits:integer reserved_credits:integer total_credits_used:integer \
      total_payg_credits_purchased:integer last_reset_at:time? next_reset_date:time credits_per_month:integer billing:text
      """,
    "CreditUse": """
      id:integer user_credits_id:text credits_used:integer service_type:text audio_duration:number credit_source:payg|subscription created_at:time \
      usage_metadata:object
      """,
    "CreditRates": "credits_per_dollar:integer min_amount_usd:number max_amount_usd:number currency:text",
    "Wallet": """
      balance_cents:integer balance_usd:text total_topup_cents:integer total_topup_usd:text total_spent_cents:integer total_spent_usd:text \
      reserved_cents:integer low_balance_warning:boolean warning_threshold_cents:integer
      """,
    "Prices": "services:{object} wallet:object",
    "Estimate": """
      service_type:text duration_seconds:number duration_minutes:number rate_per_minute:text cost_cents:integer cost_usd:text cost_credits:integer \
      description:text
      """,
    "WalletCheck": "can_proceed:boolean cost_cents:integer current_balance_cents:integer",
    "WalletUses": "page:integer limit:integer logs:[object]",
    "WalletGrants": "page:integer limit:integer topups:[object]",
  ]

  /// By the call's id, the type that a success answers in JSON; a call that answers something else is in `mediaAnswers`.
  static let answers: [String: String] = [
    "text2music": "Created", "prompt2instrumental": "Created", "text2rap": "Created", "lyric2vocals": "Created", "text2samples": "Created",
    "simple": "Created", "retake": "Created", "repaint": "Created", "extend": "Created", "edit": "Created", "cover": "Created",
    "reference": "Created", "extractStem": "Created", "extract": "Created", "lego": "Created", "complete": "Created",
    "analyze": "Analysis", "upload": "Upload", "uploads": "[Upload]",
    "uploadObject": "Upload", "deleteUpload": "Message", "listJobs": "[Job]", "countJobs": "Counts", "getJob": "Job", "jobStatus": "Job",
    "relabelJob": "Job", "deleteJob": "Deleted", "cancelJob": "Job", "retryJob": "Created", "requestStems": "Stems", "listStems": "StemSets",
    "timeLyrics": "TimedLyrics", "timeLyricsOfJob": "TimedLyrics", "presets": "Presets", "modelStatus": "ModelStatus", "sampleData": "Samples",
    "v3Availability": "Availability", "v3Plan": "ScoreJob", "v3Revise": "ScoreJob", "v3Edit": "ScoreJob", "v3Generate": "ScoreJob",
    "v3Jobs": "[ScoreJob]", "v3Job": "ScoreJob", "v3Score": "Score", "health": "Health",
    "like": "Interaction", "unlike": "Interaction", "dislike": "Interaction", "undislike": "Interaction",
    "interactionStatus": "InteractionStatus", "jobStatistics": "Statistics", "likedJobs": "[Job]", "filterStatistics": "Filters",
    "extractStems": "StemJob", "extractStemsAdvanced": "StemJob", "extractStemsByType": "StemJob", "stemJob": "StemJob",
    "stemJobs": "[StemJob]", "deleteStemJob": "Message", "stemModes": "StemModes", "stemCatalog": "StemCatalog", "stemPackages": "StemPackages",
    "convertToMidi": "MidiJob", "convertStemsToMidi": "MidiJob", "midiJob": "MidiJob", "midiJobs": "[MidiJob]", "deleteMidiJob": "Message",
    "share": "Share", "unshare": "Unshared", "shareTrack": "SharedTrack", "sharedTrack": "SharedTrack", "sharedStatistics": "Statistics",
    "sharedDownload": "Download",
    "register": "Tokens", "initiateRegistration": "Message", "verifyRegistration": "Tokens", "token": "Tokens", "login": "Tokens",
    "refresh": "Tokens", "logout": "Message", "forgotPassword": "Message", "resetPassword": "Message", "changePassword": "Message",
    "me": "User", "renameMe": "User", "createAPIKey": "Key", "apiKeys": "[Key]", "revokeAPIKey": "Message",
    "createWebhook": "Webhook", "webhooks": "[Webhook]", "webhook": "Webhook", "changeWebhook": "Webhook", "deleteWebhook": "Message",
    "testWebhook": "Delivery", "deliveries": "[Delivery]", "redeliver": "Delivery",
    "credits": "Credits", "creditUsage": "[CreditUse]", "creditMultipliers": "{integer}", "creditRates": "CreditRates", "walletBalance": "Wallet",
    "walletPricing": "Prices", "walletEstimate": "Estimate", "checkWallet": "WalletCheck", "walletUsage": "WalletUses",
    "walletGrants": "WalletGrants", "serviceTypes": "[text]",
    // Refused always: there is nobody to take the money.
    "topUp": "Message", "topUpIntent": "Message",
  ]

  /// Media types of the calls whose success isn't JSON.
  static let mediaAnswers = ["jobEvents": "text/event-stream", "events": "text/event-stream", "voiceSample": "audio/mpeg"]

  /// What 202 says where a call may answer it.
  static let waitingAnswers = ["voiceSample": "The sample is being sung; ask again"]

  /// JSON Schema of a shape.
  static func schema(ofShape members: String) -> JSON {
    var properties = JSON.Members()
    var required: [JSON] = []
    for member in members.split(whereSeparator: \.isWhitespace) {
      guard let colon = member.firstIndex(of: ":") else { continue }
      let name = member[..<colon]
      if !name.hasSuffix("?") { required.append(.string(String(name))) }
      properties.append(name.hasSuffix("?") ? String(name.dropLast()) : String(name), schema(ofType: member[member.index(after: colon)...]))
    }
    return ["type": "object", "required": .array(required), "properties": .object(properties)]
  }

  /// JSON Schema of a type.
  static func schema(ofType type: Substring) -> JSON {
    if type.hasSuffix("?") { return ["anyOf": [schema(ofType: type.dropLast()), ["type": "null"]]] }
    if type.hasPrefix("[") { return ["type": "array", "items": schema(ofType: type.dropFirst().dropLast())] }
    if type.hasPrefix("{") { return ["type": "object", "additionalProperties": schema(ofType: type.dropFirst().dropLast())] }
    switch type {
    case "text": return ["type": "string"]
    case "integer", "number", "boolean", "object": return ["type": .string(String(type))]
    case "time": return ["type": "string", "format": "date-time"]
    default:
      // Shapes have capitals, words of a choice have a bar or are alone.
      if shapes.contains(where: { $0.key == type }) { return ["$ref": .string("#/components/schemas/\(type)")] }
      return ["type": "string", "enum": .array(type.split(separator: "|").map { .string(String($0)) })]
    }
  }
}
