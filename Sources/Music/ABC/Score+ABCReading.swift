import Foundation

extension Score {
  /// Reads ABC 2.1: our own, hand-edited or not, and anybody's tune.
  ///
  /// What ABC has no words for (velocities, timing, controllers, instruments beyond General MIDI) is taken from `base`, or
  /// from the score embedded in the text. Bars that weren't edited keep their notes exactly; edited ones keep what
  /// their notes were played like, place by place. Without a base it is derived: instruments from `%%MIDI` or the
  /// voices' names, dynamics from decorations.
  ///
  /// - Parameter base: the score that the text was written from, if it was.
  /// - Throws: `ABCError` with every place that isn't as it should be.
  public init(abc: String, base: Score? = nil) throws(ABCError) {
    let tune = try ABCTune(reading: abc)
    let music = try tune.played()
    let embedded = tune.scoreJSON.isEmpty ? nil : try? Score(json: Data(tune.scoreJSON.utf8))
    if let base = base ?? embedded, base.isWithinBounds,
      let baseTune = try? ABCTune(reading: base.abc(performance: false)), let baseMusic = try? baseTune.played() {
      let merge = ABCMerge(tune: tune, music: music, base: base, baseTune: baseTune, baseMusic: baseMusic)
      self = merge.score()
      return
    }
    self = tune.score(of: music)
  }
}

extension ABCTune {
  init(reading text: String) throws(ABCError) { self = try ABCReader.read(text) }

  /// A score without a base: what isn't written is derived.
  func score(of music: ABCMusic) -> Score {
    let barTicks = music.meter.ticksPerBar
    let length = max(music.bars, 1) * barTicks
    var taken: Set<String> = []
    var hasMelody = false
    let parts = zip(voices, music.voices).map { voice, played in
      part(voice, notes: played.notes.map { $0.note(velocity: nil, meter: music.meter) }, taken: &taken, hasMelody: &hasMelody)
    }
    return Score(
      title: title.isEmpty ? "Untitled" : title, key: key, keyChanges: music.keyChanges(from: key), meter: music.meter,
      tempo: music.tempo,
      sections: Section.sections(labels: music.sections, bars: max(music.bars, 1), barTicks: barTicks),
      chords: music.chordSpans(lengthTicks: length), parts: parts, lengthTicks: length)
  }

  func part(_ voice: Voice, notes: [Note], taken: inout Set<String>, hasMelody: inout Bool) -> Part {
    let imported = ImportedPart(
      name: voice.name ?? "Part \(voice.id)", isPercussion: voice.clef.hasPrefix("perc") || voice.channel == 10,
      usesBassClef: voice.clef.hasPrefix("bass"), program: voice.program, notes: notes)
    var part = imported.part(taken: &taken, hasMelody: &hasMelody)
    if let id = voice.partID, taken.insert(id).inserted {
      taken.remove(part.id)
      part.id = id
    }
    part.role = voice.role ?? part.role
    part.instrument = voice.instrument ?? part.instrument
    return part
  }
}

extension ABCMusic.Tone {
  /// - Parameter velocity: what it is played with where the text doesn't say; by default firmer on the beat.
  func note(velocity usual: Int?, meter: Meter) -> Note {
    let onBar = start % max(meter.ticksPerBar, 1) == 0
    let onBeat = start % max(meter.ticksPerFeltBeat, 1) == 0
    return Note(
      startTick: start, durationTicks: max(1, duration), pitch: Pitch(midi: midi),
      velocity: velocity ?? usual ?? (onBar ? 94 : onBeat ? 88 : 80), syllable: syllable)
  }
}

extension ABCMusic {
  func union<Value>(_ path: KeyPath<Voice, [Int: Value]>) -> [Int: Value] {
    voices.reduce(into: [:]) { $0.merge($1[keyPath: path]) { first, _ in first } }
  }
  var chords: [Int: String] { union(\.chords) }
  var sections: [Int: String] { union(\.sections) }
  var tempos: [Int: Double] { union(\.tempos) }

  var tempo: [TempoChange] {
    var byTick = tempos
    if byTick[0] == nil { byTick[0] = quartersPerMinute ?? meter.quartersPerMinute(bpm: 120) }
    return byTick.sorted { $0.key < $1.key }.map { TempoChange(tick: $0.key, quartersPerMinute: $0.value) }
  }

  /// Modulations after the beginning.
  func keyChanges(from first: Key) -> [KeyChange] {
    var key = first
    return union(\.keys).sorted { $0.key < $1.key }.compactMap { tick, next in
      guard tick > 0, next != key else { return nil }
      key = next
      return KeyChange(tick: tick, key: next)
    }
  }

  /// The chord symbols that are chords; one lasts until the next, or to a sign of silence ("N.C.").
  func chordSpans(lengthTicks: Int) -> [ChordSpan] {
    let silence: Set<String> = ["N.C.", "NC", "n.c.", "N.C", "%"]
    let known = chords.sorted { $0.key < $1.key }.filter { $0.key < lengthTicks }
      .compactMap { tick, name -> (tick: Int, chord: Chord?)? in
        if silence.contains(name) { return (tick, nil) }
        return Chord(parsing: name).map { (tick, $0) }
      }
    return known.enumerated().compactMap { place, item in
      let end = place + 1 < known.count ? known[place + 1].tick : lengthTicks
      return item.chord.map { ChordSpan(startTick: item.tick, durationTicks: end - item.tick, chord: $0) }
    }
  }
}
