import CSoxr

/// Another number of samples a second for a whole sound, by libsoxr at its "very high quality": flat to 91 % of the
/// narrower band, stop band below -170 dB, linear phase.
public enum Resampler {
  /// The sound at `outputRate`: exactly `count * outputRate / inputRate` samples (rounded), and nothing delayed.
  ///
  /// A pure function: one thread, no dither.
  /// - Throws: `AudioError.cannotResample` where a rate is not 1,000 ... 768,000 or libsoxr runs out of memory.
  /// - Complexity: O(output); about 0.002 s a second of sound at 48,000.
  public static func resample(_ samples: [Float], from inputRate: Int, to outputRate: Int) throws(AudioError) -> [Float] {
    let rates = 1_000...768_000
    guard rates.contains(inputRate), rates.contains(outputRate) else {
      throw .cannotResample(reason: "from \(inputRate) to \(outputRate) samples a second; 1,000 to 768,000 are possible")
    }
    guard inputRate != outputRate, !samples.isEmpty else { return samples }
    let (product, overflow) = samples.count.multipliedReportingOverflow(by: outputRate)
    guard !overflow else { throw .cannotResample(reason: "the sound is too long") }
    let count = (product + inputRate / 2) / inputRate
    var output = [Float](repeating: 0, count: count)
    var quality = unsafe soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var threads = unsafe soxr_runtime_spec(1)
    let error = unsafe soxr_oneshot(
      Double(inputRate), Double(outputRate), 1, samples, samples.count, nil, &output, count, nil, nil, &quality, &threads)
    if let error = unsafe error { throw .cannotResample(reason: unsafe String(cString: error)) }
    return output
  }
}
