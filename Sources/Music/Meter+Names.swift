extension Meter {
  /// Reads "2/4", "3/4", "4/4" or "6/8", or the upper figure alone; nil for anything else (`api.md` 7.5).
  public init?(parsing text: String) {
    switch String(text.filter { !$0.isWhitespace }) {
    case "2/4", "2": self = .twoFour
    case "3/4", "3": self = .threeFour
    case "4/4", "4": self = .fourFour
    case "6/8", "6": self = .sixEight
    default: return nil
    }
  }

  /// As written: "3/4".
  public var name: String { "\(beats)/\(unit)" }

  /// Whether beats divide into three: 6/8.
  public var isCompound: Bool { unit == 8 && beats % 3 == 0 }

  /// Beats as felt and counted by a BPM: 6/8 has two.
  public var feltBeats: Int { isCompound ? beats / 3 : beats }

  /// Ticks of a felt beat: a quarter, or a dotted quarter in 6/8.
  public var ticksPerFeltBeat: Int { ticksPerBar / feltBeats }

  /// Quarter notes a minute when `bpm` felt beats pass in a minute.
  public func quartersPerMinute(bpm: Double) -> Double {
    bpm * Double(ticksPerFeltBeat) / Double(Score.ticksPerQuarter)
  }

  /// Felt beats a minute when so many quarter notes pass in a minute.
  public func bpm(quartersPerMinute: Double) -> Double {
    quartersPerMinute * Double(Score.ticksPerQuarter) / Double(ticksPerFeltBeat)
  }
}
