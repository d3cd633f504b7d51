/// What a person sees when a page can't be shown.
struct ErrorPage: Page {
  static let name = "error"

  let status: Int
  let title: String
  let message: String
  /// Where to go from here.
  let actionLabel: String
  let actionHref: String
  /// Ties the page to a line of the log, for errors of ours.
  let requestID: String?

  var documentTitle: String { title }

  static let fields: TemplateFields<Self> = [
    "status": .text { String($0.status) },
    "heading": .text(\.title),
    "message": .text(\.message),
    "actionLabel": .text(\.actionLabel),
    "actionHref": .text(\.actionHref),
    "requestID": .optional(\.requestID),
  ]
}

extension ErrorPage {
  /// The page for a status, in words for the person who meets it.
  /// - Parameters:
  ///   - detail: what exactly was wrong, where that helps.
  ///   - path: where to try again.
  init(status: Int, detail: String? = nil, path: String = "/", requestID: String? = nil) {
    self.status = status
    switch status {
    case 404:
      title = "Not found"
      message = detail ?? "Nothing is at this address, or it belongs to somebody else."
      (actionLabel, actionHref) = ("Go to the library", "/library")
    case 403:
      title = "Not allowed"
      message = detail
        ?? "This form has expired or was sent from another site. Go back, reload the page and send it again."
      (actionLabel, actionHref) = ("Start again", "/")
    case 413:
      title = "Too large"
      message = detail ?? "What you sent is larger than this server accepts."
      (actionLabel, actionHref) = ("Go back", path)
    case 429:
      title = "A moment, please"
      message = detail ?? "There were too many requests in a short time. Wait a little and try again."
      (actionLabel, actionHref) = ("Try again", path)
    case 400..<500:
      title = "That didn't work"
      message = detail ?? "The request was not understood."
      (actionLabel, actionHref) = ("Go back", path)
    case 503:
      title = "Back in a moment"
      message = detail ?? "The studio is starting or very busy. Your songs are safe."
      (actionLabel, actionHref) = ("Try again", path)
    default:
      title = "Something broke here"
      message = detail ?? "It is our fault, not yours. Your songs are safe; the log says what happened."
      (actionLabel, actionHref) = ("Try again", path)
    }
    self.requestID = requestID
  }

  static let samples = [403, 404, 413, 429, 500, 503].map {
    ErrorPage(status: $0, requestID: $0 == 500 ? "7f3a91c2" : nil)
  }
}
