import CSndfile
import Foundation

/// What kind of sound file some bytes begin, told by the bytes alone.
public enum SoundContainer: String, Sendable, CaseIterable {
  case wav, aiff, caf, au, flac, ogg, mp3

  /// - Parameter head: the first bytes of the file; 4 KiB tell all that can be told.
  public init?(head: [UInt8]) {
    func has(_ text: String, at offset: Int = 0) -> Bool {
      head.count >= offset + text.utf8.count && head[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
    }
    if has("RIFF") || has("RIFX") || has("RF64"), has("WAVE", at: 8) { self = .wav; return }
    if has("FORM"), has("AIFF", at: 8) || has("AIFC", at: 8) { self = .aiff; return }
    if has("caff") { self = .caf; return }
    if has(".snd") { self = .au; return }
    if has("fLaC") { self = .flac; return }
    if has("OggS") { self = .ogg; return }
    // A tag in front, or the sync word of MPEG audio's third layer.
    if has("ID3") { self = .mp3; return }
    if head.count >= 3, head[0] == 0xFF, head[1] & 0xE6 == 0xE2, head[2] & 0xF0 != 0xF0, head[2] & 0x0C != 0x0C { self = .mp3; return }
    return nil
  }

  /// The media type to name it by.
  public var contentType: String {
    switch self {
    case .wav: "audio/wav"
    case .aiff: "audio/aiff"
    case .caf: "audio/x-caf"
    case .au: "audio/basic"
    case .flac: "audio/flac"
    case .ogg: "audio/ogg"
    case .mp3: "audio/mpeg"
    }
  }

  /// As said to people.
  public static let names = "WAV, FLAC, MP3, Ogg (Vorbis, Opus), AIFF, CAF and AU"
}

/// Why a file is not taken in, in a sentence that names neither the file nor the server.
public enum ForeignSoundError: Error, Sendable, Equatable, CustomStringConvertible {
  /// With what it seems to be instead, if that can be told.
  case unknownKind(String?)
  case damaged(reason: String)
  case empty
  case tooManyChannels(Int)
  case rate(Int)

  public var description: String {
    switch self {
    case .unknownKind(let kind):
      "\(kind.map { "\($0) can't be read here." } ?? "This is not a sound file that can be read here.") "
        + "\(SoundContainer.names) can, whatever the file is called."
    case .damaged(let reason): "The sound file can't be decoded: \(reason)"
    case .empty: "There is no sound in this file."
    case .tooManyChannels(let count): "The sound file has \(count) channels; 1 to 8 can be read."
    case .rate(let rate): "The sound file has \(rate) samples a second; 4,000 to 384,000 can be read."
    }
  }
}

/// A sound file from somebody else, made into one of ours: FLAC of 24 bits, 48 kHz, stereo.
public struct ForeignSound: Sendable, Equatable {
  public let container: SoundContainer
  public let sourceRate: Int
  public let sourceChannels: Int
  /// Of what was kept.
  public let durationSeconds: Double
  /// Whether the file goes on after what was kept.
  public let isCut: Bool
  /// What samples were multiplied with, because some lay beyond full scale; 1 for nearly all files.
  public let gain: Double

  private static let framesPerBlock = 4096

  /// Decodes a file twice, for its peak and for its samples, in little memory whatever its size and length.
  ///
  /// Samples that are no numbers are silence. More than two channels are mixed to two (ITU-R BS.775). 48 kHz with up to 24 bits is kept
  /// bit for bit.
  /// - Parameters:
  ///   - target: the FLAC to write; it may be left half written when this throws.
  ///   - limitSeconds: what comes after is left out.
  /// - Throws: `ForeignSoundError`; `AudioError` where the target can't be written.
  public init(keeping path: String, as target: String, limitSeconds: Double = 600, checkCancellation: () throws -> Void = {}) throws {
    guard let file = FileHandle(forReadingAtPath: path), let head = try file.read(upToCount: 4096) else {
      throw ForeignSoundError.empty
    }
    try file.close()
    guard let container = SoundContainer(head: Array(head)) else { throw ForeignSoundError.unknownKind(Self.kind(of: Array(head))) }
    var peak: Float = 0
    var frames = 0
    let first = try ForeignDecoding(path)
    let limit = Int(limitSeconds * Double(first.rate))
    while frames < limit, let block = try first.next(Self.framesPerBlock) {
      let count = min(block.count / 2, limit - frames)
      for sample in block.prefix(2 * count) { peak = max(peak, abs(sample)) }
      frames += count
      try checkCancellation()
    }
    guard frames > 0 else { throw ForeignSoundError.empty }
    isCut = try frames == limit && first.next(1) != nil
    gain = peak > 1 ? 1 / Double(peak) : 1
    self.container = container
    sourceRate = first.rate
    sourceChannels = first.channels
    durationSeconds = try Self.write(
      try ForeignDecoding(path), frames: frames, gain: Float(gain), to: target, checkCancellation: checkCancellation)
  }

  private static func write(
    _ decoding: ForeignDecoding, frames: Int, gain: Float, to target: String, checkCancellation: () throws -> Void
  ) throws -> Double {
    let rate = 48_000
    let writer = try FLACWriter(target, rate: rate)
    let resampler = decoding.rate == rate ? nil : try StreamResampler(from: decoding.rate, to: rate)
    var read = 0
    var written = 0
    while read < frames {
      guard var block = try decoding.next(framesPerBlock) else { throw ForeignSoundError.damaged(reason: "it changed while it was read") }
      let count = min(block.count / 2, frames - read)
      block.removeLast(block.count - 2 * count)
      read += count
      if gain != 1 { for index in block.indices { block[index] *= gain } }
      let made: [Float]
      switch resampler {
      case nil: made = block
      case .some(let resampler): made = try resampler.process(block, isLast: read == frames)
      }
      try writer.write(made)
      written += made.count / 2
      try checkCancellation()
    }
    try writer.finish()
    return Double(written) / Double(rate)
  }

  /// What people send that isn't read, by its first bytes.
  private static func kind(of head: [UInt8]) -> String? {
    func has(_ text: String, at offset: Int = 0) -> Bool {
      head.count >= offset + text.utf8.count && head[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
    }
    if has("ftyp", at: 4) { return "An MP4, M4A or AAC file" }
    if head.count > 1, head[0] == 0xFF, head[1] & 0xF6 == 0xF0 { return "An AAC file" }
    if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "A Matroska or WebM file" }
    if head.starts(with: [0x30, 0x26, 0xB2, 0x75]) { return "A WMA file" }
    if has("MThd") { return "A MIDI file" }
    if has("PK\u{3}\u{4}") { return "A ZIP file" }
    if has("<!DOCTYPE") || has("<!doctype") || has("<html") { return "A web page" }
    return nil
  }
}

/// A sound file on its way to stereo samples.
private final class ForeignDecoding {
  let rate: Int
  let channels: Int
  private let file: SoundFileHandle
  private var block: [Float] = []
  private let weights: [(left: Float, right: Float)]

  init(_ path: String) throws(ForeignSoundError) {
    var info = SF_INFO()
    do { file = try SoundFileHandle(path: path, mode: Int32(SFM_READ), info: &info) }
    catch { throw .damaged(reason: error.reason) }
    rate = Int(info.samplerate)
    channels = Int(info.channels)
    guard (1...8).contains(channels) else { throw .tooManyChannels(channels) }
    guard (4_000...384_000).contains(rate) else { throw .rate(rate) }
    weights = Self.weights(channels)
  }

  /// Up to so many frames, interleaved; nil at the end.
  func next(_ frames: Int) throws(ForeignSoundError) -> [Float]? {
    if block.count < frames * channels { block = [Float](repeating: 0, count: frames * channels) }
    let count = file.read(into: &block, frames: frames)
    guard count > 0 else {
      if file.failed { throw .damaged(reason: file.reason) }
      return nil
    }
    var result = [Float](repeating: 0, count: 2 * count)
    for frame in 0..<count {
      var (left, right): (Float, Float) = (0, 0)
      for channel in 0..<channels {
        let sample = block[frame * channels + channel]
        // What is no number is silence, what is absurd is bounded.
        let bounded = sample.isFinite ? min(max(sample, -64), 64) : 0
        left += bounded * weights[channel].left
        right += bounded * weights[channel].right
      }
      result[2 * frame] = left
      result[2 * frame + 1] = right
    }
    return result
  }

  /// How much of each channel goes where, in the order of WAV files: left, right, centre, low frequencies, then the rear pairs.
  private static func weights(_ channels: Int) -> [(left: Float, right: Float)] {
    let (left, right, centre): ((Float, Float), (Float, Float), (Float, Float)) = ((1, 0), (0, 1), (0.7071, 0.7071))
    let (rearLeft, rearRight): ((Float, Float), (Float, Float)) = ((0.7071, 0), (0, 0.7071))
    let low: (Float, Float) = (0, 0)
    let list: [(Float, Float)] =
      switch channels {
      case 1: [(1, 1)]
      case 2: [left, right]
      case 3: [left, right, centre]
      case 4: [left, right, rearLeft, rearRight]
      case 5: [left, right, centre, rearLeft, rearRight]
      case 6: [left, right, centre, low, rearLeft, rearRight]
      case 7: [left, right, centre, low, (0.5, 0.5), rearLeft, rearRight]
      default: [left, right, centre, low, rearLeft, rearRight, rearLeft, rearRight]
      }
    return list.map { (left: $0.0, right: $0.1) }
  }
}

/// A FLAC of 24 bits that is written block by block.
private final class FLACWriter {
  private let file: SoundFileHandle
  private let path: String

  init(_ path: String, rate: Int) throws(AudioError) {
    self.path = path
    var info = SF_INFO()
    info.samplerate = Int32(rate)
    info.channels = 2
    info.format = Int32(AudioFormat.flac.sndfileFormat(.bits24))
    do { file = try SoundFileHandle(path: path, mode: Int32(SFM_WRITE), info: &info) }
    catch { throw .cannotOpen(path: path, reason: error.reason) }
    file.command(SFC_SET_CLIPPING, 1)
  }

  func write(_ interleaved: [Float]) throws(AudioError) {
    guard !interleaved.isEmpty else { return }
    guard file.write(interleaved, frames: interleaved.count / 2) == interleaved.count / 2 else {
      throw .cannotWrite(path: path, reason: file.reason)
    }
  }

  func finish() throws(AudioError) {
    guard file.close() else { throw .cannotWrite(path: path, reason: "the file could not be finished (is the disk full?)") }
  }
}
