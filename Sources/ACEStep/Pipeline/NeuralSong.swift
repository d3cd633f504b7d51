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
  let progress: any SongProgress

  /// What is kept beside a song, so that it can be made again or changed.
  struct Manuscript: Codable, Equatable {
    var engine = "acestep"
    var caption: String
    var lyrics: String
    var language: String?
    var bpm: Int?
    var meter: String?
    var key: String?
    var noise: [NoiseShare]
  }

  /// Where nobody said how long, in seconds.
  private static let usualSeconds = 120.0

  func make() throws -> Song {
    let manuscript = try manuscript()
    let sound: Matrix
    switch request.edit {
    case nil, .retake: sound = try whole(manuscript)
    case .repaint(let seconds):
      let source = try sourceSound()
      let length = Double(source.columns) / rate
      let window = sample(min(max(seconds.lowerBound, 0), length))..<sample(min(max(seconds.upperBound, 0), length))
      guard window.count >= pipeline.hop else {
        throw GenerationError.unsupported("The part to repaint is shorter than \(Double(pipeline.hop) / rate) s, or past the end.")
      }
      sound = try repainted(source, window: window, manuscript, pass: 0, of: 1)
    case .extend(let left, let right): sound = try extended(left: left, right: right, manuscript)
    case .edit: throw GenerationError.unsupported("The acestep engine can't edit songs yet.")
    }
    try progress.checkCancellation()
    progress.report(.mix, done: 1, total: 1)
    return song(sound, manuscript)
  }

  private var rate: Double { Double(pipeline.sampleRate) }

  private func sample(_ seconds: Double) -> Int { Int(seconds * rate) }

  /// A song from nothing, or the same again with other noise.
  private func whole(_ manuscript: Manuscript) throws -> Matrix {
    let samples: Int
    if request.edit == nil {
      let longest = Double(pipeline.silence.rows * pipeline.hop) / rate
      let seconds = max(0.1, ((request.audioDuration ?? min(Self.usualSeconds, longest)) * 10).rounded() / 10)
      samples = sample(seconds)
    } else {
      samples = try sourceSound().columns
    }
    try checkLength(samples)
    let latents = try latents(
      PipelineRequest(
        prompt: prompt(manuscript, samples: samples), denoising: denoising, noise: manuscript.noise,
        frames: pipeline.frames(samples: samples)), pass: 0, of: 1)
    var sound = try sound(of: latents, pass: 0, of: 1)[columns: 0..<samples]
    sound.normalizePeak()
    return sound
  }

  /// The source with silence in front and behind, and those parts painted in: the end first (`acestep.md` A.2).
  private func extended(left: Double, right: Double, _ manuscript: Manuscript) throws -> Matrix {
    var sound = try sourceSound()
    let parts = [(sample(right), false), (sample(left), true)].filter { $0.0 >= pipeline.hop }
    guard !parts.isEmpty else { throw GenerationError.unsupported("Nothing is to be added.") }
    try checkLength(sound.columns + parts.reduce(0) { $0 + $1.0 })
    for (pass, part) in parts.enumerated() {
      let silence = Matrix(rows: sound.rows, columns: part.0)
      let window = part.1 ? 0..<part.0 : sound.columns..<sound.columns + part.0
      let padded = part.1 ? silence.besides(sound) : sound.besides(silence)
      sound = try repainted(padded, window: window, manuscript, pass: pass, of: parts.count)
    }
    return sound
  }

  /// The source with a part made anew; outside of it, and of a short fade around it, sample for sample (7.9, 12.4).
  private func repainted(
    _ source: Matrix, window: Range<Int>, _ manuscript: Manuscript, pass: Int, of passes: Int
  ) throws -> Matrix {
    try checkLength(source.columns)
    let frames = pipeline.frames(samples: source.columns)
    let silent = Matrix(rows: source.rows, columns: frames * pipeline.hop - source.columns)
    let clean = try pipeline.latents(of: source.besides(silent)) { _, _ in try progress.checkCancellation() }
    let part = window.lowerBound / pipeline.hop..<min(frames, max(window.upperBound / pipeline.hop, window.lowerBound / pipeline.hop + 1))
    let latents = try latents(
      PipelineRequest(
        prompt: prompt(manuscript, samples: source.columns), instruction: .repaint, denoising: denoising,
        noise: manuscript.noise, frames: frames,
        source: .stacking([clean[rows: 0..<part.lowerBound], pipeline.silence[rows: part], clean[rows: part.upperBound..<frames]]),
        mask: (0..<frames).map { part.contains($0) ? 1 : 0 },
        // Upstream's balanced mode at its default strength.
        repainting: Repainting(window: part, clean: clean, injectionRatio: 0.5, crossfadeFrames: 12)), pass: pass, of: passes)
    var made = try sound(of: latents, pass: pass, of: passes)[columns: 0..<source.columns]
    // Not louder than a song may be; what is kept of the source stays as it is.
    if made[columns: window].peak > 1 { made.normalizePeak() }
    return Repainting.splice(made, into: source, window: window, ramp: sample(0.025))
  }

  private func latents(_ request: PipelineRequest, pass: Int, of passes: Int) throws -> Matrix {
    try pipeline.latents(for: request) { try report($0, $1, $2, pass: pass, of: passes) }
  }

  private func sound(of latents: Matrix, pass: Int, of passes: Int) throws -> Matrix {
    try pipeline.sound(of: latents) { try report($0, $1, $2, pass: pass, of: passes) }
  }

  private func report(_ stage: PipelineStage, _ done: Int, _ total: Int, pass: Int, of passes: Int) throws {
    try progress.checkCancellation()
    let shown: Stage =
      switch stage {
      case .condition: .plan
      case .denoise: .compose
      case .decode: .render
      }
    progress.report(shown, done: pass * total + done, total: passes * total)
  }

  private func checkLength(_ samples: Int) throws {
    let longest = pipeline.silence.rows * pipeline.hop
    guard samples <= longest else {
      throw GenerationError.unsupported("The model makes songs of up to \(Int(Double(longest) / rate)) s.")
    }
  }

  private func sourceSound() throws -> Matrix {
    guard let audio = try source?.audio() else {
      throw GenerationError.unsupported("The song that this starts from is not there.")
    }
    guard audio.sampleRate == pipeline.sampleRate else {
      throw GenerationError.unsupported("The song that this starts from has \(audio.sampleRate) samples a second.")
    }
    return Matrix(rows: 2, columns: audio.frames, values: audio.left + audio.right)
  }

  /// What was asked for, with the checkpoint's own settings where nothing was said.
  private var sampling: DiffusionParameters { pipeline.configuration.variant.sampling(request.diffusion) }

  private var denoising: DenoisingSettings {
    let asked = sampling
    let scale = Float(asked.guidanceScale ?? 1)
    let guidance: Guidance = scale <= 1 ? .none : asked.usesAngularGuidance == true ? .adg(scale: scale) : .apg(scale: scale)
    let start = Float(asked.guidanceStart ?? 0)
    return DenoisingSettings(
      schedule: Schedule(steps: asked.steps ?? 1, shift: asked.shift ?? 1), method: asked.isStochastic == true ? .sde : .ode,
      guidance: guidance, guidanceInterval: start...max(start, Float(asked.guidanceEnd ?? 1)))
  }

  private func prompt(_ manuscript: Manuscript, samples: Int) -> Prompt {
    Prompt(
      caption: manuscript.caption, lyrics: manuscript.lyrics, language: manuscript.language, bpm: manuscript.bpm,
      meter: manuscript.meter, key: manuscript.key, seconds: Double(samples) / rate)
  }

  /// What the request says, or what the source was made of where it is silent.
  private func manuscript() throws -> Manuscript {
    let noise = [NoiseShare(seed: request.seed, weight: 1)]
    let asked = Manuscript(
      caption: request.fullCaption, lyrics: request.instrumental ? "" : request.lyrics ?? "", language: request.vocalLanguage,
      bpm: request.bpm, meter: request.meter.map { String($0.beats) },
      key: request.key.map { "\($0.tonicName) \($0.mode.title.lowercased())" }, noise: noise)
    guard let edit = request.edit else { return asked }
    let kept: Manuscript?
    do { kept = try source?.manuscript.map { try JSONDecoder().decode(Manuscript.self, from: Data($0)) } } catch {
      throw GenerationError.unsupported("The notes kept with the song that this starts from can't be read.")
    }
    guard let kept, kept.engine == asked.engine else {
      guard case .retake = edit else { return asked }
      throw GenerationError.unsupported("The song that this starts from was not made by this engine; a retake needs that.")
    }
    var result = kept
    result.noise = noise
    if case .retake(let variance) = edit {
      result.noise = NoiseShare.retaking(kept.noise, seed: request.seed, variance: variance)
    } else {
      if !asked.caption.isEmpty { result.caption = asked.caption }
      if !asked.lyrics.isEmpty { result.lyrics = asked.lyrics }
    }
    return result
  }

  private func song(_ sound: Matrix, _ manuscript: Manuscript) -> Song {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let mono = sound.rows == 1
    var song = Song(
      audio: StereoBuffer(
        left: Array(sound.row(0)), right: Array(sound.row(mono ? 0 : 1)), sampleRate: pipeline.sampleRate),
      stems: [], score: nil, manuscript: (try? encoder.encode(manuscript)).map(Array.init),
      used: UsedParameters(
        caption: manuscript.caption, bpm: manuscript.bpm.map(Double.init), key: manuscript.key.flatMap(Key.init(parsing:)),
        meter: manuscript.meter.flatMap(Meter.init(parsing:)), language: manuscript.language,
        lyrics: manuscript.lyrics.isEmpty ? nil : manuscript.lyrics), warnings: warnings)
    song.used.diffusion = sampling
    return song
  }

  private var warnings: [String] {
    var warnings: [String] = []
    if let asked = request.diffusion.guidanceScale, asked > 1, sampling.guidanceScale == 1 {
      warnings.append("Turbo models take no guidance; it was left out.")
    }
    if let asked = request.diffusion.steps, let steps = sampling.steps, asked > steps {
      warnings.append("Turbo models take at most \(steps) steps; these were taken in place of \(asked).")
    }
    return warnings
  }
}
