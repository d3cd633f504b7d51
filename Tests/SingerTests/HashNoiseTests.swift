import Singer
import Testing

@Suite struct HashNoiseTests {
  @Test func seedZeroIsTheNoiseOfTheGoldenData() {
    let noise = HashNoise(seed: 0)
    let harmonic: [Float] = [-3.450609, -0.866035, -0.115020, 0.554804, -0.047361]
    let vocoder: [Float] = [-0.548038, -0.189445, 0.453315, -0.020298, -0.649526]
    for sample in 0..<5 {
      #expect(abs(noise(stream: 0, sample: sample) - harmonic[sample]) < 1e-6)
      #expect(abs(noise(stream: HashNoise.vocoderStream, sample: sample) - vocoder[sample]) < 1e-6)
    }
  }

  @Test(arguments: [0, 1, 0xDEAD_BEEF] as [UInt32])
  func itIsWhiteWithMeanZeroAndVarianceOne(_ seed: UInt32) {
    let noise = HashNoise(seed: seed)
    let samples = (0..<200_000).map { Double(noise(stream: 3, sample: $0)) }
    let count = Double(samples.count)
    let mean = samples.reduce(0, +) / count
    let variance = samples.reduce(0) { $0 + $1 * $1 } / count
    let neighbours = zip(samples, samples.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / count
    #expect(abs(mean) < 0.01)
    #expect(abs(variance - 1) < 0.02)
    #expect(abs(neighbours) < 0.01)
  }

  @Test func seedsAndStreamsDiffer() {
    func samples(_ seed: UInt32, _ stream: Int) -> [Float] {
      (0..<1_000).map { HashNoise(seed: seed)(stream: stream, sample: $0) }
    }
    let base = samples(1, 0)
    for other in [samples(2, 0), samples(1, 1)] {
      let correlation = zip(base, other).reduce(0) { $0 + $1.0 * $1.1 } / 1_000
      #expect(abs(correlation) < 0.15)
    }
    #expect(base == samples(1, 0))
  }
}
