/// Two channels of samples in memory, -1...1 at full scale.
public struct StereoBuffer: Sendable {
  public var left: [Float]
  public var right: [Float]
  /// Frames a second; the studio works at 48,000.
  public let sampleRate: Int

  /// Silence of so many frames.
  public init(frames: Int, sampleRate: Int = 48_000) {
    left = [Float](repeating: 0, count: frames)
    right = [Float](repeating: 0, count: frames)
    self.sampleRate = sampleRate
  }

  /// Two channels of equal length.
  public init(left: [Float], right: [Float], sampleRate: Int = 48_000) {
    precondition(left.count == right.count, "channels differ in length")
    self.left = left
    self.right = right
    self.sampleRate = sampleRate
  }

  public var frames: Int { left.count }
  public var durationSeconds: Double { Double(frames) / Double(sampleRate) }
}
