import ACEStep
import ArgumentParser
import FastCGI
import Fetching
import Foundation
import Audio
import Generation
import Listening
import Logging
import ScoreEngine
import Secrets
import Store
import Tensor
import Web
import Worker

/// `cantiga serve`: the backend behind nginx. Start order: data, engines, worker, site; stop order: the reverse.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the studio's backend (nginx stands in front; see ./run).")

  @OptionGroup var data: DataOption
  @OptionGroup var place: VoicesOption
  @OptionGroup var listeners: ListenersOption
  @Option(help: "The unix socket to listen on (default: run/cantiga.sock in the data folder).")
  var socket: String?
  @Option(help: "Scheme, host and port for links, where it isn't what clients connect to.")
  var publicURL: String?
  @Option(help: "Threads that answer requests, 1 to 64.")
  var workers = 8
  @Option(help: """
    How often an account may call what costs work: 'off', or what differs from the usual, such as 'edit=30,lrc=0' \
    (calls a minute, for reset an hour, 0 for no limit; environment: CANTIGA_RATE_LIMITS). Names: \
    \(RateLimit.allCases.map { "\($0) \($0.usual)" }.joined(separator: ", ")).
    """)
  var rateLimits = ProcessInfo.processInfo.environment["CANTIGA_RATE_LIMITS"] ?? ""
  @OptionGroup var soundFont: SoundFontOption
  @OptionGroup var precision: PrecisionOption
  @Option(help: "Minutes after which a checkpoint that isn't used gives its memory back, 0 to 1440 (environment: CANTIGA_MODEL_IDLE_MINUTES).")
  var modelIdleMinutes = ProcessInfo.processInfo.environment["CANTIGA_MODEL_IDLE_MINUTES"].flatMap { $0.isEmpty ? nil : Double($0) ?? -1 } ?? 10
  @Option(help: "Days for which an upload is kept, 1 to 3650.")
  var uploadDays = 30
  @Option(help: "A network that sources may be fetched from although it isn't public, such as 192.168.1.0/24; may be given several times.")
  var allowNetwork: [String] = []

  func validate() throws {
    guard (1...3650).contains(uploadDays) else { throw ValidationError("--upload-days must be between 1 and 3650.") }
    guard (0...1440).contains(modelIdleMinutes) else { throw ValidationError("--model-idle-minutes must be between 0 and 1440.") }
    for network in allowNetwork where IPNetwork(network) == nil {
      throw ValidationError("--allow-network must be an address and a prefix length, such as 192.168.1.0/24, not '\(network)'.")
    }
    guard (1...64).contains(workers) else { throw ValidationError("--workers must be between 1 and 64.") }
    guard RateLimits(rateLimits) != nil else {
      throw ValidationError("--rate-limits must be 'off' or a list such as 'edit=30,lrc=0'; the names are \(RateLimit.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    if let publicURL {
      guard let url = URL(string: publicURL), ["http", "https"].contains(url.scheme ?? ""), url.host != nil, url.query == nil,
        url.path.isEmpty || url.path == "/"
      else { throw ValidationError("--public-url must be an http or https address without a path, such as https://music.example.org.") }
    }
  }

  func run() throws {
    // Before any thread is made, so that none of them is interrupted: sigwait below takes these.
    let signals = StopSignals()
    signals.block()
    let logger = Logger(label: "cantiga")

    let folder = try data.open()
    let store = try folder.openStore()
    let site = try SiteFolder()
    let listener = Listener(listeners: listeners.folder(in: data), crew: .machineWide)
    let engine = ScoreEngine(soundFontPath: soundFont.path, voices: place.folder(in: data), listener: listener)
    let models = ModelShelf(registry: ModelRegistry(folder: folder.path), precision: precision.value, idleSeconds: 60 * modelIdleMinutes)
    let media = try MediaFolder(path: folder.media, lostPath: folder.lost)
    let recordings = try RecordingFolder(path: folder.recordings)
    let fetcher = Fetcher(rules: AddressRules(allowed: allowNetwork.compactMap(IPNetwork.init)), agent: "Cantiga/\(Cantiga.version)")
    let worker = Worker(
      store: store, engines: [engine, models], media: media, recordings: recordings, fetcher: fetcher, logger: logger)
    let webhooks = WebhookSender(store: store, fetcher: fetcher, logger: logger)
    let exporter = DataExporter(store: store, media: media, recordings: recordings, logger: logger)
    let hearing = HearingDesk(listener: listener, recordings: recordings, media: media, fetcher: fetcher, logger: logger)

    var settings = WebSettings(
      mediaDirectory: folder.media, templateDirectory: site.templates, publicDirectory: site.publicFiles,
      version: Cantiga.version)
    settings.rateLimits = RateLimits(rateLimits) ?? .usual
    settings.uploadDays = uploadDays
    settings.addressRules = fetcher.rules
    settings.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
    let studio = try Studio(
      store: store, settings: settings, signingKey: try folder.signingKey(),
      engines: [.init(engine), .init(models)], logger: logger,
      health: { Serve.health(worker.readiness(of: engine.name)) }, wakeWorker: {
        worker.wake()
        webhooks.wake()
        exporter.wake()
      },
      voiceSample: { worker.sample(of: $0) }, recordings: recordings, analyst: hearing,
      refusalOfStem: { listener.refusal(of: $0) })

    let socketPath = socket ?? folder.socket
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: socketPath).deletingLastPathComponent().path, withIntermediateDirectories: true)
    let server = try Server(socketPath: socketPath, refuse: { studio.refuse($0, target: $1) }) { studio.respond(to: $0) }
    try announceSetup(store, logger)
    try worker.start()
    hearing.start()
    webhooks.start()
    exporter.start()
    server.start(workers: workers)
    logger.info(
      "listening", metadata: ["socket": "\(socketPath)", "data": "\(folder.path)", "blas": "\(BLAS.coreName)"])

    let signal = signals.wait()
    logger.info("stopping", metadata: ["signal": "\(signal)"])
    server.stop()
    exporter.stop()
    webhooks.stop()
    hearing.stop()
    worker.stop()
    try store.close()
  }

  private static func health(_ readiness: EngineReadiness?) -> Health {
    switch readiness {
    case .ready: .ok
    case .unavailable(let reason): .unavailable(reason)
    case .preparing, nil: .starting
    }
  }

  /// While no administrator can sign in, prints the code that /setup asks for: only who reads this log can set up.
  private func announceSetup(_ store: Store, _ logger: Logger) throws {
    guard try !store.hasAdminWithPassword() else { return }
    let code = Secrets.randomToken(bytes: 9)
    try store.set(.setupCodeHash, to: Secrets.hash(code))
    logger.notice("set up your studio at /setup", metadata: ["setup_code": "\(code)"])
  }
}

/// SIGINT and SIGTERM, taken by one thread in its own time.
private struct StopSignals {
  private var set = sigset_t()

  init() {
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGINT)
    unsafe sigaddset(&set, SIGTERM)
  }

  func block() {
    var set = set
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Waits for one of them and names it.
  func wait() -> String {
    var set = set
    var number: Int32 = 0
    unsafe sigwait(&set, &number)
    return number == SIGINT ? "SIGINT" : "SIGTERM"
  }
}
