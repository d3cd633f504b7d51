import Kernels

/// Two channels of samples in memory, -1...1 at full scale.
public struct StereoBuffer: Sendable {
  public var left: [Float]
  public var right: [Float]
  /// Frames a second; the studio works at 48,000.
  public let sampleRate: Int

  /// Silence of so many frames.
  public init(frames: Int, sampleRate: Int = 48_000) {
    left = Self.silence(frames)
    right = Self.silence(frames)
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

  /// A channel of zeros. A long one asks for large pages: a song's channels are 35 MB each, and a fault for each 4 KiB
  /// took a tenth of the time of making it.
  private static func silence(_ frames: Int) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: frames) { memory, count in
      if let start = memory.baseAddress { unsafe kernel_use_large_pages(start, frames * MemoryLayout<Float>.stride) }
      unsafe memory.initialize(repeating: 0)
      count = frames
    }
  }
}
