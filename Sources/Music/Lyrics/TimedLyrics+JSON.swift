public import Foundation

/// `{"language": "en", "lines": [{"start", "end", "text", "words": [{"start", "end", "text", "space", "syllables": […]}]}]}`,
/// times in seconds to the millisecond.
extension TimedLyrics: Codable {
  private enum CodingKeys: String, CodingKey { case language, lines }

  /// Reads also a bare list of lines, as songs had them before words were timed.
  public init(from decoder: any Decoder) throws {
    if let lines = try? decoder.singleValueContainer().decode([Line].self) {
      self.init(lines: lines)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      lines: try container.decode([Line].self, forKey: .lines),
      language: try container.decodeIfPresent(String.self, forKey: .language))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(language, forKey: .language)
    try container.encode(lines, forKey: .lines)
  }

  /// The lyrics as JSON with sorted keys, so that equal lyrics give equal bytes.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  public init(json: Data) throws { self = try JSONDecoder().decode(TimedLyrics.self, from: json) }
}

extension TimedLyrics.Line: Codable {
  private enum CodingKeys: String, CodingKey { case start, end, text, words }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      startSeconds: try container.decode(Double.self, forKey: .start),
      endSeconds: try container.decode(Double.self, forKey: .end), text: try container.decode(String.self, forKey: .text),
      words: try container.decodeIfPresent([TimedLyrics.Word].self, forKey: .words) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rounded(startSeconds), forKey: .start)
    try container.encode(rounded(endSeconds), forKey: .end)
    try container.encode(text, forKey: .text)
    if !words.isEmpty { try container.encode(words, forKey: .words) }
  }
}

extension TimedLyrics.Word: Codable {
  private enum CodingKeys: String, CodingKey { case start, end, text, space, syllables }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      startSeconds: try container.decode(Double.self, forKey: .start),
      endSeconds: try container.decode(Double.self, forKey: .end), text: try container.decode(String.self, forKey: .text),
      isFollowedBySpace: try container.decodeIfPresent(Bool.self, forKey: .space) ?? false,
      syllables: try container.decodeIfPresent([TimedLyrics.Syllable].self, forKey: .syllables) ?? [])
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rounded(startSeconds), forKey: .start)
    try container.encode(rounded(endSeconds), forKey: .end)
    try container.encode(text, forKey: .text)
    if isFollowedBySpace { try container.encode(true, forKey: .space) }
    if !syllables.isEmpty { try container.encode(syllables, forKey: .syllables) }
  }
}

extension TimedLyrics.Syllable: Codable {
  private enum CodingKeys: String, CodingKey { case start, end, text }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      startSeconds: try container.decode(Double.self, forKey: .start),
      endSeconds: try container.decode(Double.self, forKey: .end), text: try container.decode(String.self, forKey: .text))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rounded(startSeconds), forKey: .start)
    try container.encode(rounded(endSeconds), forKey: .end)
    try container.encode(text, forKey: .text)
  }
}

private func rounded(_ seconds: Double) -> Double { (seconds * 1000).rounded() / 1000 }
