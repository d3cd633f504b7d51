public import Generation

extension ModelConfiguration.Variant {
  /// More steps than these are not taken: turbo models are distilled for few (`acestep.md` 1.3).
  public var maximumSteps: Int { self == .turbo ? 20 : 200 }

  /// Whether it was trained for guidance. In a distilled model it would only make noise.
  public var takesGuidance: Bool { self != .turbo }

  /// What was asked for, with this kind of model's own settings where nothing was said, and within its limits (`acestep.md` 7.1).
  /// - Returns: every value is given.
  public func sampling(_ asked: DiffusionParameters = DiffusionParameters()) -> DiffusionParameters {
    var result = asked
    result.steps = min(max(asked.steps ?? (self == .turbo ? 8 : 50), 1), maximumSteps)
    result.guidanceScale = takesGuidance ? asked.guidanceScale ?? 7 : 1
    result.shift = max(asked.shift ?? (self == .turbo ? 3 : 1), 0.1)
    result.method = asked.method ?? .ode
    result.usesAngularGuidance = asked.usesAngularGuidance ?? false
    result.guidanceStart = asked.guidanceStart ?? 0
    result.guidanceEnd = asked.guidanceEnd ?? 1
    return result
  }
}
