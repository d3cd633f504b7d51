internal import Audio
internal import Fetching
internal import Generation
internal import JSON
internal import Logging
internal import Store

/// One attempt at one job: its variations made one after the other, their files published together.
struct SongMaking {
  let job: Job
  let engine: any SongEngine
  let store: Store
  let media: MediaFolder
  let recordings: RecordingFolder
  let fetcher: Fetcher
  let reporter: JobReporter
  let logger: Logger

  /// Makes the songs and puts their files in place.
  ///
  /// A variation that can't be made costs only itself: the others are delivered, with a warning.
  /// - Throws: what went wrong when no variation could be made; at once when the job is no longer wanted, the server
  ///   stops or the disk is full.
  func run() throws -> JobResult {
    let requests = try requests()
    let (source, notice) = try source(of: requests)
    do {
      let staged = try media.stage(jobID: job.id)
      let isScoreOnly = requests.allSatisfy(\.task.writesScoreOnly)
      var result = try isScoreOnly ? write(requests, source: source, in: staged) : make(requests, source: source, in: staged)
      result.warnings = (notice.map { [$0] } ?? []) + result.warnings
      try reporter.checkCancellation()
      try media.publish(staged, as: job.directory)
      return result
    } catch {
      let cause: any Error = media.isFull(after: error) ? DiskFull() : error
      try media.discardStaged(jobID: job.id)
      throw cause
    }
  }

  /// What the job starts from, and what its owner should know of it.
  private func source(of requests: [SongRequest]) throws -> (SourceSong?, notice: String?) {
    guard requests.contains(where: \.task.usesRecording) else {
      guard let source = job.source else { return (nil, nil) }
      var song = try media.source(of: Job.directory(id: source.jobID), variation: source.variation)
      song.master = try master(of: source)
      return (song, nil)
    }
    let request = try JSON(parsing: job.request).members ?? [:]
    let (source, notice) = try recording(request)
    guard let part = ParameterSchema.part(of: request) else { return (source, notice) }
    // A part of a song is a recording like any other: the score is that of the whole.
    return (SourceSong(recording: { try source.audio().part(part) }), notice)
  }

  /// The recording that the job starts from. One that lies elsewhere is fetched, and kept for as long as the job isn't finished.
  private func recording(_ request: JSON.Members) throws -> (SourceSong, notice: String?) {
    if let source = job.source { return (try ownRecording(source), nil) }
    let recordings = recordings
    if let id = job.sourceRecording { return (SourceSong(recording: { try recordings.audio(id) }), nil) }
    guard let address = (request["src_audio_url"] ?? request["reference_audio_url"])?.string else { throw UnusableRequest.unreadable }
    let reporter = reporter
    let kept = try recordings.fetch(address, by: fetcher) { try reporter.checkCancellation() }
    try store.setSourceRecording(jobID: job.id, attempt: job.attempts, recordingID: kept.id)
    let notice = kept.isCut ? "The source is longer than ten minutes; what comes after was left out." : nil
    return (SourceSong(recording: { try recordings.audio(kept.id) }), notice)
  }

  /// A song that was made here. Notes of a separation are those of its stems, or of the score that it was made from.
  private func ownRecording(_ source: SourceReference) throws -> SourceSong {
    let directory = Job.directory(id: source.jobID)
    var song = try media.source(of: directory, variation: source.variation, asRecording: true)
    song.master = try master(of: source)
    guard job.task == MusicTask.transcription.rawValue, let origin = try store.job(id: source.jobID, userID: job.userID),
      origin.task == MusicTask.separation.rawValue
    else { return song }
    let names = (origin.used.flatMap { try? JSON(parsing: $0) }?["stems"]?.array ?? []).compactMap { $0["name"]?.string }
    song.stems = media.stems(of: directory, variation: source.variation, named: names)
    let isWhole = try JSON(parsing: origin.request).members.map { ParameterSchema.part(of: $0) == nil } ?? false
    if isWhole, let first = origin.source, try store.job(id: first.jobID, userID: job.userID) != nil {
      song.score = try media.source(of: Job.directory(id: first.jobID), variation: first.variation, asRecording: true).score
    }
    return song
  }

  /// What a reference set for a song's master.
  private func master(of source: SourceReference) throws -> MasterMeasures {
    let output = try store.outputs(jobID: source.jobID).first { $0.variation == source.variation }
    return MasterMeasures(used: output.flatMap { try? JSON(parsing: $0.used) })
  }

  private func make(_ requests: [SongRequest], source: SourceSong?, in staged: String) throws -> JobResult {
    var outputs: [Output] = []
    var warnings: [String] = []
    var firstUsed: UsedParameters?
    var firstError: (any Error)?
    var stems: StemFiles.Written?
    var phases = Phases()
    for (variation, request) in requests.enumerated() {
      reporter.begin(variation: variation)
      do {
        let song = try engine.makeSong(request, source: source, progress: reporter)
        let files = SongFiles(job: job, song: song, variation: variation, seed: request.seed, folder: staged)
        let isSeparation = request.task == .separation
        // Each stem is a file and, with the others, a share of the pack and the archive.
        let more = isSeparation ? 2 * song.stems.count : 0
        let output = try files.write(progress: reporter, followedBy: more)
        if isSeparation { stems = try write(stems: song, seed: request.seed, to: "\(staged)/\(MediaFolder.stemFolder(variation: variation))", more) }
        // A tag that found no room leaves a file that looks whole.
        if media.isFull { throw DiskFull() }
        outputs.append(output)
        firstUsed = firstUsed ?? song.used
        warnings += song.warnings.filter { !warnings.contains($0) }
        let seconds = reporter.endVariation()
        phases.add(seconds)
        record(seconds, songSeconds: song.audio.durationSeconds)
      } catch {
        // A job that isn't wanted any more, or has no room, needs no further variations.
        try reporter.checkCancellation()
        if media.isFull(after: error) || error is CancellationError { throw error }
        firstError = firstError ?? error
        logger.warning("variation failed", metadata: ["variation": "\(variation)", "error": "\(error)"])
        let reason = Failure(error, jobID: job.id).sentence
        warnings.append("Variation \(variation + 1) of \(requests.count) could not be made: \(reason)")
      }
    }
    guard let used = firstUsed else { throw firstError ?? GenerationError.failed("No song was made.") }
    var result = JobResult(outputs: outputs, used: used.json.text)
    result.warnings = warnings
    result.stems = stems?.stems ?? []
    result.stemArchiveBytes = stems?.archiveBytes ?? 0
    result.timecosts = phases.json.text
    result.genre = used.genre
    result.emotion = used.mood
    result.language = used.language
    return result
  }

  /// The stems that a song is delivered in.
  /// - Parameter steps: how many of the encoding are theirs.
  private func write(stems song: Song, seed: UInt32, to folder: String, _ steps: Int) throws -> StemFiles.Written {
    try MediaFolder.makeDirectory(folder)
    let reporter = reporter
    let (first, count) = (SongFiles.stepCount, song.stems.count)
    @Sendable func report(_ done: Int) throws {
      reporter.report(.encode, done: first + done, total: first + steps)
      try reporter.checkCancellation()
    }
    let files = StemFiles(
      job: job, seed: seed, stems: song.stems, names: StemNames(song.stems.map { ($0.name, $0.title ?? $0.name) }), folder: folder)
    return try files.write(
      filesDone: { done, _ in try report(done) },
      packDone: { done, total in try report(count + (total > 0 ? done * (steps - count) / total : 0)) }
    ).0
  }

  /// A score without a sound: its files, and no song.
  private func write(_ requests: [SongRequest], source: SourceSong?, in staged: String) throws -> JobResult {
    guard let request = requests.first else { throw UnusableRequest.unreadable }
    reporter.begin(variation: 0)
    let written = try engine.writeScore(request, source: source, progress: reporter)
    try ScoreFiles(score: written.score, manuscript: written.manuscript).write(to: "\(staged)/0")
    var phases = Phases()
    phases.add(reporter.endVariation())
    var result = JobResult(outputs: [], used: written.used.json.text)
    result.warnings = written.warnings
    result.timecosts = phases.json.text
    result.genre = written.used.genre
    result.emotion = written.used.mood
    result.language = written.used.language
    return result
  }

  /// One a variation, read from the job's row.
  private func requests() throws -> [SongRequest] {
    guard let task = MusicTask(rawValue: job.task) else { throw UnusableRequest.unknownTask(job.task) }
    let parameters: JSON.Members
    do {
      guard let members = try JSON(parsing: job.request).members else { throw UnusableRequest.unreadable }
      parameters = members
    } catch is JSONError { throw UnusableRequest.unreadable }
    return job.seeds.map { SongRequest(task: task, parameters: parameters, seed: $0) }
  }

  /// For the estimates that later songs show.
  private func record(_ seconds: [Stage: Double], songSeconds: Double) {
    guard songSeconds > 0 else { return }
    do {
      for (stage, taken) in seconds {
        try store.recordTiming(engine: job.timingsName, stage: stage.rawValue, units: songSeconds, seconds: taken)
      }
    } catch {
      // The song is worth more than the estimate.
      logger.warning("timing not recorded", metadata: ["error": "\(error)"])
    }
  }
}

extension StereoBuffer {
  /// The samples of a range of seconds, as far as there are any.
  /// - Throws: `RecordingRefusal` where there is none.
  fileprivate func part(_ seconds: Range<Double>) throws -> StereoBuffer {
    let first = min(Int(seconds.lowerBound * Double(sampleRate)), frames)
    let last = seconds.upperBound * Double(sampleRate) < Double(frames) ? Int(seconds.upperBound * Double(sampleRate)) : frames
    guard first < last else { throw RecordingRefusal(.unusable, "The source ends before the part of it that was to be used.") }
    return StereoBuffer(left: Array(left[first..<last]), right: Array(right[first..<last]), sampleRate: sampleRate)
  }
}

/// Seconds by the three phases that clients know (`api.md` 6.1, `timecosts`).
private struct Phases {
  private var preprocessing = 0.0
  private var generation = 0.0
  private var postprocessing = 0.0

  mutating func add(_ seconds: [Stage: Double]) {
    for (stage, taken) in seconds {
      switch stage {
      case .load, .plan: preprocessing += taken
      case .compose, .sing, .render, .mix: generation += taken
      case .encode: postprocessing += taken
      }
    }
  }

  var json: JSON {
    func rounded(_ seconds: Double) -> JSON { .double((seconds * 1000).rounded() / 1000) }
    return JSON.object([
      "preprocessing": rounded(preprocessing), "generation": rounded(generation),
      "postprocessing": rounded(postprocessing),
    ])
  }
}
