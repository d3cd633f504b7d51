import Audio
import Foundation

/// When somebody sings (`listening.md` 3.6): without this gate Whisper invents text for silence and for what separation leaves.
struct VoiceActivity: Sendable {
  /// Stretches in seconds, in order, apart.
  let spans: [ClosedRange<Double>]

  private static let hop = 160

  /// - Parameters:
  ///   - vocals, mix: mono at 16,000 Hz, of one length.
  init(vocals: [Float], mix: [Float], crew: Crew) throws {
    let voice = try Self.levels(vocals, crew)
    let whole = try Self.levels(mix, crew)
    let sorted = voice.sorted()
    let loud = sorted.isEmpty ? -120 : sorted[min(sorted.count - 1, sorted.count * 95 / 100)]
    let threshold = max(-50, loud - 30)
    let isActive = voice.indices.map { voice[$0] > threshold && voice[$0] - whole[$0] > -12 }
    spans = Self.spans(isActive, duration: Double(vocals.count) / Double(WhisperFeatures.sampleRate))
  }

  /// Gaps below 0.35 s are closed, islands below 0.25 s dropped, and the rest extended by 0.2 s.
  static func spans(_ isActive: [Bool], duration: Double) -> [ClosedRange<Double>] {
    let seconds = Double(hop) / Double(WhisperFeatures.sampleRate)
    var runs: [(start: Double, end: Double)] = []
    for (index, active) in isActive.enumerated() where active {
      let start = Double(index) * seconds
      if let last = runs.last, start - last.end < 0.35 { runs[runs.count - 1].end = start + seconds } else {
        runs.append((start, start + seconds))
      }
    }
    var spans: [ClosedRange<Double>] = []
    for run in runs where run.end - run.start >= 0.25 {
      let (start, end) = (max(0, run.start - 0.2), min(duration, run.end + 0.2))
      guard start < end else { continue }
      if let last = spans.last, start <= last.upperBound {
        spans[spans.count - 1] = last.lowerBound...end
      } else {
        spans.append(start...end)
      }
    }
    return spans
  }

  /// dB of 150-5000 Hz in frames of 32 ms, 10 ms apart.
  private static func levels(_ samples: [Float], _ crew: Crew) throws -> [Double] {
    let spectrum = try Spectrogram(of: samples, sampleRate: WhisperFeatures.sampleRate, size: 512, hop: hop, bins: 161, crew: crew)
    let range = (0..<spectrum.bins).filter { (150...5000).contains(spectrum.frequency($0)) }
    // The power of a Hann window's frame: 2 / (N sum of w^2) x that of the positive bins.
    let scale = 2 / (512.0 * 192)
    return (0..<spectrum.frames).map { frame in
      var sum = 0.0
      for bin in range {
        let magnitude = Double(spectrum.values[frame * spectrum.bins + bin])
        sum += magnitude * magnitude
      }
      return 10 * log10(scale * sum + 1e-12)
    }
  }

  /// Active seconds within a stretch.
  func seconds(in range: ClosedRange<Double>) -> Double {
    spans.reduce(0) { $0 + max(0, min($1.upperBound, range.upperBound) - max($1.lowerBound, range.lowerBound)) }
  }

  /// Stretches of at most so many seconds to listen to, cut at the longest gaps, with 0.1 s around.
  func windows(atMost limit: Double, duration: Double) -> [ClosedRange<Double>] {
    var windows: [ClosedRange<Double>] = []
    func cut(_ spans: ArraySlice<ClosedRange<Double>>) {
      guard let first = spans.first, let last = spans.last else { return }
      if last.upperBound - first.lowerBound <= limit {
        windows.append(max(0, first.lowerBound - 0.1)...min(duration, last.upperBound + 0.1))
      } else if spans.count == 1 {
        // One stretch without a gap: cut evenly.
        let length = first.upperBound - first.lowerBound
        let count = (length / limit).rounded(.up)
        for index in 0..<Int(count) {
          let start = first.lowerBound + Double(index) * length / count
          windows.append(start...min(duration, start + length / count))
        }
      } else {
        let gaps = spans.indices.dropFirst()
        let widest = gaps.max { spans[$0].lowerBound - spans[$0 - 1].upperBound < spans[$1].lowerBound - spans[$1 - 1].upperBound }
        let at = widest ?? spans.startIndex + 1
        cut(spans[..<at])
        cut(spans[at...])
      }
    }
    cut(spans[...])
    return windows
  }
}
