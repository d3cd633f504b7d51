import FastCGI
import Foundation
import Store

/// The library.
extension Routes {
  @Sendable static func showLibrary(_ context: Context, _ user: User) throws -> Response {
    try context.page(try LibraryPage(LibraryQuery(context.request.query), user: user, in: context), user: user)
  }
}

/// What the library is asked to show. Words it doesn't know count as not given: the page shows what is in force.
struct LibraryQuery {
  enum Status: String, CaseIterable {
    case all = "", active, completed, failed, liked
    var label: String {
      switch self {
      case .all: "All"
      case .active: "In progress"
      case .completed: "Ready"
      case .failed: "Failed or cancelled"
      case .liked: "Liked"
      }
    }
  }

  enum Sort: String, CaseIterable {
    case newest, oldest, name, length
    var label: String {
      switch self {
      case .newest: "Newest first"
      case .oldest: "Oldest first"
      case .name: "By name"
      case .length: "Longest first"
      }
    }
  }

  static let pageSize = 24
  var search: String
  var status: Status
  var sort: Sort
  /// From 1.
  var page: Int

  init(_ query: Form) {
    search = String((query["q"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines).prefix(200))
    status = query["status"].flatMap(Status.init(rawValue:)) ?? .all
    sort = query["sort"].flatMap(Sort.init(rawValue:)) ?? .newest
    page = min(max(query["page"].flatMap(Int.init) ?? 1, 1), 1_000_000)
  }

  /// The address that shows this.
  var address: String {
    var parts: [String] = []
    if !search.isEmpty { parts.append("q=" + PercentCoding.encode(search)) }
    if status != .all { parts.append("status=" + status.rawValue) }
    if sort != .newest { parts.append("sort=" + sort.rawValue) }
    if page > 1 { parts.append("page=\(page)") }
    return Address.library.path + (parts.isEmpty ? "" : "?" + parts.joined(separator: "&"))
  }

  /// The same but for something.
  func with(_ change: (inout LibraryQuery) -> Void) -> LibraryQuery {
    var copy = self
    copy.page = 1
    change(&copy)
    return copy
  }

  var filter: JobFilter {
    var filter = JobFilter()
    filter.search = search.isEmpty ? nil : search
    filter.status = switch status {
    case .all, .active, .liked: nil
    case .completed: .completed
    case .failed: .failed
    }
    filter.liked = status == .liked ? true : nil
    switch sort {
    case .newest: filter.sortBy = .createdAt
    case .oldest: (filter.sortBy, filter.ascending) = (.createdAt, true)
    case .name: (filter.sortBy, filter.ascending) = (.displayName, true)
    case .length: filter.sortBy = .audioDuration
    }
    filter.limit = LibraryQuery.pageSize
    filter.skip = (page - 1) * LibraryQuery.pageSize
    return filter
  }
}

extension LibraryPage {
  init(_ query: LibraryQuery, user: User, in context: Context, now: Date = Date()) throws {
    let (jobs, total) = try LibraryPage.jobs(query, user: user, store: context.store)
    let isFiltered = !query.search.isEmpty || query.status != .all
    self.query = query.search
    isQueue = query.status == .active && query.search.isEmpty
    statuses = LibraryQuery.Status.allCases.map { Choice(value: $0.rawValue, label: $0.label, isChosen: $0 == query.status) }
    sorts = LibraryQuery.Sort.allCases.map { Choice(value: $0.rawValue, label: $0.label, isChosen: $0 == query.sort) }
    songs = try jobs.map { try SongRow($0, in: context, now: now) }
    isEmpty = total == 0 && !isFiltered
    countSentence = switch (total, isFiltered) {
    case (0, false): ""
    case (0, true): "No song matches"
    case (1, _): "1 song"
    default: "\(total) songs"
    }
    activeFilters = (query.search.isEmpty ? [] : [ActiveFilter(label: "“\(query.search)”", removeHref: query.with { $0.search = "" }.address)])
      + (query.status == .all ? [] : [ActiveFilter(label: query.status.label, removeHref: query.with { $0.status = .all }.address)])
    let pager = Pager(page: query.page, size: LibraryQuery.pageSize, total: total) { page in query.with { $0.page = page }.address }
    (previousHref, nextHref, pageSentence) = (pager.previousHref, pager.nextHref, pager.sentence)
    retention = try context.store.retentionDays().map { RetentionPage.sentence(days: $0) }
  }

  /// One page of what is asked for, and how many there are on all.
  private static func jobs(_ query: LibraryQuery, user: User, store: Store) throws -> (jobs: [Job], total: Int) {
    guard query.status == .active else { return try store.jobs(query.filter, userID: user.id) }
    // Two states at once, and never many: those waiting and running are filtered here.
    let jobs = try store.activeJobs(userID: user.id).filter { job in
      query.search.isEmpty || [job.displayName, job.caption, job.lyrics ?? ""].contains {
        $0.range(of: query.search, options: [.caseInsensitive, .diacriticInsensitive]) != nil
      }
    }
    let ordered = switch query.sort {
    case .oldest: jobs
    case .newest: Array(jobs.reversed())
    case .name: jobs.sorted { $0.displayName.lowercased() < $1.displayName.lowercased() }
    case .length: jobs.sorted { ($0.requestedDuration ?? 0) > ($1.requestedDuration ?? 0) }
    }
    return (Array(ordered.dropFirst((query.page - 1) * LibraryQuery.pageSize).prefix(LibraryQuery.pageSize)), ordered.count)
  }
}
