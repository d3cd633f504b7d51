import Glibc

/// The two drum machines that electronic music and hip hop are made of, as circuits: sine sweeps for
/// skins, six square waves for metal, filtered noise for wires and claps. Keys are General MIDI's.
struct DrumMachine: NoteSynth {
  /// What differs between the machines.
  struct Model {
    var kickHertz: Float
    var kickSweepHertz: Float
    var kickSweepSeconds: Double
    var kickSeconds: Double
    var kickDrive: Float
    var kickClick: Float
    var snareHertz: Float
    var snareToneSeconds: Double
    var snareNoiseSeconds: Double
    var snareNoise: Float
    var closedHatSeconds: Double
    var openHatSeconds: Double
    var tomSeconds: Double
    /// Noise among the metal of hats and cymbals, 0...1.
    var metalNoise: Float

    static let tr808 = Model(
      kickHertz: 49, kickSweepHertz: 75, kickSweepSeconds: 0.016, kickSeconds: 0.2, kickDrive: 1.4,
      kickClick: 0.15, snareHertz: 176, snareToneSeconds: 0.07, snareNoiseSeconds: 0.085, snareNoise: 0.85,
      closedHatSeconds: 0.022, openHatSeconds: 0.16, tomSeconds: 0.13, metalNoise: 0.15)
    static let tr909 = Model(
      kickHertz: 52, kickSweepHertz: 190, kickSweepSeconds: 0.013, kickSeconds: 0.13, kickDrive: 2.2,
      kickClick: 0.5, snareHertz: 196, snareToneSeconds: 0.055, snareNoiseSeconds: 0.11, snareNoise: 1.05,
      closedHatSeconds: 0.03, openHatSeconds: 0.2, tomSeconds: 0.16, metalNoise: 0.45)
  }

  let sampleRate: Double
  let model: Model

  /// Closes each open hat at the next stroke on the hats, as one pair of cymbals does.
  static func choke(_ notes: [Performance.Note]) -> [Performance.Note] {
    let hats: Set<Int> = [42, 44, 46]
    var notes = notes
    var open: Int?
    for index in notes.indices where hats.contains(notes[index].key) {
      if let open { notes[open].end = notes[index].start }
      open = notes[index].key == 46 ? index : nil
    }
    if let open { notes[open].end = .max }
    return notes
  }

  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>
  ) {
    switch note.key {
    case 35, 36: kick(note, &left, &right)
    case 38, 40: snare(note, &left, &right)
    case 39: clap(note, &left, &right)
    case 42, 44: hat(note, open: false, &left, &right)
    case 46: hat(note, open: true, &left, &right)
    case 41, 43, 45, 47, 48, 50:
      let order: [Int: Float] = [41: 0, 43: 2, 45: 4, 47: 7, 48: 9, 50: 12]
      skin(
        note, hertz: 78 * exp2((order[note.key] ?? 0) / 12), seconds: model.tomSeconds, sweep: 0.6,
        pan: ((order[note.key] ?? 0) - 6) / 10, &left, &right)
    case 60...64:
      let hertz: [Int: Float] = [60: 310, 61: 220, 62: 290, 63: 270, 64: 180]
      skin(note, hertz: hertz[note.key] ?? 250, seconds: 0.07, sweep: 0.12, pan: -0.35, &left, &right)
    case 49, 52, 55, 57: cymbal(note, seconds: 0.75, ping: 0, pan: note.key == 57 ? 0.4 : -0.4, &left, &right)
    case 51, 53, 59: cymbal(note, seconds: 0.4, ping: 0.6, pan: 0.35, &left, &right)
    case 56: cowbell(note, &left, &right)
    case 54, 69, 70, 82: shaker(note, &left, &right)
    case 37: block(note, hertz: 1720, &left, &right)
    case 75: block(note, hertz: 2500, &left, &right)
    default: block(note, hertz: 900 * exp2(Float(note.key % 12) / 12), &left, &right)
    }
  }

  /// A factor by which the note's level falls each frame.
  private func fall(_ seconds: Double) -> Float { Float(exp(-1 / (seconds * sampleRate))) }

  /// No two strokes of a player are quite alike: up to 1.5 % either way.
  private func wobble(_ note: Performance.Note) -> Float {
    var noise = Noise(seed: note.index &* 7919 &+ note.key)
    _ = noise.next()
    return 1 + 0.015 * noise.next()
  }

  private func range(_ note: Performance.Note, seconds: Double, limit: Int) -> Range<Int> {
    note.start..<min(note.start + Int(seconds * sampleRate), limit)
  }

  private func kick(
    _ note: Performance.Note, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let clickFall = fall(0.0025)
    var click = model.kickClick * note.velocity
    var noise = Noise(seed: note.index)
    let step = 1 / Float(sampleRate)
    var skin = Skin(
      step: model.kickHertz * wobble(note) * step, sweep: model.kickSweepHertz * step,
      sweepFall: fall(model.kickSweepSeconds), fall: fall(model.kickSeconds), drive: model.kickDrive)
    let level = (0.25 + 0.75 * note.velocity) * 0.55
    blocks(range(note, seconds: model.kickSeconds * 9, limit: left.count)) { start, frames in
      skin.advance()
      let sound = skin.sound.span
      for index in 0..<frames {
        let attack = min(Float(start + index - note.start) * (1 / 24), 1)
        let sample = (sound[index] + (click > Self.inaudible ? noise.next() * click : 0)) * level * attack
        left[start + index] += sample
        right[start + index] += sample
        click *= clickFall
      }
    }
  }

  /// 120 dB under full scale.
  private static let inaudible: Float = 1e-6

  /// Goes through a stroke block by block.
  private func blocks(_ range: Range<Int>, _ body: (_ start: Int, _ frames: Int) -> Void) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Block.frames) {
      body(start, min(Block.frames, range.upperBound - start))
    }
  }

  private func snare(
    _ note: Performance.Note, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let toneFall = fall(model.snareToneSeconds)
    let noiseFall = fall(model.snareNoiseSeconds * Double(0.6 + 0.4 * note.velocity))
    var tone: Float = 1
    var wires: Float = 1
    var low: Float = 0
    var high: Float = 0
    var leftNoise = Noise(seed: note.index * 2)
    var rightNoise = Noise(seed: note.index * 2 + 1)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    leftFilter.tune(cutoff: 1900, resonance: 0.15, sampleRate: Float(sampleRate))
    rightFilter.tune(cutoff: 1900, resonance: 0.15, sampleRate: Float(sampleRate))
    let step = model.snareHertz * wobble(note) / Float(sampleRate)
    let level = (0.15 + 0.85 * note.velocity) * 0.75
    for frame in range(note, seconds: 0.9, limit: left.count) {
      let bend = 1 + 0.5 * tone * tone * tone
      low += step * bend
      if low >= 1 { low -= 1 }
      high += step * 1.78 * bend
      if high >= 1 { high -= 1 }
      let attack = min(Float(frame - note.start) * (1 / 12), 1)
      let skin = (0.75 * Waves.sine(low) + 0.4 * Waves.sine(high)) * tone
      left[frame] += (skin + leftFilter.process(leftNoise.next()).high * wires * model.snareNoise) * level * attack
      right[frame] += (skin + rightFilter.process(rightNoise.next()).high * wires * model.snareNoise) * level * attack
      tone *= toneFall
      wires *= noiseFall
    }
  }

  private func clap(
    _ note: Performance.Note, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let burstFall = fall(0.006)
    let tailFall = fall(0.085)
    let burst = Int(0.0105 * sampleRate)
    var amplitude: Float = 1
    var tail: Float = 0
    var leftNoise = Noise(seed: note.index * 2 + 5)
    var rightNoise = Noise(seed: note.index * 2 + 6)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    let centre = 1150 * wobble(note)
    leftFilter.tune(cutoff: centre, resonance: 0.45, sampleRate: Float(sampleRate))
    rightFilter.tune(cutoff: centre * 1.07, resonance: 0.45, sampleRate: Float(sampleRate))
    let level = (0.2 + 0.8 * note.velocity) * 0.95
    for frame in range(note, seconds: 0.7, limit: left.count) {
      let age = frame - note.start
      if age == burst || age == 2 * burst { amplitude = 1 }
      if age == 3 * burst { tail = 0.75 }
      let attack = min(Float(age) * (1 / 16), 1)
      let gain = (amplitude + tail) * level * attack
      left[frame] += leftFilter.process(leftNoise.next()).band * gain
      right[frame] += rightFilter.process(rightNoise.next()).band * gain
      amplitude *= burstFall
      tail *= tailFall
    }
  }

  private func skin(
    _ note: Performance.Note, hertz: Float, seconds: Double, sweep: Float, pan: Float,
    _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let body = fall(seconds)
    let slapFall = fall(0.004)
    var slap: Float = 0.35 * note.velocity
    var noise = Noise(seed: note.index + 3)
    let step = hertz * wobble(note) / Float(sampleRate)
    // The sweep falls with the square of the amplitude.
    var skin = Skin(step: step, sweep: step * sweep, sweepFall: body * body, fall: body, drive: 1.2)
    let level = (0.2 + 0.8 * note.velocity) * 0.7
    let (leftGain, rightGain) = panned(pan)
    blocks(range(note, seconds: seconds * 9, limit: left.count)) { start, frames in
      skin.advance()
      let sound = skin.sound.span
      for index in 0..<frames {
        let attack = min(Float(start + index - note.start) * (1 / 24), 1)
        let sample = (sound[index] + (slap > Self.inaudible ? noise.next() * slap : 0)) * level * attack
        left[start + index] += sample * leftGain
        right[start + index] += sample * rightGain
        slap *= slapFall
      }
    }
  }

  /// Six square waves that have no common fundamental, as in the circuit of 1980.
  private func metal(pitch: Float) -> Squares {
    let hertz: [Float] = [205.3, 304.4, 369.6, 522.7, 540, 800]
    return Squares(
      increments: hertz.map { $0 * (pitch / Float(sampleRate)) }, phases: [0.1, 0.3, 0.5, 0.7, 0.9, 0.2])
  }

  private func hat(
    _ note: Performance.Note, open: Bool, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let seconds = open ? model.openHatSeconds : model.closedHatSeconds * Double(0.6 + 0.5 * note.velocity)
    let body = fall(seconds)
    let choke = fall(0.006)
    var amplitude: Float = 1
    var metal = metal(pitch: 2.1 * wobble(note))
    var noise = Noise(seed: note.index + 9)
    var first = StateVariableFilter()
    var second = StateVariableFilter()
    first.tune(cutoff: 5400, resonance: 0.2, sampleRate: Float(sampleRate))
    second.tune(cutoff: 4800, resonance: 0.1, sampleRate: Float(sampleRate))
    let level = (0.1 + 0.9 * note.velocity) * 0.9
    let (leftGain, rightGain) = panned(0.18)
    let chokeFrame = open ? note.end : Int.max
    blocks(range(note, seconds: seconds * 9, limit: left.count)) { start, frames in
      metal.advance()
      let squares = metal.sound.span
      for index in 0..<frames {
        let raw = (1 - model.metalNoise) * squares[index] + model.metalNoise * noise.next()
        let attack = min(Float(start + index - note.start) * (1 / 12), 1)
        let sample = second.process(first.process(raw).high).high * amplitude * level * attack
        left[start + index] += sample * leftGain
        right[start + index] += sample * rightGain
        amplitude *= start + index >= chokeFrame ? choke : body
      }
    }
  }

  private func cymbal(
    _ note: Performance.Note, seconds: Double, ping: Float, pan: Float, _ left: inout MutableSpan<Float>,
    _ right: inout MutableSpan<Float>
  ) {
    let body = fall(seconds)
    let pingFall = fall(0.05)
    var amplitude: Float = 1
    var stick: Float = 1
    var metal = metal(pitch: 2.7 * wobble(note))
    var leftNoise = Noise(seed: note.index * 2 + 21)
    var rightNoise = Noise(seed: note.index * 2 + 22)
    var leftFilter = StateVariableFilter()
    var rightFilter = StateVariableFilter()
    leftFilter.tune(cutoff: 4600, resonance: 0.15, sampleRate: Float(sampleRate))
    rightFilter.tune(cutoff: 4900, resonance: 0.15, sampleRate: Float(sampleRate))
    let level = (0.15 + 0.85 * note.velocity) * 0.5
    let (leftGain, rightGain) = panned(pan * 0.7)
    blocks(range(note, seconds: seconds * 8, limit: left.count)) { start, frames in
      metal.advance()
      let squares = metal.sound.span
      for index in 0..<frames {
        let ring = squares[index] * (0.5 + ping * stick)
        let attack = min(Float(start + index - note.start) * (1 / 24), 1)
        let gain = amplitude * level * attack
        left[start + index] += leftFilter.process(ring + 0.5 * leftNoise.next()).high * gain * leftGain
        right[start + index] += rightFilter.process(ring + 0.5 * rightNoise.next()).high * gain * rightGain
        amplitude *= body
        stick *= pingFall
      }
    }
  }

  private func cowbell(
    _ note: Performance.Note, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let body = fall(0.06)
    let strike = fall(0.008)
    var amplitude: Float = 0.5
    var hit: Float = 0.5
    var low: Float = 0
    var high: Float = 0
    var filter = StateVariableFilter()
    filter.tune(cutoff: 1050, resonance: 0.5, sampleRate: Float(sampleRate))
    let step = wobble(note) / Float(sampleRate)
    let level = (0.2 + 0.8 * note.velocity) * 0.5
    let (leftGain, rightGain) = panned(-0.25)
    for frame in range(note, seconds: 0.6, limit: left.count) {
      low += 540 * step
      if low >= 1 { low -= 1 }
      high += 800 * step
      if high >= 1 { high -= 1 }
      let raw = Waves.pulse(low, 540 * step, width: 0.5) + Waves.pulse(high, 800 * step, width: 0.5)
      let attack = min(Float(frame - note.start) * (1 / 24), 1)
      let sample = filter.process(raw).band * (amplitude + hit) * level * attack
      left[frame] += sample * leftGain
      right[frame] += sample * rightGain
      amplitude *= body
      hit *= strike
    }
  }

  private func shaker(
    _ note: Performance.Note, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let body = fall(0.03)
    let swell = Int(0.012 * sampleRate)
    var amplitude: Float = 1
    var noise = Noise(seed: note.index + 33)
    var filter = StateVariableFilter()
    filter.tune(cutoff: 5200 * wobble(note), resonance: 0.3, sampleRate: Float(sampleRate))
    let level = (0.1 + 0.9 * note.velocity) * 0.4
    let (leftGain, rightGain) = panned(-0.3)
    for frame in range(note, seconds: 0.3, limit: left.count) {
      let age = frame - note.start
      let sample = filter.process(noise.next()).high * level * (age < swell ? Float(age) / Float(swell) : amplitude)
      if age >= swell { amplitude *= body }
      left[frame] += sample * leftGain
      right[frame] += sample * rightGain
    }
  }

  private func block(
    _ note: Performance.Note, hertz: Float, _ left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>
  ) {
    let body = fall(0.016)
    var amplitude: Float = 1
    var phase: Float = 0
    let step = hertz * wobble(note) / Float(sampleRate)
    let level = (0.2 + 0.8 * note.velocity) * 0.5
    let (leftGain, rightGain) = panned(0.2)
    for frame in range(note, seconds: 0.15, limit: left.count) {
      phase += step
      if phase >= 1 { phase -= 1 }
      let attack = min(Float(frame - note.start) * (1 / 12), 1)
      let sample = Waves.saturate(1.8 * Waves.sine(phase) * amplitude) * level * attack
      left[frame] += sample * leftGain
      right[frame] += sample * rightGain
      amplitude *= body
    }
  }

  /// Equal power, 1 in the middle.
  private func panned(_ pan: Float) -> (left: Float, right: Float) {
    let angle = (min(max(pan, -1), 1) + 1) * Float.pi / 4
    return (cos(angle) * Float(2).squareRoot(), sin(angle) * Float(2).squareRoot())
  }
}
