public import Music

/// The beats of a recording as a grid: where times lie among them, in bars and ticks.
///
/// Where the tempo is steady it is the line that fits the beats best, else it passes through each of them. It goes on beyond the first
/// and the last beat.
public struct BeatGrid: Sendable {
  public let meter: Meter
  /// Felt beats a minute, on average.
  public let bpm: Double
  /// Which beat a bar begins with, counted from the first beat.
  public let firstDownbeat: Int
  private let beats: [Double]

  /// - Returns: nil where no beats were heard.
  public init?(_ heard: HeardSong) {
    guard heard.beats.count >= 4, let tempo = heard.tempo else { return nil }
    let count = Double(heard.beats.count)
    // The line through the beats, by least squares.
    let (meanIndex, mean) = ((count - 1) / 2, heard.beats.reduce(0, +) / count)
    var (above, below) = (0.0, 0.0)
    for (index, beat) in heard.beats.enumerated() {
      above += (Double(index) - meanIndex) * (beat - mean)
      below += (Double(index) - meanIndex) * (Double(index) - meanIndex)
    }
    let period = above / below
    guard period > 0.1, period < 4 else { return nil }
    let isSteady = !tempo.isVariable && abs(60 / period / tempo.bpm - 1) < 0.02
    beats = isSteady ? heard.beats.indices.map { mean + (Double($0) - meanIndex) * period } : heard.beats
    bpm = 60 / period
    let isCompound = heard.metre?.feel == "compound" || heard.metre?.name.hasSuffix("/8") == true
    switch (isCompound, heard.metre?.beatsPerBar ?? 4) {
    case (true, 3), (false, 3): meter = .threeFour
    case (true, _): meter = .sixEight
    default: meter = .fourFour
    }
    let first = heard.downbeats.first ?? heard.beats[0]
    firstDownbeat = heard.beats.indices.min { abs(heard.beats[$0] - first) < abs(heard.beats[$1] - first) } ?? 0
  }

  /// A steady grid from the first sample on.
  public init(bpm: Double, meter: Meter = .fourFour) {
    self.bpm = bpm
    self.meter = meter
    firstDownbeat = 0
    beats = [0, 60 / bpm]
  }

  /// Beats from the first one on, negative before it.
  public func position(atSeconds seconds: Double) -> Double {
    let last = beats.count - 1
    if seconds <= beats[0] { return (seconds - beats[0]) / (beats[1] - beats[0]) }
    if seconds >= beats[last] { return Double(last) + (seconds - beats[last]) / (beats[last] - beats[last - 1]) }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if beats[middle] <= seconds { low = middle } else { high = middle }
    }
    return Double(low) + (seconds - beats[low]) / (beats[high] - beats[low])
  }

  public func seconds(atPosition position: Double) -> Double {
    let last = beats.count - 1
    if position <= 0 { return beats[0] + position * (beats[1] - beats[0]) }
    if position >= Double(last) { return beats[last] + (position - Double(last)) * (beats[last] - beats[last - 1]) }
    let index = Int(position)
    return beats[index] + (position - Double(index)) * (beats[index + 1] - beats[index])
  }

  /// The tempo map from one position, tick 0, to another: a change for each beat where the tempo is not steady.
  public func tempo(from start: Double, to end: Double) -> [TempoChange] {
    var changes: [TempoChange] = []
    let quarters = Double(meter.ticksPerFeltBeat) / Double(Score.ticksPerQuarter)
    for beat in 0..<max(1, Int((end - start).rounded(.up))) {
      let at = start + Double(beat)
      let rate = 60 * quarters / max(0.05, seconds(atPosition: at + 1) - seconds(atPosition: at))
      if let last = changes.last, abs(last.quartersPerMinute / rate - 1) < 1e-6 { continue }
      changes.append(TempoChange(tick: beat * meter.ticksPerFeltBeat, quartersPerMinute: rate))
    }
    return changes
  }
}
