/// Why a score could not be played.
public enum SynthError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Nowhere on this machine; the places are those that were looked at.
  case noSoundFont(places: [String])
  case unreadableSoundFont(path: String)
  case outOfMemory
  /// A part asks for one of our own synths by a name that none has.
  case unknownSynth(name: String, part: String)

  public var description: String {
    switch self {
    case .noSoundFont(let places):
      "No SoundFont was found (\(places.joined(separator: ", "))). Install one: "
        + "apt-get install fluid-soundfont-gm"
    case .unreadableSoundFont(let path):
      "The SoundFont \(path) can't be loaded. Reinstall it (apt-get install --reinstall "
        + "fluid-soundfont-gm) or name another file."
    case .outOfMemory: "There is not enough memory for the synthesiser."
    case .unknownSynth(let name, let part): "Part \(part) asks for the synth \"\(name)\", which doesn't exist."
    }
  }
}
