/// The file formats the studio writes and reads.
public enum AudioFormat: String, Sendable, CaseIterable, Codable {
  case flac, wav, mp3, ogg

  /// Without the dot.
  public var fileExtension: String { rawValue }

  /// The media type to serve the file with.
  public var contentType: String {
    switch self {
    case .flac: "audio/flac"
    case .wav: "audio/wav"
    case .mp3: "audio/mpeg"
    case .ogg: "audio/ogg"
    }
  }

  /// Whether decoding gives back the samples to within 24-bit rounding.
  public var isLossless: Bool { self == .flac || self == .wav }
}

/// The bits of a sample in a lossless file.
public enum SampleDepth: Sendable {
  case bits16, bits24
}
