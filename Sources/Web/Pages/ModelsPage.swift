import FastCGI
import Foundation
import Generation
import Store

/// The checkpoints of the neural engine, for administrators (`ux.md` 3.6).
struct ModelsPage: Page {
  static let name = "models"
  var section: Section? { .account }

  var checkpoints: [CheckpointRow]
  /// Why the list can't be read.
  var complaint: String?
  /// "12.4 GiB of memory are free."
  var memory: String?

  var documentTitle: String { "Checkpoints" }
  var isUnfinished: Bool { checkpoints.contains { $0.progress != nil } }

  static let fields: TemplateFields<Self> = [
    "complaint": .optional(\.complaint), "hasCheckpoints": .flag { !$0.checkpoints.isEmpty }, "checkpoints": .list(\.checkpoints),
    "memory": .optional(\.memory), "isVerifying": .flag(\.isUnfinished), "hasLoaded": .flag { $0.checkpoints.contains(where: \.isLoaded) },
  ]
}

/// One registered checkpoint.
struct CheckpointRow: TemplateModel {
  let name: String
  let path: String
  /// Why it can't be used.
  let problem: String?
  let isLoaded: Bool
  /// Facts by label, in order.
  let facts: [Readout]
  /// What came of the last verification: "Verified today, 14:02: every file as it was, and it makes sound."
  let verification: String?
  let hasFailed: Bool
  /// 0...100 while it is verified.
  let progress: Int?

  static let fields: TemplateFields<Self> = [
    "checkpointName": .text(\.name), "path": .text(\.path), "problem": .optional(\.problem), "isLoaded": .flag(\.isLoaded),
    "facts": .list(\.facts), "verification": .optional(\.verification), "hasFailed": .flag(\.hasFailed),
    "isRunning": .flag { $0.progress != nil }, "percent": .text { String($0.progress ?? 0) },
  ]
}

extension CheckpointRow {
  init(_ checkpoint: InstalledCheckpoint, now: Date) {
    name = checkpoint.name
    path = checkpoint.path
    isLoaded = checkpoint.isLoaded
    if case .broken(let reason) = checkpoint.state { problem = reason } else { problem = nil }
    facts = checkpoint.facts.map(Readout.all) ?? []
    (verification, hasFailed, progress) =
      switch checkpoint.verification {
      case .none: (nil, false, nil)
      case .running(let share): (nil, false, Int(100 * share))
      case .passed(let date): ("Verified \(Moment(date, now: now).words): every file is as it was, and it makes sound.", false, nil)
      case .failed(let date, let reason): ("Verified \(Moment(date, now: now).words): \(reason)", true, nil)
      }
  }
}

extension Readout {
  fileprivate static func all(of facts: InstalledCheckpoint.Facts) -> [Readout] {
    let tasks = facts.tasks.map(\.rawValue).sorted().joined(separator: ", ")
    let usual = min(60, facts.longestSeconds)
    return [
      ("Model", "\(facts.variant) \(facts.family)"), ("On disk", MemorySize.text(facts.bytes)),
      ("Memory", "\(MemorySize.text(facts.memoryNeed(usual))) in \(facts.precision), for \(Numbers.short(usual)) s"),
      ("Of itself", facts.settings), ("Longest song", Clock.spoken(facts.longestSeconds)), ("Tasks", tasks),
    ].map { Readout(label: $0.0, value: $0.1) }
  }
}

extension InstalledCheckpoint.Facts {
  /// "8 steps, shift 3, no guidance"
  var settings: String {
    let guidance = defaults.guidanceScale.map { takesGuidance ? "guidance \(Numbers.short($0))" : "no guidance" }
    return [
      defaults.steps.map { $0 == 1 ? "1 step" : "\($0) steps" }, defaults.shift.map { "shift \(Numbers.short($0))" }, guidance,
    ].compactMap { $0 }.joined(separator: ", ")
  }
}

/// Bytes of memory, or of a large file: "6.3 GiB". `create.js` says it in the same way.
enum MemorySize {
  static func text(_ bytes: Int) -> String {
    let gibibytes = Double(bytes) / Double(1 << 30)
    return gibibytes < 0.95 ? "\(max(1, bytes >> 20)) MiB" : Tenths.text(gibibytes) + " GiB"
  }
}

extension ModelsPage {
  init(_ shelf: any CheckpointShelf, now: Date = Date()) {
    checkpoints = shelf.checkpoints.map { CheckpointRow($0, now: now) }
    complaint = shelf.complaint
    memory = shelf.freeMemory.map { "\(MemorySize.text($0)) of memory are free." }
  }

  static let sample = ModelsPage(
    checkpoints: [
      CheckpointRow(.sample(name: "turbo", isLoaded: true, .passed(Date(timeIntervalSince1970: 1_800_000_000))), now: Date(timeIntervalSince1970: 1_800_000_600)),
      CheckpointRow(.sample(name: "xl-base", .running(share: 0.42)), now: Date()),
      CheckpointRow(
        .sample(name: "sft", .failed(Date(timeIntervalSince1970: 1_800_000_000), "/models/sft/model.safetensors is gone.")),
        now: Date(timeIntervalSince1970: 1_800_000_600)),
      CheckpointRow(
        InstalledCheckpoint(name: "old", path: "/models/<old>", state: .broken("/models/<old> can't be read: it has neither config.json nor transformer/config.json.")),
        now: Date()),
    ], complaint: nil, memory: "12.4 GiB of memory are free.")
  static let emptySample = ModelsPage(checkpoints: [], complaint: "data/models.json is damaged: it is no JSON.", memory: nil)
}

extension InstalledCheckpoint {
  /// For pages shown without a studio.
  static func sample(
    name: String, isLoaded: Bool = false, longest: Double = 600, _ verification: Verification = .none
  ) -> InstalledCheckpoint {
    var defaults = DiffusionParameters()
    (defaults.steps, defaults.shift, defaults.guidanceScale) = (8, 3, 1)
    var checkpoint = InstalledCheckpoint(
      name: name, path: "/models/\(name)",
      state: .usable(
        Facts(
          variant: "turbo", family: "2B", bytes: 6_400_000_000, precision: "bf16",
          capabilities: EngineCapabilities(
            tasks: [.text2music, .simple, .cover, .retake, .repaint, .extend, .edit], unusedParameters: ["guidance_scale", "thinking"], sings: true),
          defaults: defaults, maximumSteps: 20, takesGuidance: false, longestSeconds: longest, memoryNeed: { 6_000_000_000 + Int($0) * 5_000_000 })))
    checkpoint.isLoaded = isLoaded
    checkpoint.verification = verification
    return checkpoint
  }
}

extension Routes {
  @Sendable static func showModels(_ context: Context, _ user: User) throws -> Response {
    try context.page(ModelsPage(try context.shelf), user: user)
  }

  /// Begins to verify a checkpoint; the page tells how far that is, and what came of it.
  @Sendable static func verifyModel(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    let name = context.parameters["name"] ?? ""
    guard try context.shelf.checkpoints.contains(where: { $0.name == name }) else { throw HTTPError.notFound }
    try context.shelf.verify(name)
    return .redirect(to: Address.models.path)
  }

  /// Gives back the memory of the loaded checkpoint, unless a song is made with it.
  @Sendable static func unloadModel(_ context: Context, _ user: User) throws -> Response {
    _ = try context.ownForm()
    try context.shelf.unload()
    return .redirect(to: Address.models.path)
  }
}

extension Context {
  /// - Throws: 404 in a studio without a neural engine.
  fileprivate var shelf: any CheckpointShelf {
    get throws {
      guard let shelf = studio.shelf else { throw HTTPError.notFound }
      return shelf
    }
  }
}
