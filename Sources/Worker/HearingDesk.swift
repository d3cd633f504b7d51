internal import Audio
internal import Dispatch
public import Fetching
public import Foundation
public import Generation
internal import JSON
public import Logging
internal import Synchronization

/// Listens to recordings on a thread of its own, one after the other, and remembers what it heard: for ten minutes, and beside a kept
/// recording for good. Whoever asks for what is being heard already waits for that (`api.md` 9.3).
public final class HearingDesk: RecordingAnalyst {
  private let listener: any SoundListener
  private let recordings: RecordingFolder
  private let media: MediaFolder
  private let fetcher: Fetcher
  private let logger: Logger
  private let state = Mutex(State())
  /// Signalled when work comes.
  private let call = DispatchSemaphore(value: 0)
  private let running = DispatchGroup()

  private struct State {
    var entries: [Key: Entry] = [:]
    var queue: [Key] = []
    var waiters = 0
    var isStopping = false
  }

  private struct Key: Hashable {
    let source: RecordingSource
    let depth: HearingDepth
  }

  private struct Entry {
    var hearing = Hearing.waiting
    var endedAt: ContinuousClock.Instant?
    /// Those who wait for its end.
    let end = DispatchSemaphore(value: 0)
    var waiters = 0
  }

  private static let memory = Duration.seconds(600)
  private static let memoryOfRefusals = Duration.seconds(30)
  /// More are not taken in.
  private static let longestQueue = 16
  /// So many of the site's threads may wait here at a time; the others are told to come again.
  private static let mostWaiters = 3
  private static let quickSeconds = 90.0

  public init(
    listener: any SoundListener, recordings: RecordingFolder, media: MediaFolder, fetcher: Fetcher, logger: Logger
  ) {
    self.listener = listener
    self.recordings = recordings
    self.media = media
    self.fetcher = fetcher
    self.logger = logger
  }

  public func start() {
    running.enter()
    startThread("hearing") { [self] in
      defer { running.leave() }
      yieldToOthers()
      work()
    }
  }

  /// Ends the work; what is being heard is given up at its next step.
  public func stop(patience: TimeInterval = 1) {
    state.withLock { $0.isStopping = true }
    call.signal()
    _ = running.wait(timeout: .now() + patience)
  }

  // MARK: - Asking

  public func hearing(of source: RecordingSource, _ depth: HearingDepth, begins: Bool, waiting seconds: Double) -> Hearing {
    let key = Key(source: source, depth: depth)
    if let known = known(source, depth) { return known }
    let end: DispatchSemaphore? = state.withLock { state in
      if state.entries[key] == nil {
        guard begins, state.queue.count < Self.longestQueue else { return nil }
        state.entries[key] = Entry()
        state.queue.append(key)
        call.signal()
      }
      guard seconds > 0, state.waiters < Self.mostWaiters else { return nil }
      state.waiters += 1
      state.entries[key]?.waiters += 1
      return state.entries[key]?.end
    }
    if let end {
      _ = end.wait(timeout: .now() + seconds)
      state.withLock {
        $0.waiters -= 1
        $0.entries[key]?.waiters -= 1
      }
    }
    return state.withLock { state in
      if let entry = state.entries[key] { return entry.hearing }
      return begins ? .refused(RecordingRefusal(.busy, "Too many recordings wait to be heard. Try again in a minute.")) : .none
    }
  }

  /// What is remembered, in memory or beside the recording.
  private func known(_ source: RecordingSource, _ depth: HearingDepth) -> Hearing? {
    let found: Hearing? = state.withLock { state in
      let now = ContinuousClock.now
      for (key, entry) in state.entries {
        guard let ended = entry.endedAt else { continue }
        let limit = if case .refused = entry.hearing { Self.memoryOfRefusals } else { Self.memory }
        if now - ended > limit { state.entries[key] = nil }
      }
      let depths: [HearingDepth] = depth == .quick ? [.whole, .quick] : [.whole]
      for depth in depths {
        if let entry = state.entries[Key(source: source, depth: depth)], entry.endedAt != nil { return entry.hearing }
      }
      return nil
    }
    if let found { return found }
    guard case .kept(let id) = source, let bytes = recordings.note(Self.noteName, of: id), let note = try? JSON(parsing: bytes),
      note["version"]?.int == Self.noteVersion, let heard = note["heard"],
      note["with_networks"]?.bool == true || listener.complaint != nil
    else { return nil }
    return .heard(heard)
  }

  private static let noteName = "heard.json"
  /// Counts up whenever what is heard changes.
  private static let noteVersion = 2

  // MARK: - Listening

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  private func work() {
    while true {
      call.wait()
      if isStopping { return }
      guard let key = state.withLock({ $0.queue.isEmpty ? nil : $0.queue.removeFirst() }) else { continue }
      let began = ContinuousClock.now
      let result: Hearing
      do {
        result = .heard(try hear(key))
        logger.info("heard", metadata: ["depth": "\(key.depth)", "seconds": "\((ContinuousClock.now - began) / .seconds(1))"])
      } catch { result = .refused(refusal(error)) }
      state.withLock { state in
        guard var entry = state.entries[key] else { return }
        entry.hearing = result
        entry.endedAt = .now
        state.entries[key] = entry
        for _ in 0..<max(entry.waiters, 0) { entry.end.signal() }
      }
    }
  }

  private func hear(_ key: Key) throws -> JSON {
    let sound = try audio(of: key.source)
    guard sound.frames > 0 else { throw RecordingRefusal(.unusable, "There is no sound in this recording.") }
    let isWhole = key.depth == .whole
    let wishes = HearingWishes(lyrics: true, melody: isWhole, vocalSeconds: isWhole ? nil : Self.quickSeconds)
    let heard = try listener.hear(sound, wishes) { [self] stage, share in
      if isStopping { throw CancellationError() }
      state.withLock { $0.entries[key]?.hearing = .running(stage, share: share) }
    }.json
    if isWhole, case .kept(let id) = key.source {
      let note: JSON = ["version": .int(Self.noteVersion), "with_networks": .bool(listener.complaint == nil), "heard": heard]
      try recordings.keep(note: Array(note.text.utf8), named: Self.noteName, of: id)
    }
    return heard
  }

  private func audio(of source: RecordingSource) throws -> StereoBuffer {
    switch source {
    case .kept(let id): return try recordings.audio(id)
    case .song(let id, let variation): return try media.audio(ofJob: id, variation: variation)
    case .remote(let address):
      let kept = try recordings.fetch(address, by: fetcher) { [self] in if isStopping { throw CancellationError() } }
      return try recordings.audio(kept.id)
    }
  }

  private func refusal(_ error: any Error) -> RecordingRefusal {
    switch error {
    case let error as RecordingRefusal: return error
    case let error as GenerationError: return RecordingRefusal(.unusable, error.description)
    case is CancellationError: return RecordingRefusal(.busy, "The studio is stopping. Try again in a moment.")
    default:
      logger.error("not heard", metadata: ["error": "\(error)"])
      return RecordingRefusal(.unusable, "Something unexpected went wrong while listening; the server's log has the details.")
    }
  }
}
