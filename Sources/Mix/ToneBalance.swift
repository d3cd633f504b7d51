import Audio
import Glibc
import Synchronization

/// How a mix's energy is spread from low to high, and the gentle correction towards what a genre's records
/// sound like: half the way, and never more than a few decibels, so that a flute stays a flute.
struct ToneBalance: Sendable, Hashable {
  /// Energy below 70 Hz, to 200, to 600, to 2,000, to 6,000 and above, in decibels of the whole.
  var bands: [Double]

  /// A record of pop music.
  static let pop = ToneBalance(bands: [-8.8, -4.3, -5.8, -8.1, -12.4, -17])
  /// Deep bass and a bright top.
  static let club = ToneBalance(bands: [-5, -4.3, -7.5, -9.5, -13, -16.5])
  /// Instruments in a room, without a subwoofer.
  static let acoustic = ToneBalance(bands: [-13, -5, -4.8, -6.8, -12, -18.5])
  static let orchestra = ToneBalance(bands: [-19, -7.5, -4, -6.2, -12.5, -20])
  /// Guitars in front.
  static let electric = ToneBalance(bands: [-10.5, -4.6, -6, -7.4, -10.5, -16])

  /// The balance of a sound, from a quarter of it; nil for silence.
  init?(of audio: StereoBuffer, crew: Crew = Crew(threads: 1)) throws {
    let stretch = 12_000
    let every = audio.frames > 4 * stretch ? 4 * stretch : stretch
    let edge = 64
    var sample = StereoBuffer(frames: 0)
    sample.left.reserveCapacity(audio.frames / every * stretch + stretch)
    sample.right.reserveCapacity(audio.frames / every * stretch + stretch)
    for start in stride(from: 0, to: audio.frames, by: every) {
      let count = min(stretch, audio.frames - start)
      guard count > 2 * edge else { continue }
      let taken = sample.frames
      sample.left += audio.left[start..<start + count]
      sample.right += audio.right[start..<start + count]
      for frame in 0..<edge {
        // Faded, or the cuts would be heard as treble.
        let fade = Float(frame) / Float(edge)
        for at in [taken + frame, taken + count - 1 - frame] {
          sample.left[at] *= fade
          sample.right[at] *= fade
        }
      }
    }
    let edges = [70.0, 200, 600, 2000, 6000]
    let whole = sample
    let powers = Mutex([Double](repeating: 0, count: edges.count + 1))
    try crew.run(pieces: edges.count + 1, steps: edges.count + 1, progress: { _, _ in }) { band, steps in
      var filters: [Biquad] = []
      if band > 0 { filters += [Biquad](repeating: .highPass(edges[band - 1]), count: 2) }
      if band < edges.count { filters += [Biquad](repeating: .lowPass(edges[band]), count: 2) }
      var passed = whole
      Equalizer(filters).process(&passed)
      let (left, right) = (passed.left.span, passed.right.span)
      var power = 0.0
      for frame in 0..<left.count { power += Double(left[frame] * left[frame] + right[frame] * right[frame]) }
      powers.withLock { $0[band] = power }
      try steps.advance()
    }
    let total = powers.withLock { $0.reduce(0, +) }
    guard total > 1e-12 else { return nil }
    bands = powers.withLock { $0.map { 10 * log10(max($0 / total, 1e-9)) } }
  }

  private init(bands: [Double]) { self.bands = bands }

  /// What brings a sound of this balance nearer to the target: two shelves and three bells, all relative to the
  /// middle (600 to 2,000 Hz). Each band is moved on its own: a sub bass that is too loud doesn't hide a kick that is
  /// too thin.
  func correction(towards target: ToneBalance) -> [Biquad] {
    let middle = 3
    func gain(_ band: Int) -> Double {
      // What isn't there can't be brought out.
      guard bands[band] > -38 else { return 0 }
      let missing = (target.bands[band] - target.bands[middle]) - (bands[band] - bands[middle])
      return min(max(missing * 0.55, -5), 4)
    }
    return [
      .lowShelf(62, decibels: gain(0)), .peak(120, decibels: gain(1), q: 0.9), .peak(350, decibels: gain(2), q: 0.7),
      .peak(3400, decibels: gain(4), q: 0.7), .highShelf(7500, decibels: gain(5)),
    ]
  }
}
