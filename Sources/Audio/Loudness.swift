import CEbur128
import Glibc

/// How loud a piece of sound is, by EBU R 128 (ITU-R BS.1770-4).
public struct Loudness: Sendable, Equatable {
  /// Gated programme loudness in LUFS; -infinity for silence.
  public var integrated: Double
  /// Loudness range in LU (EBU Tech 3342).
  public var range: Double
  /// The highest peak between samples in dBTP, 4 times oversampled; -infinity for silence.
  public var truePeak: Double

  /// Measures a whole buffer.
  /// - Complexity: O(frames), about 300 times faster than playing it.
  public init(of buffer: StereoBuffer) throws(AudioError) {
    let meter = try LoudnessMeter(
      sampleRate: buffer.sampleRate,
      modes: EBUR128_MODE_I.rawValue | EBUR128_MODE_LRA.rawValue | EBUR128_MODE_TRUE_PEAK.rawValue)
    try meter.add(buffer)
    integrated = meter.integrated
    range = meter.range
    truePeak = meter.truePeak
  }

  /// The gated programme loudness alone, in LUFS: several times faster than all three.
  public static func integrated(of buffer: StereoBuffer) throws(AudioError) -> Double {
    let meter = try LoudnessMeter(sampleRate: buffer.sampleRate, modes: EBUR128_MODE_I.rawValue)
    try meter.add(buffer)
    return meter.integrated
  }
}

/// Owns one `ebur128_state` of two channels.
@safe
private final class LoudnessMeter {
  private var state: UnsafeMutablePointer<ebur128_state>?

  init(sampleRate: Int, modes: UInt32) throws(AudioError) {
    unsafe state = ebur128_init(2, UInt(sampleRate), Int32(modes))
    if unsafe state == nil { throw .meterFailed }
  }

  deinit { unsafe ebur128_destroy(&state) }

  func add(_ buffer: StereoBuffer) throws(AudioError) {
    let block = 4096
    var interleaved = [Float](repeating: 0, count: block * 2)
    var start = 0
    while start < buffer.frames {
      let count = min(block, buffer.frames - start)
      for frame in 0..<count {
        interleaved[2 * frame] = buffer.left[start + frame]
        interleaved[2 * frame + 1] = buffer.right[start + frame]
      }
      guard unsafe ebur128_add_frames_float(state, interleaved, count) == EBUR128_SUCCESS.rawValue else {
        throw .meterFailed
      }
      start += count
    }
  }

  var integrated: Double {
    var value = -Double.infinity
    _ = unsafe ebur128_loudness_global(state, &value)
    return value
  }

  var range: Double {
    var value = 0.0
    _ = unsafe ebur128_loudness_range(state, &value)
    return value
  }

  var truePeak: Double {
    var highest = 0.0
    for channel in 0..<UInt32(2) {
      var peak = 0.0
      _ = unsafe ebur128_true_peak(state, channel, &peak)
      highest = max(highest, peak)
    }
    return 20 * log10(highest)
  }
}
