import Checkpoint

/// Spleeter's checkpoint as our file of weights: the same tensors under layer names of our own, `vocals.conv1.kernel` ...
/// `accompaniment.upnorm6.beta`, F32, kernels [height = time, width = frequency, in, out], those of transposed convolutions
/// [.., out, in] (`listening.md` 2.2).
enum SpleeterConversion {
  static let format = "cantiga-spleeter-1"
  static let networks = ["vocals", "accompaniment"]
  /// Channels after each convolution of the encoder.
  static let encoder = [16, 32, 64, 128, 256, 512]
  /// Channels (out, in) of each transposed convolution.
  static let decoder = [(256, 512), (128, 512), (64, 256), (32, 128), (16, 64), (1, 32)]
  static let decoderNorms = [256, 128, 64, 32, 16, 1]

  static func convert(_ bundle: TensorBundle, to path: String) throws {
    var tensors: [SafetensorsFile.Tensor] = []
    func add(_ name: String, _ source: String, _ shape: [Int]) throws {
      tensors.append(.init(name: name, type: .float32, shape: shape, bytes: try bundle.bytes(source, shape: shape)))
    }
    func numbered(_ name: String, _ number: Int) -> String { number == 0 ? name : "\(name)_\(number)" }
    for (index, network) in networks.enumerated() {
      let channels = [2] + encoder
      for layer in 0..<6 {
        let source = numbered("conv2d", 7 * index + layer)
        try add("\(network).conv\(layer + 1).kernel", source + "/kernel", [5, 5, channels[layer], channels[layer + 1]])
        try add("\(network).conv\(layer + 1).bias", source + "/bias", [channels[layer + 1]])
      }
      let mask = numbered("conv2d", 7 * index + 6)
      try add("\(network).mask.kernel", mask + "/kernel", [4, 4, 1, 2])
      try add("\(network).mask.bias", mask + "/bias", [2])
      for (layer, (outputs, inputs)) in decoder.enumerated() {
        let source = numbered("conv2d_transpose", 6 * index + layer)
        try add("\(network).up\(layer + 1).kernel", source + "/kernel", [5, 5, outputs, inputs])
        try add("\(network).up\(layer + 1).bias", source + "/bias", [outputs])
      }
      // The sixth norm of the encoder is stored and not used.
      for (layer, channels) in (encoder.dropLast() + [0] + decoderNorms).enumerated() where channels > 0 {
        let source = numbered("batch_normalization", 12 * index + layer)
        let name = layer < 6 ? "\(network).norm\(layer + 1)" : "\(network).upnorm\(layer - 5)"
        for (part, stored) in [
          ("gamma", "gamma"), ("beta", "beta"), ("mean", "moving_mean"), ("variance", "moving_variance"),
        ] {
          try add("\(name).\(part)", "\(source)/\(stored)", [channels])
        }
      }
    }
    try SafetensorsFile.write(tensors, metadata: ["format": format], to: path)
  }
}
