public import Audio
public import Music

/// What is heard in a recording. All of it is a guess about somebody's music; confidences go from 0 to 1, times are seconds from the
/// first sample on.
public struct HeardSong: Sendable, Equatable {
  public var durationSeconds: Double
  /// Nil where no tempo could be found: silence, a drone.
  public var tempo: Tempo?
  /// Increasing; empty without a tempo.
  public var beats: [Double]
  public var downbeats: [Double]
  public var metre: Metre?
  /// Nil in silence.
  public var key: KeyGuess?
  public var chords: [ChordGuess]
  public var sections: [Section]
  public var level: Level
  public var spectrum: Spectrum
  /// The sound in words that are measured, as a caption for a song like it; nil where nothing can be said.
  public var caption: String?
  /// The genre preset that comes nearest in timbre and rhythm; nil where it is unsure.
  public var resembles: Likeness?
  /// Nil where nobody listened for words; without lines where nobody sings.
  public var lyrics: Lyrics?
  /// The notes of the separated voice; nil where nobody listened for them.
  public var melody: [Note]?
  /// Nil where nobody judged it.
  public var quality: Quality?
  /// What is missing, and how it comes to be there: sentences.
  public var notices: [String]

  public struct Tempo: Sendable, Equatable {
    /// Of the felt beat.
    public var bpm: Double
    public var confidence: Double
    /// Whether it changes by more than 4 % in the course of the song.
    public var isVariable: Bool
    /// The best few, the strongest first, with strengths relative to it.
    public var candidates: [Candidate]
    public struct Candidate: Sendable, Equatable {
      public var bpm: Double
      public var strength: Double
      public init(bpm: Double, strength: Double) {
        self.bpm = bpm
        self.strength = strength
      }
    }
    public init(bpm: Double, confidence: Double, isVariable: Bool, candidates: [Candidate]) {
      self.bpm = bpm
      self.confidence = confidence
      self.isVariable = isVariable
      self.candidates = candidates
    }
  }

  public struct Likeness: Sendable, Equatable {
    public var preset: String
    public var confidence: Double
    public init(preset: String, confidence: Double) {
      self.preset = preset
      self.confidence = confidence
    }
  }

  public struct Metre: Sendable, Equatable {
    /// As written: "4/4", "6/8", also those that the studio doesn't write ("5/4").
    public var name: String
    /// Felt beats in a bar: 2 for 6/8.
    public var beatsPerBar: Int
    /// "straight", "swing" or "compound".
    public var feel: String
    /// Where the offbeat is in a swung beat, 0.55...0.75.
    public var swingRatio: Double?
    public var confidence: Double
    public init(name: String, beatsPerBar: Int, feel: String, swingRatio: Double?, confidence: Double) {
      self.name = name
      self.beatsPerBar = beatsPerBar
      self.feel = feel
      self.swingRatio = swingRatio
      self.confidence = confidence
    }
  }

  public struct KeyGuess: Sendable, Equatable {
    public var key: Key
    public var confidence: Double
    /// The second best, where it is near enough to be shown.
    public var runnerUp: Key?
    /// How far from A = 440 Hz.
    public var tuningCents: Double
    public init(key: Key, confidence: Double, runnerUp: Key?, tuningCents: Double) {
      self.key = key
      self.confidence = confidence
      self.runnerUp = runnerUp
      self.tuningCents = tuningCents
    }
  }

  public struct ChordGuess: Sendable, Equatable {
    public var start: Double
    public var end: Double
    /// Nil where no chord is heard.
    public var chord: Chord?
    public var confidence: Double
    public init(start: Double, end: Double, chord: Chord?, confidence: Double) {
      self.start = start
      self.end = end
      self.chord = chord
      self.confidence = confidence
    }
  }

  public struct Section: Sendable, Equatable {
    public var start: Double
    public var end: Double
    /// "A", "B"...: sections that sound alike have one letter.
    public var letter: String
    /// What it seems to be in the song; nil where nothing tells.
    public var kind: Music.Section.Kind?
    /// How like the others of its letter it is; 0 for a letter that comes once.
    public var confidence: Double
    /// 0 (20 dB below the loudest section) ... 1 (the loudest).
    public var energy: Double
    public init(
      start: Double, end: Double, letter: String, kind: Music.Section.Kind?, confidence: Double, energy: Double
    ) {
      self.start = start
      self.end = end
      self.letter = letter
      self.kind = kind
      self.confidence = confidence
      self.energy = energy
    }
  }

  public struct Level: Sendable, Equatable {
    public var loudness: Loudness
    /// dBFS; -infinity for silence.
    public var rms: Double
    /// Peak over RMS, dB.
    public var crest: Double
    /// The share of blocks of 0.4 s below -60 dBFS.
    public var silence: Double
    public var clippedRunsPerSecond: Double
    /// The greater absolute mean of the two channels.
    public var offset: Double
    public init(
      loudness: Loudness, rms: Double, crest: Double, silence: Double, clippedRunsPerSecond: Double, offset: Double
    ) {
      self.loudness = loudness
      self.rms = rms
      self.crest = crest
      self.silence = silence
      self.clippedRunsPerSecond = clippedRunsPerSecond
      self.offset = offset
    }
  }

  public struct Spectrum: Sendable, Equatable {
    /// Hertz.
    public var centroid: Double
    /// Hertz, below which 95 % of the energy lie.
    public var rollOff: Double
    /// Shares of the energy below 200 Hz, up to 4000 Hz and above.
    public var lowMidHigh: [Double]
    /// dB re the whole, in thirds of an octave from 25 Hz to 16 kHz.
    public var thirds: [Double]
    /// Of the two channels; 1 for mono, 0 for silence.
    public var stereoCorrelation: Double
    /// Energy of (L - R) / 2 over that of (L + R) / 2.
    public var sideToMid: Double
    public init(
      centroid: Double, rollOff: Double, lowMidHigh: [Double], thirds: [Double], stereoCorrelation: Double, sideToMid: Double
    ) {
      self.centroid = centroid
      self.rollOff = rollOff
      self.lowMidHigh = lowMidHigh
      self.thirds = thirds
      self.stereoCorrelation = stereoCorrelation
      self.sideToMid = sideToMid
    }
  }

  /// A draft to correct.
  public struct Lyrics: Sendable, Equatable {
    public var lines: [Line]
    /// ISO 639; nil where nothing is sung. A confidence below 0.5 is uncertain.
    public var language: String?
    public var languageConfidence: Double
    public struct Line: Sendable, Equatable {
      public var start: Double
      public var end: Double
      public var text: String
      public var words: [Word]
      public init(start: Double, end: Double, text: String, words: [Word]) {
        self.start = start
        self.end = end
        self.text = text
        self.words = words
      }
    }
    public struct Word: Sendable, Equatable {
      public var start: Double
      public var end: Double
      public var text: String
      public var isFollowedBySpace: Bool
      public var confidence: Double
      public init(start: Double, end: Double, text: String, isFollowedBySpace: Bool, confidence: Double) {
        self.start = start
        self.end = end
        self.text = text
        self.isFollowedBySpace = isFollowedBySpace
        self.confidence = confidence
      }
    }
    public init(lines: [Line], language: String?, languageConfidence: Double) {
      self.lines = lines
      self.language = language
      self.languageConfidence = languageConfidence
    }

    /// A line each; empty where nobody sings.
    public var text: String { lines.map(\.text).joined(separator: "\n") }
    /// The mean of the words'; 0 without words.
    public var confidence: Double {
      let words = lines.flatMap(\.words)
      return words.isEmpty ? 0 : words.reduce(0) { $0 + $1.confidence } / Double(words.count)
    }
    /// As LRC, SRT and WebVTT are written from.
    public var timed: TimedLyrics {
      TimedLyrics(
        lines: lines.map { line in
          TimedLyrics.Line(
            startSeconds: line.start, endSeconds: line.end, text: line.text,
            words: line.words.map {
              TimedLyrics.Word(
                startSeconds: $0.start, endSeconds: $0.end, text: $0.text, isFollowedBySpace: $0.isFollowedBySpace)
            })
        }, language: language)
    }
  }

  public struct Note: Sendable, Equatable {
    public var start: Double
    public var end: Double
    public var midi: Int
    public var confidence: Double
    public init(start: Double, end: Double, midi: Int, confidence: Double) {
      self.start = start
      self.end = end
      self.midi = midi
      self.confidence = confidence
    }
  }

  /// How free of measurable faults the sound is, whoever made it. It knows nothing of beauty.
  public struct Quality: Sendable, Equatable {
    public enum Part: String, Sendable, CaseIterable {
      case level, spectrum, structure, artefacts
      /// Its share in the whole.
      var weight: Double { self == .structure ? 0.1 : 0.15 }
    }
    /// Each 0...1; what can't be told is missing.
    public var parts: [Part: Double]
    public init(parts: [Part: Double]) { self.parts = parts }

    /// The weighted mean; nil for less than two parts.
    public var score: Double? {
      guard parts.count >= 2 else { return nil }
      let present = Part.allCases.compactMap { part in parts[part].map { (part.weight, $0) } }
      return present.reduce(0) { $0 + $1.0 * $1.1 } / present.reduce(0) { $0 + $1.0 }
    }
  }

  public init(
    durationSeconds: Double, tempo: Tempo?, beats: [Double], downbeats: [Double], metre: Metre?, key: KeyGuess?,
    chords: [ChordGuess], sections: [Section], level: Level, spectrum: Spectrum, caption: String? = nil,
    resembles: Likeness? = nil, lyrics: Lyrics? = nil, melody: [Note]? = nil, quality: Quality? = nil, notices: [String] = []
  ) {
    self.durationSeconds = durationSeconds
    self.tempo = tempo
    self.beats = beats
    self.downbeats = downbeats
    self.metre = metre
    self.key = key
    self.chords = chords
    self.sections = sections
    self.level = level
    self.spectrum = spectrum
    self.caption = caption
    self.resembles = resembles
    self.lyrics = lyrics
    self.melody = melody
    self.quality = quality
    self.notices = notices
  }
}
