import Glibc

/// A cymbal played backwards: it swells out of nothing and is cut off where the note ends, on the beat it leads to.
struct ReverseCymbal: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    // What is cut off falls within 4 ms, or it would click.
    let cut = Int(0.004 * sampleRate)
    let end = min(note.end + cut, left.count)
    let length = max(note.end - note.start, 1)
    let hertz: [Float] = [317, 431, 562.7, 741.3, 1129.1, 1483]
    var metal = Squares(
      increments: hertz.map { $0 * 2.3 / Float(sampleRate) }, phases: [0.1, 0.3, 0.5, 0.7, 0.9, 0.2])
    var leftNoise = Noise(seed: note.index * 2 + 71)
    var rightNoise = Noise(seed: note.index * 2 + 72)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    // From 50 dB down at the start of the note.
    let rise = Float(exp(50 / 8.686 / Double(length)))
    var amplitude: Float = pow(10, -50 / 20)
    let level = (0.3 + 0.7 * note.velocity) * 0.4
    for start in stride(from: note.start, to: end, by: Block.frames) {
      metal.advance()
      let squares = metal.sound.span
      // The low end comes last, as it leaves first forwards.
      let through = min(Float(start - note.start) / Float(length), 1)
      leftFilter.tune(cutoff: 6800 - 3600 * through * through, resonance: 0.15, sampleRate: Float(sampleRate))
      rightFilter.tune(cutoff: 7100 - 3700 * through * through, resonance: 0.15, sampleRate: Float(sampleRate))
      for index in 0..<min(Block.frames, end - start) {
        let frame = start + index
        let gate = frame < note.end ? 1 : 1 - Float(frame - note.end) / Float(cut)
        let fadeIn = min(Float(frame - note.start) * (1 / 480), 1)
        let gain = amplitude * gate * fadeIn * level
        left[frame] += leftFilter.process(0.4 * squares[index] + 0.6 * leftNoise.next()).high * gain
        right[frame] += rightFilter.process(0.4 * squares[index] + 0.6 * rightNoise.next()).high * gain
        if frame < note.end { amplitude *= rise }
      }
    }
  }
}
