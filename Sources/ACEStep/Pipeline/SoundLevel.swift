import Tensor

extension Matrix {
  /// The highest absolute value.
  var peak: Float { values.reduce(0) { max($0, abs($1)) } }

  /// A sound brought to a peak of -1 dBFS; one that is silent stays (`acestep.md` 12.3).
  mutating func normalizePeak() {
    let peak = peak
    guard peak > 1e-6 else { return }
    // 10^(-1/20)
    self *= 0.891_250_94 / peak
  }
}
