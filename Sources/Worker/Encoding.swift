internal import Audio
internal import Generation
internal import JSON
internal import Music

extension UsedParameters {
  /// By the canonical names of `api.md` 7, and what this studio adds.
  var json: JSON {
    var members: JSON.Members = [
      "caption": .string(caption), "genre": .optional(genre), "mood": .optional(mood), "bpm": .optional(bpm),
      "keyscale": .optional(key?.name), "timesignature": .optional(meter?.name),
      "vocal_language": .optional(language), "lyrics": .optional(lyrics),
      "instruments": .array(instruments.map(JSON.string)), "style": .optional(style),
      "form": .optional(form?.rawValue), "feel": .optional(feel?.rawValue),
      "sections": .array(sections.map(\.json)), "note": .optional(note),
      "stems": stems.isEmpty ? .null : .array(stems.map(\.json)),
      "skipped_stems": skippedStems.isEmpty ? .null : .object(.init(skippedStems.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
      "understood": .object(
        .init(
          PlanTopic.allCases.compactMap { topic in
            understood[topic].map { (topic.rawValue, JSON.array($0.map(JSON.string))) }
          })),
    ]
    if let checkpoint { members["checkpoint"] = .string(checkpoint) }
    if let precision { members["precision"] = .string(precision) }
    for pair in diffusion?.members.pairs ?? [] { members[pair.key] = pair.value }
    for pair in master.members.pairs { members[pair.key] = pair.value }
    members["mastered"] = mastered.isEmpty ? .null : .object(mastered.members)
    return .object(members)
  }
}

extension DiffusionParameters {
  /// By the names of `api.md` 7.3.
  fileprivate var members: JSON.Members {
    [
      "inference_steps": .optional(steps), "guidance_scale": .optional(guidanceScale), "shift": .optional(shift),
      "infer_method": .optional(method?.rawValue), "use_adg": usesAngularGuidance.map(JSON.bool) ?? .null,
      "cfg_interval_start": .optional(guidanceStart), "cfg_interval_end": .optional(guidanceEnd),
    ]
  }
}

extension Song {
  /// What was used, and beside it the quality score by its aspects.
  var usedJSON: JSON {
    guard let quality, var members = used.json.members else { return used.json }
    members["quality"] = .object(
      .init(
        QualityScore.Aspect.allCases.compactMap { aspect in
          quality.aspects[aspect].map { (aspect.rawValue, JSON.double(($0 * 1000).rounded() / 1000)) }
        }))
    return .object(members)
  }
}

extension UsedStem {
  var json: JSON {
    ["name": .string(name), "label": .string(label), "quality": .optional(quality), "parts": .array(parts.map(JSON.string))]
  }
}

extension UsedSection {
  var json: JSON {
    func rounded(_ value: Double) -> JSON { .double((value * 1000).rounded() / 1000) }
    return [
      "kind": .string(kind), "label": .string(label), "bars": .int(bars), "start": rounded(startSeconds),
      "end": rounded(endSeconds), "energy": rounded(energy),
    ]
  }
}
