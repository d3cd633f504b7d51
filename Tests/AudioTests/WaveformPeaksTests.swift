import Audio
import Testing

struct WaveformPeaksTests {
  @Test(arguments: [(0, 0), (1, 1), (4096, 4096), (4097, 2049), (48_000 * 60, 4091)])
  func theOverviewHasAtMost4096Buckets(frames: Int, buckets: Int) {
    let peaks = WaveformPeaks.overview(of: StereoBuffer(frames: frames))
    #expect(peaks.minima.count == buckets)
    #expect(peaks.maxima.count == buckets)
    #expect(buckets * peaks.samplesPerBucket >= frames)
  }

  @Test func bucketsHoldTheExtremesOfBothChannels() {
    var buffer = StereoBuffer(frames: 2048 + 5)
    buffer.left[10] = 0.5
    buffer.right[20] = -1
    buffer.right[2050] = 2
    let peaks = WaveformPeaks.detail(of: buffer)
    #expect(peaks.maxima == [64, 0, 127])
    #expect(peaks.minima == [-127, 0, 0])
  }

  @Test func theEncodedFormIsReadBackAndRefusedWhenCut() throws {
    let peaks = WaveformPeaks.detail(of: twoTones(frames: 30_000))
    let bytes = peaks.encoded
    #expect(bytes.count == 24 + 2 * 30)
    #expect(try WaveformPeaks(decoding: bytes) == peaks)
    for length in [0, 23, bytes.count - 1] {
      #expect(throws: AudioError.malformedPeaks) { try WaveformPeaks(decoding: Array(bytes.prefix(length))) }
    }
  }

  @Test func thePathGoesThereAndBackInsideItsBox() throws {
    let peaks = WaveformPeaks.overview(of: sine(5, amplitude: 1, frames: 48_000))
    let path = peaks.svgPath(width: 800, height: 100)
    #expect(path.hasPrefix("M0 ") && path.hasSuffix("Z"))
    let numbers = path.dropFirst().dropLast().split(separator: "L").map { point in
      point.split(separator: " ").compactMap { Double($0) }
    }
    #expect(numbers.count == 800)
    #expect(numbers.allSatisfy { $0.count == 2 && 0...800 ~= $0[0] && 0...100 ~= $0[1] })
    #expect(numbers[399][0] == 800)
    #expect(WaveformPeaks.overview(of: StereoBuffer(frames: 0)).svgPath(width: 10, height: 4) == "M0 2H10")
  }

  @Test(arguments: [0, 1, 700, 300_000]) func aPictureIsAPNGOfTheSizeAskedFor(frames: Int) throws {
    let silence = try WaveformPeaks.overview(of: StereoBuffer(frames: frames)).picture(width: 240, height: 60)
    let sound = try WaveformPeaks.overview(of: twoTones(frames: frames)).picture(width: 240, height: 60)
    for file in [silence, sound] {
      #expect(file.prefix(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      #expect(file[16..<24] == [0, 0, 0, 240, 0, 0, 0, 60] && file.suffix(8).prefix(4).elementsEqual("IEND".utf8))
    }
    #expect((silence != sound) == (frames > 1))
  }
}
