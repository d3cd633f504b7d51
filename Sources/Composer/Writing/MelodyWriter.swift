import Music

/// Writes the lead line, sung or played: phrases in question and answer, a motif that returns, a chorus that
/// lies higher, one climax.
struct MelodyWriter {
  let style: Style
  let frame: SongFrame
  let harmony: Harmony
  let range: ClosedRange<Int>
  let language: String?
  let syllables: SyllableReader
  let kept: Kept

  struct Result {
    var notes: [Note] = []
    var lines: [LyricLine] = []
    /// Where notes begin whose words stand in brackets: others sing them.
    var adLibs: Set<Int> = []
    /// The chorus's first line, where one is sung.
    var hook: Motif?
  }

  /// A phrase as it was first written, to be taken up again.
  struct Motif {
    var rhythm: [PhraseRhythm.Event]
    var pitches: [Int]
    var phraseBars: Int
  }

  /// What has been written so far.
  private struct Memory {
    var motifs: [String: Motif] = [:]
    /// Phrases by section kind and place, and where they first stood.
    var phrases: [String: (start: Int, motif: Motif)] = [:]
    var before: Int?
  }

  /// Sections in which the lead rests.
  static let silent: Set<Section.Kind> = [.intro, .build]

  /// - Parameters:
  ///   - sung: whether the lines of the sections are set; played melodies take the style's rhythms.
  ///   - hook: a phrase that the played chorus, and what quotes it, starts from.
  func write(sung: Bool, hook: Motif? = nil) -> Result {
    var result = Result()
    if !sung, let tune = kept.tune {
      result.notes = tune.moved(into: range)
      return result
    }
    var memory = Memory()
    if let hook { memory.motifs["chorusA"] = fitted(hook) }
    var sectionNotes: [Section.Kind: (bars: Int, chords: [Chord], notes: [Note])] = [:]
    var rhythm = frame.random("melody rhythm")
    var pitch = frame.random("melody pitch")
    let phrasing = rhythm.pick(style.melody.phrasing)
    for section in frame.sections {
      let isQuiet = Self.silent.contains(section.kind) || (sung && section.lines.isEmpty)
      if isQuiet, !(section.kind == .intro && section.lines.isEmpty == false) { continue }
      let range = section.startTick..<(section.startTick + section.bars * frame.barTicks)
      let chords = harmony.spans(in: range).map(\.chord)
      if !sung, let earlier = sectionNotes[section.kind], earlier.bars == section.bars, earlier.chords == chords {
        result.notes += repeated(earlier.notes, at: section.startTick, occurrence: section.occurrence, random: &pitch)
        continue
      }
      let written =
        sung
        ? sing(section, memory: &memory, rhythm: &rhythm, pitch: &pitch, into: &result)
        : play(section, phrasing: phrasing, memory: &memory, rhythm: &rhythm, pitch: &pitch)
      let notes = shaper.withOneClimax(written, in: section)
      if sectionNotes[section.kind] == nil {
        sectionNotes[section.kind] = (section.bars, chords, notes.map { shifted($0, by: -section.startTick) })
      }
      result.notes += notes
    }
    if !sung {
      result.notes = introduced(by: result.notes, phrasing: phrasing, memory: memory, pitch: &pitch)
      result.notes = shaper.withPickUps(result.notes, chance: style.melody.pickups ?? 0.35)
      if let final = frame.finalTick, let note = finalNote(at: final, before: memory.before) { result.notes.append(note) }
    }
    return result
  }

  private var shaper: MelodyShaper { MelodyShaper(frame: frame, harmony: harmony, range: range) }

  /// A sung hook as this player can take it up: in its own octave, no longer than a phrase.
  private func fitted(_ hook: Motif) -> Motif {
    let mean = Double(hook.pitches.reduce(0, +)) / Double(max(1, hook.pitches.count))
    let centre = Double(range.lowerBound + range.upperBound) / 2
    let octaves = Int(((centre - mean) / 12).rounded())
    let count = hook.rhythm.prefix { $0.tick < phraseBars * frame.barTicks }.count
    return Motif(
      rhythm: Array(hook.rhythm.prefix(count)), pitches: hook.pitches.prefix(count).map { $0 + 12 * octaves },
      phraseBars: phraseBars)
  }

  /// The tune with the hook's first phrase quoted in the second half of a long enough intro.
  private func introduced(
    by notes: [Note], phrasing: String, memory: Memory, pitch: inout Random
  ) -> [Note] {
    guard let intro = frame.sections.first, intro.kind == .intro, intro.bars >= 4, frame.sections.count > 1 else {
      return notes
    }
    guard memory.motifs["chorusA"] != nil else { return notes }
    var memory = Memory(motifs: memory.motifs)
    let half = intro.bars / 2
    var quote = intro
    quote.kind = .chorus
    quote.startTick += (intro.bars - half) * frame.barTicks
    quote.bars = half
    var rhythm = pitch
    return play(quote, phrasing: phrasing, memory: &memory, rhythm: &rhythm, pitch: &pitch) + notes
  }

  private func shifted(_ note: Note, by ticks: Int) -> Note {
    var note = note
    note.startTick += ticks
    return note
  }

  /// The section again; from its third time on an upper neighbour here and there.
  private func repeated(_ notes: [Note], at start: Int, occurrence: Int, random: inout Random) -> [Note] {
    var result: [Note] = []
    for note in notes {
      var note = shifted(note, by: start)
      let scale = MelodyLine.scale(harmony.chord(atTick: note.startTick), in: frame.key)
      let eighth = frame.barTicks / (frame.meter.feltBeats * (frame.meter.isCompound ? 3 : 2))
      if occurrence >= 2, note.durationTicks >= eighth * 3, random.chance(0.16),
        let neighbour = (1...2).map({ note.pitch.midi + $0 }).first(where: { scale[$0 % 12] }),
        neighbour <= range.upperBound
      {
        var turn = note
        turn.startTick += note.durationTicks - eighth
        turn.durationTicks = eighth
        turn.pitch = Pitch(midi: neighbour)
        turn.velocity = max(1, note.velocity - 10)
        note.durationTicks -= eighth
        result += [note, turn]
      } else {
        result.append(note)
      }
    }
    return result
  }

  private func finalNote(at tick: Int, before: Int?) -> Note? {
    let near = Pitch(midi: before ?? (range.lowerBound + range.upperBound) / 2)
    var pitch = Pitch(frame.key.tonic, nearest: near)
    if pitch.midi > range.upperBound { pitch = Pitch(midi: pitch.midi - 12) }
    if pitch.midi < range.lowerBound { pitch = Pitch(midi: pitch.midi + 12) }
    return Note(startTick: tick, durationTicks: frame.lengthTicks - tick, pitch: pitch, velocity: 88)
  }

  // MARK: Played

  /// Bars of a phrase: as many as take about five seconds, two at least but where bars are very long.
  private var phraseBars: Int { frame.barSeconds > 4.5 ? 1 : frame.barSeconds > 1.7 ? 2 : 4 }

  private func play(
    _ section: SongFrame.FeltSection, phrasing: String, memory: inout Memory, rhythm: inout Random,
    pitch: inout Random
  ) -> [Note] {
    let letters = Array(phrasing)
    let length = min(phraseBars, section.bars)
    let count = max(1, section.bars / length)
    var notes: [Note] = []
    for index in 0..<count {
      let isLast = index == count - 1
      let start = section.startTick + index * length * frame.barTicks
      let bars = isLast ? section.bars - index * length : length
      // The outro recalls the chorus; letters restart every four phrases.
      let family = [.outro, .drop].contains(section.kind) ? Section.Kind.chorus : section.kind
      let letter = letters[index % letters.count]
      let name = "\(family.rawValue)\(letter)"
      if section.kind == .interlude && index % 2 == 1 { continue }
      let place = "\(section.kind.rawValue) \(index) \(length)"
      let motif = memory.phrases[place]?.motif ?? memory.motifs[name] ?? memory.motifs["chorus\(letter)"].flatMap { section.kind == .solo ? $0 : nil }
      let events: [PhraseRhythm.Event]
      let keys: [Int]
      if let earlier = memory.phrases[place], hasSameChords(earlier.start, start, bars: length) {
        (events, keys) = (earlier.motif.rhythm, earlier.motif.pitches)
      } else {
        events = motif?.rhythm ?? PhraseRhythm.played(style: style, frame: frame, bars: length, random: &rhythm)
        let closes = isLast ? section.kind != .preChorus : index % 4 == 3
        keys = self.keys(
          events, at: start, section: section, progress: (Double(index) + 0.5) / Double(count), motif: motif?.pitches,
          returnOf: memory.phrases[place]?.start, ending: closes ? .closed : index % 2 == 0 ? .free : .open, before: memory.before, random: &pitch)
      }
      let written = Motif(rhythm: events, pitches: keys, phraseBars: length)
      if motif == nil { memory.motifs[name] = written }
      if memory.phrases[place] == nil { memory.phrases[place] = (start, written) }
      memory.before = keys.last ?? memory.before
      let limit = section.startTick + section.bars * frame.barTicks
      for (event, key) in zip(events, keys) where start + event.tick < limit {
        notes.append(
          Note(
            startTick: start + event.tick, durationTicks: min(event.durationTicks, limit - start - event.tick),
            pitch: Pitch(midi: key), velocity: velocity(start + event.tick, section, key)))
      }
      if bars > length, isLast, let last = notes.last {
        // Bars beyond the last phrase: its last note is held into them.
        notes[notes.count - 1].durationTicks = min(last.durationTicks + frame.barTicks, limit - last.startTick)
      }
    }
    return notes
  }

  /// Whether the bars from two ticks on have the same chords.
  private func hasSameChords(_ a: Int, _ b: Int, bars: Int) -> Bool {
    let beat = frame.barTicks / frame.meter.feltBeats
    return stride(from: 0, to: bars * frame.barTicks, by: beat).allSatisfy {
      harmony.chord(atTick: a + $0) == harmony.chord(atTick: b + $0)
    }
  }

  /// - Parameter earlier: where the phrase stood before, if it comes back.
  private func keys(
    _ events: [PhraseRhythm.Event], at start: Int, section: SongFrame.FeltSection, progress: Double,
    motif: [Int]?, returnOf earlier: Int?, ending: MelodyLine.Ending, before: Int?, random: inout Random
  ) -> [Int] {
    let line = MelodyLine(key: frame.key, range: range, leaps: style.melody.leaps, colour: style.melody.colour)
    let centre = tessitura(section, progress: progress)
    let shape = random.int(in: 0...3)
    let slots = events.enumerated().map { index, event in
      let place = events.count > 1 ? Double(index) / Double(events.count - 1) : 0.5
      // The last two notes belong to the cadence, not to the motif.
      let isCadence = index >= events.count - 2
      // What returns over its old chord is what it was; over another it bends.
      let stays = earlier.map { harmony.chord(atTick: $0 + event.tick) == harmony.chord(atTick: start + event.tick) }
      return MelodyLine.Slot(
        tick: start + event.tick, durationTicks: event.durationTicks,
        chord: harmony.chord(atTick: start + event.tick), weight: frame.weight(atTick: start + event.tick),
        contour: centre + contour(shape, place), motif: motif.flatMap { index < $0.count ? $0[index] : nil },
        pull: stays.map { $0 ? 3 : 0.7 } ?? (isCadence ? 0.08 : 0.45))
    }
    return line.pitches(slots, ending: ending, before: before, random: &random)
  }

  /// Where a section lies in the range; the chorus peaks once, two thirds of the way through.
  private func tessitura(_ section: SongFrame.FeltSection, progress: Double) -> Double {
    let low = Double(range.lowerBound)
    let width = Double(range.upperBound - range.lowerBound)
    let place: Double =
      switch section.kind {
      case .chorus, .drop: 0.58
      case .solo: 0.6
      case .preChorus, .build, .bridge: 0.5
      default: 0.38
      }
    let peak = section.kind == .chorus ? 0.12 * (1 - abs(progress - 0.66) * 2) : 0
    return low + width * (place + peak)
  }

  private func contour(_ shape: Int, _ place: Double) -> Double {
    switch shape {
    case 0: 8 * (1 - abs(place - 0.5) * 2) - 3  // arch
    case 1: 5 - 9 * place  // descent
    case 2: 8 * place - 5  // ascent
    default: 4 - 8 * abs((place * 2).truncatingRemainder(dividingBy: 1) * 2 - 1)  // two waves
    }
  }

  private func velocity(_ tick: Int, _ section: SongFrame.FeltSection, _ key: Int) -> Int {
    let height = Double(key - range.lowerBound) / Double(max(1, range.upperBound - range.lowerBound))
    let value = 72 + 18 * section.energy + 8 * frame.weight(atTick: tick) + 8 * height
    return min(max(Int(value), 1), 120)
  }

  // MARK: Sung

  private func sing(
    _ section: SongFrame.FeltSection, memory: inout Memory, rhythm: inout Random, pitch: inout Random,
    into result: inout Result
  ) -> [Note] {
    var notes: [Note] = []
    let bars = max(1, section.barsPerLine)
    for (index, text) in section.lines.enumerated() {
      let pieces = AdLibs.pieces(of: text).map { ($0.isAdLib, self.syllables.syllables(of: $0.text, language: language)) }
      let syllables = pieces.flatMap(\.1)
      let start = section.startTick + index * bars * frame.barTicks
      guard !syllables.isEmpty, start + bars * frame.barTicks <= section.startTick + section.bars * frame.barTicks
      else { continue }
      // Lines 1 and 3 share a motif, 2 and 4 answer it.
      let name = "\(section.kind.rawValue)\(index % 2)"
      let place = "\(section.kind.rawValue) \(index) \(bars)"
      let model = memory.motifs[name]
      let old = kept.line(in: start..<(start + bars * frame.barTicks), syllables: syllables.count)
      let events: [PhraseRhythm.Event]
      if let old {
        events = old.map { PhraseRhythm.Event(tick: $0.startTick - start, durationTicks: $0.durationTicks) }
      } else if section.delivery == .spoken {
        events = PhraseRhythm.spoken(syllables.count, frame: frame, bars: bars)
      } else if let earlier = memory.phrases[place]?.motif, earlier.rhythm.count == syllables.count {
        events = earlier.rhythm
      } else if let model, model.rhythm.count == syllables.count, model.phraseBars == bars {
        events = model.rhythm
      } else {
        events = PhraseRhythm.sung(
          syllables, style: style, frame: frame, bars: bars, like: model?.rhythm, random: &rhythm)
      }
      let isLast = index == section.lines.count - 1
      let ending: MelodyLine.Ending =
        isLast && section.kind != .preChorus ? .closed : index % 2 == 0 ? .free : .open
      let keys: [Int]
      if let old {
        keys = old.map(\.pitch.midi)
      } else if let earlier = memory.phrases[place], earlier.motif.rhythm == events,
        hasSameChords(earlier.start, start, bars: bars)
      {
        keys = earlier.motif.pitches
      } else {
        keys = self.keys(
          events, at: start, section: section,
          progress: (Double(index) + 0.5) / Double(section.lines.count),
          motif: memory.phrases[place]?.motif.pitches ?? model?.pitches, returnOf: memory.phrases[place]?.start,
          ending: ending, before: memory.before, random: &pitch)
      }
      let written = Motif(rhythm: events, pitches: keys, phraseBars: bars)
      if model == nil { memory.motifs[name] = written }
      if memory.phrases[place] == nil { memory.phrases[place] = (start, written) }
      if section.kind == .chorus, index == 0, result.hook == nil { result.hook = written }
      memory.before = keys.last ?? memory.before
      // The lead's line is one, whatever is called into it.
      let opening = pieces.firstIndex { !$0.0 && !$0.1.isEmpty }
      let starts = pieces.enumerated().flatMap { index, piece in piece.1.indices.map { $0 == 0 && (piece.0 || index == opening) } }
      let isAdLib = pieces.flatMap { piece in piece.1.map { _ in piece.0 } }
      for (position, ((event, key), syllable)) in zip(zip(events, keys), syllables).enumerated() {
        if isAdLib[position] { result.adLibs.insert(start + event.tick) }
        notes.append(
          Note(
            startTick: start + event.tick, durationTicks: event.durationTicks, pitch: Pitch(midi: key),
            velocity: min(120, velocity(start + event.tick, section, key) + syllable.stress * 3),
            syllable: syllable.noted, startsLine: starts[position]))
      }
      if let first = events.first, let last = events.last {
        result.lines.append(
          LyricLine(
            text: text, startTick: start + first.tick, endTick: start + last.tick + last.durationTicks))
      }
    }
    return notes
  }
}
