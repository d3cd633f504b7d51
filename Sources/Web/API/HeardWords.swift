import JSON
import Music
import Store

extension TimedLyrics {
  /// The words that were heard in a recording.
  /// - Parameter heard: as `HeardSong.json`.
  /// - Returns: nil where none were heard.
  init?(heard: JSON) {
    let lines = (heard["lyrics"]?["lines"]?.array ?? []).compactMap(Line.init(heard:))
    guard !lines.isEmpty else { return nil }
    self.init(lines: lines, language: heard["lyrics"]?["language"]?.string)
  }
}

extension TimedLyrics.Line {
  fileprivate init?(heard line: JSON) {
    guard let text = line["text"]?.string, let start = line["start"]?.double, let end = line["end"]?.double else { return nil }
    var rest = text[...]
    var words: [TimedLyrics.Word] = []
    for word in line["words"]?.array ?? [] {
      guard let text = word["text"]?.string, let start = word["start"]?.double, let end = word["end"]?.double,
        rest.hasPrefix(text)
      else {
        // Words that are not the line's own letters: the line alone has a time.
        words = []
        break
      }
      rest = rest.dropFirst(text.count)
      let isFollowedBySpace = rest.first?.isWhitespace == true
      rest = rest.drop(while: \.isWhitespace)
      words.append(.init(startSeconds: start, endSeconds: end, text: text, isFollowedBySpace: isFollowedBySpace))
    }
    self.init(startSeconds: start, endSeconds: end, text: text, words: rest.isEmpty ? words : [])
  }
}
