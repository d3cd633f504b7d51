/// A time signature. The studio writes 2/4, 3/4, 4/4 and 6/8.
public struct Meter: Hashable, Sendable {
  /// Beats in a bar as written: the upper figure.
  public var beats: Int
  /// The note value of a written beat: the lower figure (4 or 8).
  public var unit: Int
  public init(beats: Int, unit: Int) {
    self.beats = beats
    self.unit = unit
  }
  public static let twoFour = Meter(beats: 2, unit: 4)
  public static let threeFour = Meter(beats: 3, unit: 4)
  public static let fourFour = Meter(beats: 4, unit: 4)
  public static let sixEight = Meter(beats: 6, unit: 8)
  /// Ticks in one bar.
  public var ticksPerBar: Int { beats * Score.ticksPerQuarter * 4 / unit }
}
