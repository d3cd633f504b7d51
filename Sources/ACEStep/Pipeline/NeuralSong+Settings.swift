import Generation
import Tensor

extension NeuralSong {
  /// What was asked for, with the checkpoint's own settings where nothing was said.
  func sampling(_ manuscript: Manuscript) -> DiffusionParameters {
    pipeline.configuration.variant.sampling(manuscript.diffusion ?? request.diffusion)
  }

  func denoising(_ manuscript: Manuscript) -> DenoisingSettings {
    let asked = sampling(manuscript)
    let scale = Float(asked.guidanceScale ?? 1)
    let guidance: Guidance = scale <= 1 ? .none : asked.usesAngularGuidance == true ? .adg(scale: scale) : .apg(scale: scale)
    let start = Float(asked.guidanceStart ?? 0)
    return DenoisingSettings(
      schedule: Schedule(steps: asked.steps ?? 1, shift: asked.shift ?? 1), method: asked.method ?? .ode,
      guidance: guidance, guidanceInterval: start...max(start, Float(asked.guidanceEnd ?? 1)))
  }

  /// What was asked for and not done.
  func warnings(_ manuscript: Manuscript, samples: Int) -> [String] {
    var warnings = request.given.intersection(unusedParameters).sorted().map { "\($0) is not used by the acestep engine." }
    let taken = sampling(manuscript)
    if let asked = request.diffusion.guidanceScale, asked > 1, taken.guidanceScale == 1 {
      warnings.append("Turbo models take no guidance; it was left out.")
    }
    if let asked = request.diffusion.steps, let steps = taken.steps, asked > steps {
      warnings.append("Turbo models take at most \(steps) steps; these were taken in place of \(asked).")
    }
    if request.sourceUse != nil, request.sourceUse != .reference, request.given.contains("audio_duration") {
      warnings.append("The song is as long as its source; audio_duration is not used.")
    }
    if case .cover = request.sourceUse, manuscript.lyrics.isEmpty, !request.instrumental {
      warnings.append("The words of the recording are not known; give lyrics to have them sung.")
    }
    if request.voice != nil, request.edit == nil, manuscript.lyrics.isEmpty {
      warnings.append("voice_type is not used, because there is nothing to sing.")
    }
    if case .edit = request.edit, request.diffusion.method ?? .ode != .ode {
      warnings.append("infer_method is used only after edit_n_max; edits themselves go straight.")
    }
    let length = prompt(manuscript, samples: samples)
    for part in pipeline.excess(length, .textToMusic) {
      warnings.append("The \(part) has more words than the model reads; its end was left out.")
    }
    return warnings
  }
}
