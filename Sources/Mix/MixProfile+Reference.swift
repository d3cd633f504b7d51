public import Audio

extension MixProfile {
  /// The spread of energy of a recording, in decibels of the whole: below 70 Hz, to 200, to 600, to 2,000, to 6,000 and above.
  /// - Returns: nil for silence.
  public static func tone(of recording: StereoBuffer) throws -> [Double]? {
    try ToneBalance(of: recording, crew: .machineWide)?.bands
  }

  /// LUFS that a master can be led to: below it is hardly heard beside others, above it is only limited.
  public static let loudnessRange = -24.0 ... -9.0

  /// The profile with another loudness of the master, LUFS within `loudnessRange`; anything else changes nothing.
  public func mastered(to loudness: Double?) -> MixProfile {
    guard let loudness, Self.loudnessRange.contains(loudness) else { return self }
    var profile = self
    profile.loudness = loudness
    return profile
  }

  /// The profile with another spread of energy to be led towards.
  /// - Parameter tone: as `tone(of:)` gives it; anything else changes nothing.
  public func toned(_ tone: [Double]?) -> MixProfile {
    guard let tone, tone.count == self.tone.bands.count, tone.allSatisfy({ $0.isFinite && $0 <= 0 }) else { return self }
    var profile = self
    profile.tone.bands = tone
    return profile
  }
}
