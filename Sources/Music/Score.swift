/// A piece of music as its composer hands it over: the single source of audio, stems, lyrics timing,
/// notation and every later edit.
///
/// Time is counted in ticks, 960 to the quarter note, from the first sample of the song.
public struct Score: Sendable, Hashable {
  public static let ticksPerQuarter = 960

  public var title: String
  /// The key at the beginning, in which the song is planned. Later ones are in `keyChanges`; `key(atTick:)` gives
  /// the one in force.
  public var key: Key
  /// Modulations in order of tick: from each tick on, the song is in another key. Each lies on a bar line after
  /// tick 0, and no key follows itself. Empty where the song keeps its key.
  public var keyChanges: [KeyChange]
  public var meter: Meter
  /// Tempo changes in order; the first is at tick 0.
  public var tempo: [TempoChange]
  public var sections: [Section]
  public var chords: [ChordSpan]
  public var parts: [Part]
  /// The length of the music in ticks, up to the last bar line; sound may ring beyond it.
  public var lengthTicks: Int
  /// ISO 639-1 of the words; nil where there are none, or where it is unknown.
  public var language: String?

  public init(
    title: String, key: Key, keyChanges: [KeyChange] = [], meter: Meter, tempo: [TempoChange],
    sections: [Section] = [], chords: [ChordSpan] = [], parts: [Part] = [], lengthTicks: Int, language: String? = nil
  ) {
    self.title = title
    self.key = key
    self.keyChanges = keyChanges
    self.meter = meter
    self.tempo = tempo
    self.sections = sections
    self.chords = chords
    self.parts = parts
    self.lengthTicks = lengthTicks
    self.language = language
  }

  /// The key in force at a tick.
  /// - Complexity: O(number of key changes).
  public func key(atTick tick: Int) -> Key {
    keyChanges.last { $0.tick <= tick }?.key ?? key
  }

  /// The tick that sounds at a time; beyond the end the last one.
  /// - Complexity: O(number of tempo changes).
  public func tick(atSeconds seconds: Double) -> Int {
    var start = 0.0
    for (index, change) in tempo.enumerated() {
      let end = index + 1 < tempo.count ? self.seconds(atTick: tempo[index + 1].tick) : .infinity
      if seconds < end {
        let ticks = (seconds - start) * change.quartersPerMinute / 60 * Double(Score.ticksPerQuarter)
        return min(max(0, change.tick + Int(ticks.rounded())), lengthTicks)
      }
      start = end
    }
    return lengthTicks
  }

  /// The time of a tick in seconds.
  /// - Complexity: O(number of tempo changes).
  public func seconds(atTick tick: Int) -> Double {
    var seconds = 0.0
    for (index, change) in tempo.enumerated() {
      let end = index + 1 < tempo.count ? min(tempo[index + 1].tick, tick) : tick
      if end <= change.tick { break }
      seconds += Double(end - change.tick) / Double(Score.ticksPerQuarter) * 60 / change.quartersPerMinute
    }
    return seconds
  }
}

/// From this tick on, so many quarter notes a minute.
public struct TempoChange: Sendable, Hashable, Codable {
  public var tick: Int
  public var quartersPerMinute: Double
  public init(tick: Int, quartersPerMinute: Double) {
    self.tick = tick
    self.quartersPerMinute = quartersPerMinute
  }
}

/// From this tick on, another key.
public struct KeyChange: Sendable, Hashable, Codable {
  public var tick: Int
  public var key: Key
  public init(tick: Int, key: Key) {
    self.tick = tick
    self.key = key
  }
}

/// A formal section: a verse, a chorus.
public struct Section: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, CaseIterable, Codable {
    case intro, verse, preChorus, chorus, bridge, solo, interlude, drop, build, outro
  }
  public var kind: Kind
  /// As shown to people: "Verse 2".
  public var label: String
  public var startTick: Int
  public var bars: Int
  /// 0 (bare) ... 1 (everything plays).
  public var energy: Double
  public init(kind: Kind, label: String, startTick: Int, bars: Int, energy: Double) {
    self.kind = kind
    self.label = label
    self.startTick = startTick
    self.bars = bars
    self.energy = energy
  }
}

/// A chord and how long it lasts.
public struct ChordSpan: Sendable, Hashable {
  public var startTick: Int
  public var durationTicks: Int
  public var chord: Chord
  public init(startTick: Int, durationTicks: Int, chord: Chord) {
    self.startTick = startTick
    self.durationTicks = durationTicks
    self.chord = chord
  }
}

/// One instrument's (or the singer's) line through the whole song. One part is one stem.
public struct Part: Sendable, Hashable, Codable {
  public enum Role: String, Sendable, CaseIterable, Codable {
    case vocal, melody, counterMelody, chords, pad, arpeggio, bass, drums, percussion, effects
  }
  /// Unique in the score, and the stem's file name: "bass", "piano".
  public var id: String
  /// As shown to people: "Electric piano".
  public var name: String
  public var role: Role
  public var instrument: Instrument
  /// In order of `startTick`.
  public var notes: [Note]
  /// Continuous controllers (volume swells, pitch bend), in order of tick.
  public var controls: [Control]
  /// -1 (left) ... 1 (right).
  public var pan: Double
  /// Relative to the genre's usual level for this role, in decibels.
  public var gainDecibels: Double
  public init(
    id: String, name: String, role: Role, instrument: Instrument, notes: [Note] = [],
    controls: [Control] = [], pan: Double = 0, gainDecibels: Double = 0
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.instrument = instrument
    self.notes = notes
    self.controls = controls
    self.pan = pan
    self.gainDecibels = gainDecibels
  }
}

/// What plays a part.
public enum Instrument: Sendable, Hashable {
  /// A General MIDI program 0...127 of the SoundFont.
  case program(Int)
  /// A General MIDI drum kit (0 standard, 8 room, 16 power, 24 electronic, 25 TR-808, 32 jazz, 40 brush, 48 orchestra).
  case drumKit(Int)
  /// One of our own synths, by name: "808", "909", "subBass", "reese", "sawBass", "supersaw", "pluck",
  /// "fmKeys", "riser", "reverseCymbal", "distortedGuitar".
  case synth(String)
  /// A singer.
  case voice(VoiceKind, Delivery = .sung)

  /// How a singer gives the words.
  public enum Delivery: String, Sendable, Hashable, CaseIterable, Codable {
    /// At the pitch of the notes.
    case sung
    /// In the rhythm of the notes, at the pitch of speech.
    case rap
    /// In its own rhythm and pitch, from the first note on.
    case spoken
  }
}

/// The kinds of voice that sing.
public enum VoiceKind: String, Sendable, Hashable, CaseIterable, Codable {
  case female, male, child
  /// A bass.
  case deep
  /// A woman's, close and breathy.
  case soft
  /// A woman's, belting.
  case powerful

  /// Where it is at home, lowest to highest, as MIDI keys.
  public var range: ClosedRange<Int> {
    switch self {
    case .female: 57...76
    case .male: 45...64
    case .child: 60...78
    case .deep: 40...59
    case .soft: 57...74
    case .powerful: 57...77
    }
  }
}

/// One sounding note.
public struct Note: Sendable, Hashable {
  /// As notated, on the grid.
  public var startTick: Int
  public var durationTicks: Int
  /// For drums, the General MIDI percussion key.
  public var pitch: Pitch
  /// 1...127.
  public var velocity: Int
  /// How far the performer is off the grid, in ticks; positive is late.
  public var nudgeTicks: Int
  /// The syllable sung on this note, with a hyphen at its end where its word goes on ("hap-", "py"); "-" alone continues
  /// the last one (melisma). Only in vocal parts.
  public var syllable: String?
  /// Whether a line of the lyrics begins with this note.
  public var startsLine: Bool
  public init(
    startTick: Int, durationTicks: Int, pitch: Pitch, velocity: Int, nudgeTicks: Int = 0,
    syllable: String? = nil, startsLine: Bool = false
  ) {
    self.startTick = startTick
    self.durationTicks = durationTicks
    self.pitch = pitch
    self.velocity = velocity
    self.nudgeTicks = nudgeTicks
    self.syllable = syllable
    self.startsLine = startsLine
  }
}

/// A MIDI-style continuous control of a part.
public struct Control: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    /// Controller 11: 0...127.
    case expression
    /// Controller 1: 0...127.
    case modulation
    /// Controller 64: 0 or 127.
    case sustain
    /// Cents from the note, -200...200.
    case pitchBend
  }
  public var tick: Int
  public var kind: Kind
  public var value: Int
  public init(tick: Int, kind: Kind, value: Int) {
    self.tick = tick
    self.kind = kind
    self.value = value
  }
}
