import Tensor

/// The pitch and energy of natural speech (`singer.md` 2.6).
struct Prosody {
  private let lstm: BidirectionalLSTM
  private let pitch, energy: [StyledResidualBlock]
  private let projectPitch, projectEnergy: Conv1d

  init(_ weights: Weights) throws {
    lstm = try weights.lstm("shared", 640, hidden: 256)
    func blocks(_ name: String) throws -> [StyledResidualBlock] {
      [
        try StyledResidualBlock(weights / "\(name).0", 512, 512),
        try StyledResidualBlock(weights / "\(name).1", 512, 256, doublesRate: true),
        try StyledResidualBlock(weights / "\(name).2", 256, 256),
      ]
    }
    pitch = try blocks("F0")
    energy = try blocks("N")
    projectPitch = try weights.conv1d("F0_proj", 256, 1, taps: 1)
    projectEnergy = try weights.conv1d("N_proj", 256, 1, taps: 1)
  }

  /// - Parameters:
  ///   - features: the duration encoder's, [T, 640].
  ///   - frames: of each symbol, L together.
  /// - Returns: F0 in Hz and energy, 2L of each.
  func callAsFunction(
    _ features: Matrix, frames: [Int], style: [Float], inspect: Inspect
  ) -> (f0: [Float], energy: [Float]) {
    let indices = frames.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    let x = lstm(features.selectingRows(indices)).transposed()  // [512, L]
    inspect("shared", x)
    let f0 = pitch.reduce(x) { $1($0, style: style) }
    let n = energy.reduce(x) { $1($0, style: style) }
    return (projectPitch(f0).values, projectEnergy(n).values)
  }
}
