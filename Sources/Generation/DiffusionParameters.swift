/// What a caller asks of a diffusion model; nil where nothing was said, and the model's own defaults hold.
public struct DiffusionParameters: Sendable, Equatable {
  public var steps: Int?
  /// 1 for none.
  public var guidanceScale: Double?
  public var shift: Double?
  /// Whether each step adds fresh noise.
  public var isStochastic: Bool?
  public var usesAngularGuidance: Bool?
  /// Where guidance begins and ends on the way from noise, at 1, to music, at 0.
  public var guidanceStart: Double?
  public var guidanceEnd: Double?

  public init() {}
}
