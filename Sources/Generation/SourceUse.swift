import JSON

/// What is made of a recording that the request brings along (`api.md` 9). It reaches the engine as `SourceSong`: with the score and
/// manuscript of a song made here, without them for any other file.
public enum SourceUse: Sendable, Equatable {
  /// The same music in another style. `strength`: 1 keeps tempo, key, form, chords and melody; less varies the melody, then the
  /// chords, then keeps only tempo, key and form; 0 is a new song. The caption is that of the cover; lyrics, if given, replace the
  /// words that are heard.
  case cover(strength: Double)
  /// New music that takes what the request leaves open (tempo, key, loudness, tone, width, dynamics, style) from the recording.
  case reference
  /// One stem of the recording, as long as it is.
  case extract(StemTrack)
  /// A stem that plays along with the recording, as long as it is; it comes out alone.
  case lego(StemTrack)
  /// The recording with stems added that it lacks.
  case complete([StemTrack])
  /// Several stems of the recording, which add up to the song that comes out.
  case separate(StemSelection)
  /// The notes of some stems, by name; nil for those that there are.
  case transcribe([StemSelection.Stem]?, NoteOptions)
}

/// What can be taken out of a recording, by the names of `api.md` 9.4 and 19.1.
public enum StemTrack: String, Sendable, CaseIterable, Codable {
  case vocals, drums, bass, guitar, keyboard, strings, synth, percussion, brass, woodwinds
  case backingVocals = "backing_vocals"
  case fx
  /// All but the vocals.
  case instrumental
  /// All but vocals, drums and bass.
  case other

  /// The twelve that `extract-stem` knows.
  public static let extractable = allCases.filter { $0 != .instrumental && $0 != .other }

  /// Other words for them, case, blanks and hyphens aside.
  static let synonyms: [String: StemTrack] = [
    "vocal": .vocals, "lead_vocals": .vocals, "drum": .drums, "piano": .keyboard, "keys": .keyboard, "keyboards": .keyboard,
    "woodwind": .woodwinds, "backing_vocal": .backingVocals, "synths": .synth, "accompaniment": .instrumental,
    "no_vocals": .instrumental,
  ]

  /// Tracks that can be made, of a list as `WordList` reads it, each once; nil where it isn't one, or names others.
  static func list(of value: JSON?) -> [StemTrack]? {
    guard let words = value.flatMap({ WordList.words(in: $0) }) else { return nil }
    let tracks = words.compactMap(StemTrack.init(named:)).filter(extractable.contains)
    guard tracks.count == words.count else { return nil }
    return tracks.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// By name or synonym; case, blanks and hyphens don't matter. Nil for other words.
  public init?(named name: String) {
    let folded = name.lowercased().split { $0 == " " || $0 == "-" || $0 == "_" }.joined(separator: "_")
    guard let track = StemTrack(rawValue: folded) ?? Self.synonyms[folded] else { return nil }
    self = track
  }
}
