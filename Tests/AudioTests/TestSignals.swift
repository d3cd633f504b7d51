import Audio
import Foundation

/// A folder that goes away with the test.
final class ScratchFolder {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "cantiga-audio-\(UUID().uuidString)")
  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  func file(_ name: String) -> String { folder.appendingPathComponent(name).path }
  deinit { try? FileManager.default.removeItem(at: folder) }
}

func sine(_ hertz: Double, amplitude: Double, frames: Int, rate: Int = 48_000) -> StereoBuffer {
  let samples = (0..<frames).map {
    Float(amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate)))
  }
  return StereoBuffer(left: samples, right: samples, sampleRate: rate)
}

/// Two different tones, left and right, so that swapped channels show.
func twoTones(frames: Int) -> StereoBuffer {
  StereoBuffer(
    left: sine(440, amplitude: 0.5, frames: frames).left,
    right: sine(660, amplitude: 0.25, frames: frames).right)
}

/// Signal-to-noise ratio of a copy, in decibels.
func signalToNoise(_ original: [Float], _ copy: [Float]) -> Double {
  var signal = 0.0
  var noise = 0.0
  for (a, b) in zip(original, copy) {
    signal += Double(a) * Double(a)
    noise += Double(a - b) * Double(a - b)
  }
  return 10 * log10(signal / max(noise, 1e-30))
}
