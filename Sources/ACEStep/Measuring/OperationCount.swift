import Tensor

/// Operations of the networks by count, a product with its sum as two (`acestep.md` 13).
enum OperationCount {
  /// One pass of a stack of layers over a sequence, each element of which sees `keys(layer)` on average.
  static func stack(_ sizes: StackConfiguration, tokens: Int, keys: (_ layer: Int) -> Double) -> Double {
    let (wide, narrow) = (Double(sizes.heads * sizes.headSize), Double(sizes.keyHeads * sizes.headSize))
    let hidden = Double(sizes.hidden)
    let products = hidden * (2 * wide + 2 * narrow + 3 * Double(sizes.intermediate))
    return (0..<sizes.layers).reduce(0) { $0 + Double(tokens) * (2 * products + 4 * keys($1) * wide) }
  }

  /// One pass of the diffusion transformer; `condition` elements are looked at, whose keys are there already. 0 for no condition.
  static func transformer(_ configuration: ModelConfiguration, frames: Int, condition: Int) -> Double {
    let sizes = configuration.decoder
    let tokens = (frames + ModelConfiguration.patch - 1) / ModelConfiguration.patch
    let own = stack(sizes, tokens: tokens) { layer in
      configuration.slidingLayers[layer] ? near(tokens, configuration.slidingWindow) : Double(tokens)
    }
    let wide = Double(sizes.heads * sizes.headSize)
    let cross =
      condition == 0 ? 0 : Double(tokens * sizes.layers) * (4 * Double(sizes.hidden) * wide + 4 * Double(condition) * wide)
    let patches = 4 * Double(tokens * sizes.hidden * ModelConfiguration.patch * configuration.latentChannels)
    return own + cross + patches
  }

  /// How many of `count` elements are at most `radius` places away, on average.
  static func near(_ count: Int, _ radius: Int) -> Double {
    Double((0..<count).reduce(0) { $0 + KeySpan.within(radius).keys(of: $1, count: count).count }) / Double(max(count, 1))
  }

  /// The autoencoder's decoder, or its encoder, over so many frames.
  static func autoencoder(_ configuration: OobleckConfiguration, hidden: Int, frames: Int) -> Double {
    let channels = configuration.channels(hidden)
    var rate = Double(configuration.hop)
    var operations = 2 * 7 * rate * Double(channels[0] * configuration.audioChannels)
    for (index, stride) in configuration.strides.enumerated() {
      // Residual units are on the narrow side in both directions: three of a convolution of 7 taps and one of 1.
      let narrow = Double(channels[index])
      operations += 2 * rate * 3 * 8 * narrow * narrow
      rate /= Double(stride)
      operations += 2 * rate * Double(2 * stride) * narrow * Double(channels[index + 1])
    }
    return operations * Double(frames)
  }
}
