/// The forms in which players and editors read timed lyrics. Lines without a text are left out of all of them.
extension TimedLyrics {
  /// LRC: `[mm:ss.xx] line`, one a line (`api.md` 11.2). Minutes grow beyond two digits; square brackets of a text become
  /// round ones, for they would be read as times.
  public var lrc: String {
    shown.map { "[\(Self.minutes($0.startSeconds))] \(Self.escapedForLRC($0.text))" }.joined(separator: "\n")
  }

  /// Enhanced LRC (the A2 extension): `[mm:ss.xx] <mm:ss.xx>word <mm:ss.xx>word<mm:ss.xx>`; the last time is the line's end.
  /// Angle brackets of a text become ‹ ›. A line without words is as in `lrc`.
  public var enhancedLRC: String {
    shown.map { line in
      let start = "[\(Self.minutes(line.startSeconds))] "
      func escaped(_ text: String) -> String { Self.escapedForLRC(text).replacing("<", with: "‹").replacing(">", with: "›") }
      guard !line.words.isEmpty else { return start + escaped(line.text) }
      let words = line.words.map { "<\(Self.minutes($0.startSeconds))>\(escaped($0.text))\($0.isFollowedBySpace ? " " : "")" }
      return start + words.joined() + "<\(Self.minutes(line.endSeconds))>"
    }.joined(separator: "\n")
  }

  /// SubRip: numbered cues, parted by empty lines. Angle brackets, which some players read as markup, become ‹ ›.
  public var srt: String {
    cues.enumerated().map { index, cue in
      let text = Self.plain(cue.line.text).replacing("<", with: "‹").replacing(">", with: "›")
      return "\(index + 1)\n\(Self.hours(cue.start, ",")) --> \(Self.hours(cue.end, ","))\n\(text)\n"
    }.joined(separator: "\n")
  }

  /// WebVTT (W3C) with the time of each word after a line's first inside its cue, which browsers style as past and future.
  public var webVTT: String {
    let blocks = cues.map { cue in
      var text = ""
      for word in cue.line.words {
        let time = Self.milliseconds(word.startSeconds)
        if time > cue.start, time < cue.end { text += "<\(Self.hours(time, "."))>" }
        text += Self.escapedForVTT(word.text) + (word.isFollowedBySpace ? " " : "")
      }
      if cue.line.words.isEmpty { text = Self.escapedForVTT(cue.line.text) }
      return "\(Self.hours(cue.start, ".")) --> \(Self.hours(cue.end, "."))\n\(text)\n"
    }
    return (["WEBVTT\n"] + blocks).joined(separator: "\n")
  }

  private var shown: [Line] { lines.filter { !Self.plain($0.text).isEmpty } }

  /// Each line and its times in milliseconds. A cue lasts at least a tenth of a second, where the next one leaves it that.
  private var cues: [(line: Line, start: Int, end: Int)] {
    let shown = shown
    return shown.indices.map { index in
      let start = Self.milliseconds(shown[index].startSeconds)
      let next = index + 1 < shown.count ? Self.milliseconds(shown[index + 1].startSeconds) : Int.max
      let end = min(max(Self.milliseconds(shown[index].endSeconds), start + 100), max(next, start + 1))
      return (shown[index], start, end)
    }
  }

  /// Times beyond a hundred days, negative ones and those that are no numbers are brought into range.
  private static func milliseconds(_ seconds: Double) -> Int {
    guard seconds.isFinite else { return 0 }
    return Int((min(max(0, seconds), 8_640_000) * 1000).rounded())
  }

  private static func padded(_ value: Int, _ digits: Int = 2) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// "mm:ss.xx".
  private static func minutes(_ seconds: Double) -> String {
    let time = (milliseconds(seconds) + 5) / 10
    return "\(padded(time / 6000)):\(padded(time / 100 % 60)).\(padded(time % 100))"
  }

  /// "hh:mm:ss.xxx", with this mark before the thousandths.
  private static func hours(_ time: Int, _ mark: String) -> String {
    "\(padded(time / 3_600_000)):\(padded(time / 60_000 % 60)):\(padded(time / 1000 % 60))\(mark)\(padded(time % 1000, 3))"
  }

  /// One line: breaks and control characters are blanks, and of those there is one at a time.
  private static func plain(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
    return String(scalars).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func escapedForLRC(_ text: String) -> String {
    plain(text).replacing("[", with: "(").replacing("]", with: ")")
  }

  private static func escapedForVTT(_ text: String) -> String {
    plain(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
