import Audio
import Foundation
import Generation
import Music
import Tensor

/// One song on its way through the networks.
struct NeuralSong {
  let pipeline: Pipeline
  let request: SongRequest
  let source: SourceSong?
  /// Names of the parameters that this engine's model doesn't use.
  let unusedParameters: Set<String>
  /// Throws where there is too little for a song of so many seconds.
  let checkMemory: (_ seconds: Double) throws -> Void
  let progress: any SongProgress

  /// Where nobody said how long, in seconds.
  private static let usualSeconds = 120.0

  func make() throws -> Song {
    var manuscript = try manuscript()
    let sound: Matrix
    switch (request.edit, request.sourceUse) {
    case (.retake, _):
      let samples = try sourceSound().columns
      sound = try whole(pipelineRequest(manuscript, samples: samples), samples: samples)
    case (.repaint(let seconds), _): sound = try repainted(seconds: seconds, manuscript)
    case (.extend(let left, let right), _): sound = try extended(left: left, right: right, manuscript)
    case (.edit(let onlyLyrics, _), _): sound = try edited(&manuscript, onlyLyrics: onlyLyrics)
    case (nil, .cover(let strength)): sound = try cover(&manuscript, strength: strength)
    case (nil, .reference):
      manuscript.timbre = try timbre(ofReference: sourceSound()).values
      sound = try fromNothing(manuscript)
    case (nil, .extract(let track)): sound = try overSource(&manuscript, .extract(track: try name(track)), isStem: true)
    case (nil, .lego(let track)): sound = try overSource(&manuscript, .lego(track: try name(track)), isStem: true)
    case (nil, .complete(let tracks)):
      sound = try overSource(&manuscript, .complete(tracks: try tracks.map(name)), isStem: false)
    case (nil, .separate), (nil, .transcribe): throw GenerationError.unsupported("The acestep engine takes no recordings apart.")
    case (nil, nil): sound = try fromNothing(manuscript)
    }
    try progress.checkCancellation()
    progress.report(.mix, done: 1, total: 1)
    return song(sound, manuscript)
  }

  var rate: Double { Double(pipeline.sampleRate) }

  func sample(_ seconds: Double) -> Int { seconds > 0 ? Int(min(seconds, 1e6) * rate) : 0 }

  /// Whether a source is made into latents, which is most of planning: the prompt is read in no time.
  private var encodesSource: Bool {
    if case .retake = request.edit { return false }
    return request.edit != nil || request.sourceUse != nil
  }

  /// As long as was asked for.
  private func fromNothing(_ manuscript: Manuscript) throws -> Matrix {
    let longest = Double(pipeline.silence.rows * pipeline.hop) / rate
    let samples = sample(max(0.1, ((request.audioDuration ?? min(Self.usualSeconds, longest)) * 10).rounded() / 10))
    return try whole(pipelineRequest(manuscript, samples: samples), samples: samples)
  }

  /// A whole song, brought to its level.
  func whole(_ request: PipelineRequest, samples: Int, isStem: Bool = false) throws -> Matrix {
    let latents = try latents(request, pass: 0, of: 1)
    var sound = try sound(of: latents, pass: 0, of: 1)[columns: 0..<samples]
    // A stem is as loud as it is: one of nothing but a breath may not be blown up.
    if !isStem || sound.peak > 1 { sound.normalizePeak() }
    return sound
  }

  /// What a song of a manuscript is made of: its codes if it has any, else nothing but noise (`acestep.md` 1.4).
  func pipelineRequest(_ manuscript: Manuscript, samples: Int) throws -> PipelineRequest {
    try checkLength(samples)
    let frames = pipeline.frames(samples: samples)
    var made = PipelineRequest(
      prompt: prompt(manuscript, samples: samples), denoising: denoising(manuscript), noise: manuscript.noise, frames: frames)
    made.timbre = try manuscript.timbre.map { values in
      guard values.count == pipeline.timbreWidth else {
        throw GenerationError.unsupported("The song that this starts from was made with another model, whose timbres this one doesn't know.")
      }
      return Matrix(rows: 1, columns: values.count, values: values)
    }
    if let codes = manuscript.codes {
      made.instruction = .cover
      made.source = try pipeline.hints(of: codes, frames: frames)
      made.denoising.coverStrength = manuscript.coverStrength ?? 1
    }
    return made
  }

  func latents(_ request: PipelineRequest, pass: Int, of passes: Int) throws -> Matrix {
    try pipeline.latents(for: request) { try report($0, $1, $2, pass: pass, of: passes) }
  }

  func sound(of latents: Matrix, pass: Int, of passes: Int) throws -> Matrix {
    try pipeline.sound(of: latents) { try report($0, $1, $2, pass: pass, of: passes) }
  }

  func report(_ stage: PipelineStage, _ done: Int, _ total: Int, pass: Int, of passes: Int) throws {
    try progress.checkCancellation()
    let shown: Stage =
      switch stage {
      case .encode, .condition: .plan
      case .denoise: .compose
      case .decode: .render
      }
    if stage == .condition, encodesSource { return }
    progress.report(shown, done: pass * total + done, total: passes * total)
  }

  func checkLength(_ samples: Int) throws {
    let longest = pipeline.silence.rows * pipeline.hop
    guard samples <= longest else {
      throw GenerationError.unsupported("The model makes songs of up to \(Int(Double(longest) / rate)) s.")
    }
    try checkMemory(Double(samples) / rate)
  }

  func prompt(_ manuscript: Manuscript, samples: Int) -> Prompt {
    Prompt(
      caption: manuscript.caption, lyrics: manuscript.lyrics, language: manuscript.language, bpm: manuscript.bpm,
      meter: manuscript.meter, key: manuscript.key, seconds: Double(samples) / rate)
  }

  private func song(_ sound: Matrix, _ manuscript: Manuscript) -> Song {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var song = Song(
      audio: StereoBuffer(left: Array(sound.row(0)), right: Array(sound.row(1)), sampleRate: pipeline.sampleRate),
      stems: [], score: nil, manuscript: (try? encoder.encode(manuscript)).map(Array.init),
      used: UsedParameters(
        caption: manuscript.caption, bpm: manuscript.bpm.map(Double.init), key: manuscript.key.flatMap(Key.init(parsing:)),
        meter: manuscript.meter.flatMap(Meter.init(parsing:)), language: manuscript.language,
        lyrics: manuscript.lyrics.isEmpty ? nil : manuscript.lyrics), warnings: warnings(manuscript, samples: sound.columns))
    song.used.diffusion = sampling(manuscript)
    return song
  }
}
