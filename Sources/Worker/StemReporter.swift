internal import Generation
internal import Logging
internal import Store
internal import Synchronization

/// Where the making of stems tells how far it has got: it writes that to the set's row at most four times a second, and
/// knows from the row whether the stems are still wanted.
final class StemReporter: SongProgress {
  private let store: Store
  private let work: StemWork
  private let isStopping: @Sendable () -> Bool
  private let logger: Logger
  private let state = Mutex(State())

  private struct State {
    var percent = 0
    var lastWrite = ContinuousClock.now
    var isWanted = true
  }

  private static let writeInterval = Duration.milliseconds(250)

  init(store: Store, work: StemWork, logger: Logger, isStopping: @escaping @Sendable () -> Bool) {
    self.store = store
    self.work = work
    self.logger = logger
    self.isStopping = isStopping
  }

  /// Playing and mixing take about half of the time.
  func report(_ stage: Stage, done: Int, total: Int) {
    let share = total > 0 ? min(1, Double(done) / Double(total)) : 0
    switch stage {
    case .load, .plan, .compose, .sing: break
    case .render: write(Int(35 * share))
    case .mix: write(35 + Int(20 * share))
    case .encode: write(55 + Int(44 * share))
    }
  }

  func encode(filesDone done: Int, of total: Int) throws { try encode(0.6 * Double(done) / Double(max(total, 1))) }
  func encode(packDone done: Int, of total: Int) throws { try encode(0.6 + 0.4 * Double(done) / Double(max(total, 1))) }

  private func encode(_ share: Double) throws {
    report(.encode, done: Int(share * 100), total: 100)
    try checkCancellation()
  }

  private func write(_ percent: Int) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.lastWrite >= Self.writeInterval else { return false }
      state.lastWrite = now
      state.percent = max(state.percent, percent)
      return true
    }
    guard isDue else { return }
    do {
      let isWanted = try store.updateStems(jobID: work.job.id, variation: work.output.variation, percent: percent)
      state.withLock { $0.isWanted = isWanted }
    } catch {
      // The stems are worth more than the bar that shows their progress.
      logger.warning("progress not recorded", metadata: ["job": "\(work.job.id)", "error": "\(error)"])
    }
  }

  func checkCancellation() throws {
    if isStopping() || !state.withLock({ $0.isWanted }) { throw CancellationError() }
  }
}
