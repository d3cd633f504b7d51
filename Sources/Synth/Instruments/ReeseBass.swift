import Glibc

/// The drum-and-bass "Reese": saws beating against each other over a steady sine, with a slowly moving
/// filter; the saws are wide, the sine is in the middle.
struct ReeseBass: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = 0.05
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    var envelope = Envelope(
      attack: 0.006, decay: 0.5, sustain: 0.9, release: release, heldFrames: note.end - note.start,
      sampleRate: sampleRate)
    let base = Float(Tuning.hertz(key: Double(note.key)) / sampleRate)
    let stretch = 16
    var glide = Glide(
      from: note.glideFrom, to: note.key, seconds: 0.04, sampleRate: sampleRate, every: stretch)
    var bend = BendCurve(bends)
    let detune: (Float, Float, Float) = (exp2(-0.16 / 12), 1, exp2(0.19 / 12))
    var phases: (Float, Float, Float) = (0.1, 0.43, 0.77)
    var sinePhase: Float = 0
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    var increment = base
    let level = (0.4 + 0.6 * note.velocity) * 0.4
    let sweep = Float(0.37 / sampleRate)
    for frame in note.start..<end {
      if (frame - note.start) % stretch == 0 {
        increment = base * exp2(glide.next() / 12) * bend.factor(at: frame)
        // By the song's time, not the note's, so that the movement goes on across notes.
        let movement = Waves.sine((Float(frame % 1_000_000) * sweep))
        let cutoff = 620 * exp2(0.9 * movement) * (0.6 + 0.6 * note.velocity)
        leftFilter.tune(cutoff: cutoff, resonance: 0.25, sampleRate: Float(sampleRate))
        rightFilter.tune(cutoff: cutoff * 1.06, resonance: 0.25, sampleRate: Float(sampleRate))
      }
      func step(_ phase: inout Float, _ increment: Float) -> Float {
        phase += increment
        if phase >= 1 { phase -= 1 }
        return Waves.saw(phase, increment)
      }
      let a = step(&phases.0, increment * detune.0)
      let b = step(&phases.1, increment * detune.1)
      let c = step(&phases.2, increment * detune.2)
      sinePhase += increment
      if sinePhase >= 1 { sinePhase -= 1 }
      let amplitude = envelope.next() * level
      let middle = 0.7 * Waves.sine(sinePhase)
      left[frame] += (middle + Waves.saturate(leftFilter.process(0.75 * a + 0.5 * b + 0.25 * c).low)) * amplitude
      right[frame] += (middle + Waves.saturate(rightFilter.process(0.25 * a + 0.5 * b + 0.75 * c).low)) * amplitude
    }
  }
}
