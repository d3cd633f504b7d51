import Audio

/// Soft masks that part a magnitude spectrogram into what lasts and what strikes, by medians over time and over frequency
/// (`listening.md` 5.9, after Fitzgerald 2010).
struct HarmonicPercussive: Sendable {
  /// Frame after frame, as the spectrogram.
  let harmonic: [Float]
  let percussive: [Float]

  /// - Parameters:
  ///   - time, frequency: widths of the medians in frames and bins, odd.
  ///   - margin: how much louder than the harmonic part the percussive one must be.
  init(_ spectrogram: Spectrogram, time: Int, frequency: Int, margin: Float = 1, crew: Crew) throws {
    let (frames, bins, values) = (spectrogram.frames, spectrogram.bins, spectrogram.values)
    let binsAPiece = 64
    let columns = try crew.map((bins + binsAPiece - 1) / binsAPiece) { piece -> [[Float]] in
      (piece * binsAPiece..<min(bins, (piece + 1) * binsAPiece)).map { bin in
        runningMedian((0..<frames).map { values[$0 * bins + bin] }, width: time)
      }
    }.flatMap { $0 }
    let framesAPiece = 256
    let masks = try crew.map((frames + framesAPiece - 1) / framesAPiece) { piece -> [(Float, Float)] in
      var masks: [(Float, Float)] = []
      let range = piece * framesAPiece..<min(frames, (piece + 1) * framesAPiece)
      masks.reserveCapacity(range.count * bins)
      for frame in range {
        let across = runningMedian(Array(values[frame * bins..<(frame + 1) * bins]), width: frequency)
        for bin in 0..<bins {
          let (lasting, striking) = (columns[bin][frame], across[bin])
          let (h, q, m) = (lasting * lasting, striking * striking, margin * margin)
          masks.append((h + q > 0 ? h / (h + q) : 0, q + m * h > 0 ? q / (q + m * h) : 0))
        }
      }
      return masks
    }
    harmonic = masks.flatMap { $0.map(\.0) }
    percussive = masks.flatMap { $0.map(\.1) }
  }
}
