public import Foundation
public import JSON

/// A checkpoint of a neural engine that an administrator has registered on this machine, as the forms, the validation and
/// `model/status` know it.
public struct InstalledCheckpoint: Sendable {
  /// As requests name it.
  public let name: String
  /// The model's folder.
  public let path: String
  public let state: State
  /// Whether its networks are in memory.
  public var isLoaded = false
  public var verification: Verification = .none

  public enum State: Sendable {
    case usable(Facts)
    /// Why it can't be used, in a sentence.
    case broken(String)
  }

  /// What it is and what it can do.
  public struct Facts: Sendable {
    /// "base", "sft" or "turbo".
    public var variant: String
    /// The size class: "2B" or "XL".
    public var family: String
    /// Of all files.
    public var bytes: Int
    /// What its products are computed in: "bf16".
    public var precision: String
    public var tasks: Set<MusicTask>
    /// What holds where a request says nothing; every value is given.
    public var defaults: DiffusionParameters
    /// More steps than these are not taken.
    public var maximumSteps: Int
    public var takesGuidance: Bool
    /// The longest song, in seconds.
    public var longestSeconds: Double
    /// Bytes that a song of so many seconds takes at most.
    public var memoryNeed: @Sendable (_ seconds: Double) -> Int
    public init(
      variant: String, family: String, bytes: Int, precision: String, tasks: Set<MusicTask>, defaults: DiffusionParameters,
      maximumSteps: Int, takesGuidance: Bool, longestSeconds: Double, memoryNeed: @escaping @Sendable (Double) -> Int
    ) {
      self.variant = variant
      self.family = family
      self.bytes = bytes
      self.precision = precision
      self.tasks = tasks
      self.defaults = defaults
      self.maximumSteps = maximumSteps
      self.takesGuidance = takesGuidance
      self.longestSeconds = longestSeconds
      self.memoryNeed = memoryNeed
    }
  }

  /// What is known of its files.
  public enum Verification: Sendable, Equatable {
    case none
    /// Being verified; 0...1 of the files are read.
    case running(share: Double)
    case passed(Date)
    /// With the reason, in a sentence.
    case failed(Date, String)
  }

  public init(name: String, path: String, state: State) {
    self.name = name
    self.path = path
    self.state = state
  }

  /// Nil where it can't be used.
  public var facts: Facts? {
    if case .usable(let facts) = state { facts } else { nil }
  }
}

extension InstalledCheckpoint.Facts {
  /// A request in which what the caller left open of the sampler has this checkpoint's own values.
  /// - Parameters:
  ///   - request: normalised by `ParameterSchema.normalise`.
  ///   - given: the names of the parameters that the caller gave.
  public func completing(_ request: JSON.Members, given: Set<String>) -> JSON.Members {
    var request = request
    let own: [(String, JSON?)] = [
      ("inference_steps", defaults.steps.map(JSON.int)), ("guidance_scale", defaults.guidanceScale.map(JSON.double)),
      ("shift", defaults.shift.map(JSON.double)),
    ]
    for (name, value) in own where request[name] != nil && !given.contains(name) { request[name] = value }
    return request
  }
}

/// The checkpoints that an engine makes songs with, and what an administrator does with them while the studio runs.
public protocol CheckpointShelf: Sendable {
  /// In the order in which they were added: the first is the default. What is changed by another process is seen.
  var checkpoints: [InstalledCheckpoint] { get }
  /// Why the list of checkpoints can't be read; nil where it can.
  var complaint: String? { get }
  /// Bytes of memory that the machine has to give; nil where that isn't known.
  var freeMemory: Int? { get }
  /// Begins to read all files of a checkpoint and to try it, in the background. Does nothing while that is done already.
  /// - Throws: `GenerationError.unavailable` where none has this name.
  func verify(_ name: String) throws
  /// Gives back the memory of the loaded checkpoint, once no song is made with it.
  func unload()
}
