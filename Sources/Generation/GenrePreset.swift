/// A named genre of `api.md` 13.1: what it is, its tags and its tempo.
public struct GenrePreset: Sendable {
  public let name: String
  public let description: String
  /// For engines that read tags: put before the caption, or used as the caption where there is none.
  public let tags: String
  public let bpm: Int?
  /// Other names that are accepted.
  public let aliases: [String]

  /// The preset of this name or alias, in any case.
  public static func named(_ name: String) -> GenrePreset? {
    let wanted = name.lowercased()
    return all.first { $0.name.lowercased() == wanted || $0.aliases.contains { $0.lowercased() == wanted } }
  }

  /// In the order in which they are shown.
  public static let all: [GenrePreset] = [
    .init("Modern Pop", "Contemporary pop with electronic elements",
      "pop, synth, drums, guitar, 120 bpm, upbeat, catchy, vibrant, female vocals, polished vocals", 120, ["Pop"]),
    .init("Rock", "Guitar-driven rock music",
      "rock, electric guitar, drums, bass, 130 bpm, energetic, rebellious, gritty, male vocals, raw vocals", 130),
    .init("Hip Hop", "Modern hip hop beats",
      "hip hop, 808 bass, hi-hats, synth, 90 bpm, bold, urban, intense, male vocals, rhythmic vocals", 90),
    .init("Jazz", "Jazz with improvisation",
      "jazz, saxophone, piano, double bass, 110 bpm, smooth, improvisational, soulful, male vocals, crooning vocals", 110),
    .init("Classical", "Orchestral music in the classical tradition",
      "classical, orchestral, strings, piano, 60 bpm, elegant, emotive, timeless, instrumental", 60),
    .init("Electronic", "Synth-driven dance music",
      "edm, synth, bass, kick drum, 128 bpm, euphoric, pulsating, energetic, instrumental", 128, ["EDM"]),
    .init("Country", "Acoustic country",
      "country, acoustic guitar, steel guitar, fiddle, 100 bpm, heartfelt, rustic, warm, male vocals, twangy vocals", 100),
    .init("Folk", "Folk with traditional elements",
      "folk, acoustic guitar, harmonica, 90 bpm, organic, traditional, storytelling", 90),
    .init("Blues", "Soulful blues",
      "blues, guitar, harmonica, 80 bpm, emotional, soulful, traditional", 80),
    .init("Reggae", "Caribbean rhythms",
      "reggae, guitar, bass, drums, 80 bpm, chill, soulful, positive, male vocals, smooth vocals", 80),
    .init("Latin", "Latin styles",
      "latin, guitar, percussion, 110 bpm, rhythmic, festive, cultural", 110),
    .init("R&B", "Rhythm and blues",
      "r&b, synth, bass, drums, 85 bpm, sultry, groovy, romantic, female vocals, silky vocals", 85, ["RnB"]),
    .init("Metal", "Heavy metal",
      "metal, electric guitar, double kick drum, bass, 160 bpm, aggressive, intense, heavy, male vocals, screamed vocals", 160),
    .init("Custom", "Only your own caption", "", nil),
  ]

  private init(_ name: String, _ description: String, _ tags: String, _ bpm: Int?, _ aliases: [String] = []) {
    self.name = name
    self.description = description
    self.tags = tags
    self.bpm = bpm
    self.aliases = aliases
  }
}
