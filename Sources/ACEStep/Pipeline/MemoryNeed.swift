import Foundation
import Tensor

extension Installation {
  /// Bytes of memory that making a song of so many seconds takes at most, by count: all weights in their precision, and what the
  /// largest stage holds at a time.
  /// - Parameter readsSource: whether a sound is made into latents first.
  public func memoryNeed(seconds: Double, readsSource: Bool = false) -> Int {
    let bytes = precision == .fp32 ? 4 : precision == .bf16 ? 2 : 1
    let weights = parameters * bytes
    let vae = autoencoder.configuration
    let sizes = model.configuration.decoder
    let samples = Int(seconds * Double(vae.sampleRate))
    let tokens = samples / vae.hop / ModelConfiguration.patch + 1
    let step = tokens * (6 * sizes.hidden + 4 * sizes.heads * sizes.headSize + 2 * sizes.intermediate) * 4
    // A part's input, output and rounded rows in every block of the autoencoder.
    let parts = vae.strides.count * 3 * OobleckDecoder.cached * 4
    let sound = samples * vae.audioChannels * 4 * 4
    // Besides, the encoder's first block holds a whole tile.
    let sourceTile = readsSource ? min(samples, 270 * vae.hop) * vae.encoderHidden * 3 * 4 : 0
    return weights + max(step, parts + sound + sourceTile) + 64 << 20
  }

  /// Weights of all networks but the text encoder's table, of which only rows are read.
  private var parameters: Int { model.parameters + autoencoder.parameters + textParameters }

  /// Bytes that this machine has to give, as the kernel tells; nil where it doesn't.
  public static func availableMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kibibytes << 10
  }
}
