import Audio
import Music
import Synchronization

/// Plays parts on a SoundFont, loaded once for each thread that asks and kept for the next song.
final class SoundFontPlayer: Sendable {
  private let soundFont: SoundFont
  private let sampleRate: Int
  private let idle: Mutex<[Lent]>

  /// A font changes hands between threads only through the list of idle ones, so one thread at a time has
  /// it: that is all `@unchecked` stands for.
  private struct Lent: @unchecked Sendable { let font: LoadedSoundFont }

  init(soundFont: SoundFont, sampleRate: Int) throws(SynthError) {
    self.soundFont = soundFont
    self.sampleRate = sampleRate
    idle = Mutex([Lent(font: try LoadedSoundFont(soundFont, sampleRate: sampleRate))])
  }

  private func withFont<Result>(_ body: (LoadedSoundFont) throws -> Result) throws -> Result {
    let lent =
      try idle.withLock { $0.popLast() }
      ?? Lent(font: LoadedSoundFont(soundFont, sampleRate: sampleRate))
    defer { idle.withLock { $0.append(lent) } }
    return try body(lent.font)
  }

  /// Plays a part, dry, into a new buffer.
  /// - Parameters:
  ///   - detuneCents: added to every pitch: a second take of the same part.
  ///   - step: called for each whole second of sound.
  func play(
    _ performance: Performance, program: Int, isDrumKit: Bool, frames: Int, detuneCents: Double = 0,
    step: () throws -> Void
  ) throws -> StereoBuffer {
    try withFont { font in
      let synth = try FluidSynth(font, program: program, isDrumKit: isDrumKit)
      if detuneCents != 0 { synth.bend(cents: detuneCents) }
      let block = FluidSynth.blockFrames
      let padded = (frames + block - 1) / block * block
      var buffer = StereoBuffer(frames: padded, sampleRate: sampleRate)
      try buffer.withChannels { left, right in
        var position = 0
        var secondsDone = 0
        let events = Self.events(of: performance, until: padded, isDrumKit: isDrumKit, isExpressive: synth.isExpressive)
        for event in events {
          let target = min((event.frame + block / 2) / block * block, padded)
          while position < target {
            let count = min(target - position, 4096)
            // A silent synthesiser needn't be run.
            if synth.isSounding { synth.render(into: &left, &right, from: position, frames: count) }
            position += count
            while (secondsDone + 1) * sampleRate <= position {
              try step()
              secondsDone += 1
            }
          }
          Self.perform(event.action, on: synth, detuneCents: detuneCents)
        }
      }
      buffer.left.removeLast(padded - frames)
      buffer.right.removeLast(padded - frames)
      return buffer
    }
  }

  private enum Action {
    case off(key: Int)
    case control(Control)
    case breath(Int)
    case on(key: Int, velocity: Int)
    case stroke(key: Int, velocity: Int, StrokeVariation)
    case nothing

    /// Of what happens together: let go, set the controls, strike.
    var rank: Int {
      switch self {
      case .off: 0
      case .control, .breath: 1
      case .on, .stroke: 2
      case .nothing: 3
      }
    }
  }

  private static func events(
    of performance: Performance, until end: Int, isDrumKit: Bool, isExpressive: Bool
  ) -> [(frame: Int, action: Action)] {
    var events: [(frame: Int, action: Action)] = []
    events.reserveCapacity(performance.notes.count * 2 + performance.controls.count)
    for note in performance.notes {
      let velocity = Int((note.velocity * 127).rounded())
      if isDrumKit {
        let variation = StrokeVariation(of: note)
        let varied = min(max(velocity + variation.velocity, 1), 127)
        events.append((note.start, .stroke(key: note.key, velocity: varied, variation)))
      } else {
        events.append((note.start, .on(key: note.key, velocity: velocity)))
      }
      events.append((max(note.end, note.start + 2 * FluidSynth.blockFrames), .off(key: note.key)))
    }
    for (frame, control) in performance.controls { events.append((frame, .control(control))) }
    if isExpressive {
      for (frame, value) in Breath.points(for: performance.notes) { events.append((frame, .breath(value))) }
    }
    events.append((end, .nothing))
    let order = events.indices.sorted { a, b in
      (events[a].frame, events[a].action.rank, a) < (events[b].frame, events[b].action.rank, b)
    }
    return order.map { events[$0] }
  }

  private static func perform(_ action: Action, on synth: FluidSynth, detuneCents: Double) {
    switch action {
    case .nothing: break
    case .off(let key): synth.noteOff(key: key)
    case .breath(let value): synth.control(2, value)
    case .stroke(let key, let velocity, let variation): synth.noteOn(key: key, velocity: velocity, variation: variation)
    case .on(let key, let velocity): synth.noteOn(key: key, velocity: max(velocity, 1))
    case .control(let control):
      switch control.kind {
      case .expression: synth.control(11, control.value)
      case .modulation: synth.control(1, control.value)
      case .sustain: synth.control(64, control.value)
      case .pitchBend: synth.bend(cents: Double(control.value) + detuneCents)
      }
    }
  }
}
