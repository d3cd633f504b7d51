public import FastCGI
public import Fetching
import Foundation
public import Generation
public import Logging
public import Music
public import Secrets
public import Store

/// What the site is told when it starts.
public struct WebSettings: Sendable {
  /// Scheme, host and port that links carry, without a slash at the end; nil takes what the client named.
  public var publicURL: String?
  /// Where songs lie.
  public var mediaDirectory: String
  /// The folder of `*.mustache`.
  public var templateDirectory: String
  /// The folder of styles, scripts and icons.
  public var publicDirectory: String
  /// As shown in the footer and the API document.
  public var version: String
  /// How long a media link works.
  public var mediaLinkSeconds = 86_400
  public var rateLimits = RateLimits.usual
  /// Which addresses webhooks may name; what a name stands for is checked when one is sent.
  public var addressRules = AddressRules()
  /// How long an upload is kept.
  public var uploadDays = 30
  public init(mediaDirectory: String, templateDirectory: String, publicDirectory: String, version: String) {
    self.mediaDirectory = mediaDirectory
    self.templateDirectory = templateDirectory
    self.publicDirectory = publicDirectory
    self.version = version
  }
}

/// Whether songs can be made now.
public enum Health: Sendable, Equatable {
  case ok
  case starting
  /// With the reason.
  case unavailable(String)
}

/// The site and its API: from a request to a response. It knows the store and what engines can do, never an engine
/// at work: a job row is the message.
public final class Studio: Sendable {
  let store: Store
  let settings: WebSettings
  let signingKey: SigningKey
  let links: MediaLinks
  let authentication: Authentication
  let jobTexts = RowCache<JobTextKey, String>(capacity: 1024)
  let pages: Pages
  /// Engines by name; the first is the default.
  private let allEngines: [EngineDescription]
  let health: @Sendable () -> Health
  /// Tells the worker that a job has come or is no longer wanted, and the sender that a webhook is to be sent.
  let wakeWorker: @Sendable () -> Void
  /// Whether a voice can be heard before a song is made with it.
  let voiceSample: @Sendable (VoiceKind) -> VoiceSample
  let recordings: any RecordingKeeper
  let analyst: any RecordingAnalyst
  /// Why a stem can't be taken out of a recording, in a sentence; nil where it can.
  let refusalOfStem: @Sendable (StemTrack) -> String?
  let logger: Logger
  let limiter: RateLimiter
  private let router: Router

  /// What the site knows of an engine.
  public struct EngineDescription: Sendable {
    public let name: String
    /// As they are now: they change with the checkpoints that are there.
    public var capabilities: EngineCapabilities { describe() }
    /// Of an engine that has checkpoints.
    let shelf: (any CheckpointShelf)?
    private let describe: @Sendable () -> EngineCapabilities

    /// The parameters that it makes nothing of with this checkpoint; what it never uses where the checkpoint isn't known.
    func unusedParameters(by checkpoint: String?) -> Set<String> {
      let facts = shelf?.checkpoints.first { $0.name == checkpoint }?.facts
      return (facts?.capabilities ?? capabilities).unusedParameters
    }
    /// What is wrong with an instruction to revise a score; nil when it can be followed.
    public let complaintAboutInstruction: @Sendable (String) -> String?
    public init(_ engine: any SongEngine) {
      name = engine.name
      describe = { engine.capabilities }
      shelf = engine as? any CheckpointShelf
      complaintAboutInstruction = { engine.complaint(aboutInstruction: $0) }
    }
    /// An engine without scores.
    init(name: String, capabilities: EngineCapabilities, shelf: (any CheckpointShelf)? = nil) {
      self.name = name
      describe = { capabilities }
      self.shelf = shelf
      complaintAboutInstruction = { _ in "This engine revises no scores." }
    }
  }

  public init(
    store: Store, settings: WebSettings, signingKey: SigningKey, engines: [EngineDescription], logger: Logger,
    health: @escaping @Sendable () -> Health, wakeWorker: @escaping @Sendable () -> Void,
    voiceSample: @escaping @Sendable (VoiceKind) -> VoiceSample, recordings: any RecordingKeeper, analyst: any RecordingAnalyst,
    refusalOfStem: @escaping @Sendable (StemTrack) -> String?
  ) throws {
    precondition(!engines.isEmpty, "a studio has an engine")
    self.store = store
    self.settings = settings
    self.signingKey = signingKey
    allEngines = engines
    self.logger = logger
    self.health = health
    self.wakeWorker = wakeWorker
    self.voiceSample = voiceSample
    limiter = RateLimiter(settings.rateLimits)
    self.recordings = recordings
    self.analyst = analyst
    self.refusalOfStem = refusalOfStem
    links = MediaLinks(key: signingKey, lifetimeSeconds: settings.mediaLinkSeconds)
    authentication = Authentication(store: store, tokenKey: WebTokenKey(from: signingKey, use: "access"))
    Context.prepareDecoy()
    pages = try Pages(settings: settings)
    router = Router(Routes.all)
  }

  /// The engines that can make songs now; the first is the default.
  var engines: [EngineDescription] { allEngines.filter { $0.shelf.map { $0.checkpoints.contains { $0.facts != nil } } ?? true } }

  /// The checkpoints of the neural engine; nil for a studio without that engine.
  var shelf: (any CheckpointShelf)? { allEngines.lazy.compactMap(\.shelf).first }

  /// Answers a request. Never throws: whatever goes wrong has a status and a body.
  public func respond(to request: Request) -> Response {
    var context = Context(request: request, studio: self, parameters: [:], session: nil)
    do {
      switch router.match(method: request.method, segments: request.segments) {
      case .none: throw HTTPError.notFound
      case .wrongMethod(let allowed): throw HTTPError.methodNotAllowed(allowed)
      case .found(let route, let parameters):
        let visitor = try authentication.visitor(request)
        context = Context(request: request, studio: self, parameters: parameters, session: visitor?.session)
        switch route.handler {
        case .open(let handler): return try handler(context)
        case .member(let handler):
          guard let caller = try caller(of: context, visitor: visitor) else {
            if context.isProgram { throw HTTPError.unauthorized("Authentication required") }
            return .redirect(to: Address.login(next: request.method == "GET" ? request.path : "/").path)
          }
          let user = caller.user
          context.credential = caller.credential
          try caller.require(route)
          if context.isProgram {
            _ = try limiter.take(["GET", "HEAD"].contains(request.method) ? .reads : .writes, account: user.id)
          }
          return try handler(context, user)
        }
      }
    } catch {
      return failure(error, context)
    }
  }

  /// A program's key or token decides; else a browser's session, which may change things through the API only with the
  /// form token in a header.
  private func caller(of context: Context, visitor: Authentication.Visitor?) throws -> Caller? {
    if context.isProgram, let caller = try authentication.program(context.request) { return caller }
    guard let visitor else { return nil }
    if context.isProgram, !["GET", "HEAD"].contains(context.request.method) {
      try context.requireOwnForm(token: context.request.header("X-CSRF-Token"))
    }
    return Caller(user: visitor.user, credential: .session(visitor.session))
  }

  /// The one place where an error becomes a status and a body.
  private func failure(_ error: any Error, _ context: Context) -> Response {
    let known = HTTPError(meaning: error)
    if known == nil {
      logger.error("request failed", metadata: ["path": "\(context.request.path)", "error": "\(error)"])
    }
    let refusal = known ?? HTTPError(.internalError, "internal_error", "Internal server error")
    if context.isProgram { return refusal.response }
    return refusal.headers.reduce(errorPage(refusal, context)) { $0.with($1.name, $1.value) }
  }
}

extension Studio {
  /// The answer to a request that can't even be read.
  public func refuse(_ error: any Error, target: String) -> Response {
    let refusal = HTTPError(meaning: error) ?? .badRequest("\(error)")
    let first = target.split(whereSeparator: { "/?#".contains($0) }).first.map(String.init)
    guard Context.isProgram(first) else {
      return Response(refusal.status, body: .text(refusal.message + "\n")).with("Content-Type", "text/plain; charset=utf-8")
    }
    return refusal.response
  }
}

extension Context {
  /// Whether the address belongs to the API or to machines rather than to a page.
  var isProgram: Bool { Self.isProgram(request.segments.first) }

  /// - Parameter first: the first segment of a path.
  fileprivate static func isProgram(_ first: String?) -> Bool {
    ["api", "health", "healthz", "readyz", "media"].contains(first)
  }
}
