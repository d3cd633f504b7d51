internal import Foundation
internal import GRDB
internal import Synchronization

/// The studio's memory: users, keys, sessions, settings, jobs and what became of them, in one SQLite file.
///
/// Safe to call from any thread; every method blocks until it is done. Readers never wait for the writer
/// (SQLite's write-ahead log), writers take turns. A method is one transaction unless it says otherwise.
/// Every method sees what this process has written; what another one has (`cantiga key revoke`) is seen within 100 ms
/// by the four questions that are remembered: a key, a session, a program's sign-in, a job with its songs.
///
/// What a caller was promised (a job taken, a song finished, an account, a key) is synced to the disk before the
/// method returns and outlives a power cut. What only describes the moment (progress, "last used") is written
/// without waiting for the disk: it outlives the process, which is all it is for.
public final class Store: Sendable {
  let database: any DatabaseWriter
  /// A connection that never writes, for `PRAGMA data_version`: "the integer values returned by two invocations
  /// from the same connection will be different if changes were committed to the database by any other connection".
  private let watcher: DatabaseQueue?
  /// Counts up with every write of ours and, within `noticeInterval`, with every other process's.
  private let generation = Atomic<Int64>(0)
  private let seenVersion = Atomic<Int64>(0)
  private let nextNotice = Atomic<Int64>(0)
  private static let noticeInterval: Int64 = 100_000_000

  let hotKeys = RowCache<String, (key: APIKey, user: User)>(capacity: 1024)
  let hotSessions = RowCache<String, (session: Session, user: User)>(capacity: 1024)
  let hotFamilies = RowCache<String, (family: TokenFamily, user: User)>(capacity: 1024)
  let hotJobs = RowCache<Int64, JobWithOutputs>(capacity: 1024)

  /// Opens the database at `path`, creating or upgrading it.
  /// - Throws: `StoreError.newerSchema` on a file from a newer version, `.cannotOpen` on anything that isn't ours.
  public convenience init(path: String) throws {
    do {
      try Self.createPrivately(path)
      let pool = try DatabasePool(path: path, configuration: Self.configuration)
      try Schema.bringUpToDate(pool)
      var readOnly = Self.configuration
      readOnly.readonly = true
      self.init(pool, watcher: try DatabaseQueue(path: path, configuration: readOnly))
    } catch let error as DatabaseError {
      throw StoreError.cannotOpen(path: path, reason: error.message ?? "\(error.resultCode)")
    }
  }

  /// A store that lives in memory and ends with the object.
  public static func inMemory() throws -> Store {
    let queue = try DatabaseQueue(configuration: configuration)
    try Schema.bringUpToDate(queue)
    return Store(queue, watcher: nil)
  }

  private init(_ database: any DatabaseWriter, watcher: DatabaseQueue?) {
    self.database = database
    self.watcher = watcher
  }

  /// A number that differs from an earlier one if anything was committed in between, by this process or another.
  /// - Complexity: some microseconds; it reads no table. Meant for a poller.
  public func dataVersion() throws -> Int64 {
    guard let watcher else { return generation.load(ordering: .acquiring) }
    return try translating {
      try watcher.unsafeRead { db in
        try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA data_version")) ?? 0
      }
    }
  }

  /// Closes every connection; later calls throw. For an orderly stop and for tests that play a restart.
  public func close() throws {
    try translating {
      try watcher?.close()
      try database.close()
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.foreignKeysEnabled = true
    configuration.maximumReaderCount = 8
    configuration.label = "cantiga"
    return configuration
  }

  /// The file holds password hashes, so it is its owner's alone; SQLite gives its journal files the same mode.
  private static func createPrivately(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw StoreError.cannotOpen(path: path, reason: unsafe String(cString: strerror(errno)))
    }
    _ = Foundation.close(descriptor)
  }
}

// MARK: - Reading and writing

/// How much a write outlives.
enum Durability {
  /// Synced before the call returns ("FULL": with WAL, after each commit).
  case powerCut
  /// Not synced ("NORMAL": with WAL, only at checkpoints). "A transaction committed might roll back following a
  /// power loss", never after a crash of the process.
  case processCrash
}

extension Store {
  /// A consistent view over several statements.
  func read<T>(_ question: (Database) throws -> T) throws -> T {
    try translating { try database.read(question) }
  }

  /// For a single statement, which is a consistent view by itself: no transaction around it.
  func readOnce<T>(_ question: (Database) throws -> T) throws -> T {
    try translating { try database.unsafeRead(question) }
  }

  /// The generation for `RowCache`: what was remembered in an earlier one may be out of date.
  public func currentGeneration() throws -> Int64 {
    guard watcher != nil else { return generation.load(ordering: .acquiring) }
    let now = Int64(DispatchTime.now().uptimeNanoseconds)
    let due = nextNotice.load(ordering: .relaxed)
    // Of the threads that find it due, one looks.
    let looks =
      now >= due
      && nextNotice.compareExchange(
        expected: due, desired: now + Self.noticeInterval, ordering: .acquiringAndReleasing
      ).exchanged
    if looks {
      let version = try dataVersion()
      if seenVersion.exchange(version, ordering: .acquiringAndReleasing) != version {
        generation.add(1, ordering: .releasing)
      }
    }
    return generation.load(ordering: .acquiring)
  }

  func write<T>(_ durability: Durability, _ change: (Database) throws -> T) throws -> T {
    let result = try translating {
      try database.writeWithoutTransaction { db in
        // Not inside the transaction, where SQLite refuses it; and not by a cached statement, for "some pragmas run
        // during the SQL compilation stage".
        try db.execute(sql: durability == .powerCut ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
        var result: T?
        try db.inTransaction(.immediate) {
          result = try change(db)
          return .commit
        }
        guard let result else { preconditionFailure("a committed transaction has a result") }
        return result
      }
    }
    // Before the caller goes on: it must read its own writes.
    generation.add(1, ordering: .releasing)
    return result
  }

  private func translating<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error) }
  }
}

extension Date {
  /// As stored: whole milliseconds since 1970.
  var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
  init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
