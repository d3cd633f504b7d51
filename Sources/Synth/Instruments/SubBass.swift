import Glibc

/// A sine an octave where the speakers are, with enough saturation to be heard on small ones. The long
/// version is the "808" of hip hop: a kick's click, slow decay, glide.
struct SubBass: NoteSynth {
  let sampleRate: Double
  /// Decays like a struck 808 instead of holding.
  let isStruck: Bool

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    let release = isStruck ? 0.08 : 0.03
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    var envelope = Envelope(
      attack: 0.003, decay: isStruck ? 0.9 : 0.4, sustain: isStruck ? 0.0 : 0.8, release: release,
      heldFrames: note.end - note.start, sampleRate: sampleRate)
    let base = Float(Tuning.hertz(key: Double(note.key)) / sampleRate)
    let stretch = 16
    var glide = Glide(
      from: note.glideFrom, to: note.key, seconds: isStruck ? 0.06 : 0.025, sampleRate: sampleRate, every: stretch)
    var bend = BendCurve(bends)
    let drive: Float = isStruck ? 2.2 : 1.5
    let level = (0.35 + 0.65 * note.velocity) * 0.5
    // The struck note falls from a fifth above within 15 ms: the click that small speakers play.
    var click: Float = isStruck && note.glideFrom == nil ? 12 : 0
    let clickFall = Float(exp(-Double(stretch) / (0.009 * sampleRate)))
    var increment = base
    var phase: Float = 0
    for frame in note.start..<end {
      if (frame - note.start) % stretch == 0 {
        increment = base * exp2((glide.next() + click) / 12) * bend.factor(at: frame)
        click *= clickFall
      }
      phase += increment
      if phase >= 1 { phase -= 1 }
      let tone = Waves.sine(phase) + 0.12 * Waves.sine(2 * phase)
      let sample = Waves.saturate(tone * drive * envelope.next()) * level
      left[frame] += sample
      right[frame] += sample
    }
  }
}
