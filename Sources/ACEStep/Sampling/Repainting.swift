public import Tensor

/// A part of a song that is made anew while the rest stays (`acestep.md` 7.9).
public struct Repainting: Sendable {
  /// Frames to be made.
  public var window: Range<Int>
  /// The latents of the whole source, [frames, channels].
  public var clean: Matrix
  /// The share of the steps after which the rest is put back in its place.
  public var injectionRatio: Double
  /// Frames over which source and result are mixed on both sides of the window; 0 leaves the result as it is.
  public var crossfadeFrames: Int

  public init(window: Range<Int>, clean: Matrix, injectionRatio: Double, crossfadeFrames: Int) {
    self.window = window
    self.clean = clean
    self.injectionRatio = injectionRatio
    self.crossfadeFrames = crossfadeFrames
  }

  /// How many of so many steps put the source back: half to even, as Python rounds.
  func injections(of steps: Int) -> Int { Int((injectionRatio * Double(steps)).rounded(.toNearestOrEven)) }

  /// Puts the source, noised to a time, outside of the window.
  func inject(into x: inout Matrix, noise: Matrix, time: Float) {
    for row in 0..<x.rows where !window.contains(row) {
      for column in 0..<x.columns { x[row, column] = time * noise[row, column] + (1 - time) * clean[row, column] }
    }
  }

  /// Mixes the source in around the window.
  func blend(into x: inout Matrix) {
    guard crossfadeFrames > 0 else { return }
    for (row, weight) in Self.weights(count: x.rows, window: window, ramp: crossfadeFrames).enumerated() where weight < 1 {
      for column in 0..<x.columns { x[row, column] = weight * x[row, column] + (1 - weight) * clean[row, column] }
    }
  }

  /// The share of the result at each of `count` places: 1 in the window, 0 outside, rising and falling over `ramp` places
  /// beside it or as many as there are.
  public static func weights(count: Int, window: Range<Int>, ramp: Int) -> [Float] {
    var weights = [Float](repeating: 0, count: count)
    let window = window.clamped(to: 0..<count)
    for index in window { weights[index] = 1 }
    guard !window.isEmpty else { return weights }
    let rising = min(ramp, window.lowerBound)
    for step in 0..<rising { weights[window.lowerBound - rising + step] = Float(step + 1) / Float(rising + 1) }
    let falling = min(ramp, count - window.upperBound)
    for step in 0..<falling { weights[window.upperBound + step] = Float(falling - step) / Float(falling + 1) }
    return weights
  }

  /// The source's samples outside of a window, the result's inside, mixed over `ramp` samples beside it (12.4).
  /// - Parameters: [channels, samples], of one size.
  public static func splice(_ result: Matrix, into source: Matrix, window: Range<Int>, ramp: Int) -> Matrix {
    precondition(result.rows == source.rows && result.columns == source.columns, "sounds of one length")
    let weights = weights(count: source.columns, window: window, ramp: ramp)
    var spliced = source
    for channel in 0..<source.rows {
      for (index, weight) in weights.enumerated() where weight > 0 {
        spliced[channel, index] = weight == 1 ? result[channel, index]
          : weight * result[channel, index] + (1 - weight) * source[channel, index]
      }
    }
    return spliced
  }
}
