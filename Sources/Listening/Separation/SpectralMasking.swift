import Audio
import Tensor

/// Takes a part out of a sound by a mask over its short-time spectra: Hann windows before and after, overlap-added. With a mask of
/// ones the sound comes back.
///
/// Blocks of frames are independent but for some frames of context that a mask sees on both sides; so memory stays small, and the
/// result is the same on any number of threads.
struct SpectralMasking: Sendable {
  /// Samples of a frame, a power of two.
  let size: Int
  /// At most a quarter of the size.
  let hop: Int
  /// Frames on each side of a block that its mask may look at.
  let context: Int
  private static let framesPerBlock = 512

  /// - Parameter mask: from the magnitudes of both channels (root mean square) to factors, one each; of frames that include the
  ///   context, of which the block's own are used.
  func apply(
    to sound: StereoBuffer, crew: Crew, progress: (Double) throws -> Void = { _ in },
    mask: @escaping @Sendable (Spectrogram) throws -> [Float]
  ) throws -> StereoBuffer {
    // The first frame ends with the first few samples, so that every sample is in as many frames.
    let frames = (sound.frames + size - hop) / hop + 1
    let blocks = (frames + Self.framesPerBlock - 1) / Self.framesPerBlock
    let channels = [sound.left, sound.right]
    let rate = sound.sampleRate
    let pieces = try crew.map(blocks, progress: progress) { block -> [[Float]] in
      let own = block * Self.framesPerBlock..<min(frames, (block + 1) * Self.framesPerBlock)
      return try self.block(own, seen: max(0, own.lowerBound - self.context)..<min(frames, own.upperBound + self.context), channels, rate, mask)
    }
    var output = StereoBuffer(frames: sound.frames, sampleRate: rate)
    output.withChannels { left, right in
      for (block, piece) in pieces.enumerated() {
        let start = block * Self.framesPerBlock * hop - (size - hop)
        for index in max(0, -start)..<max(max(0, -start), min(piece[0].count, left.count - start)) {
          left[start + index] += piece[0][index]
          right[start + index] += piece[1][index]
        }
      }
    }
    return output
  }

  private func block(
    _ own: Range<Int>, seen: Range<Int>, _ channels: [[Float]], _ rate: Int, _ mask: (Spectrogram) throws -> [Float]
  ) throws -> [[Float]] {
    let (bins, window) = (size / 2 + 1, hannWindow(size))
    var fft = RealFFT(size: size)
    var spectrum = Spectrum(size: size)
    var frame = [Double](repeating: 0, count: size)
    var squares = [Float](repeating: 0, count: seen.count * bins)
    // Of the block's own frames: [channel][frame x bins].
    var real = [[Float]](repeating: [], count: channels.count)
    var imaginary = real
    for (channel, samples) in channels.enumerated() {
      real[channel].reserveCapacity(own.count * bins)
      imaginary[channel].reserveCapacity(own.count * bins)
      for t in seen {
        let start = t * hop - (size - hop)
        for n in 0..<size {
          let at = start + n
          frame[n] = at >= 0 && at < samples.count ? Double(samples[at]) * window[n] : 0
        }
        fft.forward(frame, into: &spectrum)
        let isOwn = own.contains(t)
        for bin in 0..<bins {
          let (re, im) = (Float(spectrum.real[bin]), Float(spectrum.imaginary[bin]))
          squares[(t - seen.lowerBound) * bins + bin] += (re * re + im * im) / Float(channels.count)
          if isOwn {
            real[channel].append(re)
            imaginary[channel].append(im)
          }
        }
      }
    }
    for index in squares.indices { squares[index] = squares[index].squareRoot() }
    let factors = try mask(Spectrogram(values: squares, bins: bins, size: size, hop: hop, sampleRate: rate))
    let first = (own.lowerBound - seen.lowerBound) * bins
    // The squared windows sum to 0.375 size / hop.
    let scale = Double(hop) / (0.375 * Double(size))
    return channels.indices.map { channel in
      var output = [Double](repeating: 0, count: (own.count - 1) * hop + size)
      for t in 0..<own.count {
        for bin in 0..<bins {
          let factor = Double(factors[first + t * bins + bin])
          spectrum.real[bin] = factor * Double(real[channel][t * bins + bin])
          spectrum.imaginary[bin] = factor * Double(imaginary[channel][t * bins + bin])
        }
        fft.inverse(spectrum, into: &frame)
        for n in 0..<size { output[t * hop + n] += frame[n] * window[n] * scale }
      }
      return output.map { Float($0) }
    }
  }
}
