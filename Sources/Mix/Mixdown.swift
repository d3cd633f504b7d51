public import Audio
import Music

/// A mastered song, and how to make each of its stems.
public struct Mixdown: Sendable {
  public var audio: StereoBuffer
  private let session: MixSession
  private let parts: DryParts
  private let channels: [MixSession.Channel?]
  /// What the singers are turned up by.
  private let voiceLift: GainCurve?
  private let tone: [Equalizer]
  private let width: StereoWidth
  private var curve: GainCurve
  private let isLoop: Bool

  /// Keeps what can be heard. Rumble is only in the way of it; and between samples that have much above 20 kHz, as drum machines' hats do, every
  /// meter and every lossy encoder finds a peak of its own, up to half a decibel apart. Above, a Butterworth filter of fourth order.
  static let audible = Equalizer([.highPass(26), .lowPass(20_000, q: 0.5412), .lowPass(20_000, q: 1.3066)])

  init(
    audio: StereoBuffer, session: MixSession, parts: DryParts, channels: [MixSession.Channel?],
    voiceLift: GainCurve?, tone: [Equalizer], width: StereoWidth, curve: GainCurve,
    isLoop: Bool
  ) {
    self.audio = audio
    self.session = session
    self.parts = parts
    self.channels = channels
    self.voiceLift = voiceLift
    self.tone = tone
    self.width = width
    self.curve = curve
    self.isLoop = isLoop
  }

  /// How many stems there are: one a part of the score, in its order.
  public var stemCount: Int { channels.count }

  /// Turns the song and its stems up or down.
  public mutating func scale(by gain: Float) {
    audio.withChannels { left, right in
      for frame in 0..<left.count {
        left[frame] *= gain
        right[frame] *= gain
      }
    }
    curve.multiply(by: gain)
  }

  /// Plays and mixes one part again, mastered as the song is: all stems together add up to `audio`.
  ///
  /// Stems are not kept, because those of ten minutes would fill two gigabytes.
  /// - Parameter step: called several times a second of work; what it throws ends it.
  /// - Precondition: `index` is in 0..<`stemCount`.
  public func stem(_ index: Int, step: () throws -> Void = {}) throws -> StereoBuffer {
    guard let channel = channels[index] else { return StereoBuffer(frames: audio.frames) }
    let buses = Buses(frames: session.frames, spaces: [session.space(of: session.score.parts[index].role)])
    do {
      var sound = try parts.play(index, step)
      try session.tone(of: index).process(&sound, step: step)
      try session.place(sound, channel, index: index, on: buses, step: step)
    }
    var stem = try buses.together(Crew(threads: 1))
    if session.score.parts[index].isSung { voiceLift?.apply(to: &stem) }
    if isLoop { stem.wrapTail(to: audio.frames) }
    Self.audible.process(&stem, isLoop: isLoop)
    for equalizer in tone { equalizer.process(&stem, isLoop: isLoop) }
    width.apply(to: &stem)
    curve.apply(to: &stem)
    return stem
  }
}

extension StereoBuffer {
  /// Cuts to so many frames and adds what was cut to the start.
  mutating func wrapTail(to frames: Int) {
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
