public import Generation
public import Tensor

/// How latents are made of noise (`acestep.md` 7).
public struct DenoisingSettings: Sendable {
  public var schedule: Schedule
  public var method: StepMethod
  public var guidance: Guidance
  /// Times at which guidance applies; 1 is noise.
  public var guidanceInterval: ClosedRange<Float>
  /// The share of the steps that see cover's source; later ones see the plain condition.
  public var coverStrength: Double
  /// The length of a velocity is at most so many times that of the latents; 0 for no limit.
  public var velocityLimit: Float
  /// The share of the velocity before in each, 0 ..< 1.
  public var velocitySmoothing: Float

  public init(
    schedule: Schedule, method: StepMethod = .ode, guidance: Guidance = .none, guidanceInterval: ClosedRange<Float> = 0...1,
    coverStrength: Double = 1, velocityLimit: Float = 0, velocitySmoothing: Float = 0
  ) {
    self.schedule = schedule
    self.method = method
    self.guidance = guidance
    self.guidanceInterval = guidanceInterval
    self.coverStrength = coverStrength
    self.velocityLimit = velocityLimit
    self.velocitySmoothing = velocitySmoothing
  }
}

/// Latents on their way from noise to music. The caller owns the loop, and with it progress and cancelling:
///
///     var denoising = Denoising(settings, noise: noise, fresh: { generator.matrix(..., stream: UInt32($0) + 1) })
///     while !denoising.isFinished { denoising.advance { transformer($0.x, t: $0.time, ...) } }
public struct Denoising: Sendable {
  /// One evaluation of the network that a step asks for.
  public struct Evaluation {
    /// [frames, channels]
    public let x: Matrix
    public let time: Float
    public let isConditional: Bool
    /// Whether the plain condition and context take the place of a cover's.
    public let isPastCover: Bool
  }
  public let settings: DenoisingSettings
  /// [frames, channels]
  public private(set) var latents: Matrix
  /// Steps done.
  public private(set) var step = 0
  private let noise: Matrix
  private let fresh: @Sendable (_ step: Int) -> Matrix
  private let repainting: Repainting?
  private var guided: GuidedVelocity
  private var velocityBefore: Matrix?

  /// - Parameters:
  ///   - noise: standard normal, [frames, channels].
  ///   - start: latents to start from in place of noise; mixed with it for the schedule's first time.
  ///   - latents: to go on from, noisy as they are, in place of both.
  ///   - fresh: more noise after a step, for `sde`.
  public init(
    _ settings: DenoisingSettings, noise: Matrix, start: Matrix? = nil, latents: Matrix? = nil, repainting: Repainting? = nil,
    fresh: @escaping @Sendable (_ step: Int) -> Matrix
  ) {
    self.settings = settings
    self.noise = noise
    self.fresh = fresh
    self.repainting = repainting
    self.latents = latents ?? start.map { Self.mix(noise, $0, settings.schedule.times[0]) } ?? noise
    guided = GuidedVelocity(settings.guidance, interval: settings.guidanceInterval)
  }

  public var isFinished: Bool { step == settings.schedule.steps }

  /// The network's passes that the step to come asks for.
  public var passes: Int {
    guard !isFinished else { return 0 }
    return (isGuided ? 2 : 1) * (settings.method == .heun ? 2 : 1)
  }

  private var isGuided: Bool { guided.applies(at: settings.schedule.times[step]) }

  /// Takes one step. Order: guidance, limit, smoothing, update, injection; the blend after the last.
  public mutating func advance(velocity: (Evaluation) throws -> Matrix) rethrows {
    precondition(!isFinished, "no step is left")
    let (t, next) = (settings.schedule.times[step], settings.schedule.times[step + 1])
    let isPastCover = step >= Int(Double(settings.schedule.steps) * settings.coverStrength)
    func evaluate(_ x: Matrix, _ time: Float, isConditional: Bool) throws -> Matrix {
      try velocity(Evaluation(x: x, time: time, isConditional: isConditional, isPastCover: isPastCover))
    }

    let x = latents
    let isGuided = isGuided
    var v = try guided(at: x, time: t) { try evaluate(x, t, isConditional: $0) }
    limit(&v, at: latents)
    if let velocityBefore { smooth(&v, with: velocityBefore) }
    velocityBefore = v

    switch settings.method {
    case .ode: latents = Self.moved(latents, by: v, -(t - next))
    case .sde:
      latents = next > 0 ? Self.renoised(latents, v, t: t, next: next, noise: fresh(step)) : Self.moved(latents, by: v, -t)
    case .heun:
      let ahead = Self.moved(latents, by: v, -(t - next))
      var corrected = try isGuided
        ? guided.corrected(at: ahead, time: next) { try evaluate(ahead, next, isConditional: $0) }
        : evaluate(ahead, next, isConditional: true)
      limit(&corrected, at: ahead)
      smooth(&corrected, with: v)
      latents = Self.moved(Self.moved(latents, by: v, -(t - next) / 2), by: corrected, -(t - next) / 2)
    }
    if let repainting, step < repainting.injections(of: settings.schedule.steps) {
      repainting.inject(into: &latents, noise: noise, time: next)
    }
    step += 1
    if isFinished { repainting?.blend(into: &latents) }
  }

  /// x + v factor
  static func moved(_ x: Matrix, by v: Matrix, _ factor: Float) -> Matrix {
    Matrix(rows: x.rows, columns: x.columns, values: zip(x.values, v.values).map { $0 + $1 * factor })
  }

  /// To the clean latents that a velocity points away from, and back to a time with other noise.
  static func renoised(_ x: Matrix, _ v: Matrix, t: Float, next: Float, noise: Matrix) -> Matrix {
    mix(noise, moved(x, by: v, -t), next)
  }

  /// t noise + (1 - t) clean
  static func mix(_ noise: Matrix, _ clean: Matrix, _ t: Float) -> Matrix {
    precondition(noise.rows == clean.rows && noise.columns == clean.columns, "noise for each latent")
    return Matrix(
      rows: noise.rows, columns: noise.columns, values: zip(noise.values, clean.values).map { t * $0 + (1 - t) * $1 })
  }

  private func limit(_ v: inout Matrix, at x: Matrix) {
    guard settings.velocityLimit > 0 else { return }
    let factor = settings.velocityLimit * (length(x) + 1e-10) / (length(v) + 1e-10)
    if factor < 1 { v *= factor }
  }

  private func smooth(_ v: inout Matrix, with before: Matrix) {
    let share = settings.velocitySmoothing
    guard share > 0 else { return }
    for index in v.values.indices { v.values[index] = (1 - share) * v.values[index] + share * before.values[index] }
  }

  private func length(_ x: Matrix) -> Float {
    Float(x.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot())
  }
}
