/// What every parameter does, from the schema that validates them.
struct HelpPage: Page {
  static let name = "help"
  var section: Section? { .help }

  var groups: [HelpGroup]
  /// "score".
  var engine: String

  var documentTitle: String { "Help" }

  static let fields: TemplateFields<Self> = [
    "groups": .list(\.groups), "engine": .text(\.engine),
  ]
}

struct HelpGroup: TemplateModel {
  let id: String
  let title: String
  let entries: [HelpEntry]

  static let fields: TemplateFields<Self> = [
    "groupID": .text(\.id), "title": .text(\.title), "entries": .list(\.entries),
  ]
}

struct HelpEntry: TemplateModel {
  let name: String
  let label: String
  let help: String
  /// "number, 30 to 300".
  let range: String
  /// "automatic".
  let defaultValue: String
  /// "also tempo".
  let aliases: String?
  let isUnused: Bool

  static let fields: TemplateFields<Self> = [
    "name": .text(\.name),
    "label": .text(\.label),
    "help": .text(\.help),
    "range": .text(\.range),
    "defaultValue": .text(\.defaultValue),
    "aliases": .optional(\.aliases),
    "isUnused": .flag(\.isUnused),
  ]
}

extension HelpPage {
  static let sample = HelpPage(
    groups: [
      HelpGroup(
        id: "music", title: "Music",
        entries: [
          HelpEntry(
            name: "bpm", label: "Tempo (BPM)", help: "Beats a minute. Empty: chosen from the description.",
            range: "whole number, 30 to 300", defaultValue: "automatic", aliases: "tempo", isUnused: false),
          HelpEntry(
            name: "keyscale", label: "Key", help: "The key of the song.", range: "text, such as A minor",
            defaultValue: "automatic", aliases: "key, key_scale", isUnused: false),
        ]),
      HelpGroup(
        id: "diffusion", title: "Diffusion",
        entries: [
          HelpEntry(
            name: "inference_steps", label: "Steps", help: "More is slower and finer.",
            range: "whole number, 1 to 200", defaultValue: "64", aliases: nil, isUnused: true)
        ]),
    ], engine: "score")
}
