import Checkpoint
public import Generation
public import Tensor

extension ACEStepEngine {
  /// Loads everything, takes one step on the shortest song there is and decodes a few frames of it: what comes out must be a sound.
  /// - Throws: `GenerationError`: `.unavailable` where the memory isn't there, or a tensor isn't as it must be.
  func check() throws {
    let pipeline = try pipeline()
    let silent: (PipelineStage, Int, Int) throws -> Void = { _, _, _ in }
    do {
      let frames = pipeline.frames(samples: 1)
      let request = PipelineRequest(
        prompt: Prompt(caption: "a single piano note", seconds: Double(frames * pipeline.hop) / Double(pipeline.sampleRate)),
        denoising: DenoisingSettings(schedule: Schedule(steps: 1, shift: 1)), noise: [NoiseShare(seed: 1, weight: 1)], frames: frames)
      let latents = try pipeline.latents(for: request, progress: silent)
      let sound = try pipeline.sound(of: latents[rows: 0..<min(16, latents.rows)], progress: silent)
      guard sound.values.allSatisfy(\.isFinite), sound.values.contains(where: { $0 != 0 }) else { throw PipelineError.notFinite }
    } catch { throw GenerationError.failed("The model in \(installation.path) fails its trial. \(error)") }
  }
}

/// Reads all files of a registered checkpoint and tries it.
public struct ModelCheck: Sendable {
  /// What came of it.
  public struct Result: Sendable {
    /// Of the files as they are now.
    public var hashes: [String: RegisteredModel.FileHash]
    /// What is wrong, a sentence each; empty where nothing is.
    public var problems: [String]
  }
  private let engine: ACEStepEngine

  init(_ engine: ACEStepEngine) { self.engine = engine }

  /// - Parameter precision: what products are computed in.
  /// - Throws: `CheckpointError`.
  public init(path: String, precision: Precision) throws { engine = try ACEStepEngine(path: path, precision: precision) }

  /// What it is.
  /// - Throws: `CheckpointError`.
  public func facts() throws -> InstalledCheckpoint.Facts { try InstalledCheckpoint.Facts(engine) }

  /// Whether the memory that is free is enough to try it now; nil where that isn't known.
  public var fits: Bool? { Installation.availableMemory().map { engine.installation.memoryNeed(seconds: 0) <= $0 } }

  /// Loads it and takes one step.
  /// - Throws: `GenerationError`.
  public func tryOut() throws { try engine.check() }

  /// Reads all files and compares them with how they were.
  /// - Parameters:
  ///   - known: as an earlier call gave them; nil the first time.
  ///   - progress: is told of the share of the files that is read, 0...1.
  /// - Throws: `CheckpointError.unreadable`; what `progress` throws.
  public func files(
    known: [String: RegisteredModel.FileHash]?, progress: (_ share: Double) throws -> Void = { _ in }
  ) throws -> Result {
    let hashes = try engine.installation.hashes(progress: progress)
    guard let known else { return Result(hashes: hashes, problems: []) }
    var problems: [String] = []
    for (file, was) in known.sorted(by: { $0.key < $1.key }) {
      guard let found = hashes[file] else {
        problems.append("\(file) is gone.")
        continue
      }
      if found.bytes != was.bytes {
        problems.append("\(file) has changed: it had \(was.bytes) bytes and has \(found.bytes).")
      } else if found.sha256 != was.sha256 {
        problems.append("\(file) has changed: its SHA-256 was \(was.sha256) and is \(found.sha256).")
      }
    }
    return Result(hashes: hashes, problems: problems)
  }
}
