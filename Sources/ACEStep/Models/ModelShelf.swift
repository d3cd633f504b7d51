import Foundation
public import Generation
import Synchronization
public import Tensor

/// The neural engine of a studio: every checkpoint in its registry, at most one of them in memory.
///
/// A checkpoint is loaded by the first song that wants it, and gives its memory back when another one is wanted or nothing is for
/// a while. What other processes change in the registry holds from the next song on.
public final class ModelShelf: SongEngine, CheckpointShelf {
  public let name = EngineName.acestep.rawValue
  private let registry: ModelRegistry
  private let precision: Precision
  private let idleSeconds: Double
  /// Whoever loads or uses networks has it: songs and trials take turns.
  private let turn = DispatchSemaphore(value: 1)
  private let state = Mutex(State())

  /// A registered checkpoint that was looked at.
  private struct Opened: Sendable {
    let model: RegisteredModel
    let result: Result<(engine: ACEStepEngine, facts: InstalledCheckpoint.Facts), any Error>
    let at: ContinuousClock.Instant
  }

  private struct State {
    var opened: [String: Opened] = [:]
    var running: [String: Double] = [:]
    /// Counts the uses, so that one that is followed by another unloads nothing.
    var uses = 0
  }

  /// How long what was seen in a checkpoint's folder is believed.
  private static let belief = Duration.seconds(10)

  /// - Parameters:
  ///   - precision: of the products.
  ///   - idleSeconds: after which a checkpoint that isn't used is unloaded.
  public init(registry: ModelRegistry, precision: Precision, idleSeconds: Double) {
    self.registry = registry
    self.precision = precision
    self.idleSeconds = idleSeconds
  }

  // MARK: - What there is

  public var complaint: String? {
    do {
      _ = try registry.models()
      return nil
    } catch { return "\(error)" }
  }

  public var freeMemory: Int? { Installation.availableMemory() }

  public var checkpoints: [InstalledCheckpoint] {
    let models = (try? registry.models()) ?? []
    let running = state.withLock { state in
      for name in state.opened.keys where !models.contains(where: { $0.name == name }) { state.opened[name] = nil }
      return state.running
    }
    return models.map { model in
      let opened = opened(model)
      var checkpoint: InstalledCheckpoint
      switch opened.result {
      case .success(let (engine, facts)):
        checkpoint = InstalledCheckpoint(name: model.name, path: model.path, state: .usable(facts))
        checkpoint.isLoaded = engine.isLoaded
      case .failure(let error): checkpoint = InstalledCheckpoint(name: model.name, path: model.path, state: .broken("\(error)"))
      }
      if let share = running[model.name] {
        checkpoint.verification = .running(share: share)
      } else if let last = model.verification {
        checkpoint.verification = last.problem.map { .failed(last.date, $0) } ?? .passed(last.date)
      }
      return checkpoint
    }
  }

  /// What can be done with at least one checkpoint, and what none of them uses.
  public var capabilities: EngineCapabilities {
    let all = checkpoints.compactMap(\.facts?.capabilities)
    guard let first = all.first else { return EngineCapabilities(tasks: [], unusedParameters: [], sings: false) }
    return all.reduce(into: first) {
      $0.tasks.formUnion($1.tasks)
      $0.unusedParameters.formIntersection($1.unusedParameters)
    }
  }

  /// Opens a checkpoint, unless that was done just now. One in memory stays as it is until it is unloaded.
  private func opened(_ model: RegisteredModel) -> Opened {
    let known = state.withLock { $0.opened[model.name] }
    if let known, known.model.path == model.path {
      if case .success(let (engine, _)) = known.result, engine.isLoaded { return known }
      if ContinuousClock.now - known.at < Self.belief { return known }
    }
    let opened = Opened(
      model: model,
      result: Result {
        let engine = try ACEStepEngine(path: model.path, precision: precision)
        return (engine, try InstalledCheckpoint.Facts(engine))
      }, at: .now)
    state.withLock { $0.opened[model.name] = opened }
    return opened
  }

  // MARK: - Songs

  /// Nothing: checkpoints are loaded when a song wants one.
  public func prepare() {}

  public func makeSong(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> Song {
    try using(request.checkpoint, check: { try progress.checkCancellation() }) { name, engine in
      if !engine.isLoaded {
        progress.report(.load, done: 0, total: 1)
        try engine.prepare()
      }
      progress.report(.load, done: 1, total: 1)
      try progress.checkCancellation()
      var song = try engine.makeSong(request, source: source, progress: progress)
      song.used.checkpoint = name
      song.used.precision = precision.rawValue
      return song
    }
  }

  /// Lends a checkpoint's engine, with every other one unloaded.
  /// - Parameters:
  ///   - name: nil for the first.
  ///   - check: is called while somebody else has a turn; what it throws ends the waiting.
  private func using<T>(
    _ name: String?, check: () throws -> Void, _ body: (_ name: String, _ engine: ACEStepEngine) throws -> T
  ) throws -> T {
    while turn.wait(timeout: .now() + .milliseconds(250)) == .timedOut { try check() }
    let use = state.withLock { state in
      state.uses += 1
      return state.uses
    }
    defer {
      turn.signal()
      DispatchQueue.global().asyncAfter(deadline: .now() + idleSeconds) { [weak self] in self?.unload(ifLastUse: use) }
    }
    let model: RegisteredModel
    do {
      let models = try registry.models()
      guard let found = try name.map({ try registry.model(named: $0) }) ?? models.first else {
        throw GenerationError.unavailable("No checkpoint is installed; an administrator adds one with `cantiga models add`.")
      }
      model = found
    } catch let error as ModelRegistryError { throw GenerationError.unavailable("\(error)") }
    switch opened(model).result {
    case .failure(let error): throw GenerationError.unavailable("The checkpoint \(model.name) can't be used. \(error)")
    case .success(let (engine, _)):
      unloadAll(but: model.name)
      return try body(model.name, engine)
    }
  }

  // MARK: - Memory

  public func unload() {
    guard turn.wait(timeout: .now()) == .success else { return }
    unloadAll(but: nil)
    turn.signal()
  }

  private func unload(ifLastUse use: Int) {
    guard state.withLock({ $0.uses }) == use else { return }
    unload()
  }

  private func unloadAll(but name: String?) {
    let others = state.withLock { state in
      state.opened.filter { $0.key != name }.values.compactMap { try? $0.result.get().engine }.filter(\.isLoaded)
    }
    for engine in others { engine.unload() }
  }

  // MARK: - Verification

  public func verify(_ name: String) throws {
    do { _ = try registry.model(named: name) } catch { throw GenerationError.unavailable("\(error)") }
    let isRunning = state.withLock { state in
      if state.running[name] != nil { return true }
      state.running[name] = 0
      return false
    }
    guard !isRunning else { return }
    Thread.detachNewThread { [self] in
      let verification = RegisteredModel.Verification(date: Date(), problem: problem(with: name))
      // It may have been removed meanwhile.
      try? registry.update(name) { $0.verification = verification }
      state.withLock { $0.running[name] = nil }
    }
  }

  /// What is wrong with a checkpoint, in sentences; nil where nothing is.
  private func problem(with name: String) -> String? {
    do { return try complaint(about: name) } catch { return "\(error)" }
  }

  private func complaint(about name: String) throws -> String? {
    let model = try registry.model(named: name)
    let check = try ModelCheck(path: model.path, precision: precision)
    let result = try check.files(known: model.hashes) { share in state.withLock { $0.running[name] = share } }
    if model.hashes == nil { try registry.update(name) { $0.hashes = result.hashes } }
    guard result.problems.isEmpty else { return result.problems.joined(separator: " ") }
    try using(name, check: {}) { _, engine in try engine.check() }
    return nil
  }
}
