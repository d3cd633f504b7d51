import FastCGI

extension Routes {
  /// The pages.
  static let pages: [Route] = []
}

extension Studio {
  /// A refusal as a page.
  func errorPage(_ error: HTTPError, _ context: Context) -> Response {
    Response(error.status, body: .text(error.message)).with("Content-Type", "text/plain; charset=utf-8")
  }
}
