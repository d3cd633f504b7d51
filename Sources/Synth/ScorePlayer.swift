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

  /// Plays the first `frames` frames of a score, all parts at once.
  /// - Parameter progress: called on this thread several times a second with the seconds of sound played so
  ///   far over all parts and their true total; what it throws ends the work at once and is thrown on.
  /// - Returns: one buffer of `frames` frames a part, in the score's order, unpanned and at the
  ///   instrument's own level.
  public func render(
    _ score: Score, frames: Int, progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> [StereoBuffer] {
    let rendition = try prepare(score, frames: frames)
    // The longest first, so that no thread is left with it at the end.
    let order = rendition.costs.indices.sorted { (rendition.costs[$0], $1) > (rendition.costs[$1], $0) }
    let silence = StereoBuffer(frames: 0, sampleRate: sampleRate)
    let stems = Mutex([StereoBuffer](repeating: silence, count: score.parts.count))
    try crew.run(pieces: order.count, steps: rendition.steps.reduce(0, +), progress: progress) { number, steps in
      let stem = try rendition.play(order[number]) { try steps.advance() }
      stems.withLock { $0[order[number]] = stem }
    }
    return stems.withLock { $0 }
  }

  /// Makes ready to play the first `frames` frames of a score, part by part.
  /// - Throws: `SynthError.unknownSynth`, naming the part.
  public func prepare(_ score: Score, frames: Int) throws(SynthError) -> Rendition {
    let clock = FrameClock(score: score, sampleRate: sampleRate)
    var pieces: [Piece] = []
    for part in score.parts {
      pieces.append(
        Piece(voice: try Voice(part: part), performance: Performance(part: part, clock: clock, frames: frames)))
    }
    return Rendition(player: self, pieces: pieces, frames: frames)
  }

  /// A score about to be played, one part at a time. Safe to use from several threads at once.
  public struct Rendition: Sendable {
    fileprivate let player: ScorePlayer
    fileprivate let pieces: [Piece]
    public let frames: Int

    /// The work in each part, for comparison.
    public var costs: [Int] { pieces.map { $0.cost(frames: frames) } }
    /// How often `play` calls `step` for each part.
    public var steps: [Int] { pieces.map { $0.voice.passes * (frames / player.sampleRate) } }

    /// Plays one part: `frames` frames, unpanned and at the instrument's own level, the same each time.
    /// - Parameter step: called for each second of sound; what it throws ends the work and is thrown on.
    public func play(_ part: Int, step: () throws -> Void) throws -> StereoBuffer {
      try player.play(pieces[part], frames: frames, step: step)
    }
  }

  fileprivate struct Piece: Sendable {
    var voice: Voice
    var performance: Performance
    /// In nanoseconds, about.
    func cost(frames: Int) -> Int {
      switch voice {
      case .soundFont: 110 * performance.noteFrames
      case .distortedGuitar(let takes): (takes == .both ? 2 : 1) * (110 * performance.noteFrames + 60 * frames)
      case .notes: 12 * performance.noteFrames
      case .drums: 200_000 * performance.notes.count
      }
    }
  }

  fileprivate enum Voice: Sendable {
    case soundFont(program: Int, isDrumKit: Bool)
    case distortedGuitar(GuitarTakes)
    case notes(any NoteSynth & Sendable)
    case drums(DrumMachine)

    init(part: Part) throws(SynthError) {
      let rate = 48_000.0
      switch part.instrument {
      case .program(let program): self = .soundFont(program: program, isDrumKit: false)
      case .drumKit(let kit): self = .soundFont(program: kit, isDrumKit: true)
      // Where nobody sings.
      case .voice: self = .soundFont(program: 53, isDrumKit: false)
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
        case .reverseCymbal: self = .notes(ReverseCymbal(sampleRate: rate))
        case .riser: self = .notes(Riser(sampleRate: rate))
        case .distortedGuitar: self = .distortedGuitar(GuitarTakes(pan: part.pan))
        }
      }
    }

    /// How many times the song's length is worked through.
    var passes: Int {
      if case .distortedGuitar(let takes) = self { takes == .both ? 3 : 2 } else { 1 }
    }
  }

  fileprivate func play(_ piece: Piece, frames: Int, step: () throws -> Void) throws -> StereoBuffer {
    switch piece.voice {
    case .soundFont(let program, let isDrumKit):
      return try soundFontPlayer.play(
        piece.performance, program: program, isDrumKit: isDrumKit, frames: frames, step: step)
    case .distortedGuitar(let takes):
      return try playDistortedGuitar(piece.performance, takes: takes, frames: frames, step: step)
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

  /// Which takes a distorted guitar plays. In the middle it plays twice, left and right; a part that stands
  /// to one side is one of two guitarists, who each play once.
  fileprivate enum GuitarTakes {
    case both, first, second
    init(pan: Double) { self = abs(pan) < 0.4 ? .both : pan < 0 ? .first : .second }
  }

  /// Takes of a clean guitar, each a little out of tune and time with the other, through the amplifier.
  private func playDistortedGuitar(
    _ performance: Performance, takes: GuitarTakes, frames: Int, step: () throws -> Void
  ) throws -> StereoBuffer {
    func take(_ performance: Performance, cents: Double) throws -> [Float] {
      let cleanGuitar = 27
      var stereo = try soundFontPlayer.play(
        performance, program: cleanGuitar, isDrumKit: false, frames: frames, detuneCents: cents, step: step)
      for frame in 0..<frames { stereo.left[frame] = (stereo.left[frame] + stereo.right[frame]) * 0.5 }
      return stereo.left
    }
    let amplifier = GuitarAmplifier(sampleRate: sampleRate, driveDecibels: 28)
    func first() throws -> [Float] { try take(performance, cents: -3) }
    func second() throws -> [Float] { try take(performance.secondTake, cents: 5) }
    switch takes {
    case .both:
      return try amplifier.amplify(first(), second(), step: step)
    case .first:
      return try amplifier.amplify(first(), step: step)
    case .second:
      return try amplifier.amplify(second(), step: step)
    }
  }
}

extension Performance {
  /// The same part played again: up to 20 ms later, and no stroke quite as hard as before.
  fileprivate var secondTake: Performance {
    var second = self
    for index in second.notes.indices {
      var noise = Noise(seed: index)
      let late = 720 + Int(noise.next() * 240)
      second.notes[index].start += late
      second.notes[index].end += late
      second.notes[index].velocity *= 1 + 0.06 * noise.next()
    }
    return second
  }
}
