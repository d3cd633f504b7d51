import Foundation
import Tensor
import Testing

@Suite struct FFTTests {
  static func noise(_ count: Int) -> [Double] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15 &+ UInt64(count)
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) - 0.5
    }
  }

  @Test(arguments: [4, 8, 16, 32, 64, 128, 512, 1024, 2048])
  func spectraEqualTheDefinition(_ size: Int) {
    let samples = Self.noise(size)
    var fft = RealFFT(size: size)
    var spectrum = Spectrum(size: size)
    fft.forward(samples, into: &spectrum)
    var worst = 0.0
    for bin in stride(from: 0, through: size / 2, by: max(1, size / 64)) {
      var real = 0.0
      var imaginary = 0.0
      for (index, sample) in samples.enumerated() {
        let angle = 2 * Double.pi * Double(bin * index % size) / Double(size)
        real += sample * cos(angle)
        imaginary -= sample * sin(angle)
      }
      worst = max(worst, abs(real - spectrum.real[bin]), abs(imaginary - spectrum.imaginary[bin]))
    }
    #expect(worst < 1e-11)
  }

  @Test(arguments: [4, 8, 16, 256, 1024, 2048, 4096])
  func theInverseGivesTheSamplesBack(_ size: Int) {
    let samples = Self.noise(size)
    var fft = RealFFT(size: size)
    var spectrum = Spectrum(size: size)
    fft.forward(samples, into: &spectrum)
    var back = [Double](repeating: 0, count: size)
    fft.inverse(spectrum, into: &back)
    #expect(zip(samples, back).allSatisfy { abs($0 - $1) < 1e-14 })
  }

  @Test func imaginaryPartsAtBothEndsDoNotCount() {
    var fft = RealFFT(size: 64)
    var spectrum = Spectrum(size: 64)
    fft.forward(Self.noise(64), into: &spectrum)
    var clean = [Double](repeating: 0, count: 64)
    fft.inverse(spectrum, into: &clean)
    spectrum.imaginary[0] = 5
    spectrum.imaginary[32] = -7
    var other = clean
    fft.inverse(spectrum, into: &other)
    #expect(clean == other)
  }
}
