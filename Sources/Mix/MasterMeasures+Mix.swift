public import Audio
import Glibc

extension MasterMeasures {
  /// What a recording has of it; nothing for silence.
  /// - Complexity: O(frames), some hundred times faster than playing it.
  public init(of recording: StereoBuffer) throws {
    self.init()
    let measured = try Loudness(of: recording)
    guard measured.integrated.isFinite else { return }
    tone = try ToneBalance(of: recording, crew: .machineWide)?.bands
    loudness = measured.integrated
    width = StereoWidth.decibels(of: recording)
    // Soft and loud stretches of three seconds each: a shorter recording has too few to tell.
    if recording.durationSeconds >= Self.leastSeconds { dynamics = measured.range }
  }

  /// A recording, and a song, that is shorter has no loudness range to speak of.
  public static let leastSeconds = 20.0
  /// LUFS that a master can be led to: below it is hardly heard beside others, above it is only limited.
  public static let loudnessRange = -24.0 ... -9.0
  /// From nearly mono to sides half as strong as the middle: beyond, much would be lost where both channels are played by one speaker.
  public static let widthRange = -30.0 ... -3.0
  /// From a steady club track to an orchestra.
  public static let dynamicsRange = 1.0 ... 18.0

  /// Within what a song is mastered to; without what isn't a number.
  public var clamped: MasterMeasures {
    func clamped(_ value: Double?, _ range: ClosedRange<Double>) -> Double? {
      value.flatMap { $0.isNaN ? nil : min(max($0, range.lowerBound), range.upperBound) }
    }
    let isTone = tone.map { $0.count == ToneBalance.pop.bands.count && $0.allSatisfy { $0.isFinite && $0 <= 0 } } ?? false
    return MasterMeasures(
      tone: isTone ? tone : nil, loudness: clamped(loudness, Self.loudnessRange), width: clamped(width, Self.widthRange),
      dynamics: clamped(dynamics, Self.dynamicsRange))
  }
}

extension MixProfile {
  /// The profile with what a recording measured, clamped, in place of its own.
  public func mastered(like measures: MasterMeasures) -> MixProfile {
    let measures = measures.clamped
    var profile = self
    if let tone = measures.tone { profile.tone.bands = tone }
    if let loudness = measures.loudness { profile.loudness = loudness }
    (profile.width, profile.dynamics) = (measures.width, measures.dynamics)
    return profile
  }
}
