/// How a step of a diffusion model follows from its velocity.
public enum StepMethod: String, Sendable, CaseIterable, Codable {
  /// Along the velocity (Euler).
  case ode
  /// To the clean latents and back with fresh noise.
  case sde
  /// Along the mean of the velocities at both ends (Heun): two evaluations a step.
  case heun
}

/// What a caller asks of a diffusion model; nil where nothing was said, and the model's own defaults hold.
public struct DiffusionParameters: Sendable, Equatable, Codable {
  public var steps: Int?
  /// 1 for none.
  public var guidanceScale: Double?
  public var shift: Double?
  public var method: StepMethod?
  public var usesAngularGuidance: Bool?
  /// Where guidance begins and ends on the way from noise, at 1, to music, at 0.
  public var guidanceStart: Double?
  public var guidanceEnd: Double?
  /// How much of its source a cover starts from: 0 is noise alone, 1 nearly the source.
  public var coverNoiseStrength: Double?
  /// Whether a cover takes the latents of its source as they are, not as its codes tell them.
  public var coverKeepsLatents: Bool?
  /// The shares of the steps before and after which an edit changes nothing.
  public var editStart: Double?
  public var editEnd: Double?
  /// Draws of noise that are averaged in each step of an edit.
  public var editAverages: Int?

  public init() {}

  /// What is said here, or else there.
  public func completed(by other: DiffusionParameters) -> DiffusionParameters {
    var result = self
    result.steps = steps ?? other.steps
    result.guidanceScale = guidanceScale ?? other.guidanceScale
    result.shift = shift ?? other.shift
    result.method = method ?? other.method
    result.usesAngularGuidance = usesAngularGuidance ?? other.usesAngularGuidance
    result.guidanceStart = guidanceStart ?? other.guidanceStart
    result.guidanceEnd = guidanceEnd ?? other.guidanceEnd
    return result
  }
}
