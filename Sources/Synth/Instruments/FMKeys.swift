import Glibc

/// A frequency-modulated electric piano: a warm body whose brightness follows the touch, and a short
/// metallic tine above it.
struct FMKeys: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = 0.12
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    let held = note.end - note.start
    // High notes die sooner, as bars do.
    let length = 2.2 * pow(2, Double(60 - note.key) / 24)
    var body = Envelope(
      attack: 0.002, decay: length, sustain: 0, release: release, heldFrames: held, sampleRate: sampleRate)
    var tine = Envelope(
      attack: 0.001, decay: 0.12, sustain: 0, release: 0.05, heldFrames: held, sampleRate: sampleRate)
    let base = Float(Tuning.hertz(key: Double(note.key)) / sampleRate)
    var bend = BendCurve(bends)
    var increment = base
    var phase: Float = 0
    var detuned: Float = 0.25
    var tremolo = Float(note.start % 480_000) * Float(4.6 / sampleRate)
    let tremoloStep = Float(4.6 / sampleRate)
    let touch = note.velocity * note.velocity
    // Sidebands of the tine must stay under half the sample rate.
    let tineRatio: Float = base * 14 < 0.3 ? 14 : 4
    let level = (0.25 + 0.75 * note.velocity) * 0.3
    for frame in note.start..<end {
      if (frame - note.start) % 32 == 0 { increment = base * bend.factor(at: frame) }
      phase += increment
      if phase >= 1 { phase -= 1 }
      detuned += increment * 1.0009
      if detuned >= 1 { detuned -= 1 }
      tremolo += tremoloStep
      if tremolo >= 1 { tremolo -= 1 }
      let amplitude = body.next()
      let ping = tine.next()
      let index = (0.05 + 0.28 * touch) * amplitude
      let warm = Waves.sine(phase + index * Waves.sine(phase))
      let other = Waves.sine(detuned + index * 0.8 * Waves.sine(detuned))
      let bell = Waves.sine(phase + 0.12 * ping * Waves.sine(tineRatio * phase)) * ping * (0.1 + 0.35 * touch)
      let sample = (0.55 * (warm + other) * amplitude + bell) * level
      let sway = 0.14 * Waves.sine(tremolo)
      left[frame] += sample * (1 + sway)
      right[frame] += sample * (1 - sway)
    }
  }
}
