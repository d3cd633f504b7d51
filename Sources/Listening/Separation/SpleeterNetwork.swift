import Checkpoint
import Tensor

/// One U-Net of Spleeter 2stems (Hennequin et al. 2020; Deezer, MIT; `listening.md` 2.4): a magnitude spectrogram to that of one
/// source.
///
/// - six convolutions 5 x 5 of stride 2, 2 to 512 channels, each but the first fed through batch norm and leaky ReLU;
/// - six transposed ones back, each through ReLU and batch norm, from the second on with the raw convolution of the same size before
///   them;
/// - a convolution 4 x 4 of dilation 2 and a sigmoid: a mask for each channel.
struct SpleeterNetwork: Sendable {
  /// Frames of a segment, and its bins of 10.8 Hz.
  static let frames = 512
  static let bins = 1024

  private let encoder: [Conv2d]
  private let encoderNorms: [Norm]
  private let decoder: [ConvTranspose2d]
  private let decoderNorms: [Norm]
  private let mask: Conv2d

  /// Batch norm as a factor and a summand.
  private struct Norm {
    let scale: [Float]
    let shift: [Float]
    init(_ file: SafetensorsFile, _ name: String, _ channels: Int) throws {
      let gamma = try file.floats(name + ".gamma", shape: [channels])
      let beta = try file.floats(name + ".beta", shape: [channels])
      let mean = try file.floats(name + ".mean", shape: [channels])
      let variance = try file.floats(name + ".variance", shape: [channels])
      let scale = zip(gamma, variance).map { $0 / ($1 + 0.001).squareRoot() }
      shift = (0..<channels).map { beta[$0] - mean[$0] * scale[$0] }
      self.scale = scale
    }
  }

  /// - Parameter name: "vocals" or "accompaniment".
  init(_ file: SafetensorsFile, _ name: String) throws {
    let channels = [2] + SpleeterConversion.encoder
    encoder = try (0..<6).map { layer in
      let (inputs, outputs) = (channels[layer], channels[layer + 1])
      return Conv2d(
        weight: try file.floats("\(name).conv\(layer + 1).kernel", shape: [5, 5, inputs, outputs]),
        bias: try file.floats("\(name).conv\(layer + 1).bias", shape: [outputs]), taps: Pair(5), inChannels: inputs,
        outChannels: outputs, stride: Pair(2), before: Pair(1), after: Pair(2))
    }
    encoderNorms = try (0..<5).map { try Norm(file, "\(name).norm\($0 + 1)", channels[$0 + 1]) }
    decoder = try SpleeterConversion.decoder.enumerated().map { layer, extents in
      let (outputs, inputs) = extents
      return ConvTranspose2d(
        weight: try file.floats("\(name).up\(layer + 1).kernel", shape: [5, 5, outputs, inputs]),
        bias: try file.floats("\(name).up\(layer + 1).bias", shape: [outputs]), taps: 5, inChannels: inputs,
        outChannels: outputs, stride: 2, before: 1)
    }
    decoderNorms = try SpleeterConversion.decoderNorms.enumerated().map {
      try Norm(file, "\(name).upnorm\($0.offset + 1)", $0.element)
    }
    mask = Conv2d(
      weight: try file.floats("\(name).mask.kernel", shape: [4, 4, 1, 2]),
      bias: try file.floats("\(name).mask.bias", shape: [2]), taps: Pair(4), inChannels: 1, outChannels: 2,
      dilation: Pair(2), before: Pair(3), after: Pair(3))
  }

  /// - Parameters:
  ///   - magnitudes: [512, 1024, 2]
  ///   - stage: told each stage's result under the golden data's names.
  /// - Returns: the source's magnitudes, [512, 1024, 2].
  func callAsFunction(_ magnitudes: Image, stage: (String, Image) -> Void = { _, _ in }) -> Image {
    var skips: [Image] = []
    var x = magnitudes
    for layer in 0..<6 {
      let raw = encoder[layer](x)
      stage("conv\(layer + 1)", raw)
      x = raw
      skips.append(raw)
      guard layer < 5 else { break }
      x.apply(scale: encoderNorms[layer].scale, shift: encoderNorms[layer].shift, slope: 0.2, activationFirst: false)
      stage("act\(layer + 1)", x)
    }
    for layer in 0..<6 {
      x = decoder[layer](layer == 0 ? [x] : [skips[5 - layer], x])
      x.apply(scale: decoderNorms[layer].scale, shift: decoderNorms[layer].shift, slope: 0, activationFirst: true)
      stage("up\(layer + 1)", x)
    }
    var y = mask(x)
    for index in y.values.indices { y.values[index] = sigmoid(y.values[index]) }
    stage("sigmoid", y)
    for index in y.values.indices { y.values[index] *= magnitudes.values[index] }
    return y
  }
}
