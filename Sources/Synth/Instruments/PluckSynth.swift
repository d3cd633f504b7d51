import Glibc

/// A short bright synth note: two pulses through a filter that closes fast. Arpeggios are made of it.
struct PluckSynth: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = 0.09
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    let held = note.end - note.start
    var amplitude = Envelope(
      attack: 0.0015, decay: 0.28, sustain: 0.08, release: release, heldFrames: held, sampleRate: sampleRate)
    var opening = Envelope(
      attack: 0.001, decay: 0.085, sustain: 0.03, release: release, heldFrames: held, sampleRate: sampleRate)
    let base = Float(Tuning.hertz(key: Double(note.key)) / sampleRate)
    var bend = BendCurve(bends)
    var first: Float = 0.2
    var second: Float = 0.7
    let apart: Float = exp2(0.08 / 12)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    var increment = base
    let level = (0.3 + 0.7 * note.velocity) * 0.4
    let stretch = 16
    let top = 900 + 7500 * note.velocity
    for frame in note.start..<end {
      if (frame - note.start) % stretch == 0 {
        increment = base * bend.factor(at: frame)
        let cutoff = base * Float(sampleRate) * 1.2 + top * opening.level
        leftFilter.tune(cutoff: cutoff, resonance: 0.3, sampleRate: Float(sampleRate))
        rightFilter.tune(cutoff: cutoff * 1.05, resonance: 0.3, sampleRate: Float(sampleRate))
      }
      first += increment
      if first >= 1 { first -= 1 }
      second += increment * apart
      if second >= 1 { second -= 1 }
      _ = opening.next()
      let a = Waves.pulse(first, increment, width: 0.42)
      let b = Waves.saw(second, increment * apart)
      let gain = amplitude.next() * level
      left[frame] += leftFilter.process(0.6 * a + 0.3 * b).low * gain
      right[frame] += rightFilter.process(0.3 * a + 0.6 * b).low * gain
    }
  }
}
