import ACEStep
import ArgumentParser
import Checkpoint
import Foundation
import Generation
import JSON
import Tensor

/// `cantiga models`: the checkpoints of the neural engine. Their files stay where they are; the data folder keeps their names.
struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Add, list, verify and remove checkpoints of the neural engine.",
    subcommands: [Add.self, List.self, Verify.self, Remove.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a checkpoint: an ACE-Step 1.5 model in the layout of upstream or of diffusers.",
      discussion: """
        The folder is the model's own, such as checkpoints/acestep-v15-turbo. Upstream's folders vae and Qwen3-Embedding-0.6B must lie \
        beside it; a diffusers folder has its own vae, text_encoder and tokenizer. Nothing is copied. Every tensor is loaded and one \
        step is taken, where the memory is there for it.
        """)
    @Argument(help: "The model's folder.") var folder: String
    @Option(help: "What requests call it; the folder's name when left out.") var name: String?
    @OptionGroup var data: DataOption
    @OptionGroup var precision: PrecisionOption

    func run() throws {
      let url = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
      let model = RegisteredModel(name: name ?? url.lastPathComponent, path: url.path, added: Date())
      guard ModelRegistry.isName(model.name) else { throw CommandFailure("\(ModelRegistryError.badName(model.name))") }
      let registry = try data.openRegistry()
      do {
        let check = try ModelCheck(path: model.path, precision: precision.value)
        let facts = try check.facts()
        let isTried = check.fits != false
        if isTried { try check.tryOut() }
        try registry.add(model)
        print("\(model.name) is added: \(facts.variant) \(facts.family), \(megabytes(facts.bytes)), songs of up to \(Int(facts.longestSeconds)) s.")
        if !isTried {
          print("note: it was not tried, for it needs \(gibibytes(facts.memoryNeed(0))) of memory and less is free: `cantiga models verify \(model.name)` tries it.")
        }
      } catch { throw CommandFailure("\(model.path) was not added. \(error)") }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the checkpoints: size, memory for a song of 60 s, tasks, defaults; exit code 1 when one can't be used.")
    @OptionGroup var data: DataOption
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      let reports: [ModelReport]
      do { reports = try data.openRegistry().models().map(ModelReport.init) } catch { throw CommandFailure("\(error)") }
      if json {
        print(JSON.object(["models": .array(reports.map(\.json))]).prettyText)
      } else if reports.isEmpty {
        print("No checkpoint is added: the score engine makes the songs. `cantiga models add FOLDER` adds one.")
      } else {
        print(reports.map(\.text).joined(separator: "\n\n"))
      }
      if reports.contains(where: { $0.problem != nil }) { throw ExitCode(1) }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Read all files of the checkpoints, compare their SHA-256 with the first time, and take one step with each; exit code 1 when one fails.")
    @Argument(help: "Only this one.") var name: String?
    @OptionGroup var data: DataOption
    @OptionGroup var precision: PrecisionOption
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      let registry = try data.openRegistry()
      let models: [RegisteredModel]
      do { models = try name.map { [try registry.model(named: $0)] } ?? registry.models() } catch { throw CommandFailure("\(error)") }
      var results: [JSON] = []
      var failed = false
      for model in models {
        let (problems, hashes, isFirst) = verify(model)
        failed = failed || !problems.isEmpty
        do {
          try registry.update(model.name) { kept in
            if kept.hashes == nil { kept.hashes = hashes }
            kept.verification = RegisteredModel.Verification(date: Date(), problem: problems.isEmpty ? nil : problems.joined(separator: " "))
          }
        } catch { throw CommandFailure("\(error)") }
        if json {
          results.append([
            "name": .string(model.name), "path": .string(model.path), "ok": .bool(problems.isEmpty),
            "problems": .array(problems.map(JSON.string)), "first_time": .bool(isFirst),
            "files": .object(.init((hashes ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, ["bytes": .int($0.value.bytes), "sha256": .string($0.value.sha256)]) })),
          ])
        } else if problems.isEmpty {
          print("\(model.name): \((hashes ?? [:]).count) files \(isFirst ? "read, their SHA-256 kept" : "unchanged"), and one step was taken.")
        } else {
          print(problems.map { "\(model.name): \($0)" }.joined(separator: "\n"))
        }
      }
      if json { print(JSON.object(["models": .array(results)]).prettyText) }
      if models.isEmpty, !json { print("No checkpoint is added.") }
      if failed { throw ExitCode(1) }
    }

    /// - Returns: what is wrong, and the files as they are, where they could be read.
    private func verify(_ model: RegisteredModel) -> (problems: [String], hashes: [String: RegisteredModel.FileHash]?, isFirst: Bool) {
      let isFirst = model.hashes == nil
      var hashes: [String: RegisteredModel.FileHash]?
      do {
        let check = try ModelCheck(path: model.path, precision: precision.value)
        let files = try check.files(known: model.hashes)
        hashes = files.hashes
        guard files.problems.isEmpty else { return (files.problems, hashes, isFirst) }
        try check.tryOut()
        return ([], hashes, isFirst)
      } catch { return (["\(error)"], hashes, isFirst) }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a checkpoint. Its files stay where they are.")
    @Argument(help: "Its name.") var name: String
    @OptionGroup var data: DataOption

    func run() throws {
      let registry = try data.openRegistry()
      do {
        let path = try registry.model(named: name).path
        try registry.remove(name)
        print("\(name) is removed; its files stay in \(path).")
      } catch { throw CommandFailure("\(error)") }
    }
  }
}

/// What `cantiga models list` tells of one checkpoint.
private struct ModelReport {
  let model: RegisteredModel
  let facts: InstalledCheckpoint.Facts?
  /// For a song of 60 s, by precision.
  let memory: [(precision: Precision, bytes: Int)]
  /// Why it can't be used.
  let problem: String?

  init(_ model: RegisteredModel) {
    self.model = model
    do {
      let opened = try [Precision.bf16, .int8].map { ($0, try ModelCheck(path: model.path, precision: $0).facts()) }
      (facts, memory, problem) = (opened.first?.1, opened.map { ($0.0, $0.1.memoryNeed(60)) }, nil)
    } catch { (facts, memory, problem) = (nil, [], "\(error)") }
  }

  private var verification: String {
    switch (model.verification, model.verification?.problem) {
    case (nil, _): "never"
    case (let last?, nil): "\(last.date.formatted(.iso8601)): unchanged and working"
    case (let last?, let problem?): "\(last.date.formatted(.iso8601)): \(problem)"
    }
  }

  var text: String {
    var lines = ["\(model.name)  \(model.path)"]
    func row(_ name: String, _ value: String) { lines.append("  " + name.padding(toLength: 12, withPad: " ", startingAt: 0) + value) }
    if let problem { row("problem", problem) }
    if let facts {
      row("model", "\(facts.variant) \(facts.family), \(megabytes(facts.bytes)) on disk")
      row("memory", memory.map { "\(gibibytes($0.bytes)) in \($0.precision.rawValue)" }.joined(separator: ", ") + ", for 60 s")
      row("tasks", facts.tasks.map(\.rawValue).sorted().joined(separator: ", "))
      let defaults = facts.defaults
      row(
        "defaults",
        "\(defaults.steps ?? 0) steps, shift \(String(format: "%g", defaults.shift ?? 0)), "
          + (facts.takesGuidance ? "guidance \(String(format: "%g", defaults.guidanceScale ?? 0))" : "no guidance"))
      row("longest", "\(Int(facts.longestSeconds)) s")
    }
    row("verified", verification)
    return lines.joined(separator: "\n")
  }

  var json: JSON {
    var members: JSON.Members = [
      "name": .string(model.name), "path": .string(model.path), "usable": .bool(problem == nil), "problem": .optional(problem),
      "verified_at": .optional(model.verification.map { $0.date.formatted(.iso8601) }),
      "verification_problem": .optional(model.verification?.problem),
    ]
    if let facts {
      members["variant"] = .string(facts.variant)
      members["family"] = .string(facts.family)
      members["bytes"] = .int(facts.bytes)
      members["memory_bytes_60_s"] = .object(.init(memory.map { ($0.precision.rawValue, .int($0.bytes)) }))
      members["tasks"] = .array(facts.tasks.map(\.rawValue).sorted().map(JSON.string))
      members["defaults"] = [
        "inference_steps": .optional(facts.defaults.steps), "shift": .optional(facts.defaults.shift),
        "guidance_scale": .optional(facts.defaults.guidanceScale),
      ]
      members["maximum_steps"] = .int(facts.maximumSteps)
      members["takes_guidance"] = .bool(facts.takesGuidance)
      members["longest_seconds"] = .double(facts.longestSeconds)
    }
    return .object(members)
  }
}
