import Tensor

/// The generator: the trunk's features and the harmonic source to sound at 24 kHz (`singer.md` 2.10).
///
///     [512, 2L] -> x 10 -> [256, 20L] -> x 6 -> [128, 120L + 1] -> spectrum [22, 120L + 1] -> 600L samples
struct Generator {
  private struct Stage {
    let noiseConv: Conv1d
    let noiseBlock: SnakeBlock
    let up: ConvTranspose1d
    let blocks: [SnakeBlock]
  }
  let source: HarmonicSource
  private let stages: [Stage]
  private let post: Conv1d

  /// - Parameter precision: of the blocks and of what raises the rate.
  init(_ weights: Weights, _ precision: Precision) throws {
    source = try HarmonicSource(weights / "m_source")
    let blockWeights = weights.computing(in: precision)
    func blocks(_ first: Int, channels: Int) throws -> [SnakeBlock] {
      try [3, 7, 11].enumerated().map { index, taps in
        try SnakeBlock(blockWeights / "resblocks.\(first + index)", channels: channels, taps: taps)
      }
    }
    stages = [
      Stage(
        noiseConv: try weights.conv1d("noise_convs.0", 22, 256, taps: 12, stride: 6, padding: 3),
        noiseBlock: try SnakeBlock(blockWeights / "noise_res.0", channels: 256, taps: 7),
        up: try blockWeights.convTranspose1d("ups.0", 512, 256, taps: 20, stride: 10, padding: 5),
        blocks: try blocks(0, channels: 256)),
      Stage(
        noiseConv: try weights.conv1d("noise_convs.1", 22, 128, taps: 1),
        noiseBlock: try SnakeBlock(blockWeights / "noise_res.1", channels: 128, taps: 11),
        up: try blockWeights.convTranspose1d("ups.1", 256, 128, taps: 12, stride: 6, padding: 3),
        blocks: try blocks(3, channels: 128)),
    ]
    post = try weights.conv1d("conv_post", 128, 22, taps: 7, padding: 3)
  }

  /// Multiplications and additions of its convolutions for so many frames of 25 ms.
  static func operations(frames: Int) -> Double {
    func stage(_ inputs: Double, _ channels: Double, columns: Double, noiseTaps: Double, noiseBlock: Double) -> Double {
      columns * (6 * channels * channels * (3 + 7 + 11 + noiseBlock) + 22 * channels * noiseTaps + 2 * inputs * channels)
    }
    return 2 * Double(frames)
      * (stage(512, 256, columns: 20, noiseTaps: 12, noiseBlock: 7)
        + stage(256, 128, columns: 120, noiseTaps: 1, noiseBlock: 11) + 120 * 128 * 22 * 7)
  }

  /// - Parameters:
  ///   - features: the trunk's, [512, 2L].
  ///   - source: the spectrum of the harmonic source, [22, 120L + 1].
  /// - Returns: 600L samples.
  func callAsFunction(_ features: Matrix, source: Matrix, style: [Float], inspect: Inspect) -> [Float] {
    var x = features
    for (index, stage) in stages.enumerated() {
      var q = stage.noiseConv(source)
      inspect("noise_conv\(index)", q)
      var scratch = Matrix(rows: 0, columns: 0)
      stage.noiseBlock.apply(to: &q, style: style, scratch: &scratch)
      inspect("noise_res\(index)", q)
      x = stage.up(x, through: ChannelMap(channels: x.rows, .leakyReLU(slope: 0.1)))
      // The last stage reflects a column on the left: it is then as long as the source.
      if index == stages.count - 1 { x = x.selectingColumns([1] + Array(0..<x.columns)) }
      inspect("ups\(index)", x)
      x += q
      var sum = x
      stage.blocks[0].apply(to: &sum, style: style, scratch: &scratch)
      for block in stage.blocks.dropFirst() {
        q = x
        block.apply(to: &q, style: style, scratch: &scratch)
        sum += q
      }
      sum *= 1 / Float(stage.blocks.count)
      x = sum
      inspect("stage\(index)", x)
    }
    let spectrum = post(x, through: ChannelMap(channels: 128, .leakyReLU(slope: 0.01)))
    inspect("conv_post", spectrum)
    return ShortSpectrum.synthesize(spectrum)
  }
}
