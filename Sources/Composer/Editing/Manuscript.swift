public import Foundation

/// What a composer keeps of a song besides its score: all that a later edit starts from.
///
/// Score and manuscript lie beside each song, so that an edit of a song made by an earlier version starts from the
/// notes that were played.
public struct Manuscript: Sendable, Hashable, Codable {
  public var plan: SongPlan
  public var take: Take
  public var lyricLines: [LyricLine]
  /// In whose words the song was asked for.
  public var caption: String

  /// Of a cover: how much of its source it keeps, 0...1. Beyond 0.1 chords, and beyond 0.5 notes of the tune are the source's, so that
  /// plan and take alone don't give them again.
  public var coverStrength: Double?

  public init(plan: SongPlan, take: Take, lyricLines: [LyricLine], caption: String, coverStrength: Double? = nil) {
    self.coverStrength = coverStrength
    self.plan = plan
    self.take = take
    self.lyricLines = lyricLines
    self.caption = caption
  }

  /// As a JSON document, keys sorted.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// - Throws: `DecodingError` naming the place that isn't as it should be.
  public init(json: Data) throws { self = try JSONDecoder().decode(Manuscript.self, from: json) }
}
