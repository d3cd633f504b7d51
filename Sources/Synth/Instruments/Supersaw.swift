import Glibc

/// Seven saws a little apart, spread across the stereo picture: pads, leads and stabs of electronic music.
struct Supersaw: NoteSynth {
  let sampleRate: Double
  /// Pads swell and fade; leads and chords speak at once.
  let isPad: Bool

  /// Semitones from the note.
  private static let detune: [Float] = [-0.19, -0.115, -0.05, 0, 0.045, 0.12, 0.2]
  private static let leftGains: [Float] = [0.62, 0.18, 0.5, 0.42, 0.3, 0.52, 0.16]
  private static let rightGains: [Float] = [0.16, 0.52, 0.3, 0.42, 0.5, 0.18, 0.62]

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
    let spread = Self.detune.map { Float(base) * exp2($0 / 12) }
    var noise = Noise(seed: note.index &* 131 &+ note.key)
    var saws = SpreadSaws(
      phases: spread.map { _ in (noise.next() + 1) * 0.499 }, leftGains: Self.leftGains, rightGains: Self.rightGains)
    var increments = spread
    var filter = StereoStateVariableFilter()
    // Under the note itself seven saws only beat.
    var cut = StereoStateVariableFilter()
    cut.tune(cutoff: Float(base * sampleRate * 0.8), resonance: 0.2, sampleRate: Float(sampleRate))
    let bright: Float = isPad ? 2600 : 6500
    let level = (0.3 + 0.7 * note.velocity) * 0.16
    for start in stride(from: note.start, to: end, by: Block.frames) {
      let factor = bend.factor(at: start)
      if factor != 1 { for voice in spread.indices { increments[voice] = spread[voice] * factor } }
      saws.advance(increments)
      let (sawsLeft, sawsRight) = (saws.left.span, saws.right.span)
      for index in 0..<min(Block.frames, end - start) {
        if index % 32 == 0 {
          let cutoff = bright * (0.35 + 0.65 * note.velocity) * (0.35 + 0.65 * envelope.level)
          filter.tune(cutoff: cutoff, resonance: 0.08, sampleRate: Float(sampleRate))
        }
        let sample =
          cut.process(filter.process(SIMD2(sawsLeft[index], sawsRight[index])).low).high * (envelope.next() * level)
        left[start + index] += sample.x
        right[start + index] += sample.y
      }
    }
  }
}
