import Glibc

/// Our own synthesisers, by the names that a score calls them by.
enum OwnSynth: String, CaseIterable {
  case drums808 = "808"
  case drums909 = "909"
  case subBass, reese, sawBass, supersaw, pluck, fmKeys, riser, reverseCymbal, distortedGuitar
}

/// A synthesiser that adds one note after the other to a buffer. It holds its settings and nothing else, so
/// notes may overlap freely.
protocol NoteSynth {
  /// Adds a note and its ringing on.
  /// - Precondition: both channels are equally long, and the note starts within them.
  func play(
    _ note: Performance.Note, bends: [Performance.Bend], left: inout MutableSpan<Float>,
    right: inout MutableSpan<Float>)
}

/// Where a note's frequency starts and how it gets to its own.
struct Glide {
  private var ratio: Float
  private let factor: Float

  /// - Parameter seconds: the time in which the distance falls to 1/e.
  init(from key: Int?, to target: Int, seconds: Double, sampleRate: Double, every frames: Int) {
    ratio = Float((key ?? target) - target)
    factor = Float(exp(-Double(frames) / (max(seconds, 0.001) * sampleRate)))
  }

  /// Semitones above the note's own pitch; call once for each stretch of frames.
  mutating func next() -> Float {
    defer { ratio *= factor }
    return ratio
  }
}
