public import Music
import Foundation

/// The voice without weights: espeak-ng's sound, its syllables moved to the notes (`singer.md` 4.6).
public struct DraftVoice: VoiceSource {
  /// Hertz that espeak-ng speaks at.
  private static let speechPitch = 93.0
  /// No bin of a vowel has more noise.
  private static let noiseLimitInVowel = 0.3

  private let text: String
  private let espeakVoice: String
  private let clock: SingingClock

  /// - Parameters:
  ///   - text: the words of the line, as espeak-ng is to read them.
  ///   - espeakVoice: "en-us", "es", "cmn-latn-pinyin".
  public init(text: String, espeakVoice: String, clock: SingingClock = .off) {
    self.clock = clock
    self.text = text
    self.espeakVoice = espeakVoice
  }

  public func voice(
    of line: SungLine, _ voice: VoiceType, _ delivery: Instrument.Delivery, curve: PitchCurve, noise: HashNoise
  ) throws -> SourceVoice {
    let speech = try clock.measure(.speech) { try Espeak.speech(of: text, voice: espeakVoice) }
    let spoken = speech.syllables()
    guard !spoken.isEmpty else { throw SingerError.unspeakable("no vowel in “\(text.prefix(40))”") }
    let count = VoiceSpectra.frames(samples: speech.samples.count, sampleRate: speech.sampleRate) + 1
    var isVowel = [Bool](repeating: false, count: count)
    for syllable in spoken {
      let first = min(Int(syllable.nucleus.lowerBound.rounded(.up)), count)
      for frame in first..<max(first, min(Int(syllable.nucleus.upperBound), count)) { isVowel[frame] = true }
    }
    var vocoder = Vocoder(sampleRate: speech.sampleRate)
    let command = [Double](repeating: Self.speechPitch, count: count)
    let pitch = clock.measure(.pitch) { vocoder.pitch(of: speech.samples, command: command, nucleus: isVowel) }
    let source = clock.measure(.analysis) { vocoder.analyze(speech.samples, pitch: pitch, nucleus: isVowel) }
    let map =
      delivery == .spoken ? DraftTimeMap(speaking: line, spoken, frames: count) : DraftTimeMap(line, spoken)
    return clock.measure(.moving) { move(source, pitch, map, line, voice, delivery, curve) }
  }

  /// The source's rows where the map has them, between rows in the logarithm.
  private func move(
    _ source: VoiceSpectra, _ pitch: [Double], _ map: DraftTimeMap, _ line: SungLine, _ voice: VoiceType,
    _ delivery: Instrument.Delivery, _ curve: PitchCurve
  ) -> SourceVoice {
    var result = VoiceSpectra(frames: map.places.count, sampleRate: source.sampleRate)
    var moved = [Double](repeating: 0, count: result.frames)
    let bins = source.bins
    let median = line.medianPitch
    for (frame, place) in map.places.enumerated() {
      guard let place else { continue }
      let position = min(max(place.frame, 0), Double(source.frames - 1))
      let low = Int(position)
      let high = min(low + 1, source.frames - 1)
      let fraction = position - Double(low)
      let isVoiced = place.isVowel || pitch[fraction < 0.5 ? low : high] > 0
      for bin in 0..<bins {
        let a = source.envelope[low * bins + bin]
        let b = source.envelope[high * bins + bin]
        result.envelope[frame * bins + bin] = fraction == 0 ? a : a * exp(fraction * log(b / a))
        guard isVoiced else { continue }
        let c = source.aperiodicity[low * bins + bin]
        let mixed = c + (source.aperiodicity[high * bins + bin] - c) * fraction
        result.aperiodicity[frame * bins + bin] = place.isVowel ? min(mixed, Self.noiseLimitInVowel) : mixed
      }
      guard isVoiced else { continue }
      // Speech falls by three semitones over a line, and leans a little towards the notes.
      let time = Double(frame) * VoiceSpectra.framePeriod
      let way = (time - line.startSeconds) / max(line.endSeconds - line.startSeconds, 0.1)
      moved[frame] = hertz(
        ofPitch: voice.centre - 4 - 3 * min(max(way, 0), 1) + 0.25 * min(max(curve.pitch(at: time) - median, -8), 8))
    }
    result.scaleFormants(by: voice.draftFormant)
    let start = map.places.firstIndex { $0 != nil } ?? 0
    return SourceVoice(spectra: result, pitch: moved, startSeconds: Double(start) * VoiceSpectra.framePeriod)
  }
}

/// Which moment of the speech sounds in each 5-ms frame of the line.
struct DraftTimeMap {
  struct Place {
    var frame: Double
    var isVowel: Bool
  }
  /// Nil where the line is silent.
  private(set) var places: [Place?]

  /// Syllables on their notes: consonants a little quicker than spoken, before the beat; vowels begin and end as spoken and
  /// are stretched between.
  ///
  /// Where espeak-ng speaks more syllables than there are, neighbours share a note; where fewer, vowels are sung again.
  init(_ line: SungLine, _ spoken: [DraftSyllable]) {
    places = [Place?](repeating: nil, count: Int(line.durationSeconds * 200))
    let syllables = Self.fit(spoken, to: line.syllables.count)
    let beats = line.syllables.map { Int((($0.first?.startSeconds ?? 0) * 200).rounded()) }
    let ends = line.syllables.map { Int((($0.last?.endSeconds ?? 0) * 200).rounded()) }
    func length(_ range: Range<Double>) -> Double { range.upperBound - range.lowerBound }
    let onsets = syllables.map { syllable in
      length(syllable.onset) > 0 ? min(max(Int(0.85 * length(syllable.onset)), 3), 24) : 0
    }
    for (number, syllable) in syllables.enumerated() {
      let next = number + 1 < beats.count ? beats[number + 1] - onsets[number + 1] : Int.max
      let isRest = number + 1 == beats.count || beats[number + 1] - ends[number] > 16
      let end = max(isRest ? min(next, ends[number]) : next, beats[number] + 4)
      let coda = min(Int(0.85 * length(syllable.coda)), 18, (end - beats[number]) / 2)
      put(syllable.onset, beats[number] - onsets[number]..<beats[number])
      hold(syllable, beats[number]..<end - coda)
      put(syllable.coda, end - coda..<end)
    }
  }

  /// Speech at its own pace, the first vowel on the first note.
  init(speaking line: SungLine, _ spoken: [DraftSyllable], frames: Int) {
    let start = Int((line.startSeconds * 200).rounded())
    let shift = Double(start) - (spoken.first?.nucleus.lowerBound ?? 0)
    places = (0..<max(frames + Int(shift), 1)).map { frame in
      let position = Double(frame) - shift
      guard position >= 0 else { return nil }
      return Place(frame: position, isVowel: spoken.contains { $0.nucleus.contains(position) })
    }
  }

  private mutating func put(_ source: Range<Double>, _ target: Range<Int>) {
    let speed = (source.upperBound - source.lowerBound) / Double(max(target.count, 1))
    for frame in target where places.indices.contains(frame) {
      places[frame] = Place(frame: source.lowerBound + Double(frame - target.lowerBound) * speed, isVowel: false)
    }
  }

  private mutating func hold(_ syllable: DraftSyllable, _ target: Range<Int>) {
    let source = syllable.nucleus
    let natural = source.upperBound - source.lowerBound
    let held = Double(target.count)
    let head = min(0.35 * natural, 14)
    let tail = syllable.isDiphthong ? min(0.6 * natural, 26) : min(0.35 * natural, 16)
    for frame in target where places.indices.contains(frame) {
      let since = Double(frame - target.lowerBound)
      let position: Double
      if held <= natural {
        position = since * natural / held
      } else if since < head {
        position = since
      } else if since >= held - tail {
        position = natural - (held - since)
      } else {
        position = head + (since - head) * (natural - head - tail) / (held - head - tail)
      }
      places[frame] = Place(frame: source.lowerBound + position, isVowel: true)
    }
  }

  private static func fit(_ spoken: [DraftSyllable], to count: Int) -> [DraftSyllable] {
    guard spoken.count != count else { return spoken }
    return (0..<count).map { index in
      let first = index * spoken.count / count
      let end = max((index + 1) * spoken.count / count, first + 1)
      var syllable = spoken[first]
      if end - first > 1 {
        // Both vowels, and what is between them, on one note.
        syllable.nucleus = syllable.nucleus.lowerBound..<spoken[end - 1].nucleus.upperBound
        syllable.coda = spoken[end - 1].coda
        syllable.isDiphthong = true
      } else if index > 0, (index - 1) * spoken.count / count == first {
        syllable.onset = syllable.nucleus.lowerBound..<syllable.nucleus.lowerBound
      }
      return syllable
    }
  }
}
