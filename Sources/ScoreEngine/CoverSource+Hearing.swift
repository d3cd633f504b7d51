import Composer
import Foundation
import Generation
import Music

extension CoverSource {
  /// A recording as it was heard, written down: bars from the first downbeat on, chords on half beats, the melody on sixteenths (or
  /// twenty-fourths), the words where they were sung.
  /// - Parameter notices: gets a sentence for whatever could not be heard.
  /// - Throws: `GenerationError.unsupported` for what is too short to have bars.
  init(_ heard: HeardSong, wantsWords: Bool, notices: inout [String]) throws {
    let seconds = heard.durationSeconds
    guard seconds >= 4 else {
      throw GenerationError.unsupported("The recording lasts \((seconds * 10).rounded() / 10) s; a cover needs at least 4 s of music.")
    }
    guard seconds <= 600 else {
      throw GenerationError.unsupported("The recording lasts \(Int(seconds)) s; a cover is made of at most 600 s.")
    }
    let found = BeatGrid(heard)
    if found == nil { notices.append("No beat is heard in the recording: the cover keeps its length, and takes a tempo of its own.") }
    let grid = found ?? BeatGrid(bpm: 100)
    let beats = Double(grid.meter.feltBeats)
    let bar = grid.meter.ticksPerBar
    // The bar that begins nearest to the first sample, or a third of a bar before it.
    var start = Double(grid.firstDownbeat)
    while grid.seconds(atPosition: start - beats) >= -0.35 * beats * 60 / grid.bpm { start -= beats }
    while grid.seconds(atPosition: start) < -0.35 * beats * 60 / grid.bpm { start += beats }
    func tick(_ seconds: Double, parts: Int) -> Int {
      let position = (grid.position(atSeconds: seconds) - start) * Double(parts)
      return max(0, Int(position.rounded()) * grid.meter.ticksPerFeltBeat / parts)
    }
    let isSteady = heard.tempo?.isVariable != true
    let bpm = abs(grid.bpm - grid.bpm.rounded()) < 0.15 ? grid.bpm.rounded() : (grid.bpm * 100).rounded() / 100
    func length(bars: Int) -> Double {
      isSteady
        ? Double(bars) * beats * 60 / bpm
        : grid.seconds(atPosition: start + Double(bars) * beats) - grid.seconds(atPosition: start)
    }
    let barSeconds = beats * 60 / bpm
    let leastFinal = min(1.7, max(0.7, 0.15 * seconds))
    var bars = 1
    while length(bars: bars + 1) + leastFinal <= seconds { bars += 1 }
    guard length(bars: bars) + 0.5 <= seconds else {
      throw GenerationError.unsupported("The recording is shorter than a bar and its end; a cover needs more music.")
    }
    let final = seconds - length(bars: bars)

    // Sections begin on bars.
    var outline: [(kind: Section.Kind, bars: Int, energy: Double)] = []
    var at = 0
    for (index, section) in heard.sections.enumerated() {
      let end = index == heard.sections.count - 1 ? bars : min(bars, Int((Double(tick(section.end, parts: 1)) / Double(bar)).rounded()))
      if end > at { outline.append((section.kind ?? .verse, end - at, 0.3 + 0.6 * section.energy)) }
      at = max(at, end)
    }
    if at < bars { outline.append((.verse, bars - at, 0.6)) }

    var chords: [ChordSpan] = []
    for guess in heard.chords {
      guard let chord = guess.chord else { continue }
      let from = tick(guess.start, parts: 2)
      // Sevenths are heard unreliably; the new style adds its own.
      let plain: Chord.Quality = switch chord.quality {
      case .minor7: .minor
      case .major7: .major
      default: chord.quality
      }
      let simple = Chord(root: chord.root, quality: plain)
      if let last = chords.indices.last {
        if chords[last].chord == simple { continue }
        if chords[last].startTick >= from { chords.removeLast() }
      }
      chords.append(ChordSpan(startTick: from, durationTicks: 1, chord: simple))
    }

    let isTriplet = heard.metre?.feel == "swing" || grid.meter.isCompound
    let parts = isTriplet ? 6 : 4
    var tune: [Note] = []
    for note in heard.melody ?? [] {
      let from = tick(note.start, parts: parts)
      guard from < bars * bar else { continue }
      if let last = tune.indices.last {
        guard tune[last].startTick < from else { continue }
        tune[last].durationTicks = min(tune[last].durationTicks, from - tune[last].startTick)
      }
      let to = max(from + grid.meter.ticksPerFeltBeat / parts, tick(note.end, parts: parts))
      tune.append(
        Note(startTick: from, durationTicks: to - from, pitch: Pitch(midi: note.midi), velocity: 60 + Int(40 * min(max(note.confidence, 0), 1))))
    }

    self.init(
      bpm: bpm, key: heard.key?.key ?? Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: grid.meter, outline: outline,
      finalBarSeconds: final, durationSeconds: seconds, chords: chords, tune: tune,
      tempo: isSteady ? nil : grid.tempo(from: start, to: start + Double(bars) * beats)
        + [TempoChange(tick: bars * bar, quartersPerMinute: 60 * Double(bar) / Double(Score.ticksPerQuarter) / final)],
      language: heard.lyrics?.language)
    if chords.isEmpty { notices.append("No chords are heard in the recording, so new ones are written.") }
    if tune.isEmpty {
      notices.append(heard.melody == nil
        ? "The melody can't be heard without the networks that listen (`cantiga listeners install`), so a new one is written."
        : "No melody is heard in the recording, so a new one is written.")
    }
    guard wantsWords, let lyrics = heard.lyrics, !lyrics.lines.isEmpty else { return }
    guard lyrics.confidence >= Self.leastConfidence, lyrics.languageConfidence >= 0.3 else {
      notices.append("Somebody sings in the recording, but the words are not heard surely enough to be sung; give lyrics for them.")
      return
    }
    setLines(lyrics.phrases(seconds: barSeconds > 3 ? barSeconds : 2 * barSeconds).map { ($0.text, tick($0.start, parts: 1)) })
    notices.append("The words are those that were heard; if some are wrong, give the lyrics.")
  }

  /// Of the words, on average, or they are not sung again.
  private static let leastConfidence = 0.4
}

extension HeardSong.Lyrics {
  /// Lines cut at their longest rests until none lasts longer or has more than ten words.
  fileprivate func phrases(seconds: Double) -> [(text: String, start: Double)] {
    func cut(_ words: ArraySlice<Word>) -> [(String, Double)] {
      guard let first = words.first, let last = words.last else { return [] }
      let isShort = last.start - first.start <= seconds && words.count <= 10
      let rests = words.indices.dropFirst().map { ($0, words[$0].start - words[$0 - 1].end) }
      guard !isShort, words.count > 1, let widest = rests.max(by: { $0.1 < $1.1 })?.0 else {
        let text = words.reduce(into: "") { $0 += $1.text + ($1.isFollowedBySpace ? " " : "") }
        return [(text.trimmingCharacters(in: .whitespaces), first.start)]
      }
      return cut(words[..<widest]) + cut(words[widest...])
    }
    return lines.flatMap { line in line.words.isEmpty ? [(line.text, line.start)] : cut(line.words[...]) }.filter { !$0.0.isEmpty }
  }
}
