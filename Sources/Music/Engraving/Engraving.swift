/// A score drawn bar by bar as SVG: every bar is a drawing of its own, so that a page can wrap them to any width.
///
/// Colours are the page's (`currentColor`), and no font is needed for the signs. Along a bar, time is place: a tick's
/// share of the bar is its share of the inner width, which is what a cursor that follows the playing needs.
public struct Engraving: Sendable {
  public struct Bar: Sendable {
    /// Counted from 1.
    public let number: Int
    /// The section that begins here.
    public let section: String?
    /// What a listener without the drawing is told: chords and words.
    public let label: String
    public let startSeconds: Double
    public let endSeconds: Double
    /// Which of `heads` stands in front of it where it begins a line.
    public let head: Int
    /// At its natural size, in CSS pixels.
    public let width: Int
    public let height: Int
    /// Where time begins and ends in it, in percent of its width.
    public let innerStart: Double
    public let innerEnd: Double
    /// The drawing's content, without the `<svg>` round it.
    public let markup: String
  }

  public let bars: [Bar]

  /// Clefs and key, to stand in front of a line's first bar. The first bar of all has its own.
  public struct Head: Sendable {
    public let width: Int
    public let height: Int
    public let markup: String
  }

  /// One a key.
  public let heads: [Head]

  /// - Parameter parts: which of the score's parts to draw, from top to bottom; the chords stand over the first.
  public init(_ score: Score, parts: [Int]) {
    let notation = Notation(score: score)
    let staves = parts.filter(score.parts.indices.contains).map { StaffLayout(score: score, part: score.parts[$0], notation: notation) }
    guard !staves.isEmpty else {
      (bars, heads) = ([], [])
      return
    }
    let showsLyrics = staves.map(\.hasLyrics)
    var tops: [Double] = []
    var y = 36.0
    for (index, staff) in staves.enumerated() {
      if index > 0 { y += 10 }
      tops.append(y + staff.roomAbove)
      y += staff.roomAbove + 32 + staff.roomBelow + (showsLyrics[index] ? 20 : 0)
    }
    let height = Int(y) + 6
    let keys = [(tick: 0, key: score.key)] + score.keyChanges.map { (tick: $0.tick, key: $0.key) }
    heads = keys.map { _, key in
      var svg = SVGText()
      for (index, staff) in staves.enumerated() { staff.drawHead(at: tops[index], key: key, in: &svg) }
      if staves.count > 1, let first = tops.first, let last = tops.last { svg.line("0", first, "0", last + 32, 1) }
      return Head(width: 40 + abs(key.signature) * 7, height: height, markup: svg.text)
    }
    bars = (0..<notation.barCount).map { bar in
      let start = bar * notation.barTicks
      let end = min(start + notation.barTicks, max(score.lengthTicks, start + 1))
      let signs = bar == 0 ? staves.map { $0.headWidth(in: score) }.max() ?? 0
        : score.keyChanges.contains { $0.tick == start } ? 12 + Double(abs(score.key(atTick: start).signature)) * 7 : 0
      let left = signs + 16
      let chords = score.chords.filter { $0.startTick >= start && $0.startTick < end }
      let music = max(
        staves.map { $0.width(ofBar: bar) }.max() ?? 90,
        Double(chords.count) * 46)
      let width = left + music + 4
      var svg = SVGText()
      for (index, staff) in staves.enumerated() {
        staff.drawStaff(at: tops[index], bar: bar, isLast: bar == notation.barCount - 1, isNamed: staves.count > 1, in: &svg)
      }
      if staves.count > 1, let first = tops.first, let last = tops.last {
        svg.line("0", first, "0", last + 32, 1)
        svg.line("100%", first, "100%", last + 32, 1)
      }
      let section = score.sections.first { $0.startTick >= start && $0.startTick < end }?.label
      if let section { svg.text(section, "0", 13, "rehearsal") } else if bar % 4 == 0 { svg.text(String(bar + 1), "0", 13, "bar-number") }
      let from = left / width * 100
      let share = music / width * 100
      svg.open(x: from, width: share)
      for chord in chords {
        let symbol = chord.chord.symbol(in: score.key(atTick: chord.startTick))
        svg.text(symbol, SVGText.percent(Double(chord.startTick - start) / Double(notation.barTicks)), tops[0] - staves[0].roomAbove - 3, "chord", dx: -6)
      }
      for (index, staff) in staves.enumerated() { staff.drawMusic(at: tops[index], bar: bar, in: &svg) }
      svg.close()
      let words = staves.flatMap { $0.words(inBar: bar) }
      let names = chords.map { $0.chord.symbol(in: score.key(atTick: $0.startTick)) }
      var label = "Bar \(bar + 1)"
      if let section { label += ", \(section)" }
      if !names.isEmpty { label += ": " + names.joined(separator: ", ") }
      if !words.isEmpty { label += "; " + words.joined(separator: " ") }
      return Bar(
        number: bar + 1, section: section, label: label, startSeconds: score.seconds(atTick: start),
        endSeconds: score.seconds(atTick: end),
        head: (keys.lastIndex { $0.tick <= start }) ?? 0, width: Int(width.rounded(.up)), height: height, innerStart: from,
        innerEnd: from + share * Double(end - start) / Double(notation.barTicks), markup: svg.text)
    }
  }
}

/// SVG as it grows. Places along the bar are percentages, everything else pixels.
struct SVGText {
  private(set) var text = ""

  static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded() / 10
    return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
  }
  static func percent(_ share: Double) -> String {
    let hundredths = (share * 10_000).rounded() / 100
    return (hundredths == hundredths.rounded() ? String(Int(hundredths)) : String(hundredths)) + "%"
  }

  /// A box in which percentages count anew.
  mutating func open(x: Double, width: Double) {
    text += "<svg x=\"\(SVGText.percent(x / 100))\" width=\"\(SVGText.percent(width / 100))\" overflow=\"visible\">"
  }
  /// A place along the bar from which pixels are counted.
  mutating func open(at x: String, _ y: Double) {
    text += "<svg x=\"\(x)\" y=\"\(Self.number(y))\" overflow=\"visible\">"
  }
  mutating func close() { text += "</svg>" }

  mutating func line(_ x1: String, _ y1: Double, _ x2: String, _ y2: Double, _ width: Double, dx: Double = 0) {
    let shift = dx == 0 ? "" : " transform=\"translate(\(Self.number(dx)))\""
    text += "<line x1=\"\(x1)\" y1=\"\(Self.number(y1))\" x2=\"\(x2)\" y2=\"\(Self.number(y2))\" stroke-width=\"\(Self.number(width))\"\(shift)/>"
  }
  mutating func text(_ content: String, _ x: String, _ y: Double, _ name: String, dx: Double = 0) {
    let shift = dx == 0 ? "" : " dx=\"\(Self.number(dx))\""
    text += "<text class=\"\(name)\" x=\"\(x)\" y=\"\(Self.number(y))\"\(shift)>\(XMLText.escaped(content))</text>"
  }
  mutating func path(_ data: String, _ name: String, x: Double = 0, y: Double = 0) {
    let shift = x == 0 && y == 0 ? "" : " transform=\"translate(\(Self.number(x)) \(Self.number(y)))\""
    text += "<path class=\"\(name)\" d=\"\(data)\"\(shift)/>"
  }
  mutating func raw(_ markup: String) { text += markup }
}

/// The signs, drawn for a staff whose lines are 8 apart. Class `ink` is filled, class `pen` a line.
enum Glyph {
  static let trebleClef =
    "M9.4 27.4C6.6 27.4 5.6 24.4 7 22.6C9 20.2 13.4 20.8 14.4 24.6C15.4 28.6 12.2 32.4 8.2 32.4C3.4 32.4.4 28.6 1 24.2C1.6 19.2 5.6 15.8 9 12.2C12 9 13 4.6 11.6-1.4C11.2-3.4 10.4-4.6 9.8-4.6C7.6-4 6.4 2.4 7 6.6L10.8 34.8C11.4 38.8 9.8 41.6 7 41.6C4.6 41.6 3.2 39.6 3.8 37.8"
  static let trebleDot = "M3.2 37.4A2.3 2.3 0 1 0 7.8 37.4A2.3 2.3 0 1 0 3.2 37.4Z"
  static let bassClef = "M2.6 8.4C2.4 2.6 13.6-1.4 15.2 6.6C16.6 15.6 9 22.4 1.4 26"
  static let bassDots =
    "M2.4 8.4A2.4 2.4 0 1 0 7.2 8.4A2.4 2.4 0 1 0 2.4 8.4ZM17.6 4A1.4 1.4 0 1 0 20.4 4A1.4 1.4 0 1 0 17.6 4ZM17.6 12A1.4 1.4 0 1 0 20.4 12A1.4 1.4 0 1 0 17.6 12Z"
  static let percussionClef = "M3 8H6.4V24H3ZM9.4 8H12.8V24H9.4Z"
  /// Heads are centred on their place.
  static let blackHead = "M-5.2 1.6C-4.4-2.4 2.4-5 4.6-2.8C6.8-.2 2 4 -2 3.9C-4.2 3.8-5.4 3 -5.2 1.6Z"
  static let halfHead =
    "M-5.2 1.6C-4.4-2.4 2.4-5 4.6-2.8C6.8-.2 2 4-2 3.9C-4.2 3.8-5.4 3-5.2 1.6ZM-3.8 2C-3 3.4 4.4-.6 4-1.9C3.2-3.4-4.4.6-3.8 2Z"
  static let wholeHead =
    "M-6.6 0C-6.6-2.6-3.6-3.9 0-3.9C3.6-3.9 6.6-2.6 6.6 0C6.6 2.6 3.6 3.9 0 3.9C-3.6 3.9-6.6 2.6-6.6 0ZM-2.6-1.4C-3.4.6-1.6 3 .6 2.8C3 2.6 3.4-.6 2 -2C.6-3.4-1.8-3.2-2.6-1.4Z"
  static let crossHead = "M-4-3.6L4 3.6M-4 3.6L4-3.6"
  static let sharp = "M-1.6-8.4V9M1.8-9.4V8M-4.2-1.6L4.4-4M-4.2 4L4.4 1.6"
  static let flat = "M-2.4-13V4.4C1.6 2.6 3.6-.6 2.6-2.6C1.6-4.2-.8-3.4-2.4-.8"
  static let natural = "M-2.2-9.6V4.2L2.4 2.6M2.4 9.6V-4.2L-2.2-2.6"
  /// Rests hang on the staff's top line as y = 0.
  static let wholeRest = "M-5.5 8H5.5V12.4H-5.5Z"
  static let halfRest = "M-5.5 11.6H5.5V16H-5.5Z"
  static let quarterRest = "M-2.4 4.6L3.4 11.4C-.6 15-.2 16.8 4 21C-1 19.2-3.6 22 .6 26.8"
  static let eighthRest = "M-2.6 12.6C.6 13.8 3 12.4 4.4 9.6L.4 24"
  static let sixteenthRest = "M-2.6 12.6C.6 13.8 3 12.4 4.4 9.6L-1.4 32M-4.6 20.6C-1.4 21.8 .8 20.4 2.2 17.6"
  static func dot(_ x: Double, _ y: Double, _ radius: Double = 1.6) -> String {
    let left = SVGText.number(x - radius), right = SVGText.number(x + radius), r = SVGText.number(radius), y = SVGText.number(y)
    return "M\(left) \(y)A\(r) \(r) 0 1 0 \(right) \(y)A\(r) \(r) 0 1 0 \(left) \(y)Z"
  }
  static let flagDown = "M0 0C.6 6.4 8.4 8.6 5.6 17.4C6.4 11.4 2 9.4 0 8.6Z"
  static let flagUp = "M0 0C.6-6.4 8.4-8.6 5.6-17.4C6.4-11.4 2-9.4 0-8.6Z"
}
