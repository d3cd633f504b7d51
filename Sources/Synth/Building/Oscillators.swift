import Kernels

/// The oscillators that make sixteen frames at a time, and the block of frames that they fill.
///
/// A block is short, so that what changes from block to block (cutoffs, bends) changes smoothly.
enum Block {
  static let frames = 64
  /// As the kernels count.
  fileprivate static let vectors = frames / 16

  static var silence: [Float] { [Float](repeating: 0, count: frames) }
}

/// Band-limited saws spread across the stereo picture.
struct SpreadSaws {
  private let gains: [Float]
  private var phases: [Float]
  private(set) var left = Block.silence
  private(set) var right = Block.silence

  /// - Parameter phases: in turns, 0..<1.
  /// - Precondition: as many gains for each side as phases.
  init(phases: [Float], leftGains: [Float], rightGains: [Float]) {
    precondition(leftGains.count == phases.count && rightGains.count == phases.count)
    self.phases = phases
    gains = leftGains + rightGains
  }

  /// Fills `left` and `right` with the next block.
  /// - Parameter increments: turns a frame, of each saw.
  mutating func advance(_ increments: [Float]) {
    precondition(increments.count == phases.count)
    unsafe kernel_saws(increments, gains, phases.count, &phases, &left, &right, Block.vectors)
  }
}

/// Square waves without a common fundamental: the metal of drum machines.
struct Squares {
  private let increments: [Float]
  private var phases: [Float]
  private(set) var sound = Block.silence

  init(increments: [Float], phases: [Float]) {
    precondition(increments.count == phases.count)
    self.increments = increments
    self.phases = phases
  }

  /// Fills `sound` with the next block, -1...1.
  mutating func advance() {
    unsafe kernel_squares(increments, 1 / Float(phases.count), phases.count, &phases, &sound, Block.vectors)
  }
}

/// A struck skin: a sine whose pitch falls and which dies away, driven into a soft limit.
struct Skin {
  private let settings: [Float]
  private var state: [Float] = [0, 1, 1]
  private(set) var sound = Block.silence

  /// - Parameters:
  ///   - step: turns a frame at the end, `sweep` more at the start.
  ///   - sweepFall: by what the sweep is multiplied each frame; `fall` the amplitude.
  init(step: Float, sweep: Float, sweepFall: Float, fall: Float, drive: Float) {
    settings = [step, sweep, sweepFall, fall, drive]
  }

  /// Fills `sound` with the next block.
  mutating func advance() { unsafe kernel_skin(settings, &state, &sound, Block.vectors) }
}
