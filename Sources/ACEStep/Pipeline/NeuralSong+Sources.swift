import Audio
import Generation
import Tensor

/// What is made over or like a recording (`acestep.md` 1.3, 1.6, 1.7).
extension NeuralSong {
  /// The source, [2, samples].
  /// - Throws: `GenerationError.unsupported` where it can't be used, and says why.
  func sourceSound() throws -> Matrix {
    guard let audio = try source?.audio() else {
      throw GenerationError.unsupported("The song that this starts from is not there.")
    }
    guard audio.sampleRate == pipeline.sampleRate else {
      throw GenerationError.unsupported("The song that this starts from has \(audio.sampleRate) samples a second.")
    }
    guard audio.frames >= pipeline.hop else {
      throw GenerationError.unsupported("The recording that this starts from is shorter than \(Double(pipeline.hop) / rate) s.")
    }
    try checkLength(audio.frames)
    return Matrix(
      rows: 2, columns: audio.frames, values: (audio.left + audio.right).map { $0.isFinite ? min(max($0, -1), 1) : 0 })
  }

  /// The latents of a sound, its last frame filled up.
  /// - Throws: `GenerationError.unsupported` for one of silence.
  func latents(of sound: Matrix, pass: Int = 0, of passes: Int = 1) throws -> Matrix {
    guard sound.peak >= 1e-6 else {
      throw GenerationError.unsupported("The recording that this starts from is silent from its first sample to its last.")
    }
    let missing = (pipeline.hop - sound.columns % pipeline.hop) % pipeline.hop
    let whole = missing == 0 ? sound : sound.besides(Matrix(rows: sound.rows, columns: missing))
    try report(.encode, 0, whole.columns / pipeline.hop, pass: pass, of: passes)
    return try pipeline.latents(of: whole) { try report(.encode, $0, $1, pass: pass, of: passes) }
  }

  /// The same music in another style. Its codes are kept in the manuscript, so that there can be other takes.
  func cover(_ manuscript: inout Manuscript, strength: Double) throws -> Matrix {
    let sound = try sourceSound()
    let clean = try latents(of: sound)
    let keepsLatents = request.diffusion.coverKeepsLatents == true
    manuscript.coverStrength = min(max(strength, 0), 1)
    if keepsLatents {
      manuscript.timbre = try timbre(ofReference: sound).values
      manuscript.needsSource = true
    } else {
      manuscript.codes = try pipeline.codes(of: clean)
    }
    var made = try pipelineRequest(manuscript, samples: sound.columns)
    let whole = pipeline.filled(clean, frames: made.frames)
    if keepsLatents {
      (made.instruction, made.source) = (.cover, whole)
      made.denoising.coverStrength = manuscript.coverStrength ?? 1
    }
    if let share = request.diffusion.coverNoiseStrength, share > 0 {
      made.denoising.schedule = made.denoising.schedule.starting(near: Float(1 - min(share, 1)))
      made.start = whole
      manuscript.needsSource = true
    }
    return try self.whole(made, samples: sound.columns)
  }

  /// What a track network makes of the source: one of its stems, one that plays along, or all that it lacks.
  func overSource(_ manuscript: inout Manuscript, _ instruction: Prompt.Instruction, isStem: Bool) throws -> Matrix {
    let sound = try sourceSound()
    let clean = try latents(of: sound)
    manuscript.needsSource = true
    var made = try pipelineRequest(manuscript, samples: sound.columns)
    made.instruction = instruction
    made.source = pipeline.filled(clean, frames: made.frames)
    return try whole(made, samples: sound.columns, isStem: isStem)
  }

  /// The name of a track that the model was trained with.
  func name(_ track: StemTrack) throws -> String {
    guard StemTrack.extractable.contains(track) else {
      throw GenerationError.unsupported(
        "The model knows no track \(track.rawValue), but \(StemTrack.extractable.map(\.rawValue).joined(separator: ", ")).")
    }
    return track.rawValue
  }

  /// What a reference sounds like: a piece of each of its thirds, at places that the seed draws (1.6).
  func timbre(ofReference sound: Matrix) throws -> Matrix {
    let count = pipeline.referenceSamples
    var long = sound
    while long.columns < count { long = long.besides(sound) }
    let third = long.columns / 3
    let noise = PhiloxNoise(seed: UInt64(request.seed))
    let pieces = (0..<3).map { index in
      // The last piece is longer where frames don't come in threes.
      let length = index < 2 ? count / 3 : count - count / 3 * 2
      let room = max(0, min(third, long.columns - index * third) - length)
      let start = min(index * third + noise.integer(UInt64(index), below: room + 1), long.columns - length)
      return long[columns: start..<start + length]
    }
    return pipeline.timbre(of: try latents(of: pieces[0].besides(pieces[1]).besides(pieces[2])))
  }
}
