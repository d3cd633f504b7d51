import Music

/// How a genre is mixed: who is how loud, in which room, and how much the kick pushes the others aside.
public struct MixProfile: Sendable, Hashable {
  /// Loudness of each role where it plays, in LU relative to the drums of a pop song.
  var levels: [Part.Role: Double]
  var space: Reverb.Space
  var drumSpace: Reverb.Space
  /// Factor on all reverb sends.
  var wetness: Double
  /// How far the kick pushes bass, and pads and chords, down in decibels.
  var kickDucksBass: Double
  var kickDucksHarmony: Double
  /// Echo of the leading part, in decibels relative to it; nil for none.
  var leadDelayDecibels: Double?
  /// How strongly dynamics are evened out: 0 leaves them to the players, 1 is a modern record.
  var compression: Double
  /// The spread of energy that the master is led towards.
  var tone: ToneBalance
  /// LUFS of the master.
  var loudness = Mixer.targetLoudness
  /// Sides over middle in decibels, and the loudness range in LU, that the master is led towards; nil leaves it as it is mixed.
  var width: Double?
  var dynamics: Double?

  /// The profile of a style ("Bossa Nova"), or of the genre it belongs to (a preset of `api.md` 13.1), in any
  /// case; a middle way where neither has one.
  public static func named(_ style: String?, or genre: String? = nil) -> MixProfile {
    for name in [style, genre] {
      if let name, let profile = byName[name.lowercased()] { return profile }
    }
    return standard
  }

  private static let usualLevels: [Part.Role: Double] = [
    .vocal: 1, .melody: 0, .counterMelody: -6, .chords: -5, .pad: -8.5, .arpeggio: -7.5, .bass: -2.5,
    .drums: 0, .percussion: -8, .effects: -10,
  ]

  private init(
    _ levels: [Part.Role: Double] = [:], space: Reverb.Space = .plate, drumSpace: Reverb.Space = .room,
    wetness: Double = 1, kickDucksBass: Double = 2, kickDucksHarmony: Double = 0.5,
    leadDelayDecibels: Double? = nil, compression: Double = 0.8, tone: ToneBalance = .pop
  ) {
    self.levels = Self.usualLevels.merging(levels) { _, own in own }
    self.space = space
    self.drumSpace = drumSpace
    self.wetness = wetness
    self.kickDucksBass = kickDucksBass
    self.kickDucksHarmony = kickDucksHarmony
    self.leadDelayDecibels = leadDelayDecibels
    self.compression = compression
    self.tone = tone
  }

  private static let standard = MixProfile()

  private static let byName: [String: MixProfile] = [
    "modern pop": MixProfile(
      [.bass: -2, .chords: -5], kickDucksBass: 3, kickDucksHarmony: 1.5, leadDelayDecibels: -17,
      compression: 1),
    "rock": MixProfile(
      [.chords: -2.5, .bass: -3, .pad: -9], wetness: 0.8, compression: 1, tone: .electric),
    "hip hop": MixProfile(
      [.bass: -2, .drums: 0.5, .chords: -6, .melody: -1.5, .pad: -9], wetness: 0.7, kickDucksBass: 3.5,
      kickDucksHarmony: 1, leadDelayDecibels: -18, compression: 1, tone: .club),
    "jazz": MixProfile(
      [.drums: -5, .bass: -3, .chords: -4, .percussion: -10], space: .club, drumSpace: .club,
      wetness: 0.8, kickDucksBass: 0, kickDucksHarmony: 0, compression: 0.4, tone: .acoustic),
    "classical": MixProfile(
      [.drums: -7, .percussion: -9, .bass: -4, .chords: -3, .counterMelody: -3, .pad: -4, .arpeggio: -4],
      space: .hall, drumSpace: .hall, wetness: 1.5, kickDucksBass: 0, kickDucksHarmony: 0, compression: 0.15,
      tone: .orchestra),
    "electronic": MixProfile(
      [.bass: -1, .drums: 0.5, .chords: -4, .arpeggio: -6, .pad: -8, .effects: -8, .melody: -1.5], kickDucksBass: 6,
      kickDucksHarmony: 4.5, leadDelayDecibels: -14, compression: 1, tone: .club),
    "country": MixProfile(
      [.drums: -3, .bass: -3, .chords: -3.5, .arpeggio: -5], wetness: 0.8, kickDucksBass: 1, kickDucksHarmony: 0,
      compression: 0.7, tone: .acoustic),
    "folk": MixProfile(
      [.drums: -6, .percussion: -8, .bass: -4, .chords: -2.5, .arpeggio: -3], space: .room, wetness: 0.9,
      kickDucksBass: 0.5, kickDucksHarmony: 0, compression: 0.5, tone: .acoustic),
    "blues": MixProfile(
      [.drums: -2.5, .bass: -2.5, .chords: -4], space: .club, drumSpace: .room, wetness: 0.8, kickDucksBass: 1,
      kickDucksHarmony: 0, compression: 0.6, tone: .acoustic),
    "reggae": MixProfile(
      [.drums: -1, .bass: 0, .chords: -5], wetness: 0.9, kickDucksBass: 1, kickDucksHarmony: 0,
      leadDelayDecibels: -12, compression: 0.7),
    "latin": MixProfile(
      [.drums: -2, .percussion: -4, .bass: -2, .chords: -4], wetness: 0.9, kickDucksBass: 1.5,
      kickDucksHarmony: 0, compression: 0.7, tone: .acoustic),
    "r&b": MixProfile(
      [.drums: -0.5, .bass: -1, .chords: -4.5], kickDucksBass: 2.5, kickDucksHarmony: 1, leadDelayDecibels: -16,
      compression: 0.9),
    "metal": MixProfile(
      [.chords: -1.5, .bass: -4, .drums: 0, .melody: -0.5, .pad: -9], wetness: 0.6, kickDucksBass: 2, compression: 1, tone: .electric),

    "ambient": MixProfile(
      [.pad: -2, .chords: -3, .arpeggio: -4, .drums: -8, .bass: -5], space: .hall, wetness: 1.8, kickDucksBass: 1,
      kickDucksHarmony: 0, compression: 0.2, tone: .orchestra),
    "cinematic": MixProfile(
      [.drums: -3, .percussion: -5, .bass: -4, .chords: -3, .counterMelody: -3, .pad: -4, .arpeggio: -5], space: .hall,
      drumSpace: .hall, wetness: 1.4, kickDucksBass: 1, kickDucksHarmony: 0, compression: 0.4, tone: .orchestra),
    "lo-fi": MixProfile(
      [.drums: -1.5, .bass: -1.5, .chords: -3.5, .melody: -3], wetness: 0.8, kickDucksBass: 3, kickDucksHarmony: 2,
      compression: 0.8),
    "drum and bass": MixProfile(
      [.drums: 1, .bass: 0, .chords: -6, .pad: -7.5, .melody: -3], kickDucksBass: 3, kickDucksHarmony: 2, compression: 1, tone: .club),
    "trap": MixProfile(
      [.bass: -1, .drums: 0, .chords: -6, .melody: -1.5, .pad: -8.5], wetness: 0.8, kickDucksBass: 3, kickDucksHarmony: 1,
      leadDelayDecibels: -16, compression: 1, tone: .club),
    "bossa nova": MixProfile(
      [.drums: -6, .percussion: -8, .bass: -3.5, .chords: -3], space: .club, drumSpace: .club, wetness: 0.8,
      kickDucksBass: 0, kickDucksHarmony: 0, compression: 0.4, tone: .acoustic),
  ]
}
