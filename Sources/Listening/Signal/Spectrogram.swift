import Audio
import Synchronization
import Tensor

/// Magnitudes of a short-time Fourier transform, frame after frame: bin k of frame t at `values[t * bins + k]`.
///
/// Hann window (periodic), centred: frame t is the spectrum around sample t x hop, zeros beyond the ends.
struct Spectrogram: Sendable {
  let bins: Int
  let frames: Int
  let size: Int
  let hop: Int
  let sampleRate: Int
  var values: [Float]

  /// - Parameters:
  ///   - size: samples of a frame, a power of two.
  ///   - bins: how many of the size / 2 + 1 to keep, from 0 Hz on; nil keeps all.
  init(of samples: [Float], sampleRate: Int, size: Int, hop: Int, bins: Int? = nil, crew: Crew) throws {
    let bins = bins ?? size / 2 + 1
    let frames = samples.count / hop + 1
    let window = hannWindow(size)
    let piece = 256
    let parts = try crew.map((frames + piece - 1) / piece) { index -> [Float] in
      var fft = RealFFT(size: size)
      var spectrum = Spectrum(size: size)
      var frame = [Double](repeating: 0, count: size)
      let range = index * piece..<min(frames, (index + 1) * piece)
      var values: [Float] = []
      values.reserveCapacity(range.count * bins)
      for t in range {
        let start = t * hop - size / 2
        for n in 0..<size {
          let at = start + n
          frame[n] = at >= 0 && at < samples.count ? Double(samples[at]) * window[n] : 0
        }
        fft.forward(frame, into: &spectrum)
        for k in 0..<bins {
          values.append(Float((spectrum.real[k] * spectrum.real[k] + spectrum.imaginary[k] * spectrum.imaginary[k]).squareRoot()))
        }
      }
      return values
    }
    self.bins = bins
    self.frames = frames
    self.size = size
    self.hop = hop
    self.sampleRate = sampleRate
    values = []
    values.reserveCapacity(frames * bins)
    for part in parts { values += part }
  }

  /// Magnitudes that are known already.
  init(values: [Float], bins: Int, size: Int, hop: Int, sampleRate: Int) {
    precondition(bins > 0 && values.count % bins == 0, "whole frames")
    self.bins = bins
    frames = values.count / bins
    self.size = size
    self.hop = hop
    self.sampleRate = sampleRate
    self.values = values
  }

  /// The frequency of a bin in hertz.
  func frequency(_ bin: Int) -> Double { Double(bin * sampleRate) / Double(size) }
  /// Where a frame is, in seconds.
  func seconds(_ frame: Int) -> Double { Double(frame * hop) / Double(sampleRate) }
}

/// 0.5 - 0.5 cos(2 pi n / N), n = 0 ... N - 1.
func hannWindow(_ size: Int) -> [Double] {
  (0..<size).map { 0.5 - 0.5 * cosine(2 * Double.pi * Double($0) / Double(size)) }
}

extension Crew {
  /// The results of independent pieces of work, in their order.
  /// - Parameter progress: how much is done, 0 ... 1; what it throws stops the work within a piece.
  func map<Result: Sendable>(
    _ pieces: Int, progress: (Double) throws -> Void = { _ in }, _ work: @escaping @Sendable (_ piece: Int) throws -> Result
  ) throws -> [Result] {
    let results = Mutex<[Result?]>(Array(repeating: nil, count: pieces))
    try run(pieces: pieces, steps: pieces, progress: { try progress(Double($0) / Double(max(1, $1))) }) { piece, steps in
      let result = try work(piece)
      results.withLock { $0[piece] = result }
      try steps.advance()
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
