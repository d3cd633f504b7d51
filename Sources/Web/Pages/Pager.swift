/// The ways from one page of a list to the next.
struct Pager {
  let previousHref: String?
  let nextHref: String?
  /// "Page 2 of 5", nil when all fit on one.
  let sentence: String?

  /// - Parameters:
  ///   - page: from 1; may be beyond the last.
  ///   - size: how many a page has.
  init(page: Int, size: Int, total: Int, href: (_ page: Int) -> String) {
    let pages = max(1, (total + size - 1) / size)
    previousHref = page > 1 ? href(min(page - 1, pages)) : nil
    nextHref = page < pages ? href(page + 1) : nil
    sentence = pages > 1 || page > 1 ? "Page \(page) of \(pages)" : nil
  }
}
