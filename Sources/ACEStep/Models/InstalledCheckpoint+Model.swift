import Generation
import Tensor

extension InstalledCheckpoint.Facts {
  /// What an engine that is opened on a checkpoint can do.
  /// - Throws: `CheckpointError` where the latents of silence, which bound the length, can't be read.
  init(_ engine: ACEStepEngine) throws {
    let installation = engine.installation
    let variant = installation.model.configuration.variant
    let autoencoder = installation.autoencoder.configuration
    let frames = try installation.model.silenceLatent().rows
    self.init(
      variant: variant.rawValue, family: installation.model.configuration.family.title, bytes: installation.bytes,
      precision: installation.precision.rawValue, tasks: engine.capabilities.tasks, defaults: variant.sampling(),
      maximumSteps: variant.maximumSteps, takesGuidance: variant.takesGuidance,
      longestSeconds: min(600, Double(frames * autoencoder.hop) / Double(autoencoder.sampleRate)),
      memoryNeed: { installation.memoryNeed(seconds: $0) })
  }
}

extension ModelConfiguration {
  /// The size class, told by the encoders: in XL checkpoints they are narrower than the decoder (`acestep.md` 6.5).
  public var family: ReleasedSize { hasTimbreToken ? .xl : .twoBillion }
}

extension ReleasedSize {
  /// As shown to people.
  public var title: String {
    switch self {
    case .twoBillion: "2B"
    case .xl: "XL"
    }
  }
}
