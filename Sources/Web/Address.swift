import FastCGI

/// The addresses of the site that are written into links: one place, so that no path is typed twice.
enum Address {
  case home
  case advanced
  case login(next: String)
  case logout
  case setup
  case library
  case account
  case help
  case theme
  case job(Int64)
  case cancel(Int64)
  case delete(Int64)
  case retry(Int64)
  case rename(Int64)
  case peaks(Int64, variation: Int)

  var path: String {
    switch self {
    case .home: "/"
    case .advanced: "/?mode=advanced"
    case .login(let next): next == "/" ? "/login" : "/login?next=\(PercentCoding.encode(next))"
    case .logout: "/logout"
    case .setup: "/setup"
    case .library: "/library"
    case .account: "/account"
    case .help: "/help"
    case .theme: "/theme"
    case .job(let id): "/jobs/\(id)"
    case .cancel(let id): "/jobs/\(id)/cancel"
    case .delete(let id): "/jobs/\(id)/delete"
    case .retry(let id): "/jobs/\(id)/retry"
    case .rename(let id): "/jobs/\(id)/rename"
    case .peaks(let id, let variation): "/jobs/\(id)/\(variation)/peaks"
    }
  }
}
