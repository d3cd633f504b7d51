import CSndfile

/// Sound files on disk, through libsndfile.
public enum AudioFile {
  /// libsndfile's Vorbis encoder overflows its stack on large writes.
  private static let framesPerCall = 4096

  /// Writes a whole buffer: FLAC and WAV with 24 bits, MP3 with variable bit rate, Ogg Vorbis.
  ///
  /// Samples beyond full scale are clipped. The file is complete when this returns; callers that need it
  /// to appear all at once write to a temporary name and rename.
  /// - Parameters:
  ///   - quality: 0 (small) ... 1 (best) for MP3 and Ogg; nil takes 0.95 and 0.6.
  ///   - depth: of FLAC and WAV.
  ///   - check: called before each second of sound; what it throws ends the writing, and the file stays a part of one.
  /// - Throws: `AudioError`, or what `check` throws.
  public static func write(
    _ buffer: StereoBuffer, to path: String, format: AudioFormat, quality: Double? = nil, depth: SampleDepth = .bits24,
    check: () throws -> Void = {}
  ) throws {
    var info = SF_INFO()
    info.samplerate = Int32(buffer.sampleRate)
    info.channels = 2
    info.format = Int32(format.sndfileFormat(depth))
    let file: SoundFileHandle
    do { file = try SoundFileHandle(path: path, mode: Int32(SFM_WRITE), info: &info) }
    catch { throw AudioError.cannotOpen(path: path, reason: error.reason) }
    file.command(SFC_SET_CLIPPING, 1)
    file.setQuality(quality, for: format)

    var interleaved = [Float](repeating: 0, count: framesPerCall * 2)
    var start = 0
    var checked = 0
    while start < buffer.frames {
      if start >= checked {
        try check()
        checked += buffer.sampleRate
      }
      let count = min(framesPerCall, buffer.frames - start)
      for frame in 0..<count {
        interleaved[2 * frame] = buffer.left[start + frame]
        interleaved[2 * frame + 1] = buffer.right[start + frame]
      }
      guard file.write(interleaved, frames: count) == count else {
        throw AudioError.cannotWrite(path: path, reason: file.reason)
      }
      start += count
    }
    guard file.close() else {
      throw AudioError.cannotWrite(path: path, reason: "the file could not be finished (is the disk full?)")
    }
  }

  /// Decodes a file in any format libsndfile knows; mono becomes two equal channels.
  /// - Parameter limitSeconds: longer files are refused, before memory is spent on them.
  public static func read(_ path: String, limitSeconds: Double = 1200) throws(AudioError) -> StereoBuffer {
    var info = SF_INFO()
    let file: SoundFileHandle
    do { file = try SoundFileHandle(path: path, mode: Int32(SFM_READ), info: &info) }
    catch { throw .cannotOpen(path: path, reason: error.reason) }
    let channels = Int(info.channels)
    let rate = Int(info.samplerate)
    guard channels == 1 || channels == 2 else {
      throw .tooManyChannels(path: path, channels: channels)
    }
    let limit = Int(limitSeconds * Double(rate))
    let announced = Int(info.frames)
    if announced > limit, announced < Int.max / 2 {
      throw .tooLong(path: path, seconds: Double(announced) / Double(rate), limitSeconds: limitSeconds)
    }

    // The header's count is a hint, so memory follows what is really decoded.
    var left: [Float] = []
    var right: [Float] = []
    left.reserveCapacity(min(max(announced, 0), limit))
    right.reserveCapacity(min(max(announced, 0), limit))
    var block = [Float](repeating: 0, count: framesPerCall * channels)
    while true {
      let count = file.read(into: &block, frames: framesPerCall)
      if count == 0 { break }
      for frame in 0..<count {
        left.append(block[frame * channels])
        right.append(block[frame * channels + channels - 1])
      }
      if left.count > limit {
        throw .tooLong(path: path, seconds: Double(left.count) / Double(rate), limitSeconds: limitSeconds)
      }
    }
    if file.failed { throw .cannotRead(path: path, reason: file.reason) }
    return StereoBuffer(left: left, right: right, sampleRate: rate)
  }
}

extension AudioFormat {
  func sndfileFormat(_ depth: SampleDepth) -> Int {
    let samples = depth == .bits16 ? Int(SF_FORMAT_PCM_16) : Int(SF_FORMAT_PCM_24)
    return switch self {
    case .flac: Int(SF_FORMAT_FLAC) | samples
    case .wav: Int(SF_FORMAT_WAV) | samples
    case .mp3: Int(SF_FORMAT_MPEG) | Int(SF_FORMAT_MPEG_LAYER_III)
    case .ogg: Int(SF_FORMAT_OGG) | Int(SF_FORMAT_VORBIS)
    }
  }
}
