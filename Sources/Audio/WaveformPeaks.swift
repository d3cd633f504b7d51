/// The lowest and highest sample of each stretch of a song, for drawing its waveform.
///
/// The encoded form is the public "audiowaveform" data file, version 2 with 8 bits and one channel, so
/// other players read it too.
public struct WaveformPeaks: Sendable, Equatable {
  public let sampleRate: Int
  public let samplesPerBucket: Int
  /// -128...127 at full scale, of both channels together.
  public let minima: [Int8]
  public let maxima: [Int8]

  /// At most 4,096 buckets over the whole song, whatever its length (`ux.md` 3.4).
  public static func overview(of buffer: StereoBuffer) -> WaveformPeaks {
    WaveformPeaks(of: buffer, samplesPerBucket: max(1, (buffer.frames + 4095) / 4096))
  }

  /// One bucket for each 1,024 samples, for zooming in.
  public static func detail(of buffer: StereoBuffer) -> WaveformPeaks {
    WaveformPeaks(of: buffer, samplesPerBucket: 1024)
  }

  public init(of buffer: StereoBuffer, samplesPerBucket: Int) {
    precondition(samplesPerBucket > 0, "a bucket holds at least one sample")
    self.sampleRate = buffer.sampleRate
    self.samplesPerBucket = samplesPerBucket
    var minima: [Int8] = []
    var maxima: [Int8] = []
    let buckets = (buffer.frames + samplesPerBucket - 1) / samplesPerBucket
    minima.reserveCapacity(buckets)
    maxima.reserveCapacity(buckets)
    for bucket in 0..<buckets {
      let range = bucket * samplesPerBucket..<min((bucket + 1) * samplesPerBucket, buffer.frames)
      var low: Float = 0
      var high: Float = 0
      for frame in range {
        low = min(low, min(buffer.left[frame], buffer.right[frame]))
        high = max(high, max(buffer.left[frame], buffer.right[frame]))
      }
      minima.append(Int8(max(-128, (low * 127).rounded(.down))))
      maxima.append(Int8(min(127, (high * 127).rounded(.up))))
    }
    self.minima = minima
    self.maxima = maxima
  }

  private static let headerBytes = 24

  /// 24 bytes of header, then minimum and maximum of each bucket.
  public var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + minima.count * 2)
    let eightBits = 1
    let channels = 1
    for field in [2, eightBits, sampleRate, samplesPerBucket, minima.count, channels] {
      let value = UInt32(field)
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
    for (low, high) in zip(minima, maxima) {
      bytes.append(UInt8(bitPattern: low))
      bytes.append(UInt8(bitPattern: high))
    }
    return bytes
  }

  /// Reads what `encoded` gave.
  public init(decoding bytes: [UInt8]) throws(AudioError) {
    guard bytes.count >= Self.headerBytes else { throw .malformedPeaks }
    func field(_ index: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(bytes[index * 4 + $1]) << (8 * $1) }
    }
    let count = field(4)
    guard field(0) == 2, field(1) == 1, field(5) == 1, field(3) > 0,
      bytes.count - Self.headerBytes == count * 2
    else { throw .malformedPeaks }
    sampleRate = field(2)
    samplesPerBucket = field(3)
    minima = (0..<count).map { Int8(bitPattern: bytes[Self.headerBytes + 2 * $0]) }
    maxima = (0..<count).map { Int8(bitPattern: bytes[Self.headerBytes + 2 * $0 + 1]) }
  }

  /// The outline as the `d` of one closed SVG path: along the maxima, back along the minima.
  /// - Parameter points: columns across the width; fewer where the song has fewer buckets.
  public func svgPath(points: Int = 400, width: Double, height: Double) -> String {
    let columns = min(points, minima.count)
    guard columns > 1 else { return "M0 \(Self.short(height / 2))H\(Self.short(width))" }
    let middle = height / 2
    func column(_ index: Int) -> Range<Int> {
      index * minima.count / columns..<(index + 1) * minima.count / columns
    }
    func x(_ index: Int) -> String { Self.short(Double(index) * width / Double(columns - 1)) }
    func y(_ value: Int8) -> String { Self.short(middle - Double(value) / 128 * middle) }
    var path = "M"
    for index in 0..<columns {
      path += "\(index == 0 ? "" : "L")\(x(index)) \(y(maxima[column(index)].max() ?? 0))"
    }
    for index in (0..<columns).reversed() {
      path += "L\(x(index)) \(y(minima[column(index)].min() ?? 0))"
    }
    return path + "Z"
  }

  /// One decimal, and none where it is zero: half the bytes of the page.
  private static func short(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let size = tenths.magnitude
    return size % 10 == 0 ? "\(sign)\(size / 10)" : "\(sign)\(size / 10).\(size % 10)"
  }
}
