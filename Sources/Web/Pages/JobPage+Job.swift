import Foundation
import Generation
import JSON
import Store

extension JobPage {
  /// - Parameter shownIndex: the variation to play, from 0; the first when the job has no such.
  init(_ found: JobWithOutputs, shownIndex: Int, notationPart: String? = nil, in context: Context, now: Date = Date()) throws {
    let job = found.job
    let isCompleted = job.status == .completed
    let outputs = isCompleted ? found.outputs : []
    let output = outputs.first { $0.variation == shownIndex } ?? outputs.first
    let facts = try SongFacts(job, output: output)
    let moment = Moment(job.createdAt, now: now)
    let engine = context.studio.engines.first { $0.name == job.engine }
    id = Int(job.id)
    title = job.displayName
    state = JobState(job)
    cover = try SongFacts(job).cover(id: job.id)
    kind = job.kindLabel
    self.engine = job.engine
    created = moment.words
    createdTimestamp = moment.timestamp
    batchSize = job.batchSize
    isStopping = job.cancelRequested && !job.status.isFinished
    took = isCompleted ? job.startedAt.flatMap { start in job.completedAt.map { JobPage.took($0.timeIntervalSince(start)) } } : nil
    note = job.status.isFinished ? nil : job.requeueNote.map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
    warnings = job.warnings
    waiting = job.status == .pending ? try Waiting(job, in: context) : nil
    making = job.status == .processing ? Making(job) : nil
    failure = job.status == .failed ? job.errorMessage ?? "No reason was kept." : nil
    readouts = isCompleted ? JobPage.readouts(facts, output: output) : []
    let links = context.studio.links
    let expiry = links.expiry(now: now)
    shown = output.map { Variation($0, of: job, links: links, expiry: expiry) }
    let sets = output == nil ? [] : try context.store.stemSets(jobID: job.id)
    stems = output.flatMap {
      JobStems($0, of: job, sets: sets, refusal: context.refusalOfStems(of: job, $0), links: links, expiry: expiry)
    }
    sharing = output == nil ? nil : try JobSharing(job, in: context, now: now)
    notation = context.notation(of: job, variation: output?.variation ?? 0, wish: notationPart)
    scoreFiles = output == nil && notation != nil ? Extra.filesOfScore(job, links: links, expiry: expiry) : []
    sections = output.flatMap(JobSections.init)
    variations = outputs.count < 2 ? [] : outputs.map {
      VariationCard($0, of: job, isShown: $0.variation == output?.variation, links: links, expiry: expiry)
    }
    plan = output.flatMap { JobPlan(job, request: facts.request, output: $0) }
    lyrics = Lyrics(job, facts: facts, output: output, links: links, expiry: expiry)
    parameters = ParameterRow.rows(job, facts: facts, seconds: output?.durationSeconds, unused: engine?.unusedParameters(by: facts.request["checkpoint"]?.string) ?? [])
    curl = CurlCall(job, request: facts.request, baseURL: context.baseURL).text
  }

  private static func took(_ seconds: Double) -> String {
    let tenths = Int((max(0, seconds) * 10).rounded())
    return "made in " + (tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : Clock.spoken(seconds))
  }

  private static func readouts(_ facts: SongFacts, output: Output?) -> [Readout] {
    [
      ("Genre", facts.genre), ("Tempo", facts.bpm.map { "\(Int($0.rounded())) BPM" }), ("Key", facts.key),
      ("Metre", facts.meter), ("Length", output.map { Clock.text($0.durationSeconds) }),
      ("Loudness", output?.loudnessLUFS.map { Tenths.text($0) + " LUFS" }),
      ("Quality", output?.qualityScore.map(Hundredths.text)),
    ].compactMap { label, value in value.map { Readout(label: label, value: $0) } }
  }
}

extension Waiting {
  init(_ job: Job, in context: Context) throws {
    let place = try context.store.queuePosition(jobID: job.id)
    position = place.map { "\(Ordinal.text($0.position)) in the queue" } ?? "In the queue"
    ahead = switch place?.ahead {
    case nil: ""
    case 0?: "It is next."
    case 1?: "1 song is before it."
    case let count?: "\(count) songs are before it."
    }
  }
}

extension Making {
  init(_ job: Job) {
    let current = job.progress.flatMap { Stage(rawValue: $0.stage) }
    let task = MusicTask(rawValue: job.task)
    let engine = EngineName(rawValue: job.engine)
    let all = (engine ?? .score).stages(of: task)
    let place = current.flatMap { all.firstIndex(of: $0) } ?? 0
    stages = all.enumerated().map { index, stage in
      let isCurrent = index == place
      let steps = job.progress.flatMap { isCurrent && $0.total > 1 ? "\($0.done) of \($0.total)" : nil }
      return StageRow(
        id: stage.rawValue, title: stage.title(in: task, by: engine), standing: index < place ? .done : isCurrent ? .current : .waiting, steps: steps)
    }
    percent = job.progress?.percent ?? 0
    sentence = job.progress.map { ProgressSentence($0, of: job).text } ?? "Starting"
  }
}

extension Variation {
  init(_ output: Output, of job: Job, links: MediaLinks, expiry: Int) {
    letter = VariationCard.letter(output.variation)
    index = output.variation
    seed = String(output.seed)
    length = Clock.text(output.durationSeconds)
    seconds = output.durationSeconds
    spokenLength = Clock.spoken(output.durationSeconds)
    waveform = output.waveformPath
    peaksURL = Address.peaks(job.id, variation: output.variation).path
    sources = AudioSource.all(of: output, jobID: job.id, links: links, expiry: expiry)
    func download(_ format: String, _ quality: String, _ purpose: String, _ bytes: Int) -> Download {
      Download(
        format: format.uppercased(), quality: quality, purpose: purpose, size: ByteCount.text(bytes),
        url: links.path(jobID: job.id, file: .audio(variation: output.variation, format: format), expiry: expiry),
        isRequested: format == job.format)
    }
    func rate(_ bytes: Int) -> String {
      "about \(Int((Double(bytes) * 8 / max(output.durationSeconds, 0.1) / 1000).rounded())) kbit/s"
    }
    downloads = [
      download("flac", "lossless, 24 bit", "Keep and edit", output.bytes.flac),
      download("wav", "lossless, uncompressed", "Other studios", output.bytes.wav),
      download("mp3", rate(output.bytes.mp3), "Play anywhere", output.bytes.mp3),
      download("ogg", "Vorbis, \(rate(output.bytes.ogg))", "Play on the web", output.bytes.ogg),
    ]
    extras = output.hasScore ? Extra.formsOfScore(job, variation: output.variation, links: links, expiry: expiry) : []
  }
}

extension Extra {
  /// A score in all its formats.
  static func formsOfScore(_ job: Job, variation: Int, links: MediaLinks, expiry: Int) -> [Extra] {
    let forms: [(String, MediaFile)] = [
      ("MIDI", .midi(variation: variation)), ("MusicXML", .musicXML(variation: variation)), ("ABC", .abc(variation: variation)),
      ("JSON", .score(variation: variation)),
    ]
    return forms.map { Extra(label: $0.0, url: links.path(jobID: job.id, file: $0.1, expiry: expiry)) }
  }

  /// The files of a job that has a score alone: its formats, and of notes that were written down the MIDI of each stem.
  static func filesOfScore(_ job: Job, links: MediaLinks, expiry: Int) -> [Extra] {
    let used = job.used.flatMap { try? JSON(parsing: $0) }
    let stems = job.task == MusicTask.transcription.rawValue ? (used?["stems"]?.array ?? []).compactMap { $0["name"]?.string } : []
    return formsOfScore(job, variation: 0, links: links, expiry: expiry)
      + (stems.count < 2 ? [] : stems).map { name in
        Extra(label: "MIDI of \(name.replacing("_", with: " "))", url: links.path(jobID: job.id, file: .midiStem(variation: 0, id: name), expiry: expiry))
      }
  }
}

extension AudioSource {
  static func all(of output: Output, jobID: Int64, links: MediaLinks, expiry: Int) -> [AudioSource] {
    [("ogg", "audio/ogg"), ("mp3", "audio/mpeg")].map { format, type in
      AudioSource(url: PlayerLink(jobID: jobID, variation: output.variation, format: format, links: links, expiry: expiry).path, type: type)
    }
  }
}

extension VariationCard {
  init(_ output: Output, of job: Job, isShown: Bool, links: MediaLinks, expiry: Int) {
    let used = (try? JSON(parsing: output.used)) ?? [:]
    letter = VariationCard.letter(output.variation)
    number = output.variation + 1
    seed = String(output.seed)
    length = Clock.text(output.durationSeconds)
    seconds = output.durationSeconds
    waveform = VariationCard.thinned(output.waveformPath)
    href = Address.job(job.id).path + (output.variation == 0 ? "" : "?v=\(output.variation + 1)")
    self.isShown = isShown
    sources = AudioSource.all(of: output, jobID: job.id, links: links, expiry: expiry)
    tempo = used["bpm"]?.double.map { "\(Numbers.short($0)) BPM" }
    key = used["keyscale"]?.string
    quality = output.qualityScore.map { String(Int(($0 * 100).rounded())) }
    format = job.format.uppercased()
    download = links.path(jobID: job.id, file: .audio(variation: output.variation, format: job.format), expiry: expiry)
  }

  /// 0 as "A".
  static func letter(_ index: Int) -> String {
    String(Unicode.Scalar(UInt8(ascii: "A") + UInt8(clamping: min(max(index, 0), 25))))
  }

  /// Every fourth point of a path of straight lines: enough for a picture of a few centimetres.
  static func thinned(_ path: String) -> String {
    let points = path.split(separator: "L", omittingEmptySubsequences: false)
    guard points.count > 160 else { return path }
    let kept = stride(from: 0, to: points.count, by: 4).map { points[$0] }
    return kept.joined(separator: "L") + (path.hasSuffix("Z") && kept.last?.hasSuffix("Z") != true ? "Z" : "")
  }
}

extension ParameterRow {
  /// What was set, chosen or changed; defaults that nobody touched are left out.
  /// - Parameter seconds: the length of the song that is shown.
  static func rows(_ job: Job, facts: SongFacts, seconds: Double?, unused: Set<String>) -> [ParameterRow] {
    guard let request = facts.request.members else { return [] }
    let task = MusicTask(rawValue: job.task) ?? .text2music
    let changed = Set(ParameterSchema.changed(in: request, of: task))
    var rows = ParameterSchema.parameters(of: task).compactMap { parameter -> ParameterRow? in
      let name = parameter.name
      let isChanged = changed.contains(name)
      let value = switch name {
      case "query": facts.used["caption"]
      case "audio_duration": seconds.map { JSON.double(($0 * 1000).rounded() / 1000) }
      default: facts.used[name]
      }
      guard isChanged || value.map({ !$0.isNull }) == true || name == "audio_duration" || name == "seed" else { return nil }
      let asked = isChanged ? ValueText.text(request[name] ?? .null) : ValueText.open(parameter)
      if isChanged, unused.contains(name) {
        return ParameterRow(
          name: name, asked: asked, used: "not used by the \(job.engine) engine", isDifferent: true, isUnused: true)
      }
      let used = ParameterRow.used(name, value: value, job: job, facts: facts) ?? (job.status == .completed ? asked : "–")
      return ParameterRow(
        name: name, asked: asked, used: used, isDifferent: job.status == .completed && used != asked, isUnused: false)
    }
    for (name, unit) in [("loudness", "LUFS"), ("width", "dB, sides below the middle"), ("dynamics", "LU")] {
      guard let wanted = facts.used[name]?.double else { continue }
      // Songs of earlier versions did not keep what was reached.
      let reached = facts.used["mastered"]?[name]?.double ?? wanted
      rows.append(
        ParameterRow(
          name: name, asked: "the reference’s: \(Tenths.text(wanted)) \(unit)", used: "\(Tenths.text(reached)) \(unit)",
          isDifferent: Tenths.text(wanted) != Tenths.text(reached), isUnused: false))
    }
    if let precision = facts.used["precision"]?.string {
      rows.append(ParameterRow(name: "precision", asked: "the studio’s", used: precision, isDifferent: false, isUnused: false))
    }
    if let instruments = facts.used["instruments"]?.array?.compactMap(\.string), !instruments.isEmpty {
      rows.append(ParameterRow(name: "instruments", asked: "automatic", used: instruments.joined(separator: ", "), isDifferent: true, isUnused: false))
    }
    return rows
  }

  private static func used(_ name: String, value: JSON?, job: Job, facts: SongFacts) -> String? {
    if name == "seed", job.status != .pending { return job.seeds.map(String.init).joined(separator: ", ") }
    return value.flatMap { $0.isNull ? nil : ValueText.text($0) }
  }
}

/// A parameter's value in words.
enum ValueText {
  static func text(_ value: JSON) -> String {
    switch value {
    case .null: "–"
    case .bool(let value): value ? "yes" : "no"
    case .int(let value): String(value)
    case .double(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    case .string(let value): value
    case .array(let values): values.map(text).joined(separator: ", ")
    case .object: value.text
    }
  }

  /// What stands for a value that was left open.
  static func open(_ parameter: Parameter) -> String {
    switch (parameter.kind, parameter.defaultValue) {
    case (_, .null), (.duration, _), (.language, _): "automatic"
    case (.integer, .int(-1)): "random"
    case (_, let value): text(value)
    }
  }
}

extension MusicTask {
  /// Where programs ask for it.
  var path: String {
    switch self {
    case .separation: "/api/v1/stem-extraction/api/extract"
    case .transcription: "/api/v1/midi/convert"
    case .extract: "/api/v1/music/extract-stem"
    default: "/api/v1/music/\(workflow.map { "v3/" + $0 } ?? rawValue)"
    }
  }
}

/// The command that makes the same song through the API.
struct CurlCall {
  let text: String

  init(_ job: Job, request: JSON, baseURL: String) {
    let task = MusicTask(rawValue: job.task) ?? .text2music
    let all = request.members ?? [:]
    var body = JSON.Members()
    for name in ParameterSchema.changed(in: all, of: task) where !["seed", "manual_seeds"].contains(name) {
      body[name] = all[name]
    }
    if job.status == .completed, !task.isService {
      let first = job.seeds.first ?? 0
      let countUp = job.seeds.enumerated().allSatisfy { $0.element == first &+ UInt32($0.offset) }
      if countUp { body["seed"] = .int(Int(first)) } else { body["manual_seeds"] = .array(job.seeds.map { .int(Int($0)) }) }
    }
    text = """
      curl '\(baseURL)\(task.path)' \\
        -H 'X-API-Key: ap_YOUR_KEY' -H 'Content-Type: application/json' \\
        -d \(JSON.object(body).text.inShellQuotes)
      """
  }
}

/// Bytes as people read them: "12.4 MB".
enum ByteCount {
  static func text(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(max(1, (bytes + 500) / 1000)) kB" : Tenths.text(Double(bytes) / 1_000_000) + " MB"
  }
}

/// A number with one decimal: "-14.0".
enum Tenths {
  static func text(_ value: Double) -> String {
    let tenths = Int((abs(value) * 10).rounded())
    return (value < 0 && tenths > 0 ? "−" : "") + "\(tenths / 10).\(tenths % 10)"
  }
}

/// 0.87, of 0...1.
enum Hundredths {
  static func text(_ value: Double) -> String {
    let hundredths = Int((min(max(value, 0), 1) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}

extension Job {
  /// What it makes, for people.
  var kindLabel: String {
    switch (MusicTask(rawValue: task), songType) {
    case (.separation, _): "Stems"
    case (.transcription, _): "MIDI"
    case (_, "instrumental"): "Instrumental"
    case (_, "samples"): "Loop or sample"
    default: "Song"
    }
  }
}
