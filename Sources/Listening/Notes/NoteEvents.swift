import Foundation
import Generation

/// A note as it was heard.
public struct HeardNote: Sendable, Equatable {
  var startFrame: Int
  var endFrame: Int
  /// Seconds.
  public var start: Double
  public var end: Double
  public var midi: Int
  /// 0 ... 1: how sure its frames are, on average.
  public var amplitude: Double
  /// Thirds of a semitone, frame by frame.
  public var bends: [Int] = []

  /// 1 ... 127.
  public var velocity: Int { min(127, max(1, Int((127 * amplitude).rounded()))) }
}

/// Notes out of posteriors (`listening.md` 4.5): from each onset on as long as its pitch lasts, then whatever lasts without one.
enum NoteEvents {
  /// What counts as an onset, a sounding frame, and a note.
  struct Thresholds: Sendable {
    var onset: Float = 0.5
    var frame: Float = 0.3
    /// Frames.
    var least = 11
  }
  private static let patience = 11
  private static let pitches = BasicPitch.pitches

  /// In the order of time, then pitch.
  static func notes(_ output: BasicPitch.Output, _ thresholds: Thresholds = Thresholds()) -> [HeardNote] {
    let (onsetThreshold, frameThreshold, least) = (thresholds.onset, thresholds.frame, thresholds.least)
    let count = output.frames
    guard count > 2 else { return [] }
    let frames = output.note
    let onsets = inferred(output)
    var rest = frames
    var notes: [HeardNote] = []

    func mean(_ from: Int, _ to: Int, _ pitch: Int) -> Double {
      (from..<to).reduce(0) { $0 + Double(frames[$1 * pitches + pitch]) } / Double(to - from)
    }
    func note(_ from: Int, _ to: Int, _ pitch: Int) -> HeardNote {
      HeardNote(
        startFrame: from, endFrame: to, start: BasicPitch.seconds(from), end: BasicPitch.seconds(to), midi: pitch + 21,
        amplitude: mean(from, to, pitch), bends: bends(output, from, to, pitch))
    }
    func silence(_ frame: Int, _ pitch: Int) {
      for near in max(0, pitch - 1)...min(pitches - 1, pitch + 1) { rest[frame * pitches + near] = 0 }
    }

    for t in (1..<count - 1).reversed() {
      for pitch in (0..<pitches).reversed() {
        let here = onsets[t * pitches + pitch]
        guard here >= onsetThreshold, here > onsets[(t - 1) * pitches + pitch], here > onsets[(t + 1) * pitches + pitch] else { continue }
        var (i, k) = (t + 1, 0)
        while i < count - 1, k < patience {
          k = rest[i * pitches + pitch] < frameThreshold ? k + 1 : 0
          i += 1
        }
        i -= k
        guard i - t > least else { continue }
        for frame in t..<i { silence(frame, pitch) }
        notes.append(note(t, i, pitch))
      }
    }

    // What is left over, the strongest first.
    let order = rest.indices.filter { rest[$0] > frameThreshold }.sorted { rest[$0] == rest[$1] ? $0 < $1 : rest[$0] > rest[$1] }
    for index in order where rest[index] > frameThreshold {
      let (t, pitch) = (index / pitches, index % pitches)
      rest[index] = 0
      var (i, k) = (t + 1, 0)
      while i < count - 1, k < patience {
        k = rest[i * pitches + pitch] < frameThreshold ? k + 1 : 0
        silence(i, pitch)
        i += 1
      }
      let end = i - 1 - k
      i = t - 1
      k = 0
      while i > 0, k < patience {
        k = rest[i * pitches + pitch] < frameThreshold ? k + 1 : 0
        silence(i, pitch)
        i -= 1
      }
      let start = i + 1 + k
      guard end - start > least else { continue }
      notes.append(note(start, end, pitch))
    }
    return notes.sorted { ($0.startFrame, $0.midi, $0.endFrame) < ($1.startFrame, $1.midi, $1.endFrame) }
  }

  /// The onsets, and where a pitch rises over two frames.
  private static func inferred(_ output: BasicPitch.Output) -> [Float] {
    let frames = output.note
    var rises = [Float](repeating: 0, count: frames.count)
    for index in 2 * pitches..<max(2 * pitches, frames.count) {
      rises[index] = max(0, min(frames[index] - frames[index - pitches], frames[index] - frames[index - 2 * pitches]))
    }
    let (highest, rise) = (output.onset.max() ?? 0, rises.max() ?? 0)
    guard rise > 0 else { return output.onset }
    return zip(output.onset, rises).map { max($0, $1 * highest / rise) }
  }

  /// Where the contour is strongest near the note, in thirds of a semitone; none without a contour.
  private static func bends(_ output: BasicPitch.Output, _ from: Int, _ to: Int, _ pitch: Int) -> [Int] {
    let bins = BasicPitch.contourBins
    guard output.contour.count >= to * bins else { return [] }
    let centre = Int((36 * Double(pitch) / 12).rounded())
    let range = max(centre - 25, 0)..<min(bins, centre + 26)
    return (from..<to).map { frame in
      var (best, highest) = (centre, -Float.infinity)
      for bin in range {
        let distance = Float(bin - centre) / 5
        let value = output.contour[frame * bins + bin] * exp(-0.5 * distance * distance)
        if value > highest { (best, highest) = (bin, value) }
      }
      return best - centre
    }
  }
}

extension NoteEvents.Thresholds {
  /// As asked for; what the request leaves open is what suits the stem.
  init(_ options: NoteOptions, for track: StemTrack) {
    self.init()
    // Sung notes are short, and glides between them look like onsets.
    if [.vocals, .backingVocals].contains(track) { (onset, least) = (0.6, 8) }
    if let asked = options.onsetThreshold { onset = Float(min(max(asked, 0.05), 0.95)) }
    if let asked = options.frameThreshold { frame = Float(min(max(asked, 0.05), 0.95)) }
    if let asked = options.leastSeconds { least = max(1, Int((min(max(asked, 0.01), 2) * 86.13).rounded())) }
  }
}
