/// An edited text laid over the score it was written from.
struct ABCMerge {
  let tune: ABCTune
  let music: ABCMusic
  let base: Score
  let baseTune: ABCTune
  let baseMusic: ABCMusic

  private var barTicks: Int { max(music.meter.ticksPerBar, 1) }
  private var baseBarTicks: Int { max(baseMusic.meter.ticksPerBar, 1) }

  func score() -> Score {
    let pairs = voicePairs()
    let barMap = self.barMap(pairs)
    let isSameShape = music.meter == baseMusic.meter && music.bars == baseMusic.bars
    let isInPlace = isSameShape && barMap.enumerated().allSatisfy { $0.offset == $0.element }
    let length = isSameShape ? base.lengthTicks : max(music.bars, 1) * barTicks
    var taken = Set(pairs.compactMap { $0.map { base.parts[$0].id } })
    var hasMelody = base.parts.contains { $0.role == .melody || $0.role == .vocal }
    let parts = tune.voices.indices.map { index in
      let voice = tune.voices[index]
      guard let partIndex = pairs[index] else {
        let notes = music.voices[index].notes.map { $0.note(velocity: nil, meter: music.meter) }
        return tune.part(voice, notes: notes, taken: &taken, hasMelody: &hasMelody)
      }
      return part(voice, music.voices[index], over: partIndex, barMap: barMap, isInPlace: isInPlace)
    }
    let chords = music.chords
    let sections = music.sections
    let keyChanges = music.keyChanges(from: tune.key)
    return Score(
      title: tune.title == baseTune.title ? base.title : tune.title.isEmpty ? base.title : tune.title,
      key: tune.key == baseTune.key ? base.key : tune.key,
      keyChanges: keyChanges == baseMusic.keyChanges(from: baseTune.key) && tune.key == baseTune.key ? base.keyChanges : keyChanges,
      meter: music.meter,
      tempo: music.tempo == baseMusic.tempo ? base.tempo : music.tempo,
      sections: isSameShape && (sections == baseMusic.sections || sections.isEmpty)
        ? base.sections
        : Section.sections(labels: sections, bars: max(music.bars, 1), barTicks: barTicks, like: base.sections),
      chords: isSameShape && chords == baseMusic.chords ? base.chords : music.chordSpans(lengthTicks: length),
      parts: parts, lengthTicks: length, language: base.language)
  }

  /// For each voice of the text the part of the base that it was: by its `%%cantiga-part`, else by its id.
  private func voicePairs() -> [Int?] {
    var used: Set<Int> = []
    func claim(_ part: Int?) -> Int? {
      guard let part, used.insert(part).inserted else { return nil }
      return part
    }
    var pairs = tune.voices.map { voice in claim(base.parts.firstIndex { $0.id == voice.partID }) }
    for (index, voice) in tune.voices.enumerated() where pairs[index] == nil && voice.partID == nil {
      pairs[index] = claim(baseTune.voices.firstIndex { $0.id == voice.id && ($0.name == voice.name || voice.name == nil) })
        ?? claim(baseTune.voices.firstIndex { $0.name == voice.name && voice.name != nil })
        ?? claim(baseTune.voices.firstIndex { $0.id == voice.id })
    }
    return pairs
  }

  /// Notes of a voice by bar, their starts counted from the bar line.
  private static func bars(_ voice: ABCMusic.Voice, barTicks: Int, count: Int) -> [[ABCMusic.Tone]] {
    var bars = [[ABCMusic.Tone]](repeating: [], count: max(count, 1))
    for note in voice.notes where note.start / barTicks < bars.count {
      var moved = note
      moved.start = note.start % barTicks
      bars[note.start / barTicks].append(moved)
    }
    return bars
  }

  /// For each bar the bar of the base that it was, where there was one: equal bars first, then the ones between them in
  /// order.
  private func barMap(_ pairs: [Int?]) -> [Int?] {
    var known: [[[ABCMusic.Tone]]: Int] = [:]
    func contents(_ music: ABCMusic, _ voices: [Int], _ barTicks: Int) -> [Int] {
      let byVoice = voices.map { Self.bars(music.voices[$0], barTicks: barTicks, count: music.bars) }
      return (0..<max(music.bars, 1)).map { bar in
        let content = byVoice.map { $0[bar] }
        let id = known[content] ?? known.count
        known[content] = id
        return id
      }
    }
    let matched = pairs.enumerated().compactMap { voice, part in part.map { (voice, $0) } }
    let new = contents(music, matched.map(\.0), barTicks)
    let old = contents(baseMusic, matched.map(\.1), baseBarTicks)
    if new.count == old.count { return Array(0..<new.count) }
    var map = [Int?](repeating: nil, count: new.count)
    var removed: Set<Int> = []
    var inserted: Set<Int> = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    var oldBar = 0
    for bar in new.indices {
      if inserted.contains(bar) {
        // A bar that was changed stands where one was taken away.
        if removed.contains(oldBar) {
          map[bar] = oldBar
          oldBar += 1
        }
        continue
      }
      while removed.contains(oldBar) { oldBar += 1 }
      map[bar] = oldBar < old.count ? oldBar : nil
      oldBar += 1
    }
    return map
  }

  // MARK: A part

  private func part(
    _ voice: ABCTune.Voice, _ played: ABCMusic.Voice, over index: Int, barMap: [Int?], isInPlace: Bool
  ) -> Part {
    var part = base.parts[index]
    let baseVoice = baseTune.voices[index]
    if voice.name != baseVoice.name, let name = voice.name, !name.isEmpty { part.name = name }
    if voice.role != baseVoice.role, let role = voice.role { part.role = role }
    if voice.instrument != baseVoice.instrument, let instrument = voice.instrument {
      part.instrument = instrument
    } else if voice.program != baseVoice.program, let program = voice.program {
      part.instrument = part.playsDrumKit ? .drumKit(program) : .program(program)
    }
    if !isInPlace { part.controls = moved(part.controls, barMap: barMap) }
    guard played != baseMusic.voices[index] || !isInPlace else { return part }

    let spans = Notation(score: base).writtenSpans(of: base.parts[index])
    var oldNotes: [Int: [Old]] = [:]
    var velocities = 0
    for (place, span) in spans.enumerated() {
      guard let span else { continue }
      let note = base.parts[index].notes[place]
      velocities += note.velocity
      oldNotes[span.lowerBound / baseBarTicks, default: []].append(
        Old(onset: span.lowerBound % baseBarTicks, duration: span.count, note: note))
    }
    let usual = spans.isEmpty ? nil : velocities / max(1, spans.count)
    let newBars = Self.bars(played, barTicks: barTicks, count: music.bars)
    let baseBars = Self.bars(baseMusic.voices[index], barTicks: baseBarTicks, count: baseMusic.bars)
    var notes: [Note] = []
    for (bar, content) in newBars.enumerated() {
      let start = bar * barTicks
      guard let oldBar = bar < barMap.count ? barMap[bar] : nil, oldBar < baseBars.count else {
        notes += content.map { $0.note(velocity: usual, meter: music.meter).shifted(start) }
        continue
      }
      let pool = oldNotes[oldBar] ?? []
      if content == baseBars[oldBar] {
        notes += pool.map { $0.note.shifted((bar * barTicks) - oldBar * baseBarTicks) }
      } else {
        notes += Self.merged(content, over: pool, usual: usual, meter: music.meter, oldBarStart: oldBar * baseBarTicks)
          .map { $0.shifted(start) }
      }
    }
    part.notes = notes.sorted {
      ($0.startTick, $0.pitch.midi, $0.durationTicks) < ($1.startTick, $1.pitch.midi, $1.durationTicks)
    }
    return part
  }

  private struct Old {
    /// As written, from the bar line.
    var onset: Int
    var duration: Int
    var note: Note
  }

  /// Each new note takes after the old one in its place: in a chord of as many notes the one of the same rank, else the
  /// one of the same pitch, else the next that is left.
  private static func merged(
    _ content: [ABCMusic.Tone], over pool: [Old], usual: Int?, meter: Meter, oldBarStart: Int
  ) -> [Note] {
    var left = Dictionary(grouping: pool, by: \.onset).mapValues { $0.sorted { $0.note.pitch < $1.note.pitch } }
    let counts = Dictionary(grouping: content, by: \.start).mapValues(\.count)
    let ranked = Set(left.keys.filter { left[$0]?.count == counts[$0] })
    let barVelocity = pool.isEmpty ? usual : pool.reduce(0) { $0 + $1.note.velocity } / pool.count
    var result: [Note] = []
    for new in content {
      let candidates = left[new.start] ?? []
      let twin = ranked.contains(new.start) ? nil : candidates.firstIndex { $0.note.pitch.midi == new.midi }
      guard !candidates.isEmpty else {
        result.append(new.note(velocity: barVelocity, meter: meter))
        continue
      }
      let old = candidates[twin ?? 0]
      left[new.start]?.remove(at: twin ?? 0)
      var note = old.note
      note.startTick = max(0, new.start + old.note.startTick - oldBarStart - old.onset)
      note.pitch = Pitch(midi: new.midi)
      note.syllable = new.syllable
      if let velocity = new.velocity { note.velocity = velocity }
      if new.duration != old.duration {
        let held = Double(min(old.note.durationTicks, old.duration)) / Double(max(old.duration, 1))
        note.durationTicks = max(1, Int((Double(new.duration) * held).rounded()))
      }
      result.append(note)
    }
    return result
  }

  private func moved(_ controls: [Control], barMap: [Int?]) -> [Control] {
    let byBar = Dictionary(grouping: controls) { max(0, $0.tick) / baseBarTicks }
    var result: [Control] = []
    for (bar, old) in barMap.enumerated() {
      guard let old else { continue }
      result += (byBar[old] ?? []).map {
        Control(tick: max(0, $0.tick + bar * barTicks - old * baseBarTicks), kind: $0.kind, value: $0.value)
      }
    }
    return result
  }
}

extension Note {
  fileprivate func shifted(_ ticks: Int) -> Note {
    var note = self
    note.startTick = max(0, startTick + ticks)
    return note
  }
}
