import Audio
import Foundation
import Generation
import JSON
import Music
import Testing

@testable import Listening

/// 20 log10 of how much of `truth` is in `estimate`, over what else is in it (SI-SDR, Le Roux et al. 2019).
func scaleInvariantRatio(_ estimate: [Float], _ truth: [Float]) -> Double {
  var (dot, power, whole) = (0.0, 0.0, 0.0)
  for (e, t) in zip(estimate, truth) {
    dot += Double(e) * Double(t)
    power += Double(t) * Double(t)
    whole += Double(e) * Double(e)
  }
  let target = dot * dot / max(power, 1e-12)
  return 10 * log10(target / max(whole - target, 1e-12))
}

@Suite struct StemMaskTests {
  private let crew = Crew(threads: 2)

  /// Ten seconds: clicks, a bass of 55 Hz with partials, and a chord above.
  private func band() -> (mix: StereoBuffer, drums: [Float], bass: [Float], chord: [Float]) {
    let count = 441_000
    var seed: UInt32 = 7
    var drums = [Float](repeating: 0, count: count)
    for start in stride(from: 5000, to: count - 3000, by: 22_050) {
      for n in 0..<2500 {
        seed = seed &* 1_664_525 &+ 1_013_904_223
        drums[start + n] = (Float(seed >> 8) / 8_388_608 - 1) * 0.6 * exp(-Float(n) / 400)
      }
    }
    func tone(_ hertz: Double, _ gain: Double) -> [Float] {
      (0..<count).map { Float(gain * sin(2 * Double.pi * hertz * Double($0) / 44_100)) }
    }
    let bass = zip(zip(tone(55, 0.25), tone(110, 0.12)), tone(165, 0.06)).map { $0.0 + $0.1 + $1 }
    let chord = zip(zip(tone(392, 0.1), tone(494, 0.1)), tone(659, 0.1)).map { $0.0 + $0.1 + $1 }
    let mono = zip(zip(drums, bass), chord).map { $0.0 + $0.1 + $1 }
    return (StereoBuffer(left: mono, right: mono, sampleRate: 44_100), drums, bass, chord)
  }

  @Test(arguments: [1, 1000, 4096, 70_001]) func aMaskOfOnesChangesNothing(count: Int) throws {
    let samples = (0..<count).map { Float(sin(Double($0 * $0) * 1e-5)) * 0.5 }
    let sound = StereoBuffer(left: samples, right: samples.map { -$0 }, sampleRate: 44_100)
    let same = try SpectralMasking(size: 4096, hop: 1024, context: 3).apply(to: sound, crew: crew) {
      [Float](repeating: 1, count: $0.values.count)
    }
    #expect(same.frames == count)
    #expect(zip(same.left, samples).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(same.right, samples).allSatisfy { abs($0 + $1) < 1e-5 })
  }

  @Test func drumsBassAndTheRestPart() throws {
    let (mix, drums, bass, chord) = band()
    let beaten = try StemMasks.drums(of: mix, crew: crew)
    let rest = mix.less(beaten)
    let low = try StemMasks.bass(of: rest, crew: crew)
    let other = rest.less(low)
    func gain(_ stem: StereoBuffer, _ truth: [Float]) -> Double {
      scaleInvariantRatio(stem.left, truth) - scaleInvariantRatio(mix.left, truth)
    }
    #expect(gain(beaten, drums) > 8)
    #expect(gain(low, bass) > 6)
    #expect(gain(other, chord) > 6)
    // The same on one thread.
    #expect(try StemMasks.bass(of: rest, crew: Crew(threads: 1)).left == low.left)
  }

  @Test func thereIsNothingInSilence() throws {
    let silence = StereoBuffer(frames: 30_000, sampleRate: 44_100)
    #expect(try StemMasks.drums(of: silence, crew: crew).left.allSatisfy { $0 == 0 })
    #expect(try StemMasks.bass(of: silence, crew: crew).left.allSatisfy { $0 == 0 })
    #expect(try StemMasks.percussion(ofDrums: silence, crew: crew).left.allSatisfy { $0 == 0 })
  }
}

@Suite struct NoteSheetTests {
  private func heard(first: Double, period: Double, downbeat: Int, metre: String = "4/4", beats: Int = 4) -> HeardSong {
    let times = (0..<32).map { first + Double($0) * period }
    let loudness = try! Loudness(of: StereoBuffer(frames: 480))
    let level = HeardSong.Level(
      loudness: loudness, rms: -20, crest: 10, silence: 0, clippedRunsPerSecond: 0, offset: 0)
    let spectrum = HeardSong.Spectrum(
      centroid: 1000, rollOff: 4000, lowMidHigh: [0.3, 0.5, 0.2], thirds: [], stereoCorrelation: 1, sideToMid: 0)
    return HeardSong(
      durationSeconds: 20, tempo: .init(bpm: 60 / period, confidence: 1, isVariable: false, candidates: []), beats: times,
      downbeats: stride(from: downbeat, to: 32, by: beats).map { times[$0] },
      metre: .init(name: metre, beatsPerBar: beats, feel: metre.hasSuffix("8") ? "compound" : "straight", swingRatio: nil, confidence: 1),
      key: nil, chords: [], sections: [], level: level, spectrum: spectrum)
  }

  @Test(arguments: [(0.0, 0), (0.31, 0), (0.07, 3), (1.9, 1), (0.45, 2)])
  func notesPlayWhenTheyWereHeard(first: Double, downbeat: Int) {
    let heard = heard(first: first, period: 0.6, downbeat: downbeat)
    var sheet = NoteSheet(heard, bpm: nil)
    let times = [2, 5, 9].map { first + 0.6 * $0 } + [first + 0.6 * 12.25]
    sheet.add(
      times.map { HeardNote(startFrame: 0, endFrame: 0, start: $0, end: $0 + 0.3, midi: 60, amplitude: 0.8) }, as: .vocals)
    let score = sheet.transcription(title: "").score
    #expect(score.parts.map(\.id) == ["vocals"])
    for (note, time) in zip(score.parts[0].notes, times) {
      #expect(abs(score.seconds(atTick: note.startTick) - time) < 0.01)
    }
    // Bars begin where they were heard.
    let bar = first + 0.6 * Double(downbeat) + 2.4
    #expect(score.tick(atSeconds: bar) % score.meter.ticksPerBar == 0)
    #expect(!score.midiFile().isEmpty)
  }

  @Test func aTempoCanBeGiven() {
    var sheet = NoteSheet(heard(first: 0.1, period: 0.6, downbeat: 0), bpm: 120)
    sheet.add([HeardNote(startFrame: 0, endFrame: 0, start: 1, end: 1.5, midi: 60, amplitude: 0.8)], as: .bass)
    sheet.add([], as: .guitar)
    let transcription = sheet.transcription(title: "")
    #expect(transcription.score.parts[0].notes[0].startTick == 2 * Score.ticksPerQuarter)
    #expect(transcription.score.tempo.map(\.quartersPerMinute) == [120])
    #expect(transcription.skipped[.guitar] != nil)
  }

  @Test func aGridIsItsOwnInverse() throws {
    let grid = try #require(BeatGrid(heard(first: 0.3, period: 0.7, downbeat: 1, metre: "6/8", beats: 2)))
    #expect(grid.meter == .sixEight && grid.firstDownbeat == 1)
    for seconds in [-1, 0, 0.3, 5.55, 40] {
      #expect(abs(grid.seconds(atPosition: grid.position(atSeconds: seconds)) - seconds) < 1e-9)
    }
    #expect(abs(grid.tempo(from: 0, to: 8)[0].quartersPerMinute - 1.5 * 60 / 0.7) < 1e-6)
  }
}

@Suite struct ListenerWithoutPackTests {
  private let listener = Listener(listeners: URL(fileURLWithPath: "/nowhere"), crew: Crew(threads: 1))

  @Test func stemsAreRefusedWithTheReason() throws {
    let sound = StereoBuffer(frames: 48_000)
    for track in StemTrack.allCases { #expect(listener.refusal(of: track)?.contains("listeners install") == true) }
    #expect(throws: GenerationError.self) { try listener.stems([.drums], of: sound) { _, _ in } }
    #expect(throws: GenerationError.self) { try listener.transcribe([.vocals], of: sound, stems: [:], NoteOptions()) { _, _ in } }
    #expect(throws: GenerationError.self) { try listener.hear(StereoBuffer(frames: 0), HearingWishes()) { _, _ in } }
    let heard = try listener.hear(sound, HearingWishes()) { _, _ in }
    #expect(heard.lyrics == nil && heard.caption == nil && !heard.notices.isEmpty && heard.tempo == nil)
    #expect(heard.json["bpm"]?.isNull == true)
  }
}

@Suite(.enabled(if: InstalledPack.pack != nil, InstalledPack.missing))
struct SeparatedStemTests {
  private let crew = Crew(threads: 2)

  @Test func stemsAddUpAndAreAsLongAsTheSound() throws {
    let mix = try Golden.stereo("mix_44k_stereo")
    let listener = Listener(listeners: InstalledPack.folder, crew: crew)
    let stems = try listener.stems([.vocals, .drums, .bass, .other, .fx, .instrumental], of: mix) { _, _ in }
    let sounds = try stems.map { try $0.audio }
    #expect(sounds.allSatisfy { $0.frames == mix.frames && $0.sampleRate == mix.sampleRate })
    for index in stride(from: 0, to: mix.frames, by: 997) {
      #expect(abs(sounds[0].left[index] + sounds[1].left[index] + sounds[2].left[index] + sounds[3].left[index] - mix.left[index]) < 1e-4)
      #expect(abs(sounds[0].right[index] + sounds[5].right[index] - mix.right[index]) < 1e-4)
    }
    #expect(stems.allSatisfy { (0...1).contains($0.quality) && !$0.label.isEmpty })
  }

  @Test func aSongIsHeardInPart() throws {
    let mix = try Golden.stereo("mix_44k_stereo")
    let heard = try Listener(listeners: InstalledPack.folder, crew: crew).hear(mix, HearingWishes(melody: false, vocalSeconds: 6)) { _, _ in }
    #expect(heard.notices.contains { $0.hasPrefix("Words and melody") })
    #expect(heard.lyrics != nil && heard.melody == nil)
    #expect(heard.caption?.isEmpty == false)
    #expect(heard.lyrics?.timed.lines.count == heard.lyrics?.lines.count)
  }
}
