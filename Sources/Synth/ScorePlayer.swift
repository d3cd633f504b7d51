public import Audio
public import Music
import Glibc
import Synchronization

/// Plays a score: each part becomes a dry stem of its own.
///
/// The same score gives the same samples bit for bit, whatever was played before and on however many
/// threads. Instruments stay loaded between songs. Safe to use from several threads at once.
public struct ScorePlayer: Sendable {
  public let sampleRate: Int
  private let soundFontPlayer: SoundFontPlayer
  private let crew: Crew

  /// Loads the SoundFont.
  public init(soundFont: SoundFont, sampleRate: Int = 48_000, crew: Crew = .machineWide) throws(SynthError) {
    self.sampleRate = sampleRate
    self.crew = crew
    soundFontPlayer = try SoundFontPlayer(soundFont: soundFont, sampleRate: sampleRate)
  }

  /// Plays the first `frames` frames of a score.
  /// - Parameter progress: called on this thread several times a second with the seconds of sound played so
  ///   far over all parts and their true total; what it throws ends the work at once and is thrown on.
  /// - Returns: one buffer of `frames` frames a part, in the score's order, unpanned and at the
  ///   instrument's own level.
  public func render(
    _ score: Score, frames: Int, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [StereoBuffer] {
    let clock = FrameClock(score: score, sampleRate: sampleRate)
    let pieces = try score.parts.indices.map { index in
      Piece(
        index: index, voice: try Voice(part: score.parts[index]),
        performance: Performance(part: score.parts[index], clock: clock, frames: frames))
    }
    // The longest first, so that no thread is left with it at the end.
    .sorted { ($0.cost, $1.index) > ($1.cost, $0.index) }

    let silence = StereoBuffer(frames: 0, sampleRate: sampleRate)
    let stems = Mutex([StereoBuffer](repeating: silence, count: score.parts.count))
    let seconds = frames / sampleRate
    try crew.run(
      pieces: pieces.count, steps: pieces.reduce(0) { $0 + $1.voice.passes * seconds },
      progress: progress
    ) { number, steps in
      let piece = pieces[number]
      let stem = try play(piece, frames: frames) { try steps.advance() }
      stems.withLock { $0[piece.index] = stem }
    }
    return stems.withLock { $0 }
  }

  private struct Piece {
    var index: Int
    var voice: Voice
    var performance: Performance
    var cost: Int { performance.noteFrames * voice.costFactor }
  }

  private enum Voice {
    case soundFont(program: Int, isDrumKit: Bool)
    case distortedGuitar
    case notes(any NoteSynth & Sendable)
    case drums(DrumMachine)

    init(part: Part) throws(SynthError) {
      let rate = 48_000.0
      switch part.instrument {
      case .program(let program): self = .soundFont(program: program, isDrumKit: false)
      case .drumKit(let kit): self = .soundFont(program: kit, isDrumKit: true)
      case .synth(let name):
        guard let synth = OwnSynth(rawValue: name) else {
          throw .unknownSynth(name: name, part: part.id)
        }
        switch synth {
        case .drums808 where part.role == .bass: self = .notes(SubBass(sampleRate: rate, isStruck: true))
        case .drums808: self = .drums(DrumMachine(sampleRate: rate, model: .tr808))
        case .drums909: self = .drums(DrumMachine(sampleRate: rate, model: .tr909))
        case .subBass: self = .notes(SubBass(sampleRate: rate, isStruck: false))
        case .reese: self = .notes(ReeseBass(sampleRate: rate))
        case .sawBass: self = .notes(SawBass(sampleRate: rate))
        case .supersaw: self = .notes(Supersaw(sampleRate: rate, isPad: part.role == .pad))
        case .pluck: self = .notes(PluckSynth(sampleRate: rate))
        case .fmKeys: self = .notes(FMKeys(sampleRate: rate))
        case .riser: self = .notes(Riser(sampleRate: rate))
        case .distortedGuitar: self = .distortedGuitar
        }
      }
    }

    /// How many times the song's length is worked through.
    var passes: Int {
      if case .distortedGuitar = self { 3 } else { 1 }
    }

    var costFactor: Int {
      switch self {
      case .soundFont: 2
      case .distortedGuitar: 12
      case .notes: 3
      case .drums: 1
      }
    }
  }

  private func play(_ piece: Piece, frames: Int, step: () throws -> Void) throws -> StereoBuffer {
    switch piece.voice {
    case .soundFont(let program, let isDrumKit):
      return try soundFontPlayer.play(
        piece.performance, program: program, isDrumKit: isDrumKit, frames: frames, step: step)
    case .distortedGuitar:
      return try playDistortedGuitar(piece.performance, frames: frames, step: step)
    case .notes(let synth):
      return try play(piece.performance.notes, of: piece.performance, on: synth, frames: frames, step: step)
    case .drums(let machine):
      return try play(
        DrumMachine.choke(piece.performance.notes), of: piece.performance, on: machine, frames: frames,
        step: step)
    }
  }

  private func play(
    _ notes: [Performance.Note], of performance: Performance, on synth: some NoteSynth, frames: Int,
    step: () throws -> Void
  ) throws -> StereoBuffer {
    var buffer = StereoBuffer(frames: frames, sampleRate: sampleRate)
    var secondsDone = 0
    try buffer.withChannels { left, right in
      for note in notes {
        while secondsDone < note.start / sampleRate {
          try step()
          secondsDone += 1
        }
        synth.play(note, bends: performance.bends, left: &left, right: &right)
      }
      while secondsDone < frames / sampleRate {
        try step()
        secondsDone += 1
      }
    }
    Expression(performance).apply(to: &buffer)
    return buffer
  }

  /// Two takes by the same player, each a little out of tune and time with the other, through the amplifier,
  /// left and right.
  private func playDistortedGuitar(
    _ performance: Performance, frames: Int, step: () throws -> Void
  ) throws -> StereoBuffer {
    let cleanGuitar = 27
    var second = performance
    for index in second.notes.indices {
      var noise = Noise(seed: index)
      let late = 720 + Int(noise.next() * 240)
      second.notes[index].start += late
      second.notes[index].end += late
      second.notes[index].velocity *= 1 + 0.06 * noise.next()
    }
    let takes = try [(performance, -3.0), (second, 5.0)].map { take, cents in
      try soundFontPlayer.play(
        take, program: cleanGuitar, isDrumKit: false, frames: frames, detuneCents: cents, step: step)
    }
    var buffer = StereoBuffer(frames: frames, sampleRate: sampleRate)
    for frame in 0..<frames {
      buffer.left[frame] = (takes[0].left[frame] + takes[0].right[frame]) * 0.5
      buffer.right[frame] = (takes[1].left[frame] + takes[1].right[frame]) * 0.5
    }
    try GuitarAmplifier(sampleRate: sampleRate, driveDecibels: 28).process(&buffer, step: step)
    return buffer
  }
}
