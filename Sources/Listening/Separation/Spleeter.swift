public import Audio
import Checkpoint
import Tensor

/// Vocals and accompaniment of a mix, by Spleeter's two networks (`listening.md` 2). An AI's estimate, not the studio's stems.
public struct Spleeter: Sendable {
  public static let sampleRate = 44_100
  static let size = 4096
  static let hop = 1024

  private let vocals: SpleeterNetwork
  private let accompaniment: SpleeterNetwork

  /// - Throws: `CheckpointError`.
  public init(_ pack: ListeningPack) throws {
    let file = try SafetensorsFile(path: pack.separation)
    vocals = try SpleeterNetwork(file, "vocals")
    accompaniment = try SpleeterNetwork(file, "accompaniment")
  }

  /// The vocals of a mix at 44,100 Hz; the accompaniment is the mix less these.
  ///
  /// Segments of 11.9 s are independent of each other and shared out; the result doesn't depend on the number of threads.
  /// - Parameter progress: how much is done, 0 ... 1; what it throws stops the work within a segment.
  public func vocals(
    of mix: StereoBuffer, crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> StereoBuffer {
    precondition(mix.sampleRate == Self.sampleRate, "Spleeter hears 44,100 Hz")
    let (frames, perSegment) = (Self.frames(mix.frames), SpleeterNetwork.frames)
    let channels = [mix.left, mix.right].map { $0.map { $0.isFinite ? $0 : 0 } }
    let pieces = try crew.map((frames + perSegment - 1) / perSegment, progress: progress) { segment -> [[Float]] in
      let spectra = MixSpectra(channels, frames: segment * perSegment..<min(frames, (segment + 1) * perSegment))
      return spectra.synthesis(self.vocalMasks(spectra))
    }
    var output = StereoBuffer(frames: mix.frames, sampleRate: Self.sampleRate)
    output.withChannels { left, right in
      for (segment, piece) in pieces.enumerated() {
        // The 4096 zeros before the sound go.
        let start = segment * perSegment * Self.hop - Self.size
        for index in piece[0].indices where start + index >= 0 && start + index < left.count {
          left[start + index] += piece[0][index]
          right[start + index] += piece[1][index]
        }
      }
    }
    return output
  }

  /// Frames of a sound after 4096 zeros.
  static func frames(_ count: Int) -> Int { (size + count + hop - 1) / hop }

  /// The share of the vocals in each bin below 11 kHz: [512, 1024, 2]. Above it there are none.
  func vocalMasks(_ spectra: MixSpectra, stage: (String, Image) -> Void = { _, _ in }) -> Image {
    let magnitudes = spectra.magnitudes()
    var mask = vocals(magnitudes) { stage("vocals_" + $0, $1) }
    stage("vocals_estimate", mask)
    let other = accompaniment(magnitudes) { stage("accompaniment_" + $0, $1) }
    stage("accompaniment_estimate", other)
    for index in mask.values.indices {
      let (v, a) = (mask.values[index] * mask.values[index], other.values[index] * other.values[index])
      mask.values[index] = (v + 0.5e-10) / (v + a + 1e-10)
    }
    return mask
  }
}

/// The short-time spectra of both channels of a mix over the frames of a segment.
struct MixSpectra: Sendable {
  let frames: Range<Int>
  /// [channel][frame x 2049]
  private(set) var real: [[Float]] = []
  private(set) var imaginary: [[Float]] = []
  private static let bins = Spleeter.size / 2 + 1
  private static let window = hannWindow(Spleeter.size)

  init(_ channels: [[Float]], frames: Range<Int>) {
    self.frames = frames
    var fft = RealFFT(size: Spleeter.size)
    var spectrum = Spectrum(size: Spleeter.size)
    var frame = [Double](repeating: 0, count: Spleeter.size)
    for samples in channels {
      var (real, imaginary) = ([Float](), [Float]())
      real.reserveCapacity(frames.count * Self.bins)
      imaginary.reserveCapacity(frames.count * Self.bins)
      for t in frames {
        let start = t * Spleeter.hop - Spleeter.size
        for n in frame.indices {
          let at = start + n
          frame[n] = at >= 0 && at < samples.count ? Double(samples[at]) * Self.window[n] : 0
        }
        fft.forward(frame, into: &spectrum)
        for bin in 0..<Self.bins {
          real.append(Float(spectrum.real[bin]))
          imaginary.append(Float(spectrum.imaginary[bin]))
        }
      }
      self.real.append(real)
      self.imaginary.append(imaginary)
    }
  }

  /// [512, 1024, 2]; zeros after the last frame.
  func magnitudes() -> Image {
    var image = Image(height: SpleeterNetwork.frames, width: SpleeterNetwork.bins, channels: 2)
    for channel in 0..<2 {
      for frame in 0..<frames.count {
        for bin in 0..<SpleeterNetwork.bins {
          let at = frame * Self.bins + bin
          let power = real[channel][at] * real[channel][at] + imaginary[channel][at] * imaginary[channel][at]
          image.values[(frame * SpleeterNetwork.bins + bin) * 2 + channel] = power.squareRoot()
        }
      }
    }
    return image
  }

  /// The sound of the spectra under a mask of the bins below 11 kHz, overlap-added: from the first frame's beginning to the last
  /// one's end, of each channel.
  func synthesis(_ mask: Image) -> [[Float]] {
    var fft = RealFFT(size: Spleeter.size)
    var spectrum = Spectrum(size: Spleeter.size)
    var frame = [Double](repeating: 0, count: Spleeter.size)
    return (0..<2).map { channel in
      var output = [Double](repeating: 0, count: (frames.count - 1) * Spleeter.hop + Spleeter.size)
      for t in 0..<frames.count {
        for bin in 0..<SpleeterNetwork.bins {
          let share = Double(mask.values[(t * SpleeterNetwork.bins + bin) * 2 + channel])
          spectrum.real[bin] = share * Double(real[channel][t * Self.bins + bin])
          spectrum.imaginary[bin] = share * Double(imaginary[channel][t * Self.bins + bin])
        }
        for bin in SpleeterNetwork.bins..<Self.bins { (spectrum.real[bin], spectrum.imaginary[bin]) = (0, 0) }
        fft.inverse(spectrum, into: &frame)
        // The squares of the windows sum to 3/2.
        for n in frame.indices { output[t * Spleeter.hop + n] += frame[n] * Self.window[n] * (2.0 / 3) }
      }
      return output.map { Float($0) }
    }
  }
}
