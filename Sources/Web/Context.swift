import FastCGI
import Foundation
import JSON
import Logging
import Secrets
import Store

/// A request on its way through a handler: what was asked, by whom, and the studio it was asked of.
final class Context {
  let request: Request
  let studio: Studio
  let parameters: [String: String]
  /// The browser session, where the request has a living one.
  let session: Session?
  /// What the user of this request is known by; nil until that was asked, and on open routes.
  var credential: Credential?

  init(request: Request, studio: Studio, parameters: [String: String], session: Session?) {
    self.request = request
    self.studio = studio
    self.parameters = parameters
    self.session = session
  }

  var store: Store { studio.store }

  /// A path parameter that is a job's id; anything that can't be one is 404, as an unknown id is.
  func jobID(_ name: String = "id") throws -> Int64 {
    guard let id = parameters[name].flatMap(Int64.init), id > 0 else { throw HTTPError.jobNotFound }
    return id
  }

  /// Adds a line to the administrators' log. What it tells of is done already, so trouble with the log is logged, not thrown.
  /// - Parameter user: who did it, where that is known.
  func note(_ event: AuditEvent, by user: User?, _ detail: String = "") {
    do { try store.note(event, by: user, from: request.remoteAddress, detail: detail) } catch {
      studio.logger.error("not noted", metadata: ["event": "\(event.rawValue)", "error": "\(error)"])
    }
  }

  /// Scheme and host as this client reaches us, without a slash at the end.
  var baseURL: String {
    studio.settings.publicURL ?? "\(request.scheme)://\(Context.safeHost(request.host))"
  }

  /// A Host header is the client's word: only what can be a host and port goes into links.
  private static func safeHost(_ host: String) -> String {
    let allowed = host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"): true
      default: false
      }
    }
    return allowed && !host.isEmpty && host.utf8.count < 260 ? host : "localhost"
  }
}

// MARK: - Form tokens

extension Context {
  /// A token for the forms of this page: different each time, good for this session alone.
  var csrfToken: String {
    let nonce = Secrets.randomToken(bytes: 12)
    return nonce + "." + studio.signingKey.sign(formText(nonce))
  }

  /// Refuses a request that changes something unless a page of ours sent it (`ux.md` 3.13): the form's token must be
  /// this session's, and the browser must not say that the request comes from elsewhere.
  func requireOwnForm(token: String?) throws {
    if let origin = request.header("Origin"), origin != "null", !isOwn(origin: origin) {
      throw HTTPError(.forbidden, "forbidden", "This form was sent from another site.")
    }
    let parts = (token ?? "").split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2, studio.signingKey.verify(parts[1], of: formText(parts[0])) else {
      throw HTTPError(.forbidden, "forbidden", "This form has expired. Go back, reload the page and send it again.")
    }
  }

  private func formText(_ nonce: String) -> String { "form \(session?.tokenHash ?? "nobody") \(nonce)" }

  private func isOwn(origin: String) -> Bool {
    origin == baseURL || origin == "\(request.scheme)://\(request.host)"
  }
}
