public import Audio
public import Music
import Glibc
import Synchronization

/// A mastered song and its stems.
public struct Mixdown: Sendable {
  public var audio: StereoBuffer
  /// In the order they came; they add up to `audio`.
  public var stems: [StereoBuffer]
}

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
  /// Lossy encoders overshoot a little, so the limit leaves room under -1 dBTP.
  public static let highestTruePeak = -1.25

  private let profile: MixProfile
  private let crew: Crew

  public init(profile: MixProfile, crew: Crew = .machineWide) {
    self.profile = profile
    self.crew = crew
  }

  /// How much longer than the song the dry stems of a loop are.
  public static let loopTailFrames = 48_000 * 3

  /// Mixes and masters.
  /// - Parameters:
  ///   - dry: one buffer a part of the score, at 48 kHz, of `frames` frames; for loops of `loopTailFrames` more.
  ///   - progress: called on this thread several times a second; what it throws ends the work and is
  ///     thrown on.
  /// - Returns: exactly `frames` frames.
  public func mix(
    _ dry: consuming [StereoBuffer], score: Score, frames: Int, ending: Ending,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> Mixdown {
    let count = score.parts.count
    precondition(dry.count == count, "one stem a part")
    let length = ending == .loop ? frames + Self.loopTailFrames : frames
    precondition(dry.allSatisfy { $0.frames == length && $0.sampleRate == 48_000 }, "stems of one length at 48 kHz")
    let session = MixSession(profile: profile, score: score, frames: length)
    let stems = Mutex(dry)
    // Two rounds over all stems, two over the channels of the sum, and a last round over the stems.
    let total = 2 * count * session.stretches + 4 + count
    var before = 0
    func round(
      pieces: Int, steps: Int, _ work: @escaping @Sendable (Int, () throws -> Void) throws -> Void
    ) throws {
      try crew.run(pieces: pieces, steps: steps) { done, _ in
        try progress(before + done, total)
      } work: { piece, steps in
        try work(piece) { try steps.advance() }
      }
      before += steps
    }

    // 1. Tone, and a measure of each stem.
    let measured = Mutex([Energies](repeating: Energies(hops: 0), count: count))
    try round(pieces: count, steps: count * session.stretches) { index, step in
      try stems.with(index) { stem in
        let energies = try session.shapeTone(of: &stem, index: index, step: step)
        measured.withLock { $0[index] = energies }
      }
    }
    // 2. Levels, dynamics and space.
    let desk = session.settings(for: measured.withLock { $0 })
    try round(pieces: count, steps: count * session.stretches) { index, step in
      try stems.with(index) { stem in
        try session.place(&stem, desk[index], index: index, step: step)
        if ending == .loop { stem.wrapTail(to: frames) }
      }
    }
    // 3. The sum of each channel, and its tone.
    let finished = stems.withLock { $0 }
    stems.withLock { $0 = [] }
    let channels = Mutex([[Float]](repeating: [], count: 2))
    try round(pieces: 2, steps: 2) { channel, step in
      var sum = [Float](repeating: 0, count: frames)
      for stem in finished { add(channel == 0 ? stem.left : stem.right, to: &sum) }
      channels.withLock { $0[channel] = sum }
      try step()
    }
    var audio = StereoBuffer(frames: 0)
    channels.withLock {
      swap(&audio.left, &$0[0])
      swap(&audio.right, &$0[1])
    }
    let tone = ToneBalance(of: audio)?.correction(towards: profile.tone)
    tone?.process(&audio, isLoop: ending == .loop)
    // 4. One gain over time for everything.
    let toned = audio
    let peaks = Mutex([[Float]](repeating: [], count: 2))
    try round(pieces: 2, steps: 2) { channel, step in
      let highest = PeakMeter.truePeaks(of: channel == 0 ? toned.left : toned.right)
      peaks.withLock { $0[channel] = highest }
      try step()
    }
    let curve = peaks.withLock { peaks in
      Master(profile: profile, frames: frames, ending: ending)
        .curve(for: toned, peaks: zip(peaks[0], peaks[1]).map { max($0, $1) })
    }
    curve.apply(to: &audio.left)
    curve.apply(to: &audio.right)
    let last = Mutex(finished)
    try round(pieces: count, steps: count) { index, step in
      try last.with(index) { stem in
        tone?.process(&stem, isLoop: ending == .loop)
        curve.apply(to: &stem.left)
        curve.apply(to: &stem.right)
        try step()
      }
    }
    return Mixdown(audio: audio, stems: last.withLock { $0 })
  }
}

/// Adds channel to channel.
private func add(_ source: [Float], to sum: inout [Float]) {
  let input = source.span
  var output = sum.mutableSpan
  precondition(input.count == output.count)
  for index in 0..<output.count { output[index] += input[index] }
}

extension Mutex where Value == [StereoBuffer] {
  /// Works on one stem, which nobody else has meanwhile, without copying it.
  fileprivate borrowing func with(_ index: Int, _ body: (inout StereoBuffer) throws -> Void) rethrows {
    var stem = StereoBuffer(frames: 0)
    withLock { swap(&stem, &$0[index]) }
    defer { withLock { swap(&stem, &$0[index]) } }
    try body(&stem)
  }
}

extension StereoBuffer {
  /// Cuts to so many frames and adds what was cut to the start.
  fileprivate mutating func wrapTail(to frames: Int) {
    withChannels { left, right in
      for index in frames..<left.count {
        left[index % frames] += left[index]
        right[index % frames] += right[index]
      }
    }
    left.removeLast(left.count - frames)
    right.removeLast(right.count - frames)
  }
}
