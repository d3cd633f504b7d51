public import Audio
public import Music
import Glibc
import Synchronization

/// Turns dry stems into a mastered song at -14 LUFS with true peaks under -1 dBTP.
///
/// Every step is either linear or one gain over time for all stems, so that the finished stems add up to
/// the finished mix. The result doesn't depend on the number of threads.
public struct Mixer: Sendable {
  /// How the music ends.
  public enum Ending: Sendable, Hashable {
    /// In silence: the last moments are faded.
    case rest
    /// In its own beginning: what rings beyond the end is heard at the start.
    case loop
  }

  public static let targetLoudness = -14.0
  /// Lossy encoders overshoot a little, and meters that interpolate otherwise may read higher than the limiter does, so the limit leaves
  /// room under -1 dBTP.
  public static let highestTruePeak = -1.45

  private let profile: MixProfile
  private let crew: Crew

  public init(profile: MixProfile, crew: Crew = .machineWide) {
    self.profile = profile
    self.crew = crew
  }

  /// How much longer than the song the dry stems of a loop are.
  public static let loopTailFrames = 48_000 * 3

  /// The two stages of a mix.
  public enum Phase: Sendable, Hashable { case parts, master }

  /// Plays, mixes and masters.
  /// - Parameters:
  ///   - parts: the dry sound of each part of the score, `frames` frames long; for loops `loopTailFrames` more.
  ///   - progress: called on this thread several times a second with the steps of the phase that are done and all
  ///     there are; what it throws ends the work and is thrown on.
  /// - Returns: exactly `frames` frames.
  public func mix(
    _ parts: DryParts, score: Score, frames: Int, ending: Ending,
    progress: (_ phase: Phase, _ done: Int, _ total: Int) throws -> Void
  ) throws -> Mixdown {
    let count = score.parts.count
    precondition(parts.costs.count == count, "one sound a part")
    let length = ending == .loop ? frames + Self.loopTailFrames : frames
    let session = MixSession(profile: profile, score: score, frames: length)
    let buses = Buses(frames: length, spaces: session.spaces)
    let voices = Buses(frames: score.parts.contains(where: \.isSung) ? length : 0, spaces: session.spaces)
    let work = PartMixing(session: session, parts: parts, buses: buses, voices: voices)
    let order = work.order
    try crew.run(
      pieces: count, steps: work.steps, progress: { try progress(.parts, $0, $1) }
    ) { piece, steps in
      try work.mix(order[piece], steps)
    }

    // The sum, its tone, and one gain over time for everything.
    try progress(.master, 0, 4)
    var audio = try buses.together(crew)
    var lift: GainCurve?
    if score.parts.indices.contains(where: { score.parts[$0].isSung && work.channels[$0] != nil }) {
      var voice = try voices.together(crew)
      lift = VoiceLift.curve(of: voice, over: audio)
      lift?.apply(to: &voice)
      audio.add(voice)
    }
    try progress(.master, 1, 4)
    if ending == .loop { audio.wrapTail(to: frames) }
    let isLoop = ending == .loop
    Mixdown.audible.process(&audio, isLoop: isLoop)
    let correction = try ToneBalance(of: audio, crew: crew)?.correction(towards: profile.tone) ?? []
    let tone = stride(from: 0, to: correction.count, by: 4).map { Equalizer(Array(correction[$0...].prefix(4))) }
    for equalizer in tone { equalizer.process(&audio, isLoop: isLoop) }
    let width = profile.width.map { StereoWidth(of: audio, towards: $0) } ?? StereoWidth()
    width.apply(to: &audio)
    try progress(.master, 2, 4)
    let (energies, peaks) = try measure(audio) { try progress(.master, 2, 4) }
    let curve = Master(profile: profile, frames: frames, ending: ending).curve(for: energies, peaks: peaks)
    try progress(.master, 3, 4)
    curve.apply(to: &audio)
    try progress(.master, 4, 4)
    return Mixdown(
      audio: audio, session: session, parts: parts, channels: work.channels, voiceLift: lift, tone: tone, width: width, curve: curve,
      isLoop: isLoop)
  }

  /// How much the sum moves, and the true peaks of each hop, of the louder channel.
  private func measure(_ audio: StereoBuffer, step: () throws -> Void) throws -> (Energies, peaks: [Float]) {
    let peaks = Mutex([[Float]](repeating: [], count: 2))
    let energies = Mutex(Energies(hops: 0))
    try crew.run(pieces: 3, steps: 3, progress: { _, _ in try step() }) { piece, steps in
      if piece == 2 {
        var copy = audio
        let measured = try Energies(shaping: &copy, by: Equalizer([.flat])) { try steps.advance(by: 0) }
        energies.withLock { $0 = measured }
      } else {
        let highest = Hops.truePeaks(of: piece == 0 ? audio.left : audio.right)
        peaks.withLock { $0[piece] = highest }
      }
      try steps.advance()
    }
    return (energies.withLock { $0 }, peaks.withLock { zip($0[0], $0[1]).map { max($0, $1) } })
  }
}
