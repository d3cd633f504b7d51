import Foundation
public import Music

/// A chord as it is heard: a root, 0 = C, and one of five kinds.
struct ChordLabel: Hashable, Sendable {
  enum Kind: Int, CaseIterable, Sendable {
    case major, minor, dominant7, minor7, major7
    var intervals: [Int] {
      switch self {
      case .major: [0, 4, 7]
      case .minor: [0, 3, 7]
      case .dominant7: [0, 4, 7, 10]
      case .minor7: [0, 3, 7, 10]
      case .major7: [0, 4, 7, 11]
      }
    }
  }
  var root: Int
  var kind: Kind

  /// Without the seventh.
  var triad: ChordLabel { ChordLabel(root: root, kind: kind == .minor || kind == .minor7 ? .minor : .major) }
}

/// A chord and how long it lasts.
public struct RecognisedChord: Sendable, Equatable {
  /// Seconds.
  public var start: Double
  public var end: Double
  /// Nil where no chord is heard.
  var label: ChordLabel?
  /// The similarity to the chord's template, 0 ... 1.
  public var confidence: Double

  /// Nil where no chord is heard.
  public var chord: Chord? {
    label.map { label in
      let quality: Chord.Quality =
        switch label.kind {
        case .major: .major
        case .minor: .minor
        case .dominant7: .dominant7
        case .minor7: .minor7
        case .major7: .major7
        }
      return Chord(root: PitchClass(rawValue: label.root), quality: quality)
    }
  }
}

/// Chords between beats (`listening.md` 5.7): templates over the chroma, and the likeliest path through them.
struct ChordRecognition: Sendable {
  /// Borders of the segments, seconds.
  let edges: [Double]
  private let trebles: [[Double]]
  private let basses: [[Double]]
  private let isAudible: [Bool]
  private let stay: Double

  private static let labels = (0..<12).flatMap { root in ChordLabel.Kind.allCases.map { ChordLabel(root: root, kind: $0) } }
  private static let templates = labels.map { label -> [Double] in
    var template = [Double](repeating: 0, count: 12)
    for (interval, weight) in zip(label.kind.intervals, [1, 0.9, 0.9, 0.7]) {
      let note = label.root + interval
      template[note % 12] += weight
      // The third and fifth partial of each note.
      template[(note + 7) % 12] += 0.25 * weight
      template[(note + 4) % 12] += 0.08 * weight
    }
    return template.normalised
  }

  /// - Parameters:
  ///   - beats: seconds; with none, the song is cut every half second.
  ///   - period: of a beat, seconds.
  ///   - samples: at `sampleRate`, to tell where there is silence.
  init(_ chroma: Chroma, beats: [Double], period: Double, samples: [Float], sampleRate: Int) {
    let duration = Double(samples.count) / Double(sampleRate)
    var borders = beats.isEmpty ? Array(stride(from: 0.5, to: duration, by: 0.5)) : beats
    if let first = borders.first, let last = borders.last {
      borders = [max(0, first - period)] + borders + [min(duration, last + period)]
    }
    let isHalved = period > 0.42 && !beats.isEmpty
    if isHalved {
      borders = zip(borders, borders.dropFirst()).flatMap { [$0, ($0 + $1) / 2] } + borders.suffix(1)
    }
    stay = isHalved ? 0.85 : 0.75
    edges = borders
    let spans = zip(borders, borders.dropFirst()).map { ($0, $1) }
    trebles = spans.map { start, end in
      let median = chroma.treble.median(chroma.frames(start, end))
      let floor = 0.5 * (median.min() ?? 0)
      return median.map { max(0, $0 - floor) }.normalised
    }
    basses = spans.map { chroma.bass.median(chroma.frames($0, $1)) }
    isAudible = spans.map { start, end in
      let range = min(Int(start * Double(sampleRate)), samples.count)..<min(max(Int(start * Double(sampleRate)), Int(end * Double(sampleRate))), samples.count)
      let square = samples[range].reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, range.count))
      return 10 * log10(square + 1e-20) > -50
    }
  }

  /// - Parameter key: its scale is a little more likely; nil for a pass without one.
  func chords(in key: Key?) -> [RecognisedChord] {
    guard !trebles.isEmpty else { return [] }
    let labels = Self.labels
    let scale = key.map(Self.scale)
    let fits = labels.map { label in
      scale.map { scale in label.kind.intervals.allSatisfy { scale.contains((label.root + $0) % 12) } } ?? false
    }
    let scores = zip(trebles, basses).map { treble, bass in
      labels.indices.map { index -> Double in
        let label = labels[index]
        var score = 0.4 * bass[label.root]
        for pitchClass in 0..<12 { score += Self.templates[index][pitchClass] * treble[pitchClass] }
        if label.kind.intervals.count == 4 { score -= 0.03 }
        if fits[index] { score += 0.03 }
        return score
      }
    }
    let path = Self.likeliestPath(scores, stay: stay)
    var chords: [RecognisedChord] = []
    for (segment, index) in path.enumerated() {
      let highest = scores[segment].max() ?? 0
      let label = isAudible[segment] && highest >= 0.45 ? labels[index] : nil
      let (start, end) = (edges[segment], edges[segment + 1])
      guard end > start else { continue }
      let quality = label == nil ? 0 : min(max(scores[segment][index] / 1.4, 0), 1)
      if let last = chords.indices.last, chords[last].label == label {
        let before = chords[last]
        let share = (end - start) / (end - before.start)
        chords[last].confidence += share * (quality - before.confidence)
        chords[last].end = end
      } else {
        chords.append(RecognisedChord(start: start, end: end, label: label, confidence: quality))
      }
    }
    return chords
  }

  /// The pitch classes of a key; a minor key has the raised seventh too.
  private static func scale(of key: Key) -> Set<Int> {
    let steps = key.mode == .minor ? [0, 2, 3, 5, 7, 8, 10, 11] : [0, 2, 4, 5, 7, 9, 11]
    return Set(steps.map { ($0 + key.tonic.rawValue) % 12 })
  }

  /// Viterbi's path: emissions 14 S, a probability to stay, all else equally likely.
  private static func likeliestPath(_ scores: [[Double]], stay: Double) -> [Int] {
    let states = scores[0].count
    let (staying, leaving) = (log(stay), log((1 - stay) / Double(states - 1)))
    var values = scores[0].map { 14 * $0 }
    var origins: [[Int]] = []
    for step in scores.dropFirst() {
      let best = values.indices.max { values[$0] < values[$1] } ?? 0
      var next = values
      var origin = [Int](repeating: best, count: states)
      for state in 0..<states {
        let (kept, moved) = (values[state] + staying, values[best] + leaving)
        if kept >= moved { origin[state] = state }
        next[state] = max(kept, moved) + 14 * step[state]
      }
      origins.append(origin)
      values = next
    }
    var path = [values.indices.max { values[$0] < values[$1] } ?? 0]
    for origin in origins.reversed() { path.append(origin[path[path.count - 1]]) }
    return path.reversed()
  }
}
