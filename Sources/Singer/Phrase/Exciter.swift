import Audio
import Glibc

/// What a source of 24,000 samples a second lacks: overtones above 9 kHz, made from those above 5 kHz by a soft clip, at
/// -18 dB.
enum Exciter {
  static func addAir(to samples: inout [Float]) {
    var band = StereoBuffer(left: samples, right: samples)
    Equalizer([.highPass(5_000), .highPass(5_000)]).process(&band)
    let peak = band.left.reduce(Float(0)) { max($0, abs($1)) }
    guard peak > 1e-6 else { return }
    // Driven so that its loudest consonants are well bent.
    let drive = 4 / peak
    for index in band.left.indices { band.left[index] = tanhf(band.left[index] * drive) / drive }
    band.right = band.left
    Equalizer([.highPass(9_000), .highPass(9_000)]).process(&band)
    for index in samples.indices { samples[index] += 0.125892541 * band.left[index] }
  }
}

/// Air drawn in before a line: 250 ms of noise between 2 and 6 kHz, 30 dB below the line's peak.
enum BreathIntake {
  /// The stream of its noise.
  private static let stream = 12
  private static let seconds = 0.25

  /// - Parameter start: when the line's first sound begins, in seconds of the phrase; the breath ends 40 ms before.
  static func add(to samples: inout [Float], before start: Double, _ noise: HashNoise) {
    let rate = Double(PhraseRenderer.sampleRate)
    let count = Int(seconds * rate)
    let peak = samples.reduce(Float(0)) { max($0, abs($1)) }
    let first = max(0, Int((start - 0.04 - seconds) * rate))
    guard peak > 0, first + count <= samples.count else { return }
    let source = (0..<count).map { noise(stream: stream, sample: $0) }
    var breath = StereoBuffer(left: source, right: source)
    Equalizer([.highPass(2_000), .lowPass(6_000)]).process(&breath)
    var energy: Float = 0
    for index in 0..<count {
      // Slowly in, quickly off.
      let way = Double(index) / Double(count)
      breath.left[index] *= Float(sin(.pi * pow(way, 1.5)))
      energy += breath.left[index] * breath.left[index]
    }
    // 38 dB below the line's peak.
    let scale = 0.0126 * peak / max((energy / Float(count)).squareRoot(), 1e-9)
    for index in 0..<count { samples[first + index] += scale * breath.left[index] }
  }
}
