import Audio
import Foundation
import Tensor

/// A section of a song, as it is heard.
public struct HeardSection: Sendable, Equatable {
  /// Seconds.
  public var start: Double
  public var end: Double
  /// "A", "B" ...: sections that sound alike have one letter.
  public var letter: String
  /// How like the others of its letter it is, 0 ... 1; 0 for a letter that comes once.
  public var confidence: Double
}

/// Where a song changes (`listening.md` 5.8): novelty of the self-similarity of its beats, after Foote 2000.
enum FormFinding {
  /// - Parameters:
  ///   - onsets: of their `logMel` every fourth frame is used.
  /// - Returns: the sections, and how far the greatest change is above the usual one; nil for less than 32 beats.
  static func sections(
    beats: [Double], downbeats: [Double], beatsPerBar: Int, duration: Double, chroma: Chroma, onsets: OnsetStrength
  ) -> (sections: [HeardSection], contrast: Double?) {
    let whole = [HeardSection(start: 0, end: duration, letter: "A", confidence: 0)]
    guard beats.count >= 32 else { return (whole, nil) }
    let ends = beats.dropFirst() + [min(duration, beats[beats.count - 1] + (beats[beats.count - 1] - beats[beats.count - 2]))]
    let spans = Array(zip(beats, ends))
    let timbres = standardisedColumns(spans.map { cepstrum(onsets.logMel, from: $0, to: $1) }).map(\.normalised)
    let chromas = spans.map { chroma.treble.mean(chroma.frames($0, $1)) }
    let mean = chromas.mean(0...chromas.count - 1)
    let harmonies = chromas.map { vector in zip(vector, mean).map { $0 - $1 }.normalised }
    let count = beats.count
    // Only what the kernel sees and whole sections are compared: the matrix is made once.
    var alike = [Double](repeating: 0, count: count * count)
    for i in 0..<count {
      for j in i..<count {
        var (a, b) = (0.0, 0.0)
        for (x, y) in zip(timbres[i], timbres[j]) { a += x * y }
        for (x, y) in zip(harmonies[i], harmonies[j]) { b += x * y }
        alike[i * count + j] = 0.7 * a + 0.3 * b
        alike[j * count + i] = alike[i * count + j]
      }
    }
    let novelty = changes(alike, count)
    var borders = novelty.indices.filter { t in
      novelty[t] > 0.25 && novelty[t] >= (novelty.highest(t - 8...t + 8) ?? 0)
    }.map { (beat: nearestDownbeat(to: $0, beats, downbeats), strength: novelty[$0]) }
    // Of two that are nearer than four bars the weaker one goes.
    borders.sort { $0.strength > $1.strength }
    var kept: [Int] = []
    let least = 4 * beatsPerBar
    for border in borders {
      let isFree = border.beat >= least && border.beat <= count - least && kept.allSatisfy { abs($0 - border.beat) >= least }
      if isFree { kept.append(border.beat) }
    }
    let cuts = [0] + kept.sorted() + [count]
    let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    let letters = named(ranges, alike, count)
    let usual = novelty.median
    let sections = ranges.indices.map { index in
      HeardSection(
        start: index == 0 ? 0 : beats[ranges[index].lowerBound],
        end: index == ranges.count - 1 ? duration : beats[ranges[index].upperBound],
        letter: letters[index].letter, confidence: letters[index].likeness)
    }
    return (sections, (novelty.max() ?? 0) / max(usual, 1e-3))
  }

  /// 14 cepstral coefficients of 40 bands, the mean over a span.
  private static func cepstrum(_ logMel: [[Float]], from: Double, to: Double) -> [Double] {
    let first = min(max(0, OnsetStrength.frame(from)), logMel.count - 1)
    let last = min(max(first, OnsetStrength.frame(to) - 1), logMel.count - 1)
    var bands = [Double](repeating: 0, count: 40)
    let frames = stride(from: first, through: last, by: 4)
    var number = 0.0
    for frame in frames {
      for band in 0..<40 { bands[band] += Double(logMel[frame][2 * band] + logMel[frame][2 * band + 1]) / 2 }
      number += 1
    }
    return (0..<14).map { coefficient in
      let scale = (coefficient == 0 ? 1.0 / 40 : 2.0 / 40).squareRoot() / number
      return bands.indices.reduce(0) {
        $0 + scale * bands[$1] * cos(Double.pi * Double(coefficient) * (Double($1) + 0.5) / 40)
      }
    }
  }

  private static func standardisedColumns(_ rows: [[Double]]) -> [[Double]] {
    guard let width = rows.first?.count else { return rows }
    let columns = (0..<width).map { column in rows.map { $0[column] }.standardised }
    return rows.indices.map { row in columns.map { $0[row] } }
  }

  /// The diagonal of the matrix under a 32 x 32 checkerboard with a Gaussian taper of 8 beats, the edges repeated; positive, at most 1.
  private static func changes(_ alike: [Double], _ count: Int) -> [Double] {
    let values = (0..<count).map { centre -> Double in
      var sum = 0.0
      for i in -16..<16 {
        for j in -16..<16 {
          let (x, y) = (Double(i) + 0.5, Double(j) + 0.5)
          let sign: Double = (i < 0) == (j < 0) ? 1 : -1
          let row = min(max(centre + i, 0), count - 1)
          let column = min(max(centre + j, 0), count - 1)
          sum += sign * exp(-0.5 * (x * x + y * y) / 64) * alike[row * count + column]
        }
      }
      return max(0, sum)
    }
    let highest = values.max() ?? 0
    return highest > 0 ? values.map { $0 / highest } : values
  }

  /// The beat of the nearest downbeat within two beats, else the beat itself.
  private static func nearestDownbeat(to beat: Int, _ beats: [Double], _ downbeats: [Double]) -> Int {
    let range = max(0, beat - 2)...min(beats.count - 1, beat + 2)
    return range.filter { downbeats.contains(beats[$0]) }.min { abs($0 - beat) < abs($1 - beat) } ?? beat
  }

  /// Sections whose diagonals are alike on average (> 0.55) get one letter, in order of their first.
  private static func named(_ ranges: [Range<Int>], _ alike: [Double], _ count: Int) -> [(letter: String, likeness: Double)] {
    func likeness(_ a: Range<Int>, _ b: Range<Int>) -> Double {
      let length = min(a.count, b.count)
      let sum = (0..<length).reduce(0.0) { $0 + alike[(a.lowerBound + $1) * count + b.lowerBound + $1] }
      return sum / Double(length)
    }
    var groups: [[Int]] = []
    for index in ranges.indices {
      let likenesses = groups.map { group in group.map { likeness(ranges[$0], ranges[index]) }.mean }
      if let best = likenesses.indices.max(by: { likenesses[$0] < likenesses[$1] }), likenesses[best] > 0.55 {
        groups[best].append(index)
      } else {
        groups.append([index])
      }
    }
    return ranges.indices.map { index in
      let number = groups.firstIndex { $0.contains(index) } ?? 0
      let others = groups[number].filter { $0 != index }
      let name = String(UnicodeScalar(UInt8(65 + number % 26))) + (number >= 26 ? "\(number / 26)" : "")
      return (name, min(max(others.map { likeness(ranges[$0], ranges[index]) }.mean, 0), 1))
    }
  }
}
