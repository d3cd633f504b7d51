internal import GRDB

/// Which jobs a list shows, and in which order (`api.md` 12.3).
public struct JobFilter: Sendable, Hashable {
  public var skip = 0
  public var limit = 50
  public var task: String?
  /// Tasks that are not shown.
  public var without: [String] = []
  /// Only what was made from this job.
  public var sourceJobID: Int64?
  public var status: JobStatus?
  public var songType: String?
  /// Found in name, caption or lyrics, whatever case or accents; every character stands for itself.
  public var search: String?
  public var language: String?
  public var genre: String?
  public var emotion: String?
  /// Only those that their owner likes, or only those that they don't.
  public var liked: Bool?
  public var sortBy = SortKey.createdAt
  public var ascending = false

  public init() {}

  public enum SortKey: String, Sendable, CaseIterable {
    case createdAt = "created_at"
    case displayName = "display_name"
    case audioDuration = "audio_duration"
    case status
  }
}

/// How many jobs of each kind a user has.
public struct JobCounts: Sendable, Hashable {
  public var total = 0
  public var byTask: [String: Int] = [:]
  public var bySongType: [String: Int] = [:]
  public var byStatus: [JobStatus: Int] = [:]
  public var liked = 0
  /// Task and song type together: `api.md` 6.4 counts some tasks apart from their song type.
  public var byTaskAndSongType: [TaskAndSongType: Int] = [:]

  public struct TaskAndSongType: Sendable, Hashable {
    public var task: String
    public var songType: String
  }
}

extension Store {
  /// One page of a user's jobs, and how many there are on all pages, as of one moment. Ties go by id.
  public func jobs(_ filter: JobFilter = JobFilter(), userID: String) throws -> (jobs: [Job], total: Int) {
    try read { db in
      let (condition, arguments) = Self.condition(filter, userID: userID)
      let total =
        try Int.fetchOne(db, sql: "SELECT count(*) FROM jobs WHERE \(condition)", arguments: arguments) ?? 0
      let direction = filter.ascending ? "ASC" : "DESC"
      let jobs = try Row.fetchCursor(
        db,
        sql: """
          SELECT \(Job.columns) FROM jobs WHERE \(condition)
          ORDER BY \(Self.expression(filter.sortBy)) \(direction), jobs.id \(direction) LIMIT ? OFFSET ?
          """,
        arguments: arguments + [filter.limit, filter.skip]
      ).map { try Job(row: $0) }.collect()
      return (jobs, total)
    }
  }

  private static func condition(_ filter: JobFilter, userID: String) -> (String, StatementArguments) {
    var conditions = ["user_id = ?"]
    var arguments: StatementArguments = [userID]
    func add(_ condition: String, _ value: String?) {
      guard let value else { return }
      conditions.append(condition)
      arguments += [value]
    }
    add("task = ?", filter.task)
    for task in filter.without { add("task <> ?", task) }
    if let id = filter.sourceJobID {
      conditions.append("source_job_id = ?")
      arguments += [id]
    }
    add("status = ?", filter.status?.rawValue)
    add("song_type = ?", filter.songType)
    add("language = ? COLLATE NOCASE", filter.language)
    add("genre = ? COLLATE NOCASE", filter.genre)
    add("emotion = ? COLLATE NOCASE", filter.emotion)
    if let liked = filter.liked { conditions.append(liked ? "opinion = 1" : "opinion IS NOT 1") }
    // instr, unlike LIKE, has no wildcards to escape.
    if let search = filter.search, !search.isEmpty { add("instr(search_text, ?) > 0", folded(search)) }
    return (conditions.joined(separator: " AND "), arguments)
  }

  private static func expression(_ key: JobFilter.SortKey) -> String {
    switch key {
    case .createdAt: "jobs.created_at"
    case .displayName: "jobs.display_name COLLATE NOCASE"
    case .audioDuration:
      """
      coalesce((SELECT duration_seconds FROM outputs WHERE job_id = jobs.id ORDER BY variation LIMIT 1), \
      requested_duration, 0)
      """
    case .status: "jobs.status"
    }
  }

  /// How many jobs a user has, by kind.
  /// - Parameter without: tasks that are not counted.
  public func jobCounts(
    userID: String, status: JobStatus? = nil, songType: String? = nil, without: Set<String> = []
  ) throws -> JobCounts {
    try readOnce { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT task, song_type, status, count(*), ifnull(sum(opinion = 1), 0) FROM jobs
          WHERE user_id = ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR song_type = ?3)
          GROUP BY task, song_type, status
          """, arguments: [userID, status?.rawValue, songType])
      var counts = JobCounts()
      while let row = try rows.next() {
        let task: String = row[0]
        guard !without.contains(task) else { continue }
        let songType: String = row[1]
        let count: Int = row[3]
        guard let status = JobStatus(rawValue: row[2]) else {
          throw StoreError.unreadable(table: "jobs", column: "status")
        }
        counts.total += count
        counts.liked += row[4]
        counts.byTask[task, default: 0] += count
        counts.bySongType[songType, default: 0] += count
        counts.byStatus[status, default: 0] += count
        counts.byTaskAndSongType[.init(task: task, songType: songType), default: 0] += count
      }
      return counts
    }
  }

  /// The languages, genres and emotions among a user's jobs, sorted: what filters can offer.
  public func jobTags(userID: String) throws -> (languages: [String], genres: [String], emotions: [String]) {
    try read { db in
      func values(of column: String) throws -> [String] {
        try String.fetchAll(
          db,
          sql: "SELECT DISTINCT \(column) FROM jobs WHERE user_id = ? AND \(column) IS NOT NULL ORDER BY \(column)",
          arguments: [userID])
      }
      return (try values(of: "language"), try values(of: "genre"), try values(of: "emotion"))
    }
  }
}
