import Checkpoint
import Foundation
public import Tensor

// The autoencoder between sound and latents (Oobleck, diffusers `autoencoder_oobleck.py`; `acestep.md` 8): convolutions and
// snakes, [time, channels] throughout.
//
//     encoder: conv 7; for each stride: 3 residual units, snake, conv 2s by stride s; snake, conv 3 to mean and scale
//     decoder: conv 7; for each stride: snake, transposed conv 2s by stride s, 3 residual units; snake, conv 7

/// The sizes of an autoencoder, from its `config.json` (`acestep.md` 2.6).
public struct OobleckConfiguration: Sendable, Equatable {
  public var encoderHidden: Int
  public var decoderHidden: Int
  public var latentChannels: Int
  public var audioChannels: Int
  public var sampleRate: Int
  /// From sound to latents.
  public var strides: [Int]
  /// How many times wider each block is, from sound to latents.
  public var multiples: [Int]
  /// Samples that a latent frame stands for.
  public var hop: Int { strides.reduce(1, *) }

  /// That of the released autoencoder.
  init() {
    (encoderHidden, decoderHidden, latentChannels, audioChannels, sampleRate) = (128, 128, 64, 2, 48000)
    (strides, multiples) = ([2, 4, 4, 6, 10], [1, 2, 4, 8, 16])
  }

  private struct Fields: Codable {
    var encoder_hidden_size: Int?
    var downsampling_ratios: [Int]?
    var channel_multiples: [Int]?
    var decoder_channels: Int?
    var decoder_input_channels: Int?
    var audio_channels: Int?
    var sampling_rate: Int?
  }

  /// - Throws: `CheckpointError` naming file and field.
  public init(path: String) throws {
    let file = try ConfigurationReader<Fields>(path: path)
    let fields = file.fields
    encoderHidden = try file.integer("encoder_hidden_size", fields.encoder_hidden_size, default: 128, in: 1...4096)
    decoderHidden = try file.integer("decoder_channels", fields.decoder_channels, default: 128, in: 1...4096)
    latentChannels = try file.integer("decoder_input_channels", fields.decoder_input_channels, default: 64, in: 1...4096)
    audioChannels = try file.integer("audio_channels", fields.audio_channels, default: 2, in: 1...16)
    sampleRate = try file.integer("sampling_rate", fields.sampling_rate, default: 48000, in: 8000...192_000)
    strides = fields.downsampling_ratios ?? [2, 4, 4, 6, 10]
    multiples = fields.channel_multiples ?? [1, 2, 4, 8, 16]
    try file.require(
      !strides.isEmpty && strides.count <= 12 && strides.allSatisfy { $0 >= 2 && $0 <= 64 && $0 % 2 == 0 }
        && strides.reduce(1.0) { $0 * Double($1) } <= 0x1p20, "downsampling_ratios is \(strides), and even numbers are needed")
    try file.require(
      multiples.count == strides.count && multiples.allSatisfy { (1...256).contains($0) },
      "channel_multiples is \(multiples), and one for each of downsampling_ratios is needed")
  }

  /// Channels before the first block, and after each, from sound to latents.
  func channels(_ hidden: Int) -> [Int] { [hidden] + multiples.map { $0 * hidden } }
}

extension Weights {
  /// A convolution's weight, of which the file has direction and length apart (Salimans, Kingma 2016), under the names of either
  /// of torch's versions, or the product: w = g v / |v| for each place of the first dimension.
  func normalized(_ name: String, _ shape: [Int]) throws -> [Float] {
    if has(name + ".weight") { return try values(name + ".weight", shape) }
    let isNew = has(name + ".parametrizations.weight.original1")
    let names = isNew ? [".parametrizations.weight.original0", ".parametrizations.weight.original1"] : [".weight_g", ".weight_v"]
    let lengths = try values(name + names[0], [shape[0], 1, 1])
    var weight = try values(name + names[1], shape)
    let count = shape[1] * shape[2]
    for (row, length) in lengths.enumerated() {
      let range = row * count..<(row + 1) * count
      let norm = weight[range].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let factor = norm > 0 ? Double(length) / norm : 0
      for index in range { weight[index] = Float(Double(weight[index]) * factor) }
    }
    return weight
  }

  /// x + sin(e^alpha x)^2 / (e^beta + 1e-9)
  fileprivate func snake(_ name: String, _ channels: Int) throws -> SnakeBeta {
    let alpha = try values(name + ".alpha", [1, channels, 1])
    let beta = try values(name + ".beta", [1, channels, 1])
    return SnakeBeta(frequency: alpha.map { exp($0) }, magnitude: beta.map { 1 / (exp($0) + 1e-9) })
  }

  fileprivate func conv(
    _ name: String, _ inputs: Int, _ outputs: Int, taps: Int, stride: Int = 1, padding: Int, dilation: Int = 1, bias: Bool = true
  ) throws -> FrameConvolution {
    FrameConvolution(
      weight: try normalized(name, [outputs, inputs, taps]), bias: bias ? try values(name + ".bias", [outputs]) : nil,
      inChannels: inputs, outChannels: outputs, taps: taps, stride: stride, padding: padding, dilation: dilation,
      precision: precision)
  }
}

/// x + conv1( snake( conv7( snake(x) ) ) )
private struct ResidualUnit: Sendable {
  private let first, second: FrameConvolution
  private let before, between: SnakeBeta

  init(_ weights: Weights, channels: Int, dilation: Int) throws {
    before = try weights.snake("snake1", channels)
    first = try weights.conv("conv1", channels, channels, taps: 7, padding: 3 * dilation, dilation: dilation)
    between = try weights.snake("snake2", channels)
    second = try weights.conv("conv2", channels, channels, taps: 1, padding: 0)
  }

  func callAsFunction(_ x: inout Matrix) {
    let y = first(x, through: before)
    second.add(y, through: between, to: &x)
  }

  /// Three in a row, each looking further.
  static func three(_ weights: Weights, channels: Int) throws -> [ResidualUnit] {
    try zip(1...3, dilations).map { try ResidualUnit(weights / "res_unit\($0)", channels: channels, dilation: $1) }
  }

  static let dilations = [1, 3, 9]
  /// How far three units see.
  static let radius = dilations.reduce(0) { $0 + 3 * $1 }
}

/// Sound to latents.
public struct OobleckEncoder: Sendable {
  public let configuration: OobleckConfiguration
  private struct Block: Sendable {
    let units: [ResidualUnit]
    let snake: SnakeBeta
    let down: FrameConvolution
  }
  private let first, last: FrameConvolution
  private let blocks: [Block]
  private let snake: SnakeBeta

  init(_ weights: Weights, _ configuration: OobleckConfiguration) throws {
    self.configuration = configuration
    let encoder = weights / "encoder"
    let channels = configuration.channels(configuration.encoderHidden)
    first = try encoder.conv("conv1", configuration.audioChannels, channels[0], taps: 7, padding: 3)
    blocks = try configuration.strides.enumerated().map { index, stride in
      let block = encoder / "block" / index
      return Block(
        units: try ResidualUnit.three(block, channels: channels[index]), snake: try block.snake("snake1", channels[index]),
        down: try block.conv(
          "conv1", channels[index], channels[index + 1], taps: 2 * stride, stride: stride, padding: (stride + 1) / 2))
    }
    let widest = channels[channels.count - 1]
    snake = try encoder.snake("snake1", widest)
    last = try encoder.conv("conv2", widest, 2 * configuration.latentChannels, taps: 3, padding: 1)
  }

  /// Mean and scale before its softplus, without tiles: [samples, audioChannels] to [frames, 2 latentChannels].
  func moments(_ sound: Matrix, observe: (_ stage: String, _ x: Matrix) -> Void = { _, _ in }) -> Matrix {
    var x = first(sound)
    observe("conv1", x)
    for (index, block) in blocks.enumerated() {
      x = reduced(x, by: block)
      observe("block\(index)", x)
    }
    return last(x, through: snake)
  }

  /// A block's output, made of as many rows at a time as stay in the processor's caches.
  private func reduced(_ x: Matrix, by block: Block) -> Matrix {
    let (rows, step) = (block.down.outputRows(for: x.rows), block.down.stride)
    let most = max(1, (1 << 20) / (block.down.inChannels * step))
    let parts = stride(from: 0, to: rows, by: most).map { start in
      let end = min(start + most, rows)
      // From where a row of the output begins, so that the part's rows are the whole's.
      let from = max(0, start * step - block.down.padding - ResidualUnit.radius) / step * step
      let to = min(x.rows, end * step + step + ResidualUnit.radius)
      var part = x[rows: from..<to]
      for unit in block.units { unit(&part) }
      return block.down(part, through: block.snake)[rows: start - from / step..<end - from / step]
    }
    return parts.count == 1 ? parts[0] : .stacking(parts)
  }

  /// The frames on both sides of a tile that its latents depend on.
  var overlapFrames: Int {
    var radius = 1
    for stride in configuration.strides.reversed() { radius = radius * stride + stride + ResidualUnit.radius }
    return (radius + 3 + configuration.hop - 1) / configuration.hop
  }

  /// The mean latents of a sound.
  /// - Parameters:
  ///   - sound: [audioChannels, samples]; samples that fill no frame count for the frames before them only.
  ///   - tileFrames: frames computed at a time, besides those that tiles share; the result doesn't depend on them.
  ///   - progress: is told the frames done.
  /// - Returns: [frames, latentChannels]
  public func callAsFunction(
    _ sound: Matrix, tileFrames: Int = 96, progress: (_ frames: Int) throws -> Void = { _ in }
  ) rethrows -> Matrix {
    let (hop, channels) = (configuration.hop, configuration.latentChannels)
    let frames = sound.columns / hop
    var latents = Matrix(rows: frames, columns: channels)
    for start in stride(from: 0, to: frames, by: tileFrames) {
      let end = min(start + tileFrames, frames)
      let from = max(0, start - overlapFrames)
      let to = end + overlapFrames >= frames ? sound.columns : (end + overlapFrames) * hop
      let tile = moments(sound[columns: from * hop..<to].transposed())
      for frame in start..<end {
        for channel in 0..<channels { latents[frame, channel] = tile[frame - from, channel] }
      }
      try progress(end)
    }
    return latents
  }
}

/// Latents to sound.
public struct OobleckDecoder: Sendable {
  public let configuration: OobleckConfiguration
  private struct Block: Sendable {
    let snake: SnakeBeta
    let up: FrameTransposedConvolution
    let units: [ResidualUnit]
  }
  private let first, last: FrameConvolution
  private let blocks: [Block]
  private let snake: SnakeBeta

  init(_ weights: Weights, _ configuration: OobleckConfiguration) throws {
    self.configuration = configuration
    let decoder = weights / "decoder"
    let channels = Array(configuration.channels(configuration.decoderHidden).reversed())
    first = try decoder.conv("conv1", configuration.latentChannels, channels[0], taps: 7, padding: 3)
    blocks = try configuration.strides.reversed().enumerated().map { index, stride in
      let block = decoder / "block" / index
      let (inputs, outputs) = (channels[index], channels[index + 1])
      return Block(
        snake: try block.snake("snake1", inputs),
        up: FrameTransposedConvolution(
          weight: try block.normalized("conv_t1", [inputs, outputs, 2 * stride]),
          bias: try block.values("conv_t1.bias", [outputs]), inChannels: inputs, outChannels: outputs, taps: 2 * stride,
          stride: stride, padding: (stride + 1) / 2, precision: weights.precision),
        units: try ResidualUnit.three(block, channels: outputs))
    }
    snake = try decoder.snake("snake1", configuration.decoderHidden)
    last = try decoder.conv(
      "conv2", configuration.decoderHidden, configuration.audioChannels, taps: 7, padding: 3, bias: false)
  }

  /// What a range of rows after a block, or of samples, is made of.
  private struct Need {
    /// Rows after the block, with those that its residual units look at.
    let rows: Range<Int>
    /// Rows before it.
    let source: Range<Int>
  }

  /// The rows that samples `range` of a sound depend on, of each block, and the latent frames.
  private func needs(of range: Range<Int>, frames: Int) -> (blocks: [Need], frames: Range<Int>) {
    var needs: [Need] = []
    var range = (range.lowerBound - 3..<range.upperBound + 3).clamped(to: 0..<frames * configuration.hop)
    var total = frames * configuration.hop
    for stride in configuration.strides {
      let rows = (range.lowerBound - ResidualUnit.radius..<range.upperBound + ResidualUnit.radius).clamped(to: 0..<total)
      total /= stride
      let padding = (stride + 1) / 2
      let source = ((rows.lowerBound + padding) / stride - 1..<(rows.upperBound - 1 + padding) / stride + 1).clamped(to: 0..<total)
      needs.append(Need(rows: rows, source: source))
      range = source
    }
    return (needs.reversed(), (range.lowerBound - 3..<range.upperBound + 3).clamped(to: 0..<total))
  }

  /// Numbers in a block's rows that are computed at a time: they and what is made of them stay in the processor's caches.
  static let cached = 1 << 20

  /// Some samples of the sound of latents [frames, latentChannels]: [samples, audioChannels]. Where a block's rows for all of them
  /// are too many, halves are computed one after the other.
  func sound(_ latents: Matrix, samples: Range<Int>) -> Matrix {
    let (_, frames) = needs(of: samples, frames: latents.rows)
    guard frames.count * first.outChannels <= Self.cached || samples.count <= configuration.hop else {
      return halves(of: samples) { sound(latents, samples: $0) }
    }
    return sound(first(latents[rows: frames]), from: frames.lowerBound, block: 0, samples: samples, of: latents.rows)
  }

  /// - Parameters:
  ///   - x: rows before block `index`, the first of which is row `start` of all.
  ///   - frames: of the whole sound.
  private func sound(_ x: Matrix, from start: Int, block index: Int, samples: Range<Int>, of frames: Int) -> Matrix {
    guard index < blocks.count else {
      return last(x, through: snake)[rows: samples.lowerBound - start..<samples.upperBound - start]
    }
    let (need, block) = (needs(of: samples, frames: frames).blocks[index], blocks[index])
    guard need.rows.count * block.up.outChannels <= Self.cached || samples.count <= configuration.strides[0] else {
      return halves(of: samples) { sound(x, from: start, block: index, samples: $0, of: frames) }
    }
    let source = need.source.lowerBound - start..<need.source.upperBound - start
    let offset = need.source.lowerBound * block.up.stride
    var y = block.up(
      x[rows: source], through: block.snake, rows: need.rows.lowerBound - offset..<need.rows.upperBound - offset)
    for unit in block.units { unit(&y) }
    return sound(y, from: need.rows.lowerBound, block: index + 1, samples: samples, of: frames)
  }

  private func halves(of samples: Range<Int>, _ sound: (Range<Int>) -> Matrix) -> Matrix {
    let middle = (samples.lowerBound + samples.upperBound) / 2
    return .stacking([sound(samples.lowerBound..<middle), sound(middle..<samples.upperBound)])
  }

  /// The same of all samples in one go.
  /// - Parameter observe: is shown what comes after the first convolution and after each block.
  func sound(_ latents: Matrix, observe: (_ stage: String, _ x: Matrix) -> Void) -> Matrix {
    var x = first(latents)
    observe("conv1", x)
    for (index, block) in blocks.enumerated() {
      x = block.up(x, through: block.snake)
      for unit in block.units { unit(&x) }
      observe("block\(index)", x)
    }
    return last(x, through: snake)
  }

  /// - Parameters:
  ///   - latents: [frames, latentChannels]
  ///   - tileFrames: frames after which progress is told; the result doesn't depend on them.
  ///   - progress: is told the frames done.
  /// - Returns: [audioChannels, hop x frames], about -1 ... 1 but not bounded.
  public func callAsFunction(
    _ latents: Matrix, tileFrames: Int = 96, progress: (_ frames: Int) throws -> Void = { _ in }
  ) rethrows -> Matrix {
    let hop = configuration.hop
    var result = Matrix(rows: configuration.audioChannels, columns: latents.rows * hop)
    for start in stride(from: 0, to: latents.rows, by: tileFrames) {
      let end = min(start + tileFrames, latents.rows)
      let tile = sound(latents, samples: start * hop..<end * hop).transposed()
      for channel in 0..<result.rows {
        let at = channel * result.columns + start * hop
        result.values.replaceSubrange(at..<at + tile.columns, with: tile.row(channel))
      }
      try progress(end)
    }
    return result
  }
}

/// A folder with an autoencoder: `config.json` and `diffusion_pytorch_model.safetensors`.
public struct OobleckFolder: Sendable {
  public let configuration: OobleckConfiguration
  private let weights: Weights

  /// - Parameter precision: of the products.
  /// - Throws: `CheckpointError`.
  public init(path: String, precision: Precision = .fp32) throws {
    configuration = try OobleckConfiguration(path: path + "/config.json")
    weights = Weights(
      TensorLibrary(parts: [.init(prefix: "", folder: try SafetensorsFolder(path: path, name: "diffusion_pytorch_model"))]),
      precision: precision)
  }

  /// Numbers in its file.
  public var parameters: Int { weights.library.elementCount }

  public func encoder() throws -> OobleckEncoder { try OobleckEncoder(weights, configuration) }
  public func decoder() throws -> OobleckDecoder { try OobleckDecoder(weights, configuration) }
}
