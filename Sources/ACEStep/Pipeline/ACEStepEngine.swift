public import Generation
import Audio
import Checkpoint
import Foundation
import Music
import Synchronization
public import Tensor

/// The neural engine: ACE-Step 1.5 checkpoints from a folder on this machine.
///
/// The same request and seed give the same samples on one machine and precision. Its stages are `plan` (prompt and lyrics are
/// read), `compose` (steps from noise to latents), `render` (latents to sound) and `mix` (level).
public final class ACEStepEngine: SongEngine {
  public let name = "acestep"
  let installation: Installation
  private let loaded = Mutex<Pipeline?>(nil)

  /// Opens an installation; weights are loaded by `prepare`, or by the first song.
  /// - Parameters:
  ///   - path: a model's folder in the layout of upstream or diffusers.
  ///   - precision: of the products; int8 has about four times the error of bf16.
  /// - Throws: `CheckpointError`.
  public init(path: String, precision: Precision = .fastest) throws {
    installation = try Installation(path: path, precision: precision)
  }

  public var capabilities: EngineCapabilities { installation.model.configuration.variant.capabilities }

  /// Loads the networks.
  /// - Throws: `GenerationError.unavailable`.
  public func prepare() throws { _ = try pipeline() }

  /// Whether its networks are in memory.
  var isLoaded: Bool { loaded.withLock { $0 != nil } }

  /// Gives the networks' memory back; the next song loads them again.
  func unload() {
    loaded.withLock { $0 = nil }
    Memory.trim()
  }

  func pipeline() throws -> Pipeline {
    try loaded.withLock { loaded in
      if let loaded { return loaded }
      try checkMemory(seconds: 0, isLoaded: false)
      do {
        let pipeline = try Pipeline(installation)
        loaded = pipeline
        return pipeline
      } catch { throw GenerationError.unavailable("The model in \(installation.path) can't be loaded. \(error)") }
    }
  }

  /// - Throws: `GenerationError.unavailable` where what isn't loaded yet doesn't fit into the memory that is free.
  private func checkMemory(seconds: Double, isLoaded: Bool, readsSource: Bool = false) throws {
    guard let free = Installation.availableMemory() else { return }
    let need = installation.memoryNeed(seconds: seconds, readsSource: readsSource) - (isLoaded ? installation.memoryNeed(seconds: 0) : 0)
    guard need <= free else {
      let gibibytes = { (bytes: Int) in String(format: "%.1f", Double(bytes) / Double(1 << 30)) }
      throw GenerationError.unavailable(
        "This needs \(gibibytes(need)) GiB of memory, and \(gibibytes(free)) are free: use int8 or a shorter song.")
    }
  }

  /// Makes one variation, as long as was asked for or 120 seconds.
  public func makeSong(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> Song {
    guard capabilities.tasks.contains(request.task) else {
      throw GenerationError.unsupported(
        ModelConfiguration.Variant.base.capabilities.tasks.contains(request.task)
          ? "\(request.task.rawValue) needs a base model; \(installation.path) is \(installation.model.configuration.variant.rawValue)."
          : "The \(name) engine has no task \(request.task.rawValue).")
    }
    // Before weights are loaded in vain; how long a source is will be known when it is read.
    if !isLoaded { try checkMemory(seconds: source == nil ? request.audioDuration ?? 120 : 0, isLoaded: false) }
    let making = NeuralSong(
      pipeline: try pipeline(), request: request, source: source, unusedParameters: capabilities.unusedParameters,
      checkMemory: { try self.checkMemory(seconds: $0, isLoaded: true, readsSource: source != nil) }, progress: progress)
    do { return try making.make() } catch let error as PipelineError {
      throw GenerationError.failed("\(error)")
    } catch let error as TokenError {
      throw GenerationError.unavailable("\(error)")
    } catch let error as CheckpointError { throw GenerationError.unavailable("\(error)") }
  }
}
