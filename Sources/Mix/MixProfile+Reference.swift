public import Audio

extension MixProfile {
  /// The spread of energy of a recording, in decibels of the whole: below 70 Hz, to 200, to 600, to 2,000, to 6,000 and above.
  /// - Returns: nil for silence.
  public static func tone(of recording: StereoBuffer) throws -> [Double]? {
    try ToneBalance(of: recording, crew: .machineWide)?.bands
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
