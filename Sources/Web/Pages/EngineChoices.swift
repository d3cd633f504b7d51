import Generation

/// The engines that the create form offers, a choice for each checkpoint.
enum EngineChoices {
  /// - Parameter chosen: "score", "acestep:turbo".
  static func all(_ checkpoints: [InstalledCheckpoint], chosen: String) -> [Choice] {
    let score = EngineName.score.rawValue
    let all = [(score, "score: composed, played and sung")] + checkpoints.map { checkpoint in
      let model = checkpoint.facts.map { ", \($0.variant) \($0.family)" } ?? ""
      return ("\(EngineName.acestep.rawValue):\(checkpoint.name)", "acestep: \(checkpoint.name)\(model)")
    }
    // A checkpoint that isn't there any more is refused by name, not replaced in silence.
    let isKnown = all.contains { $0.0 == chosen } || chosen == EngineName.acestep.rawValue
    let offered = all + (isKnown ? [] : [(chosen, "\(chosen) (not installed)")])
    let value = chosen == EngineName.acestep.rawValue ? all.dropFirst().first?.0 : chosen
    return offered.map { Choice(value: $0.0, label: $0.1, isChosen: $0.0 == value) }
  }
}

/// What the form says of the chosen checkpoint: its own settings, its limits, and the memory that the song will need.
struct CheckpointFacts: TemplateModel {
  /// "8 steps, shift 3, no guidance, unless you say otherwise. Songs of up to 10 minutes."
  let sentence: String
  /// For the chosen length: "6.3 GiB".
  let need: String
  /// "12.4 GiB"
  let free: String?
  let isTooLarge: Bool
  /// Seconds and bytes, "30:6400000000 60:6500000000": between two the need is at most what lies between.
  let points: String
  /// Of an automatic length.
  let usualSeconds: String
  let freeBytes: String

  static let fields: TemplateFields<Self> = [
    "facts": .text(\.sentence), "need": .text(\.need), "free": .optional(\.free), "isTooLarge": .flag(\.isTooLarge),
    "points": .text(\.points), "usualSeconds": .text(\.usualSeconds), "freeBytes": .text(\.freeBytes),
  ]
}

extension CheckpointFacts {
  /// - Parameters:
  ///   - seconds: the chosen length; nil or negative for an automatic one.
  ///   - free: bytes of memory that the machine has to give.
  /// - Returns: nil for a checkpoint that can't be used.
  init?(_ checkpoint: InstalledCheckpoint, seconds: Double?, free: Int?) {
    guard let facts = checkpoint.facts else { return nil }
    let longest = facts.longestSeconds
    let usual = min(120, longest)
    let length = min(max(seconds.flatMap { $0 < 0 ? nil : $0 } ?? usual, 1), longest)
    // What is in memory already needs no more.
    let loaded = checkpoint.isLoaded ? facts.memoryNeed(0) : 0
    sentence = "Of itself \(facts.settings). Songs of up to \(Clock.spoken(longest))\(facts.maximumSteps < 200 ? ", at most \(facts.maximumSteps) steps" : "")."
    need = MemorySize.text(facts.memoryNeed(length))
    self.free = free.map { MemorySize.text($0 + loaded) }
    isTooLarge = free.map { facts.memoryNeed(length) > $0 + loaded } ?? false
    points = ([1, 10, 30, 60, 120, 240, 600].filter { $0 < longest } + [longest]).map { "\(Int($0)):\(facts.memoryNeed($0))" }
      .joined(separator: " ")
    usualSeconds = Numbers.short(usual)
    freeBytes = free.map { String($0 + loaded) } ?? ""
  }
}

extension InstalledCheckpoint.Facts {
  /// What an empty field stands for.
  func placeholder(of parameter: String) -> String? {
    switch parameter {
    case "inference_steps": defaults.steps.map(String.init)
    case "guidance_scale": takesGuidance ? defaults.guidanceScale.map { Numbers.short($0) } : "none"
    case "shift": defaults.shift.map { Numbers.short($0) }
    default: nil
    }
  }
}

extension FormField {
  static let engineSample = FormField(
    name: "engine", label: "Engine", control: .choice(EngineChoices.all([.sample(name: "turbo")], chosen: "acestep:turbo")))
}
