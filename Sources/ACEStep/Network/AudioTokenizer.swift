public import Tensor

// Five latent frames to one code and back (`acestep.md` 6.6, 6.7). Groups are independent; each is a sequence of its own, and all
// go through the layers at once.

/// Latents at 25 Hz to codes at 5 Hz.
public struct AudioTokenizer: Sendable {
  public let quantizer: FiniteScalarQuantizer
  private let acousticProjection, embedding: Linear
  /// What the pooler reads first, and what it gives: [1, hidden].
  private let token: Matrix
  private let pooler: TransformerStack
  private let frames, window: Int

  init(_ weights: Weights, _ configuration: ModelConfiguration) throws {
    let hidden = configuration.encoder.hidden
    let pooling = weights / "attention_pooler"
    acousticProjection = try weights.linear("audio_acoustic_proj", configuration.latentChannels, hidden, bias: true)
    embedding = try pooling.linear("embed_tokens", hidden, hidden, bias: true)
    token = Matrix(rows: 1, columns: hidden, values: try pooling.values("special_token", [1, 1, hidden]))
    pooler = try TransformerStack(pooling, configuration.encoder)
    quantizer = try FiniteScalarQuantizer(weights / "quantizer", configuration)
    frames = configuration.codeFrames
    window = configuration.slidingWindow
  }

  /// Each group of frames as one vector, [groups, hidden].
  func pooled(_ latents: Matrix) -> Matrix {
    precondition(latents.rows % frames == 0, "whole groups of frames")
    let x = embedding(acousticProjection(latents))
    let groups = latents.rows / frames
    let all = pooler(.stacking((0..<groups).flatMap { [token, x[rows: $0 * frames..<($0 + 1) * frames]] })) { layer in
      .groups(of: frames + 1, within: layer % 2 == 0 ? window : frames)
    }
    return .stacking((0..<groups).map { all[rows: $0 * (frames + 1)..<$0 * (frames + 1) + 1] })
  }

  /// - Parameters:
  ///   - latents: [frames, latentChannels]
  ///   - silence: silent latents, with which the last group is filled up.
  /// - Returns: a code for each group of frames begun.
  public func codes(of latents: Matrix, silence: Matrix) -> [Int] {
    guard latents.rows > 0 else { return [] }
    let missing = (frames - latents.rows % frames) % frames
    return quantizer.codes(pooled(missing == 0 ? latents : .stacking([latents, silence[rows: 0..<missing]])))
  }
}

/// Codes at 5 Hz to what the diffusion transformer takes as source latents, at 25 Hz.
public struct AudioDetokenizer: Sendable {
  private let embedding, output: Linear
  /// A summand for each frame of a group, [frames, hidden].
  private let tokens: Matrix
  private let stack: TransformerStack
  private let window: Int

  init(_ weights: Weights, _ configuration: ModelConfiguration) throws {
    let hidden = configuration.encoder.hidden
    embedding = try weights.linear("embed_tokens", hidden, hidden, bias: true)
    tokens = Matrix(
      rows: configuration.codeFrames, columns: hidden,
      values: try weights.values("special_tokens", [1, configuration.codeFrames, hidden]))
    stack = try TransformerStack(weights, configuration.encoder)
    window = configuration.slidingWindow
    output = try weights.linear("proj_out", hidden, configuration.latentChannels, bias: true)
  }

  /// - Parameter embeddings: of codes, [codes, hidden].
  /// - Returns: [frames x codes, latentChannels]
  public func callAsFunction(_ embeddings: Matrix) -> Matrix {
    guard embeddings.rows > 0 else { return Matrix(rows: 0, columns: output.outputs) }
    let e = embedding(embeddings)
    let x = Matrix.stacking(
      (0..<e.rows).map { code in
        var group = tokens
        group.addToRows(Array(e.row(code)))
        return group
      })
    return output(stack(x) { layer in .groups(of: tokens.rows, within: layer % 2 == 0 ? window : tokens.rows) })
  }
}
