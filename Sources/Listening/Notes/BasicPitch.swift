import Audio
import Checkpoint
import Foundation
import Tensor

/// basic-pitch's network (Bittner et al. 2022; Spotify, Apache-2.0; `listening.md` 4): which pitches sound in each frame, which begin,
/// and a finer contour.
///
/// - a constant-Q transform of 309 bins, 36 an octave, as nine octaves of one kernel over ever slower sounds;
/// - log magnitude, scaled to 0 ... 1 a window, stacked at eight harmonics;
/// - convolutions to a contour of 264 bins; from it notes of 88 pitches; from the stack and the notes their onsets.
struct BasicPitch: Sendable {
  static let sampleRate = 22_050
  static let hop = 256
  static let windowSamples = 43_844
  static let overlap = 7_680
  static let frames = 172
  static let bins = 309
  static let contourBins = 264
  static let pitches = 88

  private let real: [Float]
  private let imaginary: [Float]
  private let lowpass: [Float]
  private let scale: [Float]
  private let inputScale: Float
  private let inputShift: Float
  private let contour1, contour2, note1, note2, onset1, onset2: Conv2d

  /// Bins between a pitch and its harmonics: half, 1 ... 7 times its frequency.
  private static let shifts = [-36, 0, 36, 57, 72, 84, 93, 101]

  /// - Throws: `CheckpointError`.
  init(_ pack: ListeningPack) throws {
    let file = try SafetensorsFile(path: pack.notes)
    real = try file.floats("cqt.real", shape: [36, 1, 1, 256])
    imaginary = try file.floats("cqt.imaginary", shape: [36, 1, 1, 256])
    lowpass = try file.floats("cqt.lowpass", shape: [1, 1, 1, 256])
    scale = try file.floats("cqt.scale", shape: [Self.bins, 1, 1])
    inputScale = try file.floats("input.scale", shape: [1])[0]
    inputShift = try file.floats("input.shift", shape: [1])[0]
    func layer(_ name: String, _ inputs: Int, _ outputs: Int, _ taps: Pair, stride: Int = 1, sides: Int? = nil) throws -> Conv2d {
      let stored = try file.floats(name + ".weight", shape: [outputs, inputs, taps.vertical, taps.horizontal])
      var weight: [Float] = []
      weight.reserveCapacity(stored.count)
      for tap in 0..<taps.vertical * taps.horizontal {
        for input in 0..<inputs {
          for output in 0..<outputs { weight.append(stored[(output * inputs + input) * taps.vertical * taps.horizontal + tap]) }
        }
      }
      let padding = Pair(taps.vertical / 2, sides ?? taps.horizontal / 2)
      return Conv2d(
        weight: weight, bias: try file.floats(name + ".bias", shape: [outputs]), taps: taps, inChannels: inputs,
        outChannels: outputs, stride: Pair(1, stride), before: padding, after: padding)
    }
    contour1 = try layer("contour1", 8, 8, Pair(3, 39))
    contour2 = try layer("contour2", 8, 1, Pair(5, 5))
    note1 = try layer("note1", 1, 32, Pair(7, 7), stride: 3, sides: 2)
    note2 = try layer("note2", 32, 1, Pair(7, 3))
    onset1 = try layer("onset1", 8, 32, Pair(5, 5), stride: 3, sides: 1)
    onset2 = try layer("onset2", 33, 1, Pair(3, 3))
  }

  /// Posteriors of a whole sound, frame after frame.
  struct Output: Sendable {
    var frames: Int
    /// [frames x 88]
    var note: [Float]
    var onset: [Float]
    /// [frames x 264]
    var contour: [Float]
  }

  /// - Parameter samples: mono at 22,050 Hz.
  func callAsFunction(
    _ samples: [Float], crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> Output {
    let windows = Self.windows(samples)
    let parts = try crew.map(windows.count, progress: progress) { index -> Output in
      // Silence would be scaled up to noise.
      let square = windows[index].reduce(0.0) { $0 + Double($1 * $1) } / Double(Self.windowSamples)
      guard 10 * log10(square + 1e-20) >= -60 else {
        let size = Self.frames
        return Output(
          frames: size, note: [Float](repeating: 0, count: size * Self.pitches),
          onset: [Float](repeating: 0, count: size * Self.pitches), contour: [Float](repeating: 0, count: size * Self.contourBins))
      }
      return self.window(windows[index])
    }
    // The first and last 15 frames of each window see less than the others.
    let kept = 15..<Self.frames - 15
    var joined = Output(frames: 0, note: [], onset: [], contour: [])
    for part in parts {
      joined.note += part.note[kept.lowerBound * Self.pitches..<kept.upperBound * Self.pitches]
      joined.onset += part.onset[kept.lowerBound * Self.pitches..<kept.upperBound * Self.pitches]
      joined.contour += part.contour[kept.lowerBound * Self.contourBins..<kept.upperBound * Self.contourBins]
    }
    joined.frames = min(joined.note.count / Self.pitches, samples.count * 86 / Self.sampleRate)
    joined.note.removeLast(joined.note.count - joined.frames * Self.pitches)
    joined.onset.removeLast(joined.onset.count - joined.frames * Self.pitches)
    joined.contour.removeLast(joined.contour.count - joined.frames * Self.contourBins)
    return joined
  }

  /// Windows of two seconds, after half an overlap of zeros.
  static func windows(_ samples: [Float]) -> [[Float]] {
    let padded = [Float](repeating: 0, count: overlap / 2) + samples.map { $0.isFinite ? $0 : 0 }
    return stride(from: 0, to: padded.count, by: windowSamples - overlap).map { start in
      let part = Array(padded[start..<min(padded.count, start + windowSamples)])
      return part + [Float](repeating: 0, count: windowSamples - part.count)
    }
  }

  /// When a frame of the joined output is, in seconds: windows are a little shorter than the frames kept of them.
  static func seconds(_ frame: Int) -> Double {
    let length = Double(hop) / Double(sampleRate)
    let correction = length * (172 - Double(windowSamples) / 256) + 0.0018
    return Double(frame) * length - Double(frame / frames) * correction
  }

  /// One window's posteriors, 172 frames.
  /// - Parameter stage: told some stages' results, for tests.
  func window(_ samples: [Float], stage: (String, [Float]) -> Void = { _, _ in }) -> Output {
    let magnitudes = constantQ(samples)
    stage("cqt", magnitudes)
    var z = magnitudes.map { 10 * log10($0 * $0 + 1e-10) }
    let lowest = z.min() ?? 0
    let range = (z.max() ?? 0) - lowest
    for index in z.indices { z[index] = inputScale * (range > 0 ? (z[index] - lowest) / range : 0) + inputShift }
    stage("bn", z)
    var stack = Image(height: Self.frames, width: Self.contourBins, channels: Self.shifts.count)
    for frame in 0..<Self.frames {
      for bin in 0..<Self.contourBins {
        for (channel, shift) in Self.shifts.enumerated() where bin + shift >= 0 && bin + shift < Self.bins {
          stack.values[(frame * Self.contourBins + bin) * Self.shifts.count + channel] = z[frame * Self.bins + bin + shift]
        }
      }
    }
    stage("stack", stack.values)
    var hidden = contour1(stack)
    hidden.rectify()
    var contour = contour2(hidden)
    contour.applySigmoid()
    hidden = note1(contour)
    hidden.rectify()
    var note = note2(hidden)
    note.applySigmoid()
    hidden = onset1(stack)
    hidden.rectify()
    var joined = Image(height: Self.frames, width: Self.pitches, channels: 33)
    for pixel in 0..<Self.frames * Self.pitches {
      joined.values[pixel * 33] = note.values[pixel]
      for channel in 0..<32 { joined.values[pixel * 33 + 1 + channel] = hidden.values[pixel * 32 + channel] }
    }
    var onset = onset2(joined)
    onset.applySigmoid()
    return Output(frames: Self.frames, note: note.values, onset: onset.values, contour: contour.values)
  }

  /// Magnitudes [172 x 309], the lowest bin first.
  private func constantQ(_ samples: [Float]) -> [Float] {
    var magnitudes = [Float](repeating: 0, count: Self.frames * Self.bins)
    var y = samples
    let kernels = real + imaginary
    for octave in 0..<9 {
      let hop = Self.hop >> octave
      var columns = [Float](repeating: 0, count: 256 * Self.frames)
      for frame in 0..<Self.frames {
        for n in 0..<256 {
          // Mirrored without the ends.
          var at = abs(frame * hop + n - 128)
          if at >= y.count { at = 2 * (y.count - 1) - at }
          columns[n * Self.frames + frame] = y[min(max(at, 0), y.count - 1)]
        }
      }
      let products = BLAS.multiply(kernels, columns, m: 72, k: 256, n: Self.frames)
      for row in 0..<36 {
        let bin = (8 - octave) * 36 + row - (324 - Self.bins)
        guard bin >= 0 else { continue }
        for frame in 0..<Self.frames {
          let (re, im) = (products[row * Self.frames + frame], products[(36 + row) * Self.frames + frame])
          magnitudes[frame * Self.bins + bin] = scale[bin] * (re * re + im * im).squareRoot()
        }
      }
      if octave < 8 { y = halved(y) }
    }
    return magnitudes
  }

  /// Half as many samples, through the low-pass.
  private func halved(_ y: [Float]) -> [Float] {
    let count = (y.count + 254 - 256) / 2 + 1
    let padded = [Float](repeating: 0, count: 127) + y + [Float](repeating: 0, count: 127)
    return (0..<count).map { index in
      var sum: Float = 0
      for n in 0..<256 { sum += lowpass[n] * padded[2 * index + n] }
      return sum
    }
  }
}

extension Image {
  fileprivate mutating func rectify() { for index in values.indices { values[index] = max(0, values[index]) } }
  fileprivate mutating func applySigmoid() { for index in values.indices { values[index] = sigmoid(values[index]) } }
}
