import Foundation
import Music

extension Quality {
  // MARK: Rhythm

  /// Whether what begins in the sound begins where the score says, the tune shares the accompaniment's grid, and the
  /// beats themselves are struck.
  var rhythm: Double? {
    guard let alignment else { return nil }
    return alignment * leadOnGrid * Self.fall(-beatShare, from: -0.12, to: 0)
  }

  private var beatHops: Double { 60 / asked.bpm * Double(SoundOutline.stepsPerSecond) }

  /// The correlation of heard and written onsets, against the best there is within half a beat.
  private var alignment: Double? {
    guard played.count >= 8, onsets.count > 100 else { return nil }
    var written = [Double](repeating: 0, count: onsets.count)
    for note in played {
      let hop = Int(note.seconds * Double(SoundOutline.stepsPerSecond))
      if hop < written.count { written[hop] = min(written[hop] + note.weight, 2) }
    }
    let mean = written.reduce(0, +) / Double(written.count)
    let reach = min(max(Int(beatHops / 2), 12), 60)
    // An attack takes up to 50 ms to be heard.
    let correlations = (-reach...reach).map { lag -> Double in
      var sum = 0.0
      for hop in max(0, -lag)..<min(written.count, onsets.count - lag) where written[hop] > 0 {
        sum += (written[hop] - mean) * onsets[hop + lag]
      }
      return sum
    }
    let here = correlations[(reach - 2)...(reach + 5)].max() ?? 0
    let best = correlations.max() ?? 0
    return best <= 0 ? 0 : Self.fall(-here / best, from: -1, to: -0.4)
  }

  /// The share of the tune's notes that begin at places within the beat where others begin too.
  private var leadOnGrid: Double {
    guard let lead else { return 1 }
    let beat = Score.ticksPerQuarter
    var places = [Int](repeating: 0, count: beat)
    var all = 0
    for part in score.parts where part.role != .vocal && part.role != .melody && part.role != .effects {
      for note in part.notes {
        places[((note.startTick % beat) + beat) % beat] += 1
        all += 1
      }
    }
    guard all >= 16 else { return 1 }
    // The sixteenths of the beat are everybody's, whether or not the accompaniment plays them.
    let shared = lead.filter { note in
      let place = ((note.startTick % beat) + beat) % beat
      return places[place] * 50 >= all || place % (beat / 4) == 0
    }
    return Self.fall(-Double(shared.count) / Double(lead.count), from: -1, to: -0.2)
  }

  /// The share of all notes that begin on a quarter, or a dotted quarter in compound time.
  private var beatShare: Double {
    let beat = score.meter.unit == 8 ? Score.ticksPerQuarter * 3 / 2 : Score.ticksPerQuarter
    let notes = score.parts.flatMap(\.notes)
    return notes.isEmpty ? 1 : Double(notes.count { $0.startTick % beat == 0 }) / Double(notes.count)
  }

  /// How near the sound repeats at one, two and four beats of the tempo asked, against tempos up to 14 % off; nil
  /// where it hardly repeats.
  var heardTempo: Double? {
    guard Double(onsets.count) > beatHops * 12 else { return nil }
    let smooth = onsets.indices.map { hop in
      (max(0, hop - 1)...min(onsets.count - 1, hop + 1)).reduce(0) { $0 + onsets[$1] }
    }
    let power = smooth.reduce(0) { $0 + $1 * $1 }
    guard power > 0 else { return nil }
    func comb(_ factor: Double) -> Double {
      [1.0, 2, 4].reduce(0) { sum, beats in
        let lag = Int((beatHops * factor * beats).rounded())
        guard lag < smooth.count else { return sum }
        var product = 0.0
        for hop in 0..<(smooth.count - lag) { product += smooth[hop] * smooth[hop + lag] }
        return sum + product / power * Double(smooth.count) / Double(smooth.count - lag)
      }
    }
    let combs = (-14...14).map { comb(1 + Double($0) / 100) }
    let (here, best) = (combs[13...15].max() ?? 0, combs.max() ?? 0)
    return best < 0.25 ? nil : Self.fall(-here / best, from: -1, to: -0.2)
  }

  // MARK: The tune

  private func chord(atTick tick: Int) -> Chord? {
    score.chords.last { $0.startTick <= tick && tick < $0.startTick + $0.durationTicks }?.chord
  }

  /// Notes on strong beats that clash with their chord with nothing to prepare or resolve them, and notes in neither
  /// key nor chord.
  var harmony: Double? {
    guard let lead, !score.chords.isEmpty else { return nil }
    let strong = score.meter.beats % 3 == 0 ? score.meter.ticksPerBar / (score.meter.unit == 8 ? 2 : 1) : Score.ticksPerQuarter * 2
    var (clashes, strongNotes, foreign) = (0, 0, 0)
    for (index, note) in lead.enumerated() {
      guard let chord = chord(atTick: note.startTick) else { continue }
      let pitch = note.pitch.pitchClass
      let fits = chord.contains(pitch) || chord.bass == pitch
      if !fits, !score.key(atTick: note.startTick).contains(pitch) { foreign += 1 }
      guard note.startTick % strong == 0 else { continue }
      strongNotes += 1
      if fits { continue }
      let isPrepared = index > 0 && lead[index - 1].pitch == note.pitch
      let isResolved = index + 1 < lead.count && (1...2).contains(abs(lead[index + 1].pitch.midi - note.pitch.midi))
      if !isPrepared && !isResolved { clashes += 1 }
    }
    return Self.fall(Double(clashes) / Double(max(strongNotes, 4)), from: 0, to: 0.6)
      * Self.fall(Double(foreign) / Double(lead.count), from: 0.02, to: 0.4)
  }

  /// Leaps beyond a fifth within a phrase, a range that no one sings, and a pitch that won't move.
  var melody: Double? {
    guard let lead else { return nil }
    let steps = zip(lead, lead.dropFirst()).filter { $1.startTick - $0.startTick < Score.ticksPerQuarter * 2 }
      .map { abs($1.pitch.midi - $0.pitch.midi) }
    guard steps.count >= 4 else { return nil }
    func share(_ isMeant: (Int) -> Bool) -> Double { Double(steps.count(where: isMeant)) / Double(steps.count) }
    let pitches = lead.map(\.pitch.midi)
    let range = Double((pitches.max() ?? 0) - (pitches.min() ?? 0))
    return Self.fall(share { $0 > 7 }, from: 0, to: 0.4) * Self.fall(range, from: 19, to: 48)
      * Self.fall(share { $0 == 0 }, from: 0.3, to: 1)
  }
}
