import Foundation
import JSON
import Music
import Store

/// The words of a song on its page, with their times for karaoke.
struct Lyrics: TemplateModel {
  /// ISO 639-1, nil when unknown.
  let language: String?
  let lines: [LyricLine]
  /// The timed lyrics as files; empty where nothing is timed.
  let files: [Extra]
  var isTimed: Bool { lines.contains { $0.seconds != nil } }

  static let fields: TemplateFields<Self> = [
    "language": .optional(\.language), "lines": .list(\.lines), "isTimed": .flag(\.isTimed), "hasFiles": .flag { !$0.files.isEmpty },
    "files": .list(\.files),
  ]
}

struct LyricLine: TemplateModel {
  let text: String
  /// "Verse 1": a line that names a part instead of being sung.
  let isHeading: Bool
  /// Nil when the line has no time.
  let seconds: Double?
  var endSeconds: Double?
  /// Where its words begin in the text, counted in UTF-16 as scripts of a page do, and when: "0:8.2 4:8.6".
  var wordTimes: String?

  static let fields: TemplateFields<Self> = [
    "text": .text(\.text),
    "isHeading": .flag(\.isHeading),
    "time": .optional { $0.seconds.map(Clock.text) },
    "lineSeconds": .optional { $0.seconds.map { String($0) } },
    "lineEnd": .optional { $0.endSeconds.map { String($0) } },
    "wordTimes": .optional(\.wordTimes),
  ]
}

extension Lyrics {
  /// The words that were sung, or else asked for, with the times that the engine gave.
  /// - Returns: nil for a job without words.
  init?(_ job: Job, facts: SongFacts, output: Output?, links: MediaLinks, expiry: Int) {
    self.init(job, text: facts.used["lyrics"]?.string ?? job.lyrics ?? "", output: output) { form in
      output.map { links.path(jobID: job.id, file: .lyrics(variation: $0.variation, form: form), expiry: expiry) }
    }
  }

  /// - Parameters:
  ///   - text: the words, a line each.
  ///   - link: where the timed lyrics are in a form; nil where there is no such link.
  init?(_ job: Job, text: String, output: Output?, link: (LyricsForm) -> String?) {
    let timed = output?.timedLyrics
    var left = timed?.lines[...] ?? []
    var lines: [LyricLine] = text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.trimmingCharacters(in: .whitespaces)
      if words.isEmpty { return nil }
      if words.hasPrefix("["), words.hasSuffix("]") {
        return LyricLine(text: String(words.dropFirst().dropLast()), isHeading: true, seconds: nil)
      }
      let plain = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard let index = left.firstIndex(where: { $0.text == plain }) else {
        return LyricLine(text: words, isHeading: false, seconds: nil)
      }
      defer { left = left[(index + 1)...] }
      return LyricLine(left[index])
    }
    if lines.isEmpty { lines = left.map(LyricLine.init) }
    guard !lines.isEmpty else { return nil }
    self.lines = lines
    language = timed?.language ?? job.language
    files = timed == nil ? [] : LyricsForm.allCases.compactMap { form in link(form).map { Extra(label: form.label, url: $0) } }
  }
}

extension LyricLine {
  init(_ line: TimedLyrics.Line) {
    text = line.text
    isHeading = false
    seconds = line.startSeconds
    endSeconds = line.endSeconds
    var place = 0
    var starts: [String] = []
    for word in line.words {
      starts.append("\(place):\(Self.short(word.startSeconds))")
      place += word.text.utf16.count + (word.isFollowedBySpace ? 1 : 0)
    }
    // Words that are not the line's own letters can't be marked in it.
    let isWhole = line.words.map { $0.text + ($0.isFollowedBySpace ? " " : "") }.joined() == line.text
    wordTimes = isWhole && !starts.isEmpty ? starts.joined(separator: " ") : nil
  }

  /// To the hundredth: "8.25", "9".
  private static func short(_ seconds: Double) -> String {
    let rounded = (seconds * 100).rounded() / 100
    return rounded == rounded.rounded() && rounded < 1e9 ? String(Int(rounded)) : String(rounded)
  }
}
