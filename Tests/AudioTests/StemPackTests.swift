import Foundation
import Testing

@testable import Audio

struct StemPackTests {
  private func number(_ bytes: Data, _ index: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[4 + index * 4 + $1]) << (8 * $1) }
  }

  /// The whole way of a player: sizes, ranges, decoding, joining.
  @Test(arguments: [1, 191_999, 192_000, 400_001])
  func thePiecesJoinToTheStems(frames: Int) throws {
    let folder = NSTemporaryDirectory() + "cantiga-pack-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(atPath: folder) } }
    let stems = [0.01, 0.037].map { step in
      let tone = (0..<frames).map { 0.4 * sin(Float($0) * Float(step)) }
      return StereoBuffer(left: tone, right: tone.map { -$0 })
    }
    var reports = 0
    try StemPack.write(stems, to: folder + "/x.pack", scratch: folder) { _, _ in reports += 1 }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x.pack"])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/x.pack"))
    let segments = (frames + 191_999) / 192_000
    #expect(bytes.prefix(4) == Data("CSP1".utf8))
    #expect((0..<5).map { number(bytes, $0) } == [2, segments, 192_000, 48_000, frames])
    var offset = 24 + 4 * 2 * segments
    var joined = [[Float]](repeating: [], count: 2)
    for segment in 0..<segments {
      for stem in 0..<2 {
        let size = number(bytes, 5 + segment * 2 + stem)
        let path = folder + "/piece.flac"
        try bytes.subdata(in: offset..<offset + size).write(to: URL(fileURLWithPath: path))
        joined[stem] += try AudioFile.read(path).left
        offset += size
      }
    }
    #expect(offset == bytes.count)
    for (stem, samples) in zip(stems, joined) {
      #expect(samples.count == frames)
      let worst = zip(stem.left, samples).map { abs($0 - $1) }.max() ?? 1
      #expect(worst <= 1.01 / 32_768, "\(worst)")
    }
    #expect(reports > 0)
  }

  @Test func theErrorOfASumIsMeasured() {
    let song = sine(440, amplitude: 0.5, frames: 24_000)
    var half = song
    half.left = song.left.map { $0 / 2 }
    half.right = song.right.map { $0 / 2 }
    #expect(song.error(ofSum: [half, half]) == -.infinity)
    #expect(abs((song.error(ofSum: [half]) ?? 0) + 6.02) < 0.01)
    #expect(song.error(ofSum: [StereoBuffer(frames: 3)]) == nil)
    #expect(StereoBuffer(frames: 10).error(ofSum: [StereoBuffer(frames: 10)]) == -.infinity)
  }
}
