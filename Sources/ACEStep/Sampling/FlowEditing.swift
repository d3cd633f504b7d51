public import Tensor

/// Leads latents from what one condition tells to what another does, without a way back to noise: both are noised alike, and the
/// difference of their velocities moves the edited one (FlowEdit, Kulikov et al. 2024; `acestep.md` A.2).
///
///     var editing = FlowEditing(settings, clean: source, start: 0, end: 1) { draw in generator.matrix(..., stream: UInt32(draw) + 1) }
///     while !editing.isFinished { editing.advance { transformer($0.x, t: $0.time, condition: $0.isSource ? before : after, ...) } }
public struct FlowEditing: Sendable {
  /// One evaluation of the network that a step asks for.
  public struct Evaluation {
    /// [frames, channels]
    public let x: Matrix
    public let time: Float
    public let isConditional: Bool
    /// Whether the condition is that of the source.
    public let isSource: Bool
  }
  /// Of the schedule: the first step, and the one after the last.
  public let steps: Range<Int>
  /// Steps done, those that were left out included.
  public private(set) var step: Int
  private let settings: DenoisingSettings
  private let clean: Matrix
  private let averages: Int
  private let fresh: @Sendable (_ draw: Int) -> Matrix
  private var edited: Matrix
  private var before, after: GuidedVelocity

  /// - Parameters:
  ///   - clean: the latents to change, [frames, channels].
  ///   - start: the share of the steps that is left out, 0 ... 1: the less is left out, the more can change.
  ///   - end: the share of the steps after which the edited latents go on alone, 0 ... 1.
  ///   - averages: draws of noise in each step, at least 1.
  ///   - fresh: noise for each draw, counted from 0.
  public init(
    _ settings: DenoisingSettings, clean: Matrix, start: Double, end: Double, averages: Int = 1,
    fresh: @escaping @Sendable (_ draw: Int) -> Matrix
  ) {
    precondition(averages >= 1, "noise for each step")
    let count = Double(settings.schedule.steps)
    let first = Int(count * min(max(start, 0), 1))
    steps = first..<max(first, Int(count * min(max(end, 0), 1)))
    step = first
    self.settings = settings
    self.clean = clean
    self.averages = averages
    self.fresh = fresh
    edited = clean
    before = GuidedVelocity(settings.guidance, interval: settings.guidanceInterval)
    after = before
  }

  public var isFinished: Bool { step >= steps.upperBound }

  public mutating func advance(velocity: (Evaluation) throws -> Matrix) rethrows {
    precondition(!isFinished, "no step is left")
    let (t, next) = (settings.schedule.times[step], settings.schedule.times[step + 1])
    let factor = (next - t) / Float(averages)
    let start = edited
    for draw in 0..<averages {
      let source = Denoising.mix(fresh(step * averages + draw), clean, t)
      let target = Denoising.moved(Denoising.moved(start, by: source, 1), by: clean, -1)
      let v = try after(at: target, time: t) {
        try velocity(Evaluation(x: target, time: t, isConditional: $0, isSource: false))
      }
      let u = try before(at: source, time: t) {
        try velocity(Evaluation(x: source, time: t, isConditional: $0, isSource: true))
      }
      edited = Denoising.moved(Denoising.moved(edited, by: v, factor), by: u, -factor)
    }
    step += 1
  }

  /// What is left of the schedule, and the latents to go through it with, noised by a draw of its own; nil where nothing is left and
  /// `result` is the end.
  public var rest: (schedule: Schedule, latents: Matrix)? {
    guard steps.upperBound < settings.schedule.steps else { return nil }
    let schedule = settings.schedule.dropping(steps.upperBound)
    let source = Denoising.mix(fresh(settings.schedule.steps * averages), clean, schedule.times[0])
    return (schedule, Denoising.moved(Denoising.moved(edited, by: source, 1), by: clean, -1))
  }

  /// The edited latents.
  public var result: Matrix { edited }
}
