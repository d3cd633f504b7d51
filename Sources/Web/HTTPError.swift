import FastCGI
import Generation
import JSON
import Store

/// A refusal that knows its status. Everything else that is thrown becomes 500 in one place (`Studio.failure`).
struct HTTPError: Error {
  let status: Status
  /// A stable word for programs (`api.md` 3.3).
  let code: String
  /// A sentence for people.
  let message: String
  var faults: [InvalidParameters.Fault] = []
  var headers: [Response.Header] = []
  /// For the score-first calls, whose `detail` is an object with these members besides code and message (`api.md` 3.2).
  var detail: JSON.Members?
  /// More members for programs, beside the message wherever that is.
  var facts: JSON.Members = [:]

  init(_ status: Status, _ code: String, _ message: String) {
    self.status = status
    self.code = code
    self.message = message
  }

  static let jobNotFound = HTTPError(.notFound, "job_not_found", "Music job not found")
  static let notFound = HTTPError(.notFound, "not_found", "There is nothing at this address.")

  static func unauthorized(_ message: String, code: String = "unauthorized") -> HTTPError {
    var error = HTTPError(.unauthorized, code, message)
    error.headers = [.init(name: "WWW-Authenticate", value: "Bearer")]
    return error
  }

  static func badRequest(_ message: String) -> HTTPError { HTTPError(.badRequest, "invalid_parameters", message) }

  static func methodNotAllowed(_ allowed: [String]) -> HTTPError {
    let list = allowed.sorted().joined(separator: ", ")
    var error = HTTPError(.methodNotAllowed, "method_not_allowed", "This address takes \(list) only.")
    error.headers = [.init(name: "Allow", value: list)]
    return error
  }

  static func unavailable(_ message: String) -> HTTPError {
    var error = HTTPError(.unavailable, "service_unavailable", message)
    error.headers = [.init(name: "Retry-After", value: "5")]
    return error
  }

  init(_ error: InvalidParameters) {
    self.init(.badRequest, error.code, error.description)
    faults = error.faults
  }

  /// What an error thrown by another target means to a client; nil for one that is nobody's fault but ours.
  init?(meaning error: any Error) {
    switch error {
    case let error as HTTPError: self = error
    case let error as InvalidParameters: self.init(error)
    case let error as JSONError: self.init(.badRequest, "invalid_parameters", "The body is not valid JSON: \(error)")
    case RequestError.tooLarge(let limit):
      let size = limit >= 10 << 20 ? "\(limit >> 20) MiB" : "\(limit >> 10) KiB"
      self.init(.payloadTooLarge, "payload_too_large", "The request is too large: at most \(size) are allowed.")
    case RequestError.notKept: self = .unavailable(RequestError.notKept(code: 0).description)
    case let error as RecordingRefusal: self.init(error)
    case let error as RequestError: self = .badRequest(error.description)
    case StoreError.idempotencyKeyReused:
      self.init(.unprocessable, "IDEMPOTENCY_KEY_REUSED", StoreError.idempotencyKeyReused.description)
    case StoreError.notFailed: self.init(.badRequest, "job_not_failed", StoreError.notFailed.description)
    case StoreError.tooManyUploads: self.init(.badRequest, "too_many_uploads", StoreError.tooManyUploads.description)
    case StoreError.tooManyPlaylists, StoreError.playlistFull: self.init(.conflict, "conflict", "\(error)")
    case StoreError.storageFull(let used, let limit):
      self.init(.forbidden, "storage_full", "\(error)")
      facts = ["used_bytes": .int(used), "limit_bytes": .int(limit)]
    case StoreError.tooManyWebhooks: self.init(.badRequest, "too_many_webhooks", StoreError.tooManyWebhooks.description)
    case StoreError.insufficientCredits(let required, let available):
      self.init(.paymentRequired, required.credits > 0 ? "insufficient_credits" : "insufficient_api_balance", "\(error)")
      facts = [
        "required_credits": .int(required.credits), "available_credits": .int(available.credits),
        "required_cents": .int(required.cents), "available_cents": .int(available.cents),
      ]
    case StoreError.linkNotValid: self.init(.notFound, "link_not_valid", StoreError.linkNotValid.description)
    case StoreError.tokenNotValid: self = .unauthorized(StoreError.tokenNotValid.description)
    case StoreError.lastAdmin: self.init(.conflict, "last_admin", StoreError.lastAdmin.description)
    case StoreError.notFinished: self.init(.badRequest, "job_not_completed", StoreError.notFinished.description)
    case StoreError.nameTaken, StoreError.emailTaken, StoreError.alreadySetUp:
      self.init(.conflict, "conflict", "\(error)")
    // Nothing was committed, so a client that tries again does no harm.
    case StoreError.busy, StoreError.diskFull: self = .unavailable("\(error)")
    default: return nil
    }
  }

  /// The body of `api.md` 3.2.
  var json: JSON {
    var members: JSON.Members = ["detail": .string(message), "error": .string(code), "message": .string(message)]
    for pair in facts.pairs { members[pair.key] = pair.value }
    if var detail {
      for pair in facts.pairs { detail[pair.key] = pair.value }
      detail["code"] = .string(code)
      detail["message"] = .string(message)
      members["detail"] = .object(detail)
    }
    if !faults.isEmpty {
      members["errors"] = .array(faults.map { ["field": .string($0.field), "message": .string($0.message)] })
    }
    return .object(members)
  }

  var response: Response {
    headers.reduce(Response(json: json, status: status)) { $0.with($1.name, $1.value) }
  }
}

extension Response {
  /// A JSON body.
  init(json: JSON, status: Status = .ok) { self.init(jsonText: json.text, status: status) }

  /// A body that is JSON already.
  init(jsonText: String, status: Status = .ok) {
    self = Response(status, body: .text(jsonText)).with("Content-Type", "application/json; charset=utf-8")
      .with("Cache-Control", "no-store")
  }

  /// Says whether an answer is that of an earlier call with the same Idempotency-Key.
  func replayed(_ isReplayed: Bool) -> Response { isReplayed ? with("Idempotent-Replayed", "true") : self }

  /// A page.
  init(html: String, status: Status = .ok) {
    self = Response(status, body: .text(html)).with("Content-Type", "text/html; charset=utf-8")
      .with("Cache-Control", "no-store")
  }

  /// Sends the browser elsewhere with a GET.
  static func redirect(to path: String) -> Response { Response(.seeOther).with("Location", path) }
}
