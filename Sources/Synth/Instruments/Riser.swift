import Glibc

/// Transitions made of noise. The key chooses: 60 and above rises to the end of the note, 36...59 falls
/// from its start, below 36 is an impact.
struct Riser: NoteSynth {
  let sampleRate: Double

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    switch note.key {
    case 60...: sweep(note, rising: true, left: &left, right: &right)
    case 36..<60: sweep(note, rising: false, left: &left, right: &right)
    default: impact(note, left: &left, right: &right)
    }
  }

  private func sweep(
    _ note: Performance.Note, rising: Bool, left: inout MutableSpan<Float>, right: inout MutableSpan<Float>
  ) {
    let release = 0.02
    let length = max(note.end - note.start, 1)
    let end = min(note.end + Envelope.tailFrames(release: release, sampleRate: sampleRate), left.count)
    var leftNoise = Noise(seed: note.index * 2 + 11)
    var rightNoise = Noise(seed: note.index * 2 + 12)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    var phase: Float = 0
    var gate: Float = 1
    let letGo = Float(exp(-1 / (release * sampleRate)))
    let level = (0.3 + 0.7 * note.velocity) * 0.35
    var loudness: Float = 0
    var increment: Float = 0
    for frame in note.start..<end {
      if (frame - note.start) % 16 == 0 {
        let through = min(Float(frame - note.start) / Float(length), 1)
        let height = rising ? through : 1 - through
        let cutoff = 220 * exp2(5.2 * height)
        leftFilter.tune(cutoff: cutoff, resonance: 0.55, sampleRate: Float(sampleRate))
        rightFilter.tune(cutoff: cutoff * 1.1, resonance: 0.55, sampleRate: Float(sampleRate))
        // From nothing on, so that neither end clicks.
        loudness = rising ? height * height : min(through * 200, 1) * height * height
        increment = 110 * exp2(2.5 * height) / Float(sampleRate)
      }
      phase += increment
      if phase >= 1 { phase -= 1 }
      if frame >= note.end { gate *= letGo }
      let tone = 0.12 * Waves.saw(phase, increment)
      left[frame] += (leftFilter.process(leftNoise.next() + tone).band) * loudness * gate * level
      right[frame] += (rightFilter.process(rightNoise.next() + tone).band) * loudness * gate * level
    }
  }

  private func impact(
    _ note: Performance.Note, left: inout MutableSpan<Float>, right: inout MutableSpan<Float>
  ) {
    let end = min(note.start + Int(3.5 * sampleRate), left.count)
    var leftNoise = Noise(seed: note.index * 2 + 51)
    var rightNoise = Noise(seed: note.index * 2 + 52)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    var phase: Float = 0
    var boom: Float = 1
    var wash: Float = 1
    let boomFall = Float(exp(-1 / (0.55 * sampleRate)))
    let washFall = Float(exp(-1 / (0.35 * sampleRate)))
    let level = (0.3 + 0.7 * note.velocity) * 0.5
    for frame in note.start..<end {
      let age = frame - note.start
      if age % 16 == 0 {
        leftFilter.tune(cutoff: 300 + 5000 * wash, resonance: 0.1, sampleRate: Float(sampleRate))
        rightFilter.tune(cutoff: 320 + 5200 * wash, resonance: 0.1, sampleRate: Float(sampleRate))
      }
      phase += (42 + 60 * boom * boom * boom) / Float(sampleRate)
      if phase >= 1 { phase -= 1 }
      let attack = min(Float(age) / 96, 1)
      let middle = Waves.sine(phase) * boom * 0.8
      left[frame] += (middle + leftFilter.process(leftNoise.next()).low * wash * 0.5) * level * attack
      right[frame] += (middle + rightFilter.process(rightNoise.next()).low * wash * 0.5) * level * attack
      boom *= boomFall
      wash *= washFall
    }
  }
}
