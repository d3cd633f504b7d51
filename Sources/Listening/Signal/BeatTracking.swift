import Foundation

/// Where the beats are: the path through the onsets whose steps are nearest to the tempo (`listening.md` 5.3, after Ellis 2007).
struct BeatTracking: Sendable {
  /// Seconds, increasing.
  let beats: [Double]
  /// The onsets, smoothed by a Gaussian of 1/32 beat.
  let localScore: [Double]

  /// - Parameter periods: the beat's length in frames at each frame, or one for all.
  init(_ onsets: [Double], periods: [Double]) {
    let spread = onsets.deviation
    guard spread > 0, let first = periods.first else {
      (beats, localScore) = ([], onsets)
      return
    }
    let period = { (frame: Int) in periods.count == 1 ? first : periods[frame] }
    let score = onsets.indices.map { frame -> Double in
      let width = Int(period(frame))
      var sum = 0.0
      for k in max(-width, frame - onsets.count + 1)...min(width, frame) where abs(k) <= width / 6 {
        sum += onsets[frame - k] / spread * exp(-0.5 * pow(32 * Double(k) / period(frame), 2))
      }
      return sum
    }
    localScore = score
    let threshold = 0.01 * (score.max() ?? 0)
    var best = score
    var previous = [Int](repeating: -1, count: score.count)
    var hasBegun = false
    // The cost of each step is the same everywhere in a steady tempo.
    func costs(_ length: Double) -> [Double] {
      (Int((length / 2).rounded())...Int((2 * length).rounded())).map { -100 * pow(log(Double($0) / length), 2) }
    }
    let steady = periods.count == 1 ? costs(first) : []
    for t in score.indices {
      let length = period(t)
      if !hasBegun, score[t] < threshold { continue }
      hasBegun = true
      let shortest = Int((length / 2).rounded())
      var highest = -Double.infinity
      for (index, cost) in (steady.isEmpty ? costs(length) : steady).enumerated() {
        let step = shortest + index
        guard step > 0, t - step >= 0 else { break }
        let value = best[t - step] + cost
        if value > highest {
          highest = value
          previous[t] = t - step
        }
      }
      if highest.isFinite { best[t] = score[t] + highest }
    }
    let peaks = best.indices.filter { t in
      (t == 0 || best[t] > best[t - 1]) && (t == best.count - 1 || best[t] >= best[t + 1])
    }
    let half = 0.5 * peaks.map { best[$0] }.median
    var frames: [Int] = []
    var at = peaks.last { best[$0] > half } ?? -1
    while at >= 0 {
      frames.append(at)
      at = previous[at]
    }
    frames.reverse()
    // Weak beats before the music begins and after it ends go; not where one loud beat makes all others weak.
    let quiet = 0.5 * frames.map { score[$0] * score[$0] }.mean.squareRoot()
    if let begin = frames.firstIndex(where: { score[$0] >= quiet }), let end = frames.lastIndex(where: { score[$0] >= quiet }),
      2 * (end - begin + 1) >= frames.count
    {
      frames = Array(frames[begin...end])
    }
    beats = frames.map { t in
      var offset = 0.0
      if t > 0, t + 1 < score.count {
        let curvature = score[t - 1] - 2 * score[t] + score[t + 1]
        if curvature < 0 { offset = min(max(0.5 * (score[t - 1] - score[t + 1]) / curvature, -0.5), 0.5) }
      }
      return max(0, (Double(t) + offset) / OnsetStrength.framesPerSecond)
    }
  }

  /// Beats at about one tempo, and that tempo exactly: tracked once more with the tempo of the beats themselves, since the grid of
  /// tempi is coarse.
  static func fitted(_ onsets: [Double], bpm: Double) -> (BeatTracking, bpm: Double) {
    func track(_ bpm: Double) -> BeatTracking { BeatTracking(onsets, periods: [60 / bpm * OnsetStrength.framesPerSecond]) }
    let first = track(bpm)
    guard let fitted = tempo(of: first.beats), abs(fitted / bpm - 1) < 0.04 else { return (first, bpm) }
    let second = track(fitted)
    let refitted = tempo(of: second.beats) ?? fitted
    return (second, abs(refitted / bpm - 1) < 0.04 ? refitted : fitted)
  }

  /// The tempo of the line through the beats; nil for fewer than three.
  static func tempo(of beats: [Double]) -> Double? {
    guard beats.count > 2 else { return nil }
    let middle = Double(beats.count - 1) / 2
    let mean = beats.mean
    var (product, square) = (0.0, 0.0)
    for (index, beat) in beats.enumerated() {
      product += (Double(index) - middle) * (beat - mean)
      square += (Double(index) - middle) * (Double(index) - middle)
    }
    return product > 0 ? 60 * square / product : nil
  }
}
