import Audio
import Foundation

/// Lyrics as they were heard, with times: a draft to correct.
public struct HeardLyrics: Sendable, Equatable {
  public struct Word: Sendable, Equatable {
    public var text: String
    /// Seconds.
    public var start: Double
    public var end: Double
    /// 0 ... 1.
    public var confidence: Double
  }
  public struct Line: Sendable, Equatable {
    public var words: [Word]
    public var text: String
    public var start: Double { words.first?.start ?? 0 }
    public var end: Double { words.last?.end ?? 0 }
  }
  public var lines: [Line]
  /// The code of ISO 639, and how sure it is, 0 ... 1; below 0.5 it is uncertain. Nil where nothing is sung.
  public var language: String?
  public var languageConfidence: Double

  public static let none = HeardLyrics(lines: [], language: nil, languageConfidence: 0)
}

/// The whole way from vocals to lyrics: a gate, windows, language, transcript, loop guard, word times (`listening.md` 3.5-3.7).
struct Transcriber: Sendable {
  private let whisper: Whisper
  private let windowSeconds: Double
  private let width: Int
  private static let languageWindows = 3

  /// - Parameters:
  ///   - windowSeconds: at most so much is read at a time, up to 29 s.
  ///   - width: of the beam search.
  init(_ whisper: Whisper, windowSeconds: Double = 28, width: Int = 5) {
    self.whisper = whisper
    self.windowSeconds = windowSeconds
    self.width = width
  }

  /// - Parameters:
  ///   - mix: mono at 16,000 Hz. Alone it reads better than the vocals, of which separation takes consonants; both together best.
  ///   - vocals: separated, as long as the mix: word times are drawn to their onsets.
  ///   - activity: when somebody sings in them.
  ///   - language: a code that Whisper knows; nil finds it out.
  ///   - progress: how much is done, 0 ... 1.
  func lyrics(
    in mix: [Float], vocals: [Float], activity: VoiceActivity, language: String? = nil, crew: Crew, progress: (Double) throws -> Void = { _ in }
  ) throws -> HeardLyrics {
    let rate = Double(WhisperFeatures.sampleRate)
    let (mix, vocals) = (mix.map { $0.isFinite ? $0 : 0 }, vocals.map { $0.isFinite ? $0 : 0 })
    let duration = Double(mix.count) / rate
    let windows = activity.windows(atMost: windowSeconds, duration: duration)
    // Less than a twentieth of the time is no singing but what separation leaves of the band (`listening.md` 5.11).
    guard !windows.isEmpty, activity.seconds(in: 0...duration) >= 0.05 * duration else { return .none }
    // A voice is steady in what it sings: onsets of the vocals draw word times to themselves.
    let resampled = try Resampler.resample(vocals, from: WhisperFeatures.sampleRate, to: OnsetStrength.sampleRate)
    let onsets = OnsetStrength(
      try Spectrogram(
        of: resampled, sampleRate: OnsetStrength.sampleRate, size: OnsetStrength.size, hop: OnsetStrength.hop, crew: crew)
    ).all

    func sound(_ samples: [Float], _ window: ClosedRange<Double>) -> [Float] {
      let range = min(Int(window.lowerBound * rate), samples.count)..<min(Int(window.upperBound * rate), samples.count)
      let peak = samples[range].reduce(Float(0)) { max($0, abs($1)) }
      return samples[range].map { peak > 0 ? $0 * 0.7 / peak : 0 }
    }
    // The language is heard in the windows with most voice, in the mix and in the voice: each misleads in its own way.
    let weights = windows.map { activity.seconds(in: $0) }
    let chosen = language == nil ? Array(windows.indices.sorted { weights[$0] > weights[$1] }.prefix(Self.languageWindows)) : []
    let sounds = windows.map { sound(mix, $0) } + windows.map { sound(vocals, $0) }
    let whisper = whisper
    let encoded = try crew.map(sounds.count, progress: { try progress(0.6 * $0) }) { index in
      whisper.encoder(WhisperFeatures.logMel(sounds[index][...]))
    }
    let found = try whisper.language(
      chosen.map { (encoded[$0], weights[$0]) } + chosen.map { (encoded[windows.count + $0], weights[$0]) }, given: language, crew: crew)
    let pieces = try crew.map(windows.count, progress: { try progress(0.6 + 0.4 * $0) }) { index in
      try whisper.segments(
        encoded[index], voice: encoded[windows.count + index], language: found.token, seconds: windows[index].upperBound - windows[index].lowerBound, width: width)
    }
    var lines: [HeardLyrics.Line] = []
    for (window, segments) in zip(windows, pieces) {
      var words = Self.timed(segments.flatMap(\.words), in: window, after: lines.last?.end ?? 0, activity: activity, onsets: onsets)
      for segment in segments {
        let part = Array(words.prefix(segment.words.count))
        words.removeFirst(part.count)
        // Words that were heard where nobody sings are invented.
        let outside = part.count { word in !activity.spans.contains { $0.contains(word.start) } }
        if 2 * outside <= part.count { lines += Self.lines(part) }
      }
    }
    return HeardLyrics(
      lines: lines, language: lines.isEmpty ? nil : found.code, languageConfidence: lines.isEmpty ? 0 : found.confidence)
  }

  /// Words in the time of the song: from peaks of attention, at least 60 ms apart, drawn to an onset that is near; each ends with the
  /// next one or where the voice falls silent.
  private static func timed(
    _ words: [Whisper.Word], in window: ClosedRange<Double>, after end: Double, activity: VoiceActivity, onsets: [Double]
  ) -> [HeardLyrics.Word] {
    var starts: [Double] = []
    for word in words {
      var start = max(end, window.lowerBound + word.peak + 0.09)
      if let last = starts.last { start = max(start, last + 0.06) }
      let frame = OnsetStrength.frame(start)
      let reach = max(0, frame - 10)...max(0, min(onsets.count - 1, frame + 10))
      let around = max(0, frame - 43)...max(0, min(onsets.count - 1, frame + 43))
      if around.upperBound < onsets.count, let best = reach.max(by: { onsets[$0] < onsets[$1] }),
        onsets[best] > 1.5 * Array(onsets[around]).median
      {
        let drawn = Double(best) / OnsetStrength.framesPerSecond
        if drawn >= max(end, (starts.last ?? -1) + 0.06) { start = drawn }
      }
      starts.append(start)
    }
    return words.indices.map { index in
      let silence = activity.spans.first { $0.contains(starts[index]) }?.upperBound ?? window.upperBound
      let next = index + 1 < starts.count ? starts[index + 1] : window.upperBound
      return HeardLyrics.Word(
        text: words[index].text, start: starts[index], end: max(starts[index], min(next, silence)),
        confidence: words[index].probability)
    }
  }

  /// A line ends where 0.7 s pass without a word beginning or lasting.
  private static func lines(_ words: [HeardLyrics.Word]) -> [HeardLyrics.Line] {
    var groups: [[HeardLyrics.Word]] = []
    for word in words {
      if let last = groups.last?.last, word.start - last.end <= 0.7 { groups[groups.count - 1].append(word) } else { groups.append([word]) }
    }
    return groups.map { group in
      // Writing without spaces is joined without them.
      let joined = group.dropFirst().reduce(group[0].text) { line, word in
        let isIdeograph = word.text.unicodeScalars.first.map { (0x0E00...0x10FF).contains($0.value) || (0x1780...0x17FF).contains($0.value) || $0.value >= 0x2E80 } ?? false
        return line + (isIdeograph ? "" : " ") + word.text
      }
      return HeardLyrics.Line(words: group, text: joined)
    }
  }
}
