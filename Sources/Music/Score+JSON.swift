public import Foundation

/// A score as a JSON document: stable keys, notes and controls as short arrays, so that a song of three
/// minutes stays under a few hundred kilobytes and two equal scores give equal bytes.
extension Score: Codable {
  /// The document, keys sorted.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// - Throws: `DecodingError` naming the place that isn't as it should be.
  public init(json: Data) throws {
    self = try JSONDecoder().decode(Score.self, from: json)
  }

  private enum CodingKeys: String, CodingKey {
    case format, title, key, keyChanges, meter, tempo, sections, chords, parts, lengthTicks, ticksPerQuarter, language
  }

  private static let format = "cantiga-score-1"

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.format, forKey: .format)
    try container.encode(Self.ticksPerQuarter, forKey: .ticksPerQuarter)
    try container.encode(title, forKey: .title)
    try container.encode(key, forKey: .key)
    // Left out where there are none, as in the scores written before there were any.
    if !keyChanges.isEmpty { try container.encode(keyChanges, forKey: .keyChanges) }
    try container.encode(meter, forKey: .meter)
    try container.encode(tempo, forKey: .tempo)
    try container.encode(sections, forKey: .sections)
    try container.encode(chords, forKey: .chords)
    try container.encode(parts, forKey: .parts)
    try container.encode(lengthTicks, forKey: .lengthTicks)
    try container.encodeIfPresent(language, forKey: .language)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let format = try container.decode(String.self, forKey: .format)
    guard format == Self.format else {
      throw DecodingError.dataCorruptedError(
        forKey: .format, in: container, debugDescription: "\(format) is not a score format known here.")
    }
    self.init(
      title: try container.decode(String.self, forKey: .title), key: try container.decode(Key.self, forKey: .key),
      keyChanges: try container.decodeIfPresent([KeyChange].self, forKey: .keyChanges) ?? [],
      meter: try container.decode(Meter.self, forKey: .meter),
      tempo: try container.decode([TempoChange].self, forKey: .tempo),
      sections: try container.decode([Section].self, forKey: .sections),
      chords: try container.decode([ChordSpan].self, forKey: .chords),
      parts: try container.decode([Part].self, forKey: .parts),
      lengthTicks: try container.decode(Int.self, forKey: .lengthTicks),
      language: try container.decodeIfPresent(String.self, forKey: .language))
  }
}

extension Chord.Quality: Codable {}

extension ChordSpan: Codable {
  private enum CodingKeys: String, CodingKey {
    case start, duration, root, quality, bass
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(startTick, forKey: .start)
    try container.encode(durationTicks, forKey: .duration)
    try container.encode(chord.root.rawValue, forKey: .root)
    try container.encode(chord.quality, forKey: .quality)
    try container.encodeIfPresent(chord.bass?.rawValue, forKey: .bass)
  }
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let chord = Chord(
      root: PitchClass(rawValue: try container.decode(Int.self, forKey: .root)),
      quality: try container.decode(Chord.Quality.self, forKey: .quality),
      bass: try container.decodeIfPresent(Int.self, forKey: .bass).map(PitchClass.init(rawValue:)))
    self.init(
      startTick: try container.decode(Int.self, forKey: .start),
      durationTicks: try container.decode(Int.self, forKey: .duration), chord: chord)
  }
}
