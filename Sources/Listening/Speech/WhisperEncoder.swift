import Checkpoint
import Tensor

/// Whisper's encoder: a log-mel spectrum of 30 s to 1500 vectors, 20 ms each (`listening.md` 3.3).
struct WhisperEncoder: Sendable {
  private let conv1: Conv1d
  private let conv2: Conv1d
  private let positions: Matrix
  private let layers: [(attention: WhisperSelfAttention, feedForward: WhisperFeedForward)]
  private let norm: LayerNorm

  init(_ weights: WhisperWeights) throws {
    let (width, bands) = (WhisperConversion.width, WhisperConversion.melBands)
    conv1 = Conv1d(
      weight: try weights.file.floats("encoder/conv1/weight", shape: [width, bands, 3]),
      bias: try weights.file.floats("encoder/conv1/bias", shape: [width]), inChannels: bands, outChannels: width, taps: 3,
      padding: 1)
    conv2 = Conv1d(
      weight: try weights.file.floats("encoder/conv2/weight", shape: [width, width, 3]),
      bias: try weights.file.floats("encoder/conv2/bias", shape: [width]), inChannels: width, outChannels: width, taps: 3,
      stride: 2, padding: 1)
    positions = try weights.positions("encoder", WhisperConversion.encoderPositions)
    layers = try (0..<WhisperConversion.layers).map {
      (
        try WhisperSelfAttention(weights, "encoder/layer_\($0)/self_attention"),
        try WhisperFeedForward(weights, "encoder/layer_\($0)/ffn")
      )
    }
    norm = try weights.norm("encoder/layer_norm")
  }

  /// - Parameters:
  ///   - mel: [80, 3000]
  ///   - stage: told some stages' results, for tests.
  /// - Returns: [1500, 512]
  func callAsFunction(_ mel: Matrix, stage: (String, Matrix) -> Void = { _, _ in }) -> Matrix {
    var hidden = conv1(mel)
    hidden.applyExactGELU()
    hidden = conv2(hidden)
    hidden.applyExactGELU()
    var x = hidden.transposed()
    stage("conv_out", x)
    x += positions
    let heads = WhisperConversion.heads
    for (index, layer) in layers.enumerated() {
      let y = layer.attention.norm(x)
      let attended = attention(
        query: layer.attention.query(y), key: layer.attention.key(y), value: layer.attention.value(y), heads: heads,
        keyHeads: heads)
      layer.attention.output.add(attended, to: &x)
      layer.feedForward.add(to: &x)
      stage("layer\(index)", x)
    }
    return norm(x)
  }
}
