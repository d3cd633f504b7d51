import Generation
import JSON

/// What the document says of stems and MIDI (`api.md` 19).
extension OpenAPI {
  private static let list: JSON = ["type": ["string", "array"], "items": ["type": "string"], "description": "A list, its JSON text, or words with commas between"]
  private static let word: JSON = ["type": "string", "maxLength": 400]
  private static let advanced: JSON.Members = [
    "method": ["type": "string", "enum": ["hierarchical"]],
    "package": ["type": "string", "enum": .array((AdvancedStems.packages.map(\.rawValue) + ["isolation"]).map(JSON.string))],
    "single_stem": word, "multi_stem_count": ["type": "integer", "enum": [2, 4, 6, 12, 16]], "custom_stems": list, "target_stems": list,
    "exclude_stems": list, "two_stems_mode": word, "target_instrument": word, "url": word,
  ]
  private static let legacy: JSON.Members = [
    "stem_types": list, "model_name": ["type": "string", "enum": ["htdemucs", "htdemucs_6s"], "default": "htdemucs"],
    "two_stems_mode": word, "url": word,
  ]
  private static let midi: JSON.Members = [
    "stems": ["type": ["string", "array", "null"], "items": ["type": "string"]],
    "options": [
      "type": ["object", "string", "null"],
      "properties": .object(.init(ParameterSchema.noteOptions.map { ($0.name, schema(of: $0)) })),
    ],
  ]

  static let services: [Operation] = [
    Operation(method: "post", path: "/api/v1/stem-extraction/api/extract", id: "extractStems", summary: "A recording in its stems", task: .separation, takesFile: true),
    Operation(
      method: "post", path: "/api/v1/stem-extraction/extract/advanced", id: "extractStemsAdvanced",
      summary: "A recording in stems chosen by package, by number or by name; one way of choosing at a time", members: advanced, takesFile: true),
    Operation(method: "post", path: "/api/v1/stem-extraction/extract", id: "extractStemsByType", summary: "A recording in stems, for old clients", members: legacy, takesFile: true),
    Operation(method: "get", path: "/api/v1/stem-extraction/status/{id}", id: "stemJob", summary: "One stem job, with links once it is done"),
    Operation(method: "get", path: "/api/v1/stem-extraction/jobs", id: "stemJobs", summary: "Your stem jobs, newest first", query: ["skip", "limit", "status"]),
    Operation(method: "delete", path: "/api/v1/stem-extraction/jobs/{id}", id: "deleteStemJob", summary: "Delete a stem job and its files"),
    Operation(method: "get", path: "/api/v1/stem-extraction/modes", id: "stemModes", summary: "Ways to split a recording, and which can be made", isPublic: true),
    Operation(method: "get", path: "/api/v1/stem-extraction/catalog", id: "stemCatalog", summary: "All stems, and of what they can be made"),
    Operation(method: "get", path: "/api/v1/stem-extraction/packages/available", id: "stemPackages", summary: "Packages of stems"),
    Operation(method: "post", path: "/api/v1/midi/convert", id: "convertToMidi", summary: "The notes of a recording's stems as MIDI", task: .transcription, takesFile: true),
    Operation(method: "post", path: "/api/v1/midi/convert/from-stems/{id}", id: "convertStemsToMidi", summary: "The notes of a finished stem job's stems as MIDI", members: midi),
    Operation(method: "get", path: "/api/v1/midi/status/{id}", id: "midiJob", summary: "One MIDI job, with links once it is done"),
    Operation(method: "get", path: "/api/v1/midi/jobs", id: "midiJobs", summary: "Your MIDI jobs, newest first", query: ["skip", "limit", "status"]),
    Operation(method: "delete", path: "/api/v1/midi/jobs/{id}", id: "deleteMidiJob", summary: "Delete a MIDI job and its files"),
  ]
}
