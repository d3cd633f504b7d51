import Audio
import Glibc
import Testing

struct AudioFileTests {
  let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  @Test(arguments: AudioFormat.allCases, [1, 4095, 4096, 4097, 48_000 * 3 + 17])
  func aFileComesBackWithTheSameFramesAndSamples(format: AudioFormat, frames: Int) throws {
    let original = twoTones(frames: frames)
    let path = folder.file("tone.\(format.fileExtension)")
    try AudioFile.write(original, to: path, format: format)
    let copy = try AudioFile.read(path)
    #expect(copy.frames == frames)
    #expect(copy.sampleRate == 48_000)
    if frames > 48_000 {
      let floor: Double = format.isLossless ? 125 : 25
      #expect(signalToNoise(original.left, copy.left) > floor)
      #expect(signalToNoise(original.right, copy.right) > floor)
    }
  }

  @Test func oversClipInsteadOfWrapping() throws {
    let path = folder.file("over.flac")
    try AudioFile.write(sine(100, amplitude: 2, frames: 4800), to: path, format: .flac)
    let copy = try AudioFile.read(path)
    #expect(zip(sine(100, amplitude: 2, frames: 4800).left, copy.left).allSatisfy { $0 * $1 >= 0 })
    #expect(copy.left.max()! > 0.999)
  }

  @Test func aBetterQualityMakesALargerFile() throws {
    var sizes: [Int64] = []
    for quality in [0.1, 0.9] {
      let path = folder.file("q\(quality).ogg")
      var noise: UInt32 = 1
      let samples = (0..<96_000).map { _ -> Float in
        noise = noise &* 1_664_525 &+ 1_013_904_223
        return Float(Int32(bitPattern: noise)) / Float(Int32.max) * 0.3
      }
      try AudioFile.write(
        StereoBuffer(left: samples, right: samples), to: path, format: .ogg, quality: quality)
      var status = stat()
      #expect(unsafe stat(path, &status) == 0)
      sizes.append(Int64(status.st_size))
    }
    #expect(sizes[1] > sizes[0] * 3 / 2)
  }

  @Test func aLongerFileThanTheLimitIsRefused() throws {
    let path = folder.file("long.wav")
    try AudioFile.write(twoTones(frames: 96_001), to: path, format: .wav)
    #expect(try AudioFile.read(path, limitSeconds: 3).frames == 96_001)
    #expect(throws: AudioError.tooLong(path: path, seconds: 96_001 / 48_000, limitSeconds: 2)) {
      try AudioFile.read(path, limitSeconds: 2)
    }
  }

  @Test func whatIsNoSoundFileIsRefusedWithAReason() throws {
    let path = folder.file("text.flac")
    let file = unsafe try #require(fopen(path, "w"))
    unsafe fputs("this is not sound", file)
    unsafe fclose(file)
    for name in [path, folder.file("absent.flac")] {
      let error = #expect(throws: AudioError.self) { try AudioFile.read(name) }
      guard case .cannotOpen(let path, let reason) = error else { Issue.record("\(error as Any)"); continue }
      #expect(path == name)
      #expect(!reason.isEmpty)
    }
    #expect(throws: AudioError.self) {
      try AudioFile.write(twoTones(frames: 10), to: folder.file("no/such/folder.flac"), format: .flac)
    }
  }
}
