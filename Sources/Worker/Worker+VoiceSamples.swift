public import Generation
internal import Audio
internal import JSON
internal import Logging
public import Music
internal import Synchronization

/// Which samples are wanted, made, and why one could not be made; for as long as the studio runs, since the voices may be
/// others the next time.
struct VoiceSamples {
  var wanted: [VoiceKind] = []
  var made: Set<VoiceKind> = []
  var complaints: [VoiceKind: String] = [:]
}

extension Worker {
  /// A line sung by this voice; asked for the first time, it is put in the queue.
  public func sample(of voice: VoiceKind) -> VoiceSample {
    let state: VoiceSample = voiceSamples.withLock { samples in
      if samples.made.contains(voice) { return .ready(path: MediaFolder.voiceSample(voice)) }
      if let complaint = samples.complaints.removeValue(forKey: voice) { return .unavailable(complaint) }
      if !samples.wanted.contains(voice) { samples.wanted.append(voice) }
      return .waiting
    }
    if state == .waiting { wake() }
    return state
  }

  /// Sings the next sample that is wanted.
  /// - Returns: false when none is.
  func makeNextVoiceSample() -> Bool {
    guard let voice = voiceSamples.withLock({ $0.wanted.first }) else { return false }
    var complaint: String?
    do { try makeSample(of: voice) } catch {
      logger.error("voice sample failed", metadata: ["voice": "\(voice)", "error": "\(error)"])
      complaint = "This voice could not be sung: \((error as? GenerationError)?.description ?? "see the log")"
    }
    voiceSamples.withLock { samples in
      samples.wanted.removeAll { $0 == voice }
      samples.complaints[voice] = complaint
      if complaint == nil { samples.made.insert(voice) }
    }
    return true
  }

  private func makeSample(of voice: VoiceKind) throws {
    guard let engine = engineNames.compactMap({ engines[$0] }).first(where: { $0.capabilities.sings && readiness(of: $0.name) == .ready }) else {
      throw GenerationError.unavailable("no engine that sings is ready.")
    }
    let parameters = try ParameterSchema.normalise(
      [
        "caption": "warm ballad", "lyrics": "[Verse]\nSing with me tonight, the stars are bright", "vocal_language": "en",
        "audio_duration": 6, "bpm": 92, "voice_type": .string(voice.rawValue), "calculate_quality": false,
      ], for: .lyric2vocals)
    let song = try engine.makeSong(
      SongRequest(task: .lyric2vocals, parameters: parameters, seed: 7), progress: SampleProgress { [self] in isStopping })
    try media.publish(voiceSample: voice) { path in
      try AudioFile.write(song.audio, to: path, format: .mp3)
    }
  }
}

/// Of a sample nobody wants to know how far it has got.
private struct SampleProgress: SongProgress {
  let isStopping: @Sendable () -> Bool
  init(isStopping: @escaping @Sendable () -> Bool) { self.isStopping = isStopping }
  func report(_ stage: Stage, done: Int, total: Int) {}
  func checkCancellation() throws {
    if isStopping() { throw CancellationError() }
  }
}
