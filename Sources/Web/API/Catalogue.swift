import FastCGI
import Generation
import JSON
import Store

/// What there is, and how it is (`api.md` 13, 16).
extension Routes {
  @Sendable static func presets(_ context: Context, _ user: User) throws -> Response {
    let presets = GenrePreset.all.map { preset -> (String, JSON) in
      (preset.name, ["description": .string(preset.description), "prompt": .string(preset.tags), "bpm": .optional(preset.bpm)])
    }
    return Response(json: ["genre_presets": .object(.init(presets))])
  }

  @Sendable static func modelStatus(_ context: Context, _ user: User) throws -> Response {
    let queue = try context.store.queueLength()
    let health = context.studio.health()
    var members: JSON.Members = [
      "status": health == .ok ? "healthy" : health == .starting ? "loading" : "unavailable",
      "model": "audiomusic-v2", "model_loaded": .bool(health == .ok), "device": "cpu",
      "queue": ["pending": .int(queue.waiting), "processing": .int(queue.running)],
      "available_models": ["audiomusic-v2", "audiomusic-v1.5"],
      "features": [
        "lrc": .bool(context.studio.engines.contains { $0.capabilities.sings }), "quality": false, "extract": false,
        "v3": false,
      ],
      "engines": .array(
        context.studio.engines.map { engine in
          [
            "name": .string(engine.name), "sings": .bool(engine.capabilities.sings),
            "tasks": .array(engine.capabilities.tasks.map(\.rawValue).sorted().map(JSON.string)),
            "unused_parameters": .array(engine.capabilities.unusedParameters.sorted().map(JSON.string)),
          ]
        }),
    ]
    if case .unavailable(let reason) = health { members["reason"] = .string(reason) }
    return Response(json: .object(members))
  }

  @Sendable static func sampleData(_ context: Context, _ user: User) throws -> Response {
    Response(json: [
      "samples": [
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
    ])
  }

  @Sendable static func health(_ context: Context) throws -> Response {
    switch context.studio.health() {
    case .ok: return Response(json: ["status": "ok", "version": .string(context.studio.settings.version)])
    case .starting: return HTTPError.unavailable("The engine is still loading.").response
    case .unavailable(let reason): return HTTPError.unavailable(reason).response
    }
  }
}
