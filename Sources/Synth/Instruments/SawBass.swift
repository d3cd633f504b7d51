import Glibc

/// An analogue bass: a saw and a pulse over a sine, through a resonant filter that closes after each attack.
struct SawBass: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = 0.03
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    let held = note.end - note.start
    var amplitude = Envelope(
      attack: 0.002, decay: 0.3, sustain: 0.75, release: release, heldFrames: held, sampleRate: sampleRate)
    var opening = Envelope(
      attack: 0.001, decay: 0.11, sustain: 0.12, release: release, heldFrames: held, sampleRate: sampleRate)
    let base = Float(Tuning.hertz(key: Double(note.key)) / sampleRate)
    let stretch = 16
    var glide = Glide(
      from: note.glideFrom, to: note.key, seconds: 0.012, sampleRate: sampleRate, every: stretch)
    var bend = BendCurve(bends)
    var filter = StateVariableFilter()
    var increment = base
    // Each note starts elsewhere in the cycle, as free-running oscillators do.
    var sawPhase = Float(note.index * 389 % 1000) / 1000
    var pulsePhase: Float = 0
    let level = (0.4 + 0.6 * note.velocity) * 0.45
    for frame in note.start..<end {
      if (frame - note.start) % stretch == 0 {
        increment = base * exp2(glide.next() / 12) * bend.factor(at: frame)
        filter.tune(
          cutoff: 120 + (700 + 2600 * note.velocity) * opening.level, resonance: 0.35,
          sampleRate: Float(sampleRate))
      }
      sawPhase += increment
      if sawPhase >= 1 { sawPhase -= 1 }
      pulsePhase += increment * 1.003
      if pulsePhase >= 1 { pulsePhase -= 1 }
      _ = opening.next()
      let raw =
        0.55 * Waves.saw(sawPhase, increment) + 0.3 * Waves.pulse(pulsePhase, increment * 1.003, width: 0.4)
        + 0.3 * Waves.sine(sawPhase)
      let sample = Waves.saturate(1.6 * filter.process(raw).low) * amplitude.next() * level
      left[frame] += sample
      right[frame] += sample
    }
  }
}
