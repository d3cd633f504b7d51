import Testing

@testable import Singer

@Suite struct VowelAlignmentTests {
  /// Vowels that begin at some times, 300 ms long, each after 60 ms of a consonant 10 dB below.
  private static func spectra(vowelsAt times: [Double], frames: Int) -> VoiceSpectra {
    var spectra = VoiceSpectra(frames: frames, sampleRate: 24_000)
    for frame in 0..<frames {
      let time = Double(frame) * VoiceSpectra.framePeriod
      let isVowel = times.contains { time >= $0 && time < $0 + 0.3 }
      let isConsonant = times.contains { time >= $0 - 0.06 && time < $0 }
      for bin in 0..<spectra.bins {
        spectra.envelope[frame * spectra.bins + bin] = (isVowel ? 1 : isConsonant ? 0.1 : 0.05) / Double(1 + bin)
      }
    }
    return spectra
  }

  private static func planned(_ times: [Double]) -> [VowelAlignment.Syllable?] {
    times.map { VowelAlignment.Syllable(start: $0 - 0.06, vowel: $0, coda: $0 + 0.3, end: $0 + 0.3) }
  }

  @Test func vowelsBeginOnTheirNotes() {
    let sung = [0.53, 0.98, 1.52]
    let notes = [0.5, 1.0, 1.5]
    var voice = SourceVoice(
      spectra: Self.spectra(vowelsAt: sung, frames: 440), pitch: [Double](repeating: 200, count: 440), startSeconds: 0.4)
    voice.align(Self.planned([0.51, 1.0, 1.49]), to: notes)
    for note in notes {
      let bins = voice.spectra.bins
      let loud = (0..<440).filter { voice.spectra.envelope[$0 * bins] > 0.5 }.map { Double($0) * 0.005 }
      let first = loud.first { $0 > note - 0.1 } ?? 0
      #expect(abs(first - note) <= 0.0075, "\(first) for \(note)")
    }
    // Neither the beginning nor the end of the line moves.
    #expect(voice.spectra.frames == 440 && voice.pitch.allSatisfy { abs($0 - 200) < 1e-9 })
  }

  @Test func timeNeverRunsBackwards() {
    // Vowels in places that have nothing to do with the notes, and notes closer than what is sung.
    for offset in [-0.2, -0.07, 0.0, 0.07, 0.2] {
      let sung = [0.5, 0.62, 0.9, 1.0]
      let spectra = Self.spectra(vowelsAt: sung, frames: 300)
      let places = VowelAlignment(spectra, Self.planned(sung), notes: sung.map { $0 + offset }).places(frames: 300)
      #expect(zip(places, places.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(places.first == 0 && places.allSatisfy { $0 <= 299 })
      for (frame, place) in places.enumerated() { #expect(abs(place - Double(frame)) * 0.005 <= VowelAlignment.reach + 0.005) }
    }
  }

  @Test func whatIsOnTimeOrHasNoVowelStaysAsItIs() {
    let spectra = Self.spectra(vowelsAt: [0.5, 1], frames: 300)
    let still = VowelAlignment(spectra, [nil, nil], notes: [0.45, 1.05]).places(frames: 300)
    #expect(zip(still, 0..<300).allSatisfy { abs($0 - Double($1)) < 1e-6 })
    let silence = VowelAlignment(VoiceSpectra(frames: 300, sampleRate: 24_000), Self.planned([0.5, 1]), notes: [0.5, 1])
    #expect(zip(silence.places(frames: 300), 0..<300).allSatisfy { abs($0 - Double($1)) < 1e-6 })
  }
}
