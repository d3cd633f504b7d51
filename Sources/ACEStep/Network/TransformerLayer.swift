import Tensor

// Qwen3's decoder layer (transformers `modeling_qwen3.py`), which all encoders here are made of too (`acestep.md` 5.1, 6.1 to 6.3):
//
//     x = x + Attention( RMSNorm(x) )
//     x = x + SwiGLU( RMSNorm(x) )
//
// Queries and keys are normalised per head, then turned by their position. Heads of queries share keys and values in groups.

/// Attention with normalised queries and keys, of a sequence on itself or on another.
struct Attention: Sendable {
  private let query, key, value, output: Linear
  private let queryNorm, keyNorm: RMSNorm
  private let heads, keyHeads: Int

  /// - Parameter inputs: the width of what keys and values are made of.
  init(_ weights: Weights, _ configuration: StackConfiguration, inputs: Int? = nil) throws {
    let hidden = configuration.hidden
    let wide = configuration.heads * configuration.headSize
    let narrow = configuration.keyHeads * configuration.headSize
    query = try weights.linear("q_proj", hidden, wide)
    key = try weights.linear("k_proj", inputs ?? hidden, narrow)
    value = try weights.linear("v_proj", inputs ?? hidden, narrow)
    output = try weights.linear("o_proj", wide, hidden)
    queryNorm = try weights.rmsNorm("q_norm", configuration.headSize, epsilon: configuration.epsilon)
    keyNorm = try weights.rmsNorm("k_norm", configuration.headSize, epsilon: configuration.epsilon)
    heads = configuration.heads
    keyHeads = configuration.keyHeads
  }

  var precision: Precision { query.precision }

  /// Of a sequence on itself, x [time, hidden], added to a residual.
  /// - Parameter factor: of each feature of what is added; nil for ones.
  func add(
    of x: Activations, _ rotary: RotaryEmbedding, span: KeySpan, scaledBy factor: [Float]? = nil, to residual: inout Matrix
  ) {
    let period: Int? = if case .groups(let size, _) = span { size } else { nil }
    var parts = Linear.apply([query, key, value], to: x)
    queryNorm.apply(to: &parts[0])
    rotary.apply(to: &parts[0], period: period)
    keyNorm.apply(to: &parts[1])
    rotary.apply(to: &parts[1], period: period)
    let memory = AttentionMemory(key: parts[1], value: parts[2], heads: keyHeads, precision: precision.floating)
    let attended = memory.attend(parts[0], queryHeads: heads, span: span)
    output.add(Activations(attended, precision: precision), scaledBy: factor, to: &residual)
  }

  /// What another sequence, [sequence, inputs], will be looked at by; without positions.
  func memory(of sequence: Matrix) -> AttentionMemory {
    var parts = Linear.apply([key, value], to: Activations(sequence, precision: precision))
    keyNorm.apply(to: &parts[0])
    return AttentionMemory(key: parts[0], value: parts[1], heads: keyHeads, precision: precision.floating)
  }

  /// Of a sequence on a memory of another, added to a residual.
  func add(of x: Activations, on memory: AttentionMemory, to residual: inout Matrix) {
    var q = query(x)
    queryNorm.apply(to: &q)
    output.add(memory.attend(q, queryHeads: heads), to: &residual)
  }

  /// What looking at a sequence of equal elements gives, whatever looks and however long it is: o(v), each head of the
  /// queries taking its group's value. [hidden]
  func output(onRepeated element: Matrix) -> [Float] {
    let v = value(element)
    let size = v.columns / keyHeads
    let repeated = (0..<heads).flatMap { head in v.row(0).dropFirst(head / (heads / keyHeads) * size).prefix(size) }
    return output(repeated)
  }
}

/// down( silu(gate x) (up x) )
struct SwiGLU: Sendable {
  private let gated, down: Linear

  init(_ weights: Weights, _ configuration: StackConfiguration) throws {
    gated = Linear(
      gate: try weights.linear("gate_proj", configuration.hidden, configuration.intermediate),
      up: try weights.linear("up_proj", configuration.hidden, configuration.intermediate))
    down = try weights.linear("down_proj", configuration.intermediate, configuration.hidden)
  }

  var precision: Precision { gated.precision }

  /// Added to a residual.
  /// - Parameter factor: of each feature of what is added; nil for ones.
  func add(_ x: Activations, scaledBy factor: [Float]? = nil, to residual: inout Matrix) {
    down.add(Activations(gated(x), precision: precision), scaledBy: factor, to: &residual)
  }
}

/// One layer of a text or audio encoder.
struct TransformerLayer: Sendable {
  private let inputNorm, postAttentionNorm: RMSNorm
  private let attention: Attention
  private let mlp: SwiGLU

  init(_ weights: Weights, _ configuration: StackConfiguration) throws {
    inputNorm = try weights.rmsNorm("input_layernorm", configuration.hidden, epsilon: configuration.epsilon)
    attention = try Attention(weights / "self_attn", configuration)
    postAttentionNorm = try weights.rmsNorm("post_attention_layernorm", configuration.hidden, epsilon: configuration.epsilon)
    mlp = try SwiGLU(weights / "mlp", configuration)
  }

  func callAsFunction(_ x: inout Matrix, _ rotary: RotaryEmbedding, span: KeySpan) {
    attention.add(of: inputNorm(x, for: attention.precision), rotary, span: span, to: &x)
    mlp.add(postAttentionNorm(x, for: mlp.precision), to: &x)
  }
}

/// Layers one after the other and a norm at the end: [time, hidden] to the same.
struct TransformerStack: Sendable {
  private let layers: [TransformerLayer]
  private let norm: RMSNorm
  private let configuration: StackConfiguration

  init(_ weights: Weights, _ configuration: StackConfiguration) throws {
    self.configuration = configuration
    layers = try (0..<configuration.layers).map { try TransformerLayer(weights / "layers" / $0, configuration) }
    norm = try weights.rmsNorm("norm", configuration.hidden, epsilon: configuration.epsilon)
  }

  /// - Parameter span: which elements each element sees, for each layer.
  func callAsFunction(_ x: Matrix, span: (_ layer: Int) -> KeySpan) -> Matrix {
    var x = x
    var positions = x.rows
    if case .groups(let size, _) = span(0) { positions = min(size, x.rows) }
    let rotary = RotaryEmbedding(size: configuration.headSize, theta: configuration.ropeTheta, positions: positions)
    for (index, layer) in layers.enumerated() { layer(&x, rotary, span: span(index)) }
    return norm(x)
  }
}
