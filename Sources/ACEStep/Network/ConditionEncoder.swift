public import Tensor

// What the diffusion transformer is told, as one sequence: lyrics, timbre, text (`acestep.md` 4.6, 6.4, 6.5).
//
//     text   = Linear(hidden states of the prompt)           [Lt, H]
//     lyric  = 8 layers (Linear(embedding rows))             [Ll, H]
//     timbre = first element of 4 layers (Linear(latents))   [1, H] a reference

/// A projection and a stack of layers that see both sides, every other one only near ones.
struct AudioEncoder: Sendable {
  private let projection: Linear
  private let stack: TransformerStack
  private let window: Int

  init(_ weights: Weights, _ configuration: ModelConfiguration, inputs: Int, layers: Int) throws {
    var sizes = configuration.encoder
    sizes.layers = layers
    projection = try weights.linear("embed_tokens", inputs, sizes.hidden, bias: true)
    stack = try TransformerStack(weights, sizes)
    window = configuration.slidingWindow
  }

  /// - Parameters:
  ///   - x: [time, inputs]
  ///   - first: an element to put before all.
  func callAsFunction(_ x: Matrix, after first: Matrix? = nil) -> Matrix {
    let projected = projection(x)
    return stack(first.map { .stacking([$0, projected]) } ?? projected) { $0 % 2 == 0 ? .within(window) : .all }
  }
}

/// Prompt, lyrics and reference latents to the sequence that the diffusion transformer looks at.
public struct ConditionEncoder: Sendable {
  private let textProjector: Linear
  private let lyricEncoder, timbreEncoder: AudioEncoder
  /// What the timbre encoder reads first, where it was trained to.
  private let timbreToken: Matrix?
  /// The condition that stands for none, [1, hidden].
  public let null: Matrix

  init(_ weights: Weights, _ configuration: ModelConfiguration) throws {
    let hidden = configuration.encoder.hidden
    let encoder = weights / "encoder"
    textProjector = try encoder.linear("text_projector", configuration.textHidden, hidden)
    lyricEncoder = try AudioEncoder(
      encoder / "lyric_encoder", configuration, inputs: configuration.textHidden, layers: configuration.lyricLayers)
    timbreEncoder = try AudioEncoder(
      encoder / "timbre_encoder", configuration, inputs: configuration.latentChannels, layers: configuration.timbreLayers)
    timbreToken =
      configuration.hasTimbreToken
      ? Matrix(rows: 1, columns: hidden, values: try (encoder / "timbre_encoder").values("special_token", [1, 1, hidden])) : nil
    null = Matrix(rows: 1, columns: hidden, values: try weights.values("null_condition_emb", [1, 1, hidden]))
  }

  /// - Parameter hidden: the text encoder's states of the prompt, [tokens, textHidden].
  public func text(_ hidden: Matrix) -> Matrix { textProjector(hidden) }

  /// - Parameter embeddings: rows of the text encoder's table, [tokens, textHidden].
  public func lyric(_ embeddings: Matrix) -> Matrix { lyricEncoder(embeddings) }

  /// - Parameter latents: of a reference, [frames, latentChannels].
  /// - Returns: [1, hidden]
  public func timbre(_ latents: Matrix) -> Matrix { timbreEncoder(latents, after: timbreToken)[rows: 0..<1] }

  /// The whole sequence; each reference is one element.
  /// - Parameters:
  ///   - timbres: what `timbre` gave, in the order of the references.
  public func callAsFunction(lyric embeddings: Matrix, timbres: [Matrix], text hidden: Matrix) -> Matrix {
    .stacking([lyric(embeddings)] + timbres + [text(hidden)])
  }
}
