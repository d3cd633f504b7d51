import Glibc

/// Seven saws a little apart, spread across the stereo picture: pads, leads and stabs of electronic music.
struct Supersaw: NoteSynth {
  let sampleRate: Double
  /// Pads swell and fade; leads and chords speak at once.
  let isPad: Bool

  /// Semitones from the note; the eighth lane is silent.
  private static let detune = SIMD8<Float>(-0.19, -0.115, -0.05, 0, 0.045, 0.12, 0.2, 0)
  private static let leftGain = SIMD8<Float>(0.62, 0.18, 0.5, 0.42, 0.3, 0.52, 0.16, 0)
  private static let rightGain = SIMD8<Float>(0.16, 0.52, 0.3, 0.42, 0.5, 0.18, 0.62, 0)

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = isPad ? 0.3 : 0.07
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    var envelope = Envelope(
      attack: isPad ? 0.12 : 0.004, decay: 0.4, sustain: isPad ? 0.9 : 0.75, release: release,
      heldFrames: note.end - note.start, sampleRate: sampleRate)
    var bend = BendCurve(bends)
    let base = Tuning.hertz(key: Double(note.key)) / sampleRate
    var spread = SIMD8<Float>(repeating: 0)
    var noise = Noise(seed: note.index &* 131 &+ note.key)
    var phase = SIMD8<Float>(repeating: 0)
    for lane in 0..<8 {
      spread[lane] = Float(base) * exp2(Self.detune[lane] / 12)
      phase[lane] = (noise.next() + 1) * 0.499
    }
    var increment = spread
    var inverse = 1 / increment
    var filter = StereoStateVariableFilter()
    // Under the note itself seven saws only beat.
    var cut = StereoStateVariableFilter()
    cut.tune(cutoff: Float(base * sampleRate * 0.8), resonance: 0.2, sampleRate: Float(sampleRate))
    let bright: Float = isPad ? 2600 : 6500
    let level = (0.3 + 0.7 * note.velocity) * 0.16
    let stretch = 32
    for frame in note.start..<end {
      if (frame - note.start) % stretch == 0 {
        let factor = bend.factor(at: frame)
        if factor != 1 {
          increment = spread * factor
          inverse = 1 / increment
        }
        let cutoff = bright * (0.35 + 0.65 * note.velocity) * (0.35 + 0.65 * envelope.level)
        filter.tune(cutoff: cutoff, resonance: 0.08, sampleRate: Float(sampleRate))
      }
      phase += increment
      phase.replace(with: phase - 1, where: phase .>= 1)
      let saws = Waves.saws(phase, increment, inverse)
      let sides = SIMD2((saws * Self.leftGain).sum(), (saws * Self.rightGain).sum())
      let sample = cut.process(filter.process(sides).low).high * (envelope.next() * level)
      left[frame] += sample.x
      right[frame] += sample.y
    }
  }
}
