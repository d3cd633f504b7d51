import Foundation

/// One file from which a player hears all stems of a song in step, a few seconds at a time.
///
/// The song is cut into segments of four seconds; a segment holds each stem as a FLAC file of 16 bits of its own, one
/// after the other. So a player fetches one range of bytes, decodes it exactly, and never holds the whole song.
///
/// | Bytes | |
/// |---|---|
/// | 4 | "CSP1" |
/// | 5 times 4 | stems, segments, frames a segment, sample rate, frames of the song |
/// | stems times segments times 4 | size of each FLAC file: all stems of segment 0, then of segment 1, ... |
/// | | the FLAC files in that order |
///
/// Numbers are little-endian, 32 bits.
public enum StemPack {
  public static let segmentSeconds = 4

  /// Writes a pack.
  /// - Parameters:
  ///   - stems: at least one; all of one length and rate.
  ///   - scratch: a folder for files that come and go.
  ///   - progress: told of each segment; what it throws ends the work.
  public static func write(
    _ stems: [StereoBuffer], to path: String, scratch: String, crew: Crew = .machineWide,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws {
    guard let first = stems.first else { preconditionFailure("a pack has a stem") }
    precondition(stems.allSatisfy { $0.frames == first.frames && $0.sampleRate == first.sampleRate }, "stems of one length")
    let segmentFrames = segmentSeconds * first.sampleRate
    let segments = max(1, (first.frames + segmentFrames - 1) / segmentFrames)
    // Each thread writes its segment to a file of its own; they are joined once all sizes are known.
    try crew.run(pieces: segments, steps: segments, progress: progress) { segment, steps in
      let range = segment * segmentFrames..<min((segment + 1) * segmentFrames, first.frames)
      var sizes: [UInt32] = []
      var bytes = Data()
      for stem in stems {
        let file = "\(scratch)/segment-\(segment).flac"
        let piece = StereoBuffer(
          left: Array(stem.left[range]), right: Array(stem.right[range]), sampleRate: stem.sampleRate)
        try AudioFile.write(piece, to: file, format: .flac, depth: .bits16)
        let encoded = try Data(contentsOf: URL(fileURLWithPath: file))
        try FileManager.default.removeItem(atPath: file)
        sizes.append(UInt32(encoded.count))
        bytes.append(encoded)
      }
      try (number(sizes) + bytes).write(to: URL(fileURLWithPath: "\(scratch)/segment-\(segment)"))
      try steps.advance()
    }
    try join(segments: segments, stems: stems.count, first: first, segmentFrames: segmentFrames, path: path, scratch: scratch)
  }

  private static func join(
    segments: Int, stems: Int, first: StereoBuffer, segmentFrames: Int, path: String, scratch: String
  ) throws {
    guard FileManager.default.createFile(atPath: path, contents: nil) else {
      throw AudioError.cannotOpen(path: path, reason: "the file cannot be created")
    }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    let header = [stems, segments, segmentFrames, first.sampleRate, first.frames].map(UInt32.init)
    let sizeBytes = stems * 4
    try output.write(contentsOf: Data("CSP1".utf8) + number(header) + Data(count: segments * sizeBytes))
    var sizes = Data()
    for segment in 0..<segments {
      let file = "\(scratch)/segment-\(segment)"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      try FileManager.default.removeItem(atPath: file)
      sizes.append(bytes.prefix(sizeBytes))
      try output.write(contentsOf: bytes.dropFirst(sizeBytes))
    }
    try output.seek(toOffset: UInt64(4 + header.count * 4))
    try output.write(contentsOf: sizes)
    try output.close()
  }

  private static func number(_ values: [UInt32]) -> Data {
    Data(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } })
  }
}
