import Tensor

/// What each symbol sounds like (`singer.md` 2.4).
struct TextEncoder {
  private let embedding: Matrix
  private let convolutions: [Conv1d]
  private let norms: [LayerNorm]
  private let lstm: BidirectionalLSTM

  init(_ weights: Weights) throws {
    embedding = try weights.embedding("embedding", Kokoro.symbols, 512)
    convolutions = try (0..<3).map { try weights.conv1d("cnn.\($0)", 512, 512, taps: 5, padding: 2) }
    norms = try (0..<3).map { try weights.layerNorm("cnn.\($0).1.gamma", "cnn.\($0).1.beta", 512, epsilon: 1e-5) }
    lstm = try weights.lstm("lstm", 512, hidden: 256)
  }

  /// - Returns: [512, T]
  func callAsFunction(_ ids: [Int]) -> Matrix {
    var x = embedding.selectingRows(ids).transposed()  // [512, T]
    for (convolution, norm) in zip(convolutions, norms) {
      x = norm(convolution(x).transposed()).transposed()
        .mapped(by: ChannelMap(channels: 512, .leakyReLU(slope: 0.2)))
    }
    return lstm(x.transposed()).transposed()
  }
}
