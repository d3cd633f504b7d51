import Foundation
import Generation
import Music

/// Notes that were heard, written on the grid of the beats that were heard: sixteenths, twenty-fourths in a triplet feel, finer where neither fits.
struct NoteSheet {
  private let grid: BeatGrid
  private let heard: HeardSong
  private let bpm: Double?
  /// The beat, counted from the first one heard, at which tick 0 and the first bar lie.
  private let start: Double
  private var parts: [Part] = []
  /// As the last part told, other than a bass.
  private var partsOfBeat: Int?
  var skipped: [StemTrack: String] = [:]

  init(_ heard: HeardSong, bpm asked: Double?) {
    self.heard = heard
    bpm = heard.tempo?.bpm
    if let asked, asked.isFinite, (20...400).contains(asked) {
      grid = BeatGrid(bpm: asked)
    } else {
      grid = BeatGrid(heard) ?? BeatGrid(bpm: 120)
    }
    // Whole bars before the first downbeat; the first beat of all takes what time there is.
    let beats = grid.meter.feltBeats
    let zero = grid.position(atSeconds: 0)
    let before = max(0, Int(((Double(grid.firstDownbeat) - zero - 0.02) / Double(beats)).rounded(.up)))
    start = Double(grid.firstDownbeat - before * beats)
  }

  mutating func add(_ notes: [HeardNote], as track: StemTrack) {
    guard !notes.isEmpty else {
      skipped[track] = "No notes are heard in \(track.title.lowercased())."
      return
    }
    let beat = grid.meter.ticksPerFeltBeat
    // The onsets of a bass are too coarse to tell a grid by: it goes by the others'.
    if track != .bass { partsOfBeat = grain(of: notes) }
    let step = beat / (partsOfBeat ?? usualGrain)
    var last: [Int: Int] = [:]
    var written: [Note] = []
    for note in notes {
      func tick(_ seconds: Double) -> Int {
        let ticks = (grid.position(atSeconds: seconds) - start) * Double(beat)
        return max(0, Int((ticks / Double(step)).rounded()) * step)
      }
      let (from, to) = (tick(note.start), tick(note.end))
      // Two of one pitch on one place are one.
      guard last[note.midi] != from else { continue }
      last[note.midi] = from
      written.append(
        Note(startTick: from, durationTicks: max(step, to - from), pitch: Pitch(midi: note.midi), velocity: note.velocity))
    }
    written.sort { ($0.startTick, $0.pitch.midi) < ($1.startTick, $1.pitch.midi) }
    parts.append(
      Part(id: track.rawValue, name: track.title, role: track.role, instrument: .program(track.program), notes: written))
  }

  /// Into how many parts of a beat notes fall where nothing tells otherwise.
  private var usualGrain: Int { heard.metre?.feel == "swing" || grid.meter.isCompound ? 6 : 4 }

  /// Into how many parts of a beat the notes fall: four, six in a triplet feel, or twenty-four where they keep to neither, as when the beats
  /// that were heard are not the music's: drawing them to a wrong grid would move them by half a step.
  private func grain(of notes: [HeardNote]) -> Int {
    guard notes.count >= 8 else { return usualGrain }
    /// How far the notes are from a grid, on average: 0...0.5 of its step; 0.25 by chance.
    func misfit(_ parts: Int) -> Double {
      notes.reduce(0) { sum, note in
        let place = (grid.position(atSeconds: note.start) - start) * Double(parts)
        return sum + abs(place - place.rounded())
      } / Double(notes.count)
    }
    return [usualGrain, 10 - usualGrain].first { misfit($0) <= Self.fit } ?? 24
  }

  private static let fit = 0.19

  func transcription(title: String) -> Transcription {
    let bar = grid.meter.ticksPerBar
    let end = parts.flatMap(\.notes).map { $0.startTick + $0.durationTicks }.max() ?? bar
    let length = (end + bar - 1) / bar * bar
    // Before the first sample there is no time to play in.
    var tempo = grid.tempo(from: start, to: start + Double(length) / Double(grid.meter.ticksPerFeltBeat))
    let zero = grid.position(atSeconds: 0)
    if zero > start + 0.02 {
      tempo = Self.compressed(grid, from: start, zero: zero, rest: tempo)
    }
    let score = Score(
      title: title, key: heard.key?.key ?? Key(tonic: PitchClass(rawValue: 0), mode: .major), meter: grid.meter, tempo: tempo,
      parts: parts, lengthTicks: length)
    return Transcription(score: score, bpm: bpm, skipped: skipped)
  }

  /// The beats up to the first one that lies wholly within the recording share the time there is.
  private static func compressed(_ grid: BeatGrid, from start: Double, zero: Double, rest: [TempoChange]) -> [TempoChange] {
    let beat = grid.meter.ticksPerFeltBeat
    let count = max(1, Int((zero - start).rounded(.up)))
    let seconds = max(0.001 * Double(count), grid.seconds(atPosition: start + Double(count)))
    let quarters = Double(count * beat) / Double(Score.ticksPerQuarter)
    let later = grid.tempo(from: start + Double(count), to: start + Double(count) + 1)
    let after = rest.filter { $0.tick > count * beat }
    let first = later.first.map { [TempoChange(tick: count * beat, quartersPerMinute: $0.quartersPerMinute)] } ?? []
    return [TempoChange(tick: 0, quartersPerMinute: 60 * quarters / seconds)] + first + after
  }
}

extension StemTrack {
  fileprivate var role: Part.Role {
    switch self {
    case .vocals, .backingVocals: .melody
    case .bass: .bass
    default: .chords
    }
  }

  /// A General MIDI program that sounds like it.
  fileprivate var program: Int {
    switch self {
    case .vocals, .backingVocals: 53
    case .bass: 33
    case .guitar: 25
    case .strings: 48
    case .synth: 81
    case .brass: 61
    case .woodwinds: 73
    default: 0
    }
  }
}
