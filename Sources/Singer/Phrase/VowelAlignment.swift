import Glibc

/// Moves the sound of a line so that its vowels begin when their notes do.
///
/// The voice network is told when a symbol sounds in steps of 25 ms, and a vowel begins a little before or after its symbol,
/// by the consonant before it: late by 20 ms after a fricative, early after a liquid. So each vowel's beginning is looked for in
/// what was sung, where the spectrum rises most near the planned time, and time is stretched between the vowels: a consonant
/// and the first 50 ms of its vowel move as they are, what is held is longer or shorter.
struct VowelAlignment {
  /// Where a syllable lies in a source, in seconds.
  struct Syllable: Equatable {
    /// Its first consonant.
    var start: Double
    var vowel: Double
    /// The first consonant after the vowel.
    var coda: Double
    var end: Double
  }

  /// Farthest that a vowel is moved, in seconds.
  static let reach = 0.08
  /// How long a vowel's beginning is, in seconds.
  private static let attack = 0.05
  /// How much a stretch of time may be squeezed or drawn out.
  private static let slopes = 0.4...2.5

  private struct Anchor {
    var source: Double
    var target: Double
  }

  private let anchors: [Anchor]

  /// - Parameters:
  ///   - syllables: as planned, nil for one without a vowel; in order.
  ///   - notes: when each is to begin.
  init(_ spectra: VoiceSpectra, _ syllables: [Syllable?], notes: [Double]) {
    precondition(syllables.count == notes.count)
    let rises = Self.rises(spectra)
    let duration = Double(spectra.frames) * VoiceSpectra.framePeriod
    var path = [Anchor(source: 0, target: 0), Anchor(source: duration, target: duration)]
    func insert(_ anchor: Anchor) {
      guard let next = path.firstIndex(where: { $0.source > anchor.source }), next > 0 else { return }
      for (from, to) in [(path[next - 1], anchor), (anchor, path[next])] {
        guard to.source - from.source > 0.004, Self.slopes.contains((to.target - from.target) / (to.source - from.source)) else { return }
      }
      path.insert(anchor, at: next)
    }
    var shifts = [Double?](repeating: nil, count: syllables.count)
    for (index, syllable) in syllables.enumerated() {
      guard let syllable else { continue }
      let before = index > 0 ? syllables[index - 1]?.vowel : nil
      let after = index + 1 < syllables.count ? syllables[index + 1]?.vowel : nil
      let onset = Self.onset(
        in: rises, near: syllable.vowel, from: ((before ?? 0) + syllable.vowel) / 2, to: ((after ?? duration) + syllable.vowel) / 2)
      guard abs(notes[index] - onset) <= Self.reach else { continue }
      let count = path.count
      insert(Anchor(source: onset, target: notes[index]))
      if path.count > count { shifts[index] = notes[index] - onset }
    }
    // What moves with a vowel.
    for (index, syllable) in syllables.enumerated() {
      guard let syllable, let shift = shifts[index] else { continue }
      func carry(_ time: Double, _ shift: Double) { insert(Anchor(source: time, target: time + shift)) }
      let onset = notes[index] - shift
      if syllable.start < onset - 0.01 { carry(syllable.start, shift) }
      if syllable.coda - onset > 2 * Self.attack { carry(onset + Self.attack, shift) }
      let next = index + 1 < syllables.count ? syllables[index + 1] : nil
      let isJoined = next.map { $0.start - syllable.end < 0.03 } ?? false
      carry(syllable.coda, isJoined ? shifts[index + 1] ?? 0 : 0)
      if !isJoined, syllable.end > syllable.coda { carry(syllable.end, 0) }
    }
    anchors = path
  }

  /// Which place of the source sounds in each frame, counted in frames.
  func places(frames: Int) -> [Double] {
    var segment = 1
    return (0..<frames).map { frame in
      let time = Double(frame) * VoiceSpectra.framePeriod
      while segment < anchors.count - 1, time > anchors[segment].target { segment += 1 }
      let (from, to) = (anchors[segment - 1], anchors[segment])
      let way = (time - from.target) / max(to.target - from.target, 1e-9)
      return min(max((from.source + way * (to.source - from.source)) / VoiceSpectra.framePeriod, 0), Double(frames - 1))
    }
  }

  /// Where the spectrum rises most about a time, in seconds.
  private static func onset(in rises: [Double], near time: Double, from start: Double, to end: Double) -> Double {
    let period = VoiceSpectra.framePeriod
    let low = max(1, Int((max(start, time - 0.1) / period).rounded()))
    let high = min(rises.count - 2, Int((min(end, time + 0.1) / period).rounded()))
    guard low <= high else { return time }
    func weight(_ frame: Int) -> Double { rises[frame] * exp(-0.5 * pow((Double(frame) * period - time) / 0.04, 2)) }
    guard let best = (low...high).max(by: { weight($0) < weight($1) }), weight(best) > 0 else { return time }
    let (left, middle, right) = (weight(best - 1), weight(best), weight(best + 1))
    let bend = left - 2 * middle + right
    return (Double(best) + (bend < 0 ? min(max((left - right) / (2 * bend), -0.5), 0.5) : 0)) * period
  }

  /// How much the spectrum rises about each frame: what 32 mel bands up to 5 kHz gain within 30 ms, in all.
  private static func rises(_ spectra: VoiceSpectra) -> [Double] {
    let bands = 32
    func mel(_ hertz: Double) -> Double { log(1 + hertz / 700) }
    let edges = (0...bands + 1).map { 700 * (exp(mel(150) + (mel(5_000) - mel(150)) * Double($0) / Double(bands + 1)) - 1) }
    let binHertz = Double(spectra.sampleRate) / 2 / Double(spectra.bins - 1)
    let shares: [(first: Int, weights: [Double])] = (0..<bands).map { band in
      let first = Int((edges[band] / binHertz).rounded(.up))
      let last = min(Int(edges[band + 2] / binHertz), spectra.bins - 1)
      guard first <= last else { return (0, []) }
      return (first, (first...last).map { bin in
        let hertz = Double(bin) * binHertz
        return min((hertz - edges[band]) / (edges[band + 1] - edges[band]), (edges[band + 2] - hertz) / (edges[band + 2] - edges[band + 1]))
      })
    }
    var levels = [Double](repeating: 0, count: spectra.frames * bands)
    for frame in 0..<spectra.frames {
      for (band, share) in shares.enumerated() {
        var sum = 0.0
        for (index, weight) in share.weights.enumerated() { sum += weight * spectra.envelope[frame * spectra.bins + share.first + index] }
        levels[frame * bands + band] = sum
      }
    }
    let floor = max(1e-5 * (levels.max() ?? 0), 1e-16)
    for index in levels.indices { levels[index] = log(levels[index] + floor) }
    let rises = (0..<spectra.frames).map { frame in
      guard frame >= 3, frame + 3 < spectra.frames else { return 0.0 }
      return (0..<bands).reduce(0) { $0 + max(0, levels[(frame + 3) * bands + $1] - levels[(frame - 3) * bands + $1]) }
    }
    // The middle of a rise, where it is steeper than the frames can show.
    let window = [0.25, 0.75, 1, 0.75, 0.25]
    return rises.indices.map { frame in
      guard frame >= 2, frame + 2 < rises.count else { return 0 }
      return window.indices.reduce(0) { $0 + window[$1] * rises[frame + $1 - 2] }
    }
  }
}

extension SourceVoice {
  /// The same voice with its syllables moved to their notes.
  mutating func align(_ syllables: [VowelAlignment.Syllable?], to notes: [Double]) {
    guard spectra.frames > 8 else { return }
    move(to: VowelAlignment(spectra, syllables, notes: notes).places(frames: spectra.frames))
  }

  /// Lets another place of the voice sound in each frame, counted in frames.
  mutating func move(to places: [Double]) {
    precondition(places.count == spectra.frames)
    let (source, hertz) = (spectra, pitch)
    for (frame, place) in places.enumerated() {
      let place = min(max(place, 0), Double(source.frames - 1))
      let low = Int(place)
      let high = min(low + 1, source.frames - 1)
      let share = place - Double(low)
      let row = frame * source.bins
      for bin in 0..<source.bins {
        let (a, b) = (low * source.bins + bin, high * source.bins + bin)
        spectra.envelope[row + bin] = source.envelope[a] + (source.envelope[b] - source.envelope[a]) * share
        spectra.aperiodicity[row + bin] = source.aperiodicity[a] + (source.aperiodicity[b] - source.aperiodicity[a]) * share
      }
      pitch[frame] =
        hertz[low] > 0 && hertz[high] > 0 ? hertz[low] + (hertz[high] - hertz[low]) * share : share < 0.5 ? hertz[low] : hertz[high]
    }
  }
}
