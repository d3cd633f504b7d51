public import Audio
import Checkpoint
public import Generation
import Music

extension Listener: SoundListener {
  public func hear(
    _ sound: StereoBuffer, _ wishes: HearingWishes, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> HeardSong {
    try Self.withReasons {
      let report = try report(
        on: sound, language: wishes.language, lyrics: wishes.lyrics, melody: wishes.melody, bpm: wishes.bpm,
        vocalSeconds: wishes.vocalSeconds
      ) { try progress(HearingStage($0), $1) }
      return HeardSong(report, sound: sound)
    }
  }

  public func transcribe(
    _ tracks: [StemTrack], of sound: StereoBuffer, stems: [StemTrack: @Sendable () throws -> StereoBuffer], _ options: NoteOptions,
    progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> Transcription {
    try Self.withReasons {
      guard let pack else { throw GenerationError.unavailable(complaint ?? "") }
      let heard = try hear(sound, HearingWishes(lyrics: false, melody: false, bpm: options.bpm), progress: progress)
      let separation = tracks.allSatisfy({ stems[$0] != nil || $0.isUnpitched }) ? nil : try Separation(self, of: sound, progress: progress)
      let listener = try NoteListener(pack)
      var sheet = NoteSheet(heard, bpm: options.bpm)
      for (index, track) in tracks.enumerated() {
        try progress(.notes, Double(index) / Double(tracks.count))
        guard !track.isUnpitched else {
          sheet.skipped[track] = "\(track.title) have no pitches to write down."
          continue
        }
        // Of a mix the keyboard is all that is left: it can't be told from what plays with it.
        guard let stem = try stems[track]?() ?? separation?.stem(track == .keyboard ? .other : track) else { continue }
        let mono = try Resampler.resample(stem.mono, from: stem.sampleRate, to: NoteListener.sampleRate)
        let thresholds = NoteEvents.Thresholds(options, for: track)
        let notes: [HeardNote]
        switch track {
        case .vocals, .backingVocals: notes = try listener.melody(in: mono, thresholds, crew: crew)
        case .bass:
          // Of a mix, the accompaniment has the lows that the bass stem has lost.
          let rest = try stems[track] == nil ? separation?.stem(.instrumental) : nil
          let accompaniment = try rest.map { try Resampler.resample($0.mono, from: $0.sampleRate, to: NoteListener.sampleRate) }
          let line = BassLine(thresholds, isOnsetAsked: options.onsetThreshold != nil, isLeastAsked: options.leastSeconds != nil)
          notes = try listener.bass(in: mono, accompaniment: accompaniment, line, crew: crew)
        default: notes = try listener.notes(in: mono, thresholds, crew: crew)
        }
        sheet.add(notes, as: track)
      }
      return sheet.transcription(title: "Transcription")
    }
  }

  /// Gives errors the meaning they have for a caller of the studio.
  static func withReasons<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ListeningError {
      switch error {
      case .empty: throw GenerationError.unsupported(error.description)
      case .notInstalled: throw GenerationError.unavailable(error.description)
      }
    } catch let error as AudioError {
      throw GenerationError.failed(error.description)
    } catch let error as CheckpointError {
      throw GenerationError.unavailable("The listening pack can't be used. \(error)")
    }
  }
}

extension HearingStage {
  fileprivate init(_ stage: Listener.Stage) {
    self = switch stage {
    case .signal: .signal
    case .separation: .separation
    case .lyrics: .lyrics
    case .melody: .melody
    }
  }
}

extension StemTrack {
  var isUnpitched: Bool { [.drums, .percussion, .fx].contains(self) }
  /// As shown to people.
  var title: String {
    let words = rawValue.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

extension HeardSong {
  init(_ report: SoundReport, sound: StereoBuffer) {
    let (signal, measures) = (report.signal, report.measures)
    let names = SectionNames(signal.sections, sound: sound.finite, voice: report.voice)
    self.init(
      durationSeconds: measures.duration,
      tempo: signal.tempo.map {
        Tempo(
          bpm: $0.bpm, confidence: $0.confidence, isVariable: $0.isVariable,
          candidates: $0.candidates.map { Tempo.Candidate(bpm: $0.bpm, strength: $0.strength) })
      },
      beats: signal.beats, downbeats: signal.downbeats,
      metre: signal.metre.map {
        Metre(
          name: $0.name, beatsPerBar: $0.beatsPerBar, feel: $0.feel.rawValue, swingRatio: $0.swingRatio,
          confidence: $0.confidence)
      },
      key: signal.key.map {
        KeyGuess(key: $0.key, confidence: $0.confidence, runnerUp: $0.runnerUp, tuningCents: signal.tuningCents)
      },
      chords: signal.chords.map { ChordGuess(start: $0.start, end: $0.end, chord: $0.chord, confidence: $0.confidence) },
      sections: zip(signal.sections, zip(names.kinds, names.energies)).map { section, name in
        Section(
          start: section.start, end: section.end, letter: section.letter, kind: name.0, confidence: section.confidence,
          energy: name.1)
      },
      level: Level(
        loudness: measures.loudness, rms: measures.rms, crest: measures.crest, silence: measures.silence,
        clippedRunsPerSecond: measures.clippedRunsPerSecond, offset: measures.offset),
      spectrum: Spectrum(
        centroid: measures.centroid, rollOff: measures.rollOff, lowMidHigh: measures.balance, thirds: measures.thirds,
        stereoCorrelation: measures.stereoCorrelation, sideToMid: measures.sideRatio),
      caption: SoundWords.caption(report), resembles: Likeness(signal), lyrics: report.lyrics.map(Lyrics.init),
      melody: report.melody.map { $0.map { Note(start: $0.start, end: $0.end, midi: $0.midi, confidence: $0.amplitude) } },
      quality: HeardSong.Quality(report), notices: report.notes)
  }
}

extension HeardSong.Lyrics {
  init(_ lyrics: HeardLyrics) {
    self.init(
      lines: lyrics.lines.map { line in
        let end = line.words.indices.last
        return Line(
          start: line.start, end: line.end, text: line.text,
          words: line.words.enumerated().map { index, word in
            // A line's text is its words with blanks where the writing has them.
            Word(
              start: word.start, end: word.end, text: word.text,
              isFollowedBySpace: index != end && line.text.contains(word.text + " "), confidence: word.confidence)
          })
      }, language: lyrics.language, languageConfidence: lyrics.languageConfidence)
  }
}
