public import JSON

/// Which engine a request asks for, and with which checkpoint.
///
///     let choice = EngineChoice(parameters, task: .text2music, checkpoints: installed)
///     let checkpoint = try choice.checkpoint()
public struct EngineChoice: Sendable {
  public let engine: EngineName
  private let parameters: JSON.Members
  private let task: MusicTask
  private let checkpoints: [InstalledCheckpoint]
  /// The request of what is edited.
  private let source: JSON.Members?

  /// - Parameters:
  ///   - parameters: a request normalised by `ParameterSchema.normalise`.
  ///   - checkpoints: those that acestep has.
  ///   - sourceEngine: the engine that made what is edited: edits go there.
  ///   - source: and the request it was made by.
  public init(
    _ parameters: JSON.Members, task: MusicTask, checkpoints: [InstalledCheckpoint], sourceEngine: EngineName? = nil,
    source: JSON.Members? = nil
  ) {
    engine = sourceEngine ?? parameters["engine"]?.string.flatMap(EngineName.init(rawValue:)) ?? .score
    self.parameters = parameters
    self.task = task
    self.checkpoints = checkpoints
    self.source = source
  }

  private var sourceCheckpoint: String? { source?["checkpoint"]?.string }

  /// The checkpoint to use; nil for the score engine.
  /// - Throws: `InvalidParameters`, naming what there is, where there is no such checkpoint or it can't do what is asked.
  public func checkpoint() throws -> InstalledCheckpoint? {
    let wanted = parameters["checkpoint"]?.string
    guard engine == .acestep else {
      guard wanted == nil else { throw fault("checkpoint", "is for engine acestep alone: leave it out, or set engine to acestep") }
      return nil
    }
    let usable = checkpoints.filter { $0.facts != nil }
    guard !usable.isEmpty else {
      let broken = checkpoints.first.map { "\($0.name) can't be used" }
      throw fault(
        parameters["engine"] == nil ? "checkpoint" : "engine",
        "must be score: \(broken ?? "no checkpoint is installed"); an administrator adds one with `cantiga models add`")
    }
    let names = usable.map(\.name).joined(separator: ", ")
    let name = wanted ?? sourceCheckpoint
    guard let chosen = name.map({ name in usable.first { $0.name == name } }) ?? usable.first, let facts = chosen.facts else {
      if wanted == nil { throw fault("checkpoint", "must be one of \(names): \(name ?? "") made this song and isn't installed any more") }
      throw fault("checkpoint", "must be one of \(names)")
    }
    guard facts.tasks.contains(task) else {
      let can = facts.tasks.map(\.rawValue).sorted().joined(separator: ", ")
      throw fault("checkpoint", "can't do \(task.rawValue) as \(chosen.name), which does \(can)")
    }
    return chosen
  }

  /// - Throws: `InvalidParameters` where a song of so many seconds is longer than the checkpoint makes.
  /// - Parameter field: what makes it so long.
  public func checkLength(_ seconds: Double, field: String, of checkpoint: InstalledCheckpoint) throws {
    guard let longest = checkpoint.facts?.longestSeconds, seconds > longest + 0.01 else { return }
    throw fault(field, "makes a song of \(Self.short(seconds)) seconds; \(checkpoint.name) makes songs of up to \(Self.short(longest))")
  }

  /// The request with the checkpoint's name in it, and for what the caller left open the values of what is edited, where that was
  /// made with it too, or else its own.
  /// - Parameter given: the names of the parameters that the caller gave.
  public func completed(with checkpoint: InstalledCheckpoint?, given: Set<String>) -> JSON.Members {
    guard let checkpoint, let facts = checkpoint.facts else { return parameters }
    var request = facts.completing(parameters, given: given)
    request["checkpoint"] = .string(checkpoint.name)
    if let source, sourceCheckpoint == checkpoint.name {
      for parameter in ParameterSchema.base where parameter.group == .diffusion && !given.contains(parameter.name) {
        if request[parameter.name] != nil, let value = source[parameter.name] { request[parameter.name] = value }
      }
    }
    return request
  }

  private func fault(_ field: String, _ message: String) -> InvalidParameters {
    InvalidParameters(faults: [.init(field: field, message: message)])
  }

  private static func short(_ seconds: Double) -> String {
    let tenths = (seconds * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
}
