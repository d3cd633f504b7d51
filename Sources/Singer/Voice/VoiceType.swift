public import Music

/// A singer as numbers: whose voice the network takes, and what the vocoder makes of it.
public struct VoiceType: Sendable, Hashable {
  /// A pack of the network and its share of the blend.
  public struct Share: Sendable, Hashable {
    public var pack: String
    public var weight: Float

    public init(_ pack: String, _ weight: Float) {
      self.pack = pack
      self.weight = weight
    }
  }

  public var kind: VoiceKind
  /// Weights add up to 1.
  public var packs: [Share]
  /// The MIDI number at which the network's voice is at home: 61 for female packs, 49 for male.
  public var centre: Double
  /// Factor of all formants, for the network's voice and for espeak-ng's.
  public var formant: Double
  public var draftFormant: Double
  /// Least aperiodicity, likewise.
  public var breath: Double
  public var draftBreath: Double
  public var manner: PitchCurve.Manner

  /// The voice of a kind (`singer.md` 1.2, 4.4).
  public static func of(_ kind: VoiceKind) -> VoiceType {
    var manner = PitchCurve.Manner()
    switch kind {
    case .female:
      return VoiceType(
        kind: kind, packs: [Share("jf_nezumi", 1)], centre: 61, formant: 1, draftFormant: 1.14, breath: 0.08,
        draftBreath: 0.11, manner: manner)
    case .male:
      return VoiceType(
        kind: kind, packs: [Share("jm_kumo", 1)], centre: 49, formant: 1, draftFormant: 1, breath: 0.08,
        draftBreath: 0.08, manner: manner)
    case .child:
      manner.vibratoDepth = 0.1
      return VoiceType(
        kind: kind, packs: [Share("jf_gongitsune", 0.5), Share("jf_nezumi", 0.5)], centre: 61, formant: 1.16,
        draftFormant: 1.25, breath: 0.08, draftBreath: 0.1, manner: manner)
    case .deep:
      return VoiceType(
        kind: kind, packs: [Share("jm_kumo", 1)], centre: 49, formant: 0.92, draftFormant: 0.92, breath: 0.08,
        draftBreath: 0.08, manner: manner)
    case .soft:
      manner.longestGlide = 0.11
      manner.vibratoDepth = 0.25
      return VoiceType(
        kind: kind, packs: [Share("jf_alpha", 0.6), Share("jf_tebukuro", 0.4)], centre: 61, formant: 1,
        draftFormant: 1.13, breath: 0.15, draftBreath: 0.15, manner: manner)
    case .powerful:
      manner.vibratoDepth = 0.4
      return VoiceType(
        kind: kind, packs: [Share("jf_nezumi", 0.75), Share("jf_gongitsune", 0.25)], centre: 61, formant: 0.97,
        draftFormant: 1.12, breath: 0.04, draftBreath: 0.06, manner: manner)
    }
  }

  /// By how many octaves a melody is to be moved so that this voice sings it in its range.
  ///
  /// Ask once with all notes of a song, not phrase by phrase: a line that leaps an octave against the next is another
  /// melody. As few notes as possible lie outside `VoiceKind.range`; among equals the median is nearest to its middle.
  public func octaves(for pitches: [Double]) -> Int {
    guard !pitches.isEmpty else { return 0 }
    let low = Double(kind.range.lowerBound)
    let high = Double(kind.range.upperBound)
    let median = pitches.sorted()[pitches.count / 2]
    func cost(_ octaves: Int) -> (outside: Int, distance: Double, size: Int) {
      let shift = Double(12 * octaves)
      let outside = pitches.count { $0 + shift < low || $0 + shift > high }
      return (outside, abs(median + shift - (low + high) / 2), abs(octaves))
    }
    return (-6...6).min { cost($0) < cost($1) } ?? 0
  }

  /// How much the vibrato of a singer differs from song to song: 5.3 ± 0.2 Hz by seed.
  public func manner(seed: UInt32) -> PitchCurve.Manner {
    var manner = manner
    let noise = Double(HashNoise(seed: seed)(stream: 11, sample: 0))
    manner.vibratoRate = 5.3 + 0.2 * min(max(noise / 2, -1), 1)
    return manner
  }

  /// The blend of the packs' styles.
  /// - Parameter style: the row of a pack, 256 numbers.
  public func style(_ style: (String) throws -> [Float]) rethrows -> [Float] {
    var sum: [Float] = []
    for share in packs {
      let row = try style(share.pack)
      if sum.isEmpty { sum = [Float](repeating: 0, count: row.count) }
      for index in sum.indices where index < row.count { sum[index] += share.weight * row[index] }
    }
    return sum
  }
}
