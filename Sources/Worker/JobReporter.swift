internal import Generation
internal import Logging
internal import Store
internal import Synchronization

/// Where an engine tells how far a job's song has got: it writes that to the job's row, at most four times a second
/// but every new stage, and knows from the row whether the song is still wanted.
final class JobReporter: SongProgress {
  private let store: Store
  private let job: Job
  private let weights: StageWeights
  private let isStopping: @Sendable () -> Bool
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    var variation = 0
    var stage: Stage?
    var stageBegan = ContinuousClock.now
    var seconds: [Stage: Double] = [:]
    var percent = 0
    var lastWrite = ContinuousClock.now
    var lastAsked = ContinuousClock.now
    var work = WorkState.wanted

    mutating func closeStage(at now: ContinuousClock.Instant) {
      if let stage { seconds[stage, default: 0] += (now - stageBegan) / .seconds(1) }
      stageBegan = now
    }
  }

  private static let writeInterval = Duration.milliseconds(250)
  private static let askInterval = Duration.milliseconds(250)

  init(
    store: Store, job: Job, weights: StageWeights, logger: Logger, isStopping: @escaping @Sendable () -> Bool
  ) {
    self.store = store
    self.job = job
    self.weights = weights
    self.logger = logger
    self.isStopping = isStopping
  }

  /// From here on it is this variation that is made.
  func begin(variation: Int) {
    state.withLock {
      $0.variation = variation
      $0.stage = nil
      $0.seconds = [:]
      $0.stageBegan = .now
    }
  }

  /// How long each stage of this variation took.
  func endVariation() -> [Stage: Double] {
    state.withLock {
      $0.closeStage(at: .now)
      return $0.seconds
    }
  }

  func report(_ stage: Stage, done: Int, total: Int) {
    let progress: JobProgress? = state.withLock { state in
      let now = ContinuousClock.now
      let isNewStage = state.stage != stage
      if isNewStage {
        state.closeStage(at: now)
        state.stage = stage
      }
      let fraction = weights.fraction(at: stage, done: done, total: total)
      let percent = Int(100 * (Double(state.variation) + fraction) / Double(job.batchSize))
      // 100 is for the finished job.
      state.percent = max(state.percent, min(99, percent))
      guard isNewStage || now - state.lastWrite >= Self.writeInterval else { return nil }
      state.lastWrite = now
      return JobProgress(
        stage: stage.rawValue, done: done, total: total, variation: state.variation, percent: state.percent)
    }
    guard let progress else { return }
    do {
      let work = try store.updateProgress(jobID: job.id, attempt: job.attempts, progress)
      state.withLock {
        $0.work = work
        $0.lastAsked = .now
      }
    } catch {
      // The song is worth more than the bar that shows it.
      logger.warning("progress not recorded", metadata: ["job": "\(job.id)", "error": "\(error)"])
    }
  }

  func checkCancellation() throws {
    if isStopping() { throw CancellationError() }
    let (work, isStale) = state.withLock { ($0.work, ContinuousClock.now - $0.lastAsked >= Self.askInterval) }
    if try work != .wanted || isStale && askAgain() != .wanted { throw CancellationError() }
  }

  /// What the row says now.
  func askAgain() throws -> WorkState {
    let work = try store.workState(jobID: job.id, attempt: job.attempts)
    state.withLock {
      $0.work = work
      $0.lastAsked = .now
    }
    return work
  }
}

/// Which part of a song's time each stage takes, so that the bar moves evenly.
struct StageWeights: Sendable {
  private var weights: [Stage: Double]

  /// As measured on this machine, or as they were on ours until there is a measurement of every stage.
  /// - Parameters:
  ///   - timings: under which name the engine's times are kept.
  ///   - sings: whether there may be a voice.
  init(store: Store, engine: EngineName?, timings: String, sings: Bool) throws {
    let usual: [Stage: Double] =
      switch engine {
      case .acestep: [.load: 5, .plan: 2, .compose: 60, .render: 25, .mix: 1, .encode: 7]
      case .score, nil: [.plan: 1, .compose: 3, .sing: 40, .render: 26, .mix: 10, .encode: 20]
      }
    let stages = usual.keys.filter { $0 != .sing || sings }
    weights = usual
    var measured: [Stage: Double] = [:]
    for stage in stages {
      measured[stage] = try store.stageRate(engine: timings, stage: stage.rawValue)?.median
    }
    if measured.count == stages.count { weights = measured }
    if !sings { weights[.sing] = nil }
  }

  /// How much of the whole is done, 0...1.
  func fraction(at stage: Stage, done: Int, total: Int) -> Double {
    let all = weights.values.reduce(0, +)
    guard all > 0 else { return 0 }
    let before = Stage.allCases.prefix { $0 != stage }.reduce(0) { $0 + (weights[$1] ?? 0) }
    let within = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    return (before + (weights[stage] ?? 0) * within) / all
  }
}
