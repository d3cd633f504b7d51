import Glibc

/// A level over the life of one note: a straight attack, then exponential decay to the sustain level,
/// then exponential release once the key is let go.
struct Envelope {
  private let attackStep: Float
  private let decay: Float
  private let sustain: Float
  private let release: Float
  private let heldFrames: Int
  private var frame = 0
  private var attacking = true
  private(set) var level: Float = 0

  /// Times in seconds: attack to the top, decay and release to 1/e.
  init(
    attack: Double, decay: Double, sustain: Double, release: Double, heldFrames: Int, sampleRate: Double
  ) {
    attackStep = Float(1 / max(attack * sampleRate, 1))
    self.decay = Float(exp(-1 / (max(decay, 0.0005) * sampleRate)))
    self.sustain = Float(sustain)
    self.release = Float(exp(-1 / (max(release, 0.0005) * sampleRate)))
    self.heldFrames = heldFrames
  }

  @inline(__always)
  mutating func next() -> Float {
    if frame >= heldFrames {
      level *= release
    } else if attacking {
      level += attackStep
      if level >= 1 {
        level = 1
        attacking = false
      }
    } else {
      level = sustain + (level - sustain) * decay
    }
    frame += 1
    return level
  }

  /// Frames after the key is let go until the note is 80 dB down.
  static func tailFrames(release: Double, sampleRate: Double) -> Int {
    Int(release * 9.3 * sampleRate)
  }
}
