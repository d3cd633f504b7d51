public import Audio
public import Generation
import Synchronization

extension Listener {
  /// Nothing can be taken out of a mix without the separation network.
  public func refusal(of track: StemTrack) -> String? { complaint.map { "A stem can't be made: \($0)" } }

  /// Vocals by Spleeter, the rest out of what it leaves; drums and bass first, so that vocals, drums, bass and other add up to the sound.
  public func stems(
    _ tracks: [StemTrack], of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws -> [SeparatedStem] {
    if let refusal = tracks.lazy.compactMap({ self.refusal(of: $0) }).first { throw GenerationError.unavailable(refusal) }
    let separation = try Separation(self, of: sound, progress: progress)
    return try tracks.enumerated().map { index, track in
      try progress(.stems, Double(index) / Double(tracks.count))
      let stem = try separation.stem(track)
      return SeparatedStem(track: track, label: track.separationLabel, quality: track.expectedQuality) { stem }
    }
  }
}

extension StemTrack {
  /// How it is made out of a mix, as shown beside it.
  var separationLabel: String {
    switch self {
    case .vocals, .instrumental: "AI separation (2 stems)"
    case .drums, .bass, .percussion, .backingVocals: "approximate"
    case .other: "approximate: what vocals, drums and bass leave"
    case .guitar, .keyboard, .strings, .synth, .brass, .woodwinds, .fx: "other instruments, emphasised"
    }
  }

  /// 0.5 + the signal-to-distortion ratio to expect / 20 (`listening.md` 6).
  var expectedQuality: Double {
    switch self {
    case .vocals, .instrumental: 0.8
    case .drums: 0.6
    case .percussion, .backingVocals: 0.4
    case .bass: 0.35
    default: 0.3
    }
  }
}

/// A sound in its stems, each made once, when it is asked for; at the sound's own rate.
final class Separation: Sendable {
  private let sound: StereoBuffer
  private let vocals: StereoBuffer
  private let crew: Crew
  private let made = Mutex<[StemTrack: StereoBuffer]>([:])

  init(
    _ listener: Listener, of sound: StereoBuffer, progress: @escaping @Sendable (HearingStage, Double) throws -> Void
  ) throws {
    let sound = sound.finite
    self.sound = sound
    crew = listener.crew
    guard sound.frames > 0 else { throw GenerationError.unsupported(ListeningError.empty.description) }
    let vocals = try listener.vocals(of: sound) { try progress(.separation, $0) }
    self.vocals = try vocals.resampled(to: sound.sampleRate, frames: sound.frames)
  }

  func stem(_ track: StemTrack) throws -> StereoBuffer {
    if let stem = made.withLock({ $0[track] }) { return stem }
    let stem = try make(track)
    // Those that others are made from are kept.
    if [.drums, .bass, .other].contains(track) { made.withLock { $0[track] = stem } }
    return stem
  }

  private func make(_ track: StemTrack) throws -> StereoBuffer {
    switch track {
    case .vocals: vocals
    case .instrumental: sound.less(vocals)
    case .drums: try StemMasks.drums(of: sound.less(vocals), crew: crew)
    case .bass: try StemMasks.bass(of: sound.less(vocals).less(stem(.drums)), crew: crew)
    case .other: try sound.less(vocals).less(stem(.drums)).less(stem(.bass))
    case .percussion: try StemMasks.percussion(ofDrums: stem(.drums), crew: crew)
    case .backingVocals: StemMasks.side(of: vocals)
    case .guitar, .keyboard: try StemMasks.lasting(7, of: stem(.other), crew: crew)
    case .strings, .synth: try StemMasks.lasting(61, of: stem(.other), crew: crew)
    case .brass: try StemMasks.band(150...6000, of: stem(.other), crew: crew)
    case .woodwinds: try StemMasks.band(250...5000, of: stem(.other), crew: crew)
    case .fx: StemMasks.side(of: try stem(.other))
    }
  }
}

extension StereoBuffer {
  /// Infinite samples are silence, absurd ones are bounded.
  var finite: StereoBuffer {
    func bounded(_ sample: Float) -> Float { sample.isFinite ? min(max(sample, -64), 64) : 0 }
    return StereoBuffer(left: left.map(bounded), right: right.map(bounded), sampleRate: sampleRate)
  }

  /// Sample by sample without another of the same length.
  func less(_ other: StereoBuffer) -> StereoBuffer {
    StereoBuffer(
      left: zip(left, other.left).map { $0 - $1 }, right: zip(right, other.right).map { $0 - $1 }, sampleRate: sampleRate)
  }

  var mono: [Float] { zip(left, right).map { ($0 + $1) / 2 } }

  /// - Parameter frames: the exact length; zeros are added, or the end cut.
  func resampled(to rate: Int, frames: Int) throws -> StereoBuffer {
    func channel(_ samples: [Float]) throws -> [Float] {
      let samples = try Resampler.resample(samples, from: sampleRate, to: rate)
      return Array(samples.prefix(frames)) + [Float](repeating: 0, count: max(0, frames - samples.count))
    }
    return StereoBuffer(left: try channel(left), right: try channel(right), sampleRate: rate)
  }
}
