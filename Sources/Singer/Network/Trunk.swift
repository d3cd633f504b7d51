import Tensor

/// The decoder's trunk: sounds, pitch and energy at 40 frames a second to features at 80 (`singer.md` 2.7).
struct Trunk {
  private let pitchConv, energyConv, residual: Conv1d
  private let encode: StyledResidualBlock
  private let decode: [StyledResidualBlock]

  /// - Parameter precision: of the blocks.
  init(_ weights: Weights, _ precision: Precision) throws {
    pitchConv = try weights.conv1d("F0_conv", 1, 1, taps: 3, stride: 2, padding: 1)
    energyConv = try weights.conv1d("N_conv", 1, 1, taps: 3, stride: 2, padding: 1)
    residual = try weights.conv1d("asr_res", 512, 64, taps: 1)
    let weights = weights.computing(in: precision)
    encode = try StyledResidualBlock(weights / "encode", 514, 1024)
    decode = try (0..<4).map {
      try StyledResidualBlock(weights / "decode.\($0)", 1090, $0 < 3 ? 1024 : 512, doublesRate: $0 == 3)
    }
  }

  /// Multiplications and additions of its convolutions for so many frames of 25 ms.
  static func operations(frames: Int) -> Double {
    func block(_ inputs: Double, _ outputs: Double, columns: Double) -> Double {
      columns * 3 * (inputs + outputs) * outputs + inputs * outputs
    }
    return 2 * Double(frames)
      * (block(514, 1024, columns: 1) + 3 * block(1090, 1024, columns: 1) + block(1090, 512, columns: 2) + 512 * 64)
  }

  /// - Parameters:
  ///   - sounds: the text encoder's columns, repeated: [512, L].
  ///   - f0, energy: 2L of each.
  /// - Returns: [512, 2L]
  func callAsFunction(_ sounds: Matrix, f0: [Float], energy: [Float], style: [Float], inspect: Inspect) -> Matrix {
    let f = pitchConv(Matrix(rows: 1, columns: f0.count, values: f0))  // [1, L]
    let n = energyConv(Matrix(rows: 1, columns: energy.count, values: energy))
    inspect("trunk.f0_conv", f)
    inspect("trunk.n_conv", n)
    var x = encode(.stacking([sounds, f, n]), style: style)  // [1024, L]
    inspect("trunk.encode", x)
    let r = residual(sounds)  // [64, L]
    inspect("trunk.asr_res", r)
    for (index, block) in decode.enumerated() {
      x = block(.stacking([x, r, f, n]), style: style)
      inspect("trunk.decode\(index)", x)
    }
    return x
  }
}
