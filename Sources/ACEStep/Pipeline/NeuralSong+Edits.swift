import Generation
import Tensor

/// What is made of a finished song (`acestep.md` 1.5, A.2).
extension NeuralSong {
  /// The source with a part made anew.
  func repainted(seconds: Range<Double>, _ manuscript: Manuscript) throws -> Matrix {
    let source = try sourceSound()
    let length = Double(source.columns) / rate
    let window = sample(min(max(seconds.lowerBound, 0), length))..<sample(min(max(seconds.upperBound, 0), length))
    guard window.count >= pipeline.hop else {
      throw GenerationError.unsupported("The part to repaint is shorter than \(Double(pipeline.hop) / rate) s, or past the end.")
    }
    return try repainted(source, window: window, manuscript, pass: 0, of: 1)
  }

  /// The source with silence in front and behind, and those parts painted in: the end first.
  func extended(left: Double, right: Double, _ manuscript: Manuscript) throws -> Matrix {
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
    var told = manuscript
    // The rest is the source itself, not what its codes tell of it.
    told.codes = nil
    var made = try pipelineRequest(told, samples: source.columns)
    let frames = made.frames
    let clean = pipeline.filled(try latents(of: source, pass: pass, of: passes), frames: frames)
    let first = window.lowerBound / pipeline.hop
    let part = first..<min(frames, max(window.upperBound / pipeline.hop, first + 1))
    made.instruction = .repaint
    made.source = .stacking([clean[rows: 0..<part.lowerBound], pipeline.silence[rows: part], clean[rows: part.upperBound..<frames]])
    made.mask = (0..<frames).map { part.contains($0) ? 1 : 0 }
    // Upstream's balanced mode at its default strength.
    made.repainting = Repainting(window: part, clean: clean, injectionRatio: 0.5, crossfadeFrames: 12)
    let latents = try latents(made, pass: pass, of: passes)
    var sound = try sound(of: latents, pass: pass, of: passes)[columns: 0..<source.columns]
    // Not louder than a song may be; what is kept of the source stays as it is.
    if sound[columns: window].peak > 1 { sound.normalizePeak() }
    return Repainting.splice(sound, into: source, window: window, ramp: sample(0.025))
  }

  /// The source led from what it was made of to other words, or to another description as well.
  /// - Parameter onlyLyrics: the description stays that of the source.
  func edited(_ manuscript: inout Manuscript, onlyLyrics: Bool) throws -> Matrix {
    guard let before = try keptManuscript() else {
      throw GenerationError.unsupported("The song that this starts from was not made by this engine; edits need that.")
    }
    if onlyLyrics { manuscript.caption = before.caption }
    let source = try sourceSound()
    var made = try pipelineRequest(manuscript, samples: source.columns)
    var edit = LatentEdit(
      clean: pipeline.filled(try latents(of: source), frames: made.frames), prompt: prompt(before, samples: source.columns))
    edit.start = request.diffusion.editStart ?? 0
    edit.end = request.diffusion.editEnd ?? 1
    edit.averages = min(max(request.diffusion.editAverages ?? 1, 1), 5)
    made.edit = edit
    // What it is now depends on the source's sound, which another take doesn't have.
    manuscript.needsSource = true
    return try whole(made, samples: source.columns)
  }
}
