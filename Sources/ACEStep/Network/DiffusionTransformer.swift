public import Tensor

// The network that denoises (upstream `modeling_acestep_v15_base.py`; `acestep.md` 6.8 to 6.10), a diffusion transformer with
// adaptive norms:
//
//     x = patches of [source | mask | noisy latents]                     [tokens, H]
//     for each layer, with (shift, scale, gate) twice from the time:
//       x = x + gate . SelfAttention( RMSNorm(x) (1 + scale) + shift )   every other layer sees near tokens only
//       x = x + CrossAttention( RMSNorm(x), condition )
//       x = x + gate . SwiGLU( RMSNorm(x) (1 + scale) + shift )
//     velocity = frames of RMSNorm(x) (1 + scale) + shift                [frames, channels]
//
// What stays the same from step to step is computed once, exactly: keys and values of the condition (`Condition`), the share of
// source and mask in the patches (`Context`), the second time embedding at 0. Without a condition, cross-attention sees equal
// elements only, so that its output is one constant vector a layer.

/// One layer of the diffusion transformer.
private struct DiffusionLayer: Sendable {
  let selfNorm, crossNorm, mlpNorm: RMSNorm
  let selfAttention, crossAttention: Attention
  let mlp: SwiGLU
  /// Shift, scale and gate for attention, then for the MLP: [6 x hidden], added to those of the time.
  let table: [Float]

  init(_ weights: Weights, _ configuration: StackConfiguration) throws {
    let hidden = configuration.hidden
    selfNorm = try weights.rmsNorm("self_attn_norm", hidden, epsilon: configuration.epsilon)
    selfAttention = try Attention(weights / "self_attn", configuration)
    crossNorm = try weights.rmsNorm("cross_attn_norm", hidden, epsilon: configuration.epsilon)
    crossAttention = try Attention(weights / "cross_attn", configuration)
    mlpNorm = try weights.rmsNorm("mlp_norm", hidden, epsilon: configuration.epsilon)
    mlp = try SwiGLU(weights / "mlp", configuration)
    table = try weights.values("scale_shift_table", [1, 6, hidden])
  }

  func callAsFunction(
    _ x: inout Matrix, modulation: [Float], rotary: RotaryEmbedding, span: KeySpan, condition: Condition.Layer
  ) {
    let hidden = x.columns
    let modulation = zip(table, modulation).map(+)
    let part = { (index: Int) in Array(modulation[index * hidden..<(index + 1) * hidden]) }
    selfAttention.add(
      of: selfNorm(x, scale: part(1), shift: part(0), for: selfAttention.precision), rotary, span: span, scaledBy: part(2), to: &x)
    switch condition {
    case .memory(let memory): crossAttention.add(of: crossNorm(x, for: crossAttention.precision), on: memory, to: &x)
    case .constant(let vector): x.addToRows(vector)
    }
    mlp.add(mlpNorm(x, scale: part(4), shift: part(3), for: mlp.precision), scaledBy: part(5), to: &x)
  }
}

/// What a generation is told, as each layer of the diffusion transformer looks at it.
public struct Condition: Sendable {
  enum Layer: Sendable {
    case memory(AttentionMemory)
    case constant([Float])
  }
  let layers: [Layer]
}

/// What a generation starts from: the share of source latents and mask in the tokens.
public struct Context: Sendable {
  /// Latent frames.
  public let frames: Int
  /// [tokens, hidden]
  let tokens: Matrix
}

/// Noisy latents and a time to a velocity.
public struct DiffusionTransformer: Sendable {
  private let configuration: ModelConfiguration
  private let layers: [DiffusionLayer]
  private let contextProjection, latentProjection, output: Linear
  private let conditionEmbedder: Linear
  private let time: TimestepEmbedding
  private let interval: TimestepEmbedding
  private let outputNorm: RMSNorm
  /// Shift and scale of the output, [2 x hidden], added to the time's.
  private let outputTable: [Float]
  /// What the interval's embedding gives for 0: so at every step of a sampler.
  private let noInterval: (embedding: [Float], modulation: [Float])

  init(_ weights: Weights, _ configuration: ModelConfiguration) throws {
    self.configuration = configuration
    let decoder = weights / "decoder"
    let sizes = configuration.decoder
    let (hidden, channels, patch) = (sizes.hidden, configuration.latentChannels, ModelConfiguration.patch)
    // A convolution of as many taps as its stride: a linear layer on frames side by side. [hidden, 3 channels, patch]
    let kernel = try decoder.values("proj_in.1.weight", [hidden, 3 * channels, patch])
    func taps(of inputs: Range<Int>) -> [Float] {
      (0..<hidden).flatMap { row in
        (0..<patch).flatMap { tap in inputs.map { kernel[(row * 3 * channels + $0) * patch + tap] } }
      }
    }
    contextProjection = Linear(
      weight: taps(of: 0..<2 * channels), layout: .outputsFirst, bias: try decoder.values("proj_in.1.bias", [hidden]),
      inputs: patch * 2 * channels, outputs: hidden, precision: weights.precision)
    latentProjection = Linear(
      weight: taps(of: 2 * channels..<3 * channels), layout: .outputsFirst, inputs: patch * channels, outputs: hidden,
      precision: weights.precision)
    // And the way back, [hidden, channels, patch].
    let unpatch = try decoder.values("proj_out.1.weight", [hidden, channels, patch])
    let bias = try decoder.values("proj_out.1.bias", [channels])
    output = Linear(
      weight: (0..<hidden).flatMap { row in
        (0..<patch).flatMap { tap in (0..<channels).map { unpatch[(row * channels + $0) * patch + tap] } }
      }, layout: .inputsFirst, bias: (0..<patch).flatMap { _ in bias }, inputs: hidden,
      outputs: patch * channels, precision: weights.precision)
    conditionEmbedder = try decoder.linear("condition_embedder", configuration.encoder.hidden, hidden, bias: true)
    time = try TimestepEmbedding(decoder / "time_embed", hidden: hidden)
    interval = try TimestepEmbedding(decoder / "time_embed_r", hidden: hidden)
    noInterval = interval(0)
    layers = try (0..<sizes.layers).map { try DiffusionLayer(decoder / "layers" / $0, sizes) }
    outputNorm = try decoder.rmsNorm("norm_out", hidden, epsilon: sizes.epsilon)
    outputTable = try decoder.values("scale_shift_table", [1, 2, hidden])
  }

  /// Prepares what `ConditionEncoder` gave, [sequence, encoder's hidden].
  public func condition(_ sequence: Matrix) -> Condition {
    let embedded = conditionEmbedder(sequence)
    return Condition(layers: layers.map { .memory($0.crossAttention.memory(of: embedded)) })
  }

  /// Prepares the condition that stands for none, repeated to any length: `ConditionEncoder.null`, [1, encoder's hidden].
  public func unconditional(_ null: Matrix) -> Condition {
    let embedded = conditionEmbedder(null)
    return Condition(layers: layers.map { .constant($0.crossAttention.output(onRepeated: embedded)) })
  }

  /// Prepares what a generation starts from.
  /// - Parameters:
  ///   - source: [frames, latentChannels]
  ///   - mask: for each frame 1 where sound is to be made, 0 where it is to stay.
  public func context(source: Matrix, mask: [Float]) -> Context {
    precondition(mask.count == source.rows && source.columns == configuration.latentChannels, "a mask for each frame")
    let columns = source.columns
    let masks = Matrix(
      rows: source.rows, columns: columns, values: mask.flatMap { [Float](repeating: $0, count: columns) })
    return Context(frames: source.rows, tokens: contextProjection(patches(source.besides(masks))))
  }

  /// Frames side by side, a zero frame added to an odd number: [frames, columns] to [tokens, patch x columns].
  private func patches(_ x: Matrix) -> Matrix {
    let tokens = (x.rows + ModelConfiguration.patch - 1) / ModelConfiguration.patch
    let missing = tokens * ModelConfiguration.patch - x.rows
    return Matrix(
      rows: tokens, columns: ModelConfiguration.patch * x.columns,
      values: missing == 0 ? x.values : x.values + [Float](repeating: 0, count: missing * x.columns))
  }

  /// What is added to the time's embedding; constant where a step has no interval.
  private func embedding(t: Float, r: Float) -> (embedding: [Float], modulation: [Float]) {
    let (one, other) = (time(t), t == r ? noInterval : interval(t - r))
    return (zip(one.embedding, other.embedding).map(+), zip(one.modulation, other.modulation).map(+))
  }

  /// The velocity at x, which points from the clean latents to the noise.
  /// - Parameters:
  ///   - x: noisy latents, [frames, latentChannels].
  ///   - t: the share of noise in them, 0 ... 1.
  ///   - r: the time that the step leads to, for models that were trained to leap; samplers here give t itself.
  ///   - observe: is shown the tokens before the first layer (-1) and after each.
  public func callAsFunction(
    _ x: Matrix, t: Float, r: Float? = nil, condition: Condition, context: Context,
    observe: (_ layer: Int, _ tokens: Matrix) -> Void = { _, _ in }
  ) -> Matrix {
    precondition(x.rows == context.frames && x.columns == configuration.latentChannels, "latents of the context's length")
    let (embedding, modulation) = embedding(t: t, r: r ?? t)
    var tokens = latentProjection(patches(x))
    tokens += context.tokens
    observe(-1, tokens)
    let sizes = configuration.decoder
    let rotary = RotaryEmbedding(size: sizes.headSize, theta: sizes.ropeTheta, positions: tokens.rows)
    for (index, layer) in layers.enumerated() {
      layer(
        &tokens, modulation: modulation, rotary: rotary,
        span: configuration.slidingLayers[index] ? .within(configuration.slidingWindow) : .all,
        condition: condition.layers[index])
      observe(index, tokens)
    }
    let table = zip(outputTable, embedding + embedding).map(+)
    let y = output(
      outputNorm(
        tokens, scale: Array(table[sizes.hidden...]), shift: Array(table[..<sizes.hidden]), for: output.precision))
    return Matrix(rows: x.rows, columns: x.columns, values: Array(y.values.prefix(x.values.count)))
  }
}
