import Foundation

/// A song's cover: a small drawing that follows from its id, key and tempo alone, so that it needs no
/// file and never changes.
///
/// The key chooses the palette (minor keys are darker), the tempo how dense the drawing is, and the id
/// everything else.
struct Cover: TemplateModel {
  let ground: String
  let strokes: [Stroke]

  struct Stroke: TemplateModel {
    /// SVG path data in a square of 64.
    let path: String
    let colour: String
    let width: String

    static let fields: TemplateFields<Self> = [
      "path": .markup(\.path),
      "colour": .text(\.colour),
      "width": .text(\.width),
    ]
  }

  static let fields: TemplateFields<Self> = [
    "ground": .text(\.ground),
    "strokes": .list(\.strokes),
  ]

  /// - Parameters:
  ///   - pitchClass: 0 for C to 11 for B; nil when the song has no key yet.
  ///   - bpm: nil when unknown.
  init(id: Int, pitchClass: Int? = nil, isMinor: Bool = false, bpm: Double? = nil) {
    var dice = Dice(seed: UInt64(truncatingIfNeeded: id))
    // Drawn in any case, so that the drawing stays the same once the key is known.
    let drawn = dice.below(12)
    let palette = Palette.all[(pitchClass ?? drawn) % Palette.all.count]
    ground = isMinor ? palette.deep : palette.ground
    let density = min(max(((bpm ?? 100) - 50) / 130, 0), 1)
    let inks = [palette.first, palette.second, isMinor ? palette.ground : palette.third]
    switch dice.below(3) {
    case 0: strokes = Self.grooves(density: density, inks: inks, dice: &dice)
    case 1: strokes = Self.strings(density: density, inks: inks, dice: &dice)
    default: strokes = Self.pulses(density: density, inks: inks, dice: &dice)
    }
  }

  /// Arcs around a spindle, like a record.
  private static func grooves(density: Double, inks: [String], dice: inout Dice) -> [Stroke] {
    let count = 4 + Int(density * 4)
    let gap = 25.0 / Double(count)
    let centre = (x: 32.0 + dice.within(-10, 10), y: 32.0 + dice.within(-10, 10))
    return (0..<count).map { ring in
      let radius = 5 + gap * Double(ring + 1)
      let start = dice.within(0, 2 * .pi)
      let sweep = dice.within(1.2, 5.4)
      let from = (centre.x + radius * cos(start), centre.y + radius * sin(start))
      let to = (centre.x + radius * cos(start + sweep), centre.y + radius * sin(start + sweep))
      return Stroke(
        path: "M\(short(from.0)) \(short(from.1))A\(short(radius)) \(short(radius)) 0 "
          + "\(sweep > .pi ? 1 : 0) 1 \(short(to.0)) \(short(to.1))",
        colour: inks[dice.below(3)], width: short(gap * dice.within(0.35, 0.72)))
    }
  }

  /// Waving lines, like strings that sound.
  private static func strings(density: Double, inks: [String], dice: inout Dice) -> [Stroke] {
    let count = 5 + Int(density * 4)
    let gap = 52.0 / Double(count)
    let waves = 16.0 / (1 + density.rounded())
    return (0..<count).map { line in
      let y = 6 + gap * (Double(line) + 0.5)
      let swing = dice.within(0.5, 7) * (line % 2 == 0 ? 1 : -1)
      var path = "M-4 \(short(y))q\(short(waves / 2)) \(short(swing)) \(short(waves)) 0"
      for _ in 0..<Int(72 / waves) { path += "t\(short(waves)) 0" }
      return Stroke(
        path: path, colour: inks[dice.below(3)], width: short(gap * dice.within(0.16, 0.42)))
    }
  }

  /// Upright bars, like a level meter.
  private static func pulses(density: Double, inks: [String], dice: inout Dice) -> [Stroke] {
    let count = 6 + Int(density * 7)
    let gap = 52.0 / Double(count)
    let peak = dice.within(0.2, 0.8)
    return inks.enumerated().map { index, ink in
      var path = ""
      for bar in 0..<count where bar % 3 == index || dice.below(5) == 0 {
        let place = (Double(bar) + 0.5) / Double(count)
        let height = 4 + 24 * exp(-6 * (place - peak) * (place - peak)) * dice.within(0.45, 1)
        path += "M\(short(6 + gap * (Double(bar) + 0.5))) \(short(32 - height))v\(short(2 * height))"
      }
      return Stroke(path: path, colour: ink, width: short(gap * 0.56))
    }
  }

  /// One decimal is finer than a cover's pixels.
  private static func short(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let whole = abs(tenths) / 10, rest = abs(tenths) % 10
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
  }
}

private struct Palette {
  let ground, deep, first, second, third: String

  /// One a pitch class, around the colour circle of printed labels rather than of screens.
  static let all = [
    Palette(ground: "#c8502d", deep: "#5b1f14", first: "#f6e3c0", second: "#f0b35b", third: "#2b1a14"),
    Palette(ground: "#d98a2b", deep: "#5c3610", first: "#fff1d2", second: "#7a2f16", third: "#f7cf7e"),
    Palette(ground: "#d9b23a", deep: "#56420f", first: "#fff6d8", second: "#8c4a1b", third: "#2f2a18"),
    Palette(ground: "#8f9a3c", deep: "#343b17", first: "#f3efcb", second: "#e0b64a", third: "#26301a"),
    Palette(ground: "#4f8a5b", deep: "#17382a", first: "#eaf1d6", second: "#e3c35c", third: "#12271d"),
    Palette(ground: "#2f8a83", deep: "#0f3837", first: "#dff0e3", second: "#f0a45a", third: "#0d2a2d"),
    Palette(ground: "#2f7ea3", deep: "#10324a", first: "#e3eef0", second: "#f2c063", third: "#0c2233"),
    Palette(ground: "#3f63a8", deep: "#16244f", first: "#e6e9f2", second: "#ee9a6a", third: "#0f1833"),
    Palette(ground: "#5b5a9c", deep: "#231f4a", first: "#ebe6f0", second: "#e9b36b", third: "#191633"),
    Palette(ground: "#8a5089", deep: "#371b3d", first: "#f3e4ea", second: "#f0b56a", third: "#26122b"),
    Palette(ground: "#a94a66", deep: "#451528", first: "#f8e4dd", second: "#f3b86c", third: "#2e0f1c"),
    Palette(ground: "#a8483f", deep: "#451713", first: "#f9e8d8", second: "#e9a24f", third: "#2d1110"),
  ]
}

/// SplitMix64: the same cover for the same seed, for ever.
private struct Dice {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678 }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func within(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * Double(next() >> 11) * 0x1p-53
  }
}
