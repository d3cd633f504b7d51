import Audio

/// The highest absolute value in each hop of a channel, between the samples too (BS.1770-4, annex 2).
enum PeakMeter {
  static func truePeaks(of channel: [Float]) -> [Float] {
    let oversampling = FourfoldOversampling()
    let history = FourfoldOversampling.historyFrames
    let block = 1024
    // A sub-frame lies 5.875 frames back: the hop of its frame less six.
    let delay = 6
    var peaks = [Float](repeating: 0, count: GainCurve.hops(in: channel.count))
    var input = [Float](repeating: 0, count: history + block)
    var fine = [SIMD4<Float>](repeating: SIMD4(repeating: 0), count: block)
    for start in stride(from: 0, to: channel.count + delay, by: block) {
      for index in 0..<block {
        let frame = start + index
        input[history + index] = frame < channel.count ? channel[frame] : 0
      }
      var risen = fine.mutableSpan
      oversampling.rise(input.span, into: &risen)
      for index in 0..<block {
        let frame = start + index - delay
        guard frame >= 0, frame < channel.count else { continue }
        let value = fine[index]
        let highest = max(value.max(), -value.min())
        let hop = frame / GainCurve.hop
        peaks[hop] = max(peaks[hop], max(highest, abs(channel[frame])))
      }
      for index in 0..<history { input[index] = input[block + index] }
    }
    return peaks
  }
}
