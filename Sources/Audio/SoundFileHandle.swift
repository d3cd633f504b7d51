import CSndfile

/// Owns one `SNDFILE`: opened in `init`, closed once.
@safe
final class SoundFileHandle {
  struct OpenFailure: Error { let reason: String }

  private var handle: OpaquePointer?

  init(path: String, mode: Int32, info: inout SF_INFO) throws(OpenFailure) {
    unsafe handle = unsafe sf_open(path, mode, &info)
    if unsafe handle == nil { throw OpenFailure(reason: unsafe String(cString: sf_strerror(nil))) }
  }

  deinit { _ = close() }

  /// The library's words for its last error.
  var reason: String { unsafe String(cString: sf_strerror(handle)) }
  var failed: Bool { unsafe sf_error(handle) != SF_ERR_NO_ERROR }

  @discardableResult
  func command(_ command: Int, _ flag: Int32) -> Int32 {
    unsafe sf_command(handle, Int32(command), nil, flag)
  }

  /// Must come before the first write.
  func setQuality(_ quality: Double?, for format: AudioFormat) {
    guard !format.isLossless else { return }
    var value = min(max(quality ?? (format == .mp3 ? 0.95 : 0.6), 0), 1)
    if format == .mp3 {
      var mode = Int32(SF_BITRATE_MODE_VARIABLE)
      _ = unsafe sf_command(
        handle, Int32(SFC_SET_BITRATE_MODE), &mode, Int32(MemoryLayout<Int32>.size))
    }
    _ = unsafe sf_command(
      handle, Int32(SFC_SET_VBR_ENCODING_QUALITY), &value, Int32(MemoryLayout<Double>.size))
  }

  /// Frames really written.
  func write(_ interleaved: [Float], frames: Int) -> Int {
    Int(unsafe sf_writef_float(handle, interleaved, sf_count_t(frames)))
  }

  /// Frames really read; 0 at the end.
  func read(into interleaved: inout [Float], frames: Int) -> Int {
    Int(unsafe sf_readf_float(handle, &interleaved, sf_count_t(frames)))
  }

  /// Flushes and closes; false where the last bytes could not be written.
  func close() -> Bool {
    guard let open = unsafe handle else { return true }
    unsafe handle = nil
    return unsafe sf_close(open) == 0
  }
}
