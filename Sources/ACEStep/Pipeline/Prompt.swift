/// What the text encoder is given, word by word as the model was trained with (`acestep.md` 4.1 to 4.3).
public struct Prompt: Sendable, Equatable {
  /// What is asked of the diffusion transformer.
  public enum Instruction: Sendable, Equatable {
    case textToMusic, cover, repaint
    /// A track's name, in capitals in the text; nil for none.
    case extract(track: String?)
    case lego(track: String?)
    case complete(tracks: [String])

    var text: String {
      switch self {
      case .textToMusic: "Fill the audio semantic mask based on the given conditions:"
      case .cover: "Generate audio semantic tokens based on the given conditions:"
      case .repaint: "Repaint the mask area based on the given conditions:"
      case .extract(let track): "Extract the \(Self.name(track))track from the audio:"
      case .lego(let track): "Generate the \(Self.name(track))track based on the audio context:"
      case .complete(let tracks):
        tracks.isEmpty
          ? "Complete the input track:" : "Complete the input track with \(tracks.map { $0.uppercased() }.joined(separator: " | ")):"
      }
    }

    private static func name(_ track: String?) -> String { track.map { $0.uppercased() + " " } ?? "" }
  }
  public var caption: String
  /// Empty for an instrumental.
  public var lyrics: String
  /// ISO 639-1; nil where it isn't known.
  public var language: String?
  public var bpm: Int?
  /// Beats of a bar: "4", "6".
  public var meter: String?
  /// "C major"
  public var key: String?
  public var seconds: Double

  public init(
    caption: String, lyrics: String = "", language: String? = nil, bpm: Int? = nil, meter: String? = nil, key: String? = nil,
    seconds: Double
  ) {
    self.caption = caption
    self.lyrics = lyrics
    self.language = language
    self.bpm = bpm
    self.meter = meter
    self.key = key
    self.seconds = seconds
  }

  /// Tokens that a prompt, and lyrics, may have.
  static let textLimit = 256
  static let lyricLimit = 2048

  func text(_ instruction: Instruction) -> String {
    """
    # Instruction
    \(instruction.text)

    # Caption
    \(caption)

    # Metas
    - bpm: \(bpm.map(String.init) ?? "N/A")
    - timesignature: \(meter ?? "N/A")
    - keyscale: \(key ?? "N/A")
    - duration: \(Int(seconds)) seconds
    <|endoftext|>

    """
  }

  var lyricText: String {
    """
    # Languages
    \(language ?? "unknown")

    # Lyric
    \(lyrics.isEmpty ? "[Instrumental]" : lyrics)<|endoftext|>
    """
  }
}
