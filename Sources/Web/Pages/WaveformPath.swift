/// The picture of a song's loudness as SVG path data, for pages before and without scripts.
enum WaveformPath {
  /// The header of stored peaks, before a little-endian UInt32 count and one (min, max) pair of Int8 a bucket.
  static let magic = Array("CPK1".utf8)

  /// One upright stroke a peak, evenly spread over `width`, centred on half of `height`.
  /// - Parameter peaks: 0...1 each.
  static func bars(_ peaks: [Double], width: Double, height: Double) -> String {
    guard !peaks.isEmpty else { return "" }
    let gap = width / Double(peaks.count)
    var path = ""
    path.reserveCapacity(peaks.count * 14)
    for (index, peak) in peaks.enumerated() {
      let half = max(1, Int((min(max(peak, 0), 1) * height / 2).rounded()))
      let x = Int(((Double(index) + 0.5) * gap).rounded())
      path += "M\(x) \(Int(height / 2) - half)v\(2 * half)"
    }
    return path
  }

  /// Reduces stored peaks to `bars` strokes, each as tall as the loudest bucket it covers.
  /// - Returns: nil when `stored` is not in the format of stored peaks.
  static func bars(stored: [UInt8], bars: Int, width: Double, height: Double) -> String? {
    guard stored.count >= 8, stored.starts(with: magic) else { return nil }
    let count = (0..<4).reduce(0) { $0 | Int(stored[4 + $1]) << (8 * $1) }
    guard count > 0, stored.count == 8 + 2 * count else { return nil }
    let peaks = (0..<min(bars, count)).map { bar in
      let from = bar * count / min(bars, count), to = (bar + 1) * count / min(bars, count)
      let loudest = stored[(8 + 2 * from)..<(8 + 2 * to)].map {
        Int(Int8(bitPattern: $0)).magnitude
      }.max()
      return Double(loudest ?? 0) / 127
    }
    return Self.bars(peaks, width: width, height: height)
  }
}
