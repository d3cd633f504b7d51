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
    let tasks = context.studio.engines.reduce(into: Set<MusicTask>()) { $0.formUnion($1.capabilities.tasks) }
    var members: JSON.Members = [
      "status": health == .ok ? "healthy" : health == .starting ? "loading" : "unavailable",
      "model": "audiomusic-v2", "model_loaded": .bool(health == .ok), "device": "cpu",
      "queue": ["pending": .int(queue.waiting), "processing": .int(queue.running)],
      "available_models": ["audiomusic-v2", "audiomusic-v1.5"],
      "features": [
        "lrc": .bool(context.studio.engines.contains { $0.capabilities.sings }), "quality": true,
        "extract": .bool(tasks.contains(.extract)), "v3": .bool(tasks.contains(.scorePlan)),
      ],
      "engines": .array(
        context.studio.engines.map { engine in
          [
            "name": .string(engine.name), "sings": .bool(engine.capabilities.sings),
            "tasks": .array(engine.capabilities.tasks.map(\.rawValue).sorted().map(JSON.string)),
            "unused_parameters": .array(engine.capabilities.unusedParameters.sorted().map(JSON.string)),
            "checkpoints": .array((engine.shelf?.checkpoints ?? []).compactMap(\.json)),
          ]
        }),
    ]
    if case .unavailable(let reason) = health { members["reason"] = .string(reason) }
    return Response(json: .object(members))
  }

  @Sendable static func sampleData(_ context: Context, _ user: User) throws -> Response {
    Response(json: ["samples": .object(OpenAPI.samples)])
  }

  @Sendable static func health(_ context: Context) throws -> Response {
    switch context.studio.health() {
    case .ok: return Response(json: ["status": "ok", "version": .string(context.studio.settings.version)])
    case .starting: return HTTPError.unavailable("The engine is still loading.").response
    case .unavailable(let reason): return HTTPError.unavailable(reason).response
    }
  }
}

extension InstalledCheckpoint {
  /// As `model/status` tells of it; nil for one that can't be used.
  fileprivate var json: JSON? {
    guard let facts else { return nil }
    return [
      "name": .string(name), "variant": .string(facts.variant), "family": .string(facts.family), "precision": .string(facts.precision),
      "loaded": .bool(isLoaded), "tasks": .array(facts.tasks.map(\.rawValue).sorted().map(JSON.string)),
      "defaults": [
        "inference_steps": .optional(facts.defaults.steps), "guidance_scale": .optional(facts.defaults.guidanceScale),
        "shift": .optional(facts.defaults.shift),
      ],
      "maximum_steps": .int(facts.maximumSteps), "takes_guidance": .bool(facts.takesGuidance),
      "longest_seconds": .double(facts.longestSeconds), "size_bytes": .int(facts.bytes), "memory_bytes_60_s": .int(facts.memoryNeed(60)),
    ]
  }
}
