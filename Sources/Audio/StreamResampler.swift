import CSoxr

/// Resamples a stereo sound that comes in blocks, as `Resampler` does a whole one: the owner of a libsoxr stream.
@safe
struct StreamResampler: ~Copyable {
  private let stream: soxr_t
  private let ratio: Double

  /// - Throws: `AudioError.cannotResample`.
  init(from inputRate: Int, to outputRate: Int) throws(AudioError) {
    var quality = unsafe soxr_quality_spec(UInt(SOXR_VHQ), 0)
    var threads = unsafe soxr_runtime_spec(1)
    var error: soxr_error_t?
    let made = unsafe soxr_create(Double(inputRate), Double(outputRate), 2, &error, nil, &quality, &threads)
    guard let made = unsafe made else {
      throw .cannotResample(reason: unsafe error.map { unsafe String(cString: $0) } ?? "libsoxr ran out of memory")
    }
    unsafe stream = unsafe made
    ratio = Double(outputRate) / Double(inputRate)
  }

  deinit { unsafe soxr_delete(stream) }

  /// What becomes of a block of interleaved frames: what is ready by now.
  /// - Parameter isLast: nothing comes after it, so that the rest is given, too.
  func process(_ interleaved: [Float], isLast: Bool) throws(AudioError) -> [Float] {
    var result: [Float] = []
    let frames = interleaved.count / 2
    var taken = 0
    let room = Int(Double(frames) * ratio) + 4096
    var output = [Float](repeating: 0, count: 2 * room)
    while taken < frames {
      var (used, made) = (0, 0)
      let rest = Array(interleaved[(2 * taken)...])
      try unsafe check(soxr_process(stream, rest, frames - taken, &used, &output, room, &made))
      result += output[..<(2 * made)]
      taken += used
      guard used > 0 || made > 0 else { throw .cannotResample(reason: "libsoxr took nothing") }
    }
    guard isLast else { return result }
    while true {
      var made = 0
      try unsafe check(soxr_process(stream, nil, 0, nil, &output, room, &made))
      if made == 0 { return result }
      result += output[..<(2 * made)]
    }
  }

  private func check(_ error: soxr_error_t?) throws(AudioError) {
    if let error = unsafe error { throw .cannotResample(reason: unsafe String(cString: error)) }
  }
}
