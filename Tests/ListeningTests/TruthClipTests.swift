import Audio
import Foundation
import JSON
import Music
import Testing

@testable import Listening

/// What the analysis says of clips whose truth is known: those of the golden data, or of another folder with a `truth.json` of the
/// same form, named by CANTIGA_TRUTH_CLIPS. The table is printed.
@Suite(.serialized) struct TruthClipTests {
  static let folder = URL(
    fileURLWithPath: ProcessInfo.processInfo.environment["CANTIGA_TRUTH_CLIPS"] ?? Golden.folder.appendingPathComponent("clips").path)

  struct Outcome {
    var tempo = false, key = false, relatedKey = false, metre = false
    var beats = 0.0, chords = 0.0
  }

  @Test func theAnalysisAgreesWithTheTruth() throws {
    let truth = try JSON(parsing: Array(try Data(contentsOf: Self.folder.appendingPathComponent("truth.json"))))
    let clips = try #require(truth.array)
    var outcomes: [Outcome] = []
    print("clip                 tempo (truth)     metre       key                      beat F  chords")
    for clip in clips {
      let file = try #require(clip["file"]?.string)
      let sound = try AudioFile.read(Self.folder.appendingPathComponent(file).path)
      let mono = try Resampler.resample(
        zip(sound.left, sound.right).map { ($0 + $1) / 2 }, from: sound.sampleRate, to: SignalAnalysis.sampleRate)
      let analysis = try SignalAnalysis(mono, crew: Crew(threads: 2))
      var outcome = Outcome()
      let bpm = clip["tempo_bpm"]?.double ?? 0
      let found = analysis.tempo?.bpm ?? 0
      outcome.tempo = [0.5, 1, 2].contains { abs(found / ($0 * bpm) - 1) <= 0.04 }
      outcome.metre = analysis.metre?.name == clip["metre"]?.string
      let key = clip["key"]?.string.flatMap(Key.init(parsing:))
      outcome.key = key != nil && analysis.key?.key == key
      outcome.relatedKey = key.map { Self.isRelated(analysis.key?.key, $0) } ?? false
      outcome.beats = Self.agreement(analysis.beats, clip["beats"]?.array?.compactMap(\.double) ?? [])
      outcome.chords = Self.overlap(analysis.chords, clip["chords"]?.array ?? [])
      outcomes.append(outcome)
      let row = [
        file.padding(toLength: 20, withPad: " ", startingAt: 0),
        String(format: "%7.2f (%g)", found, bpm).padding(toLength: 17, withPad: " ", startingAt: 0),
        "\(analysis.metre?.name ?? "-") (\(clip["metre"]?.string ?? "-"))".padding(toLength: 11, withPad: " ", startingAt: 0),
        "\(analysis.key?.key.name ?? "-") (\(clip["key"]?.string ?? "-"))".padding(toLength: 24, withPad: " ", startingAt: 0),
        String(format: "%.2f    %.2f", outcome.beats, outcome.chords),
      ]
      print(row.joined(separator: " "))
    }
    let count = Double(max(1, outcomes.count))
    func share(_ what: (Outcome) -> Bool) -> Double { Double(outcomes.count(where: what)) / count }
    let chords = outcomes.reduce(0) { $0 + $1.chords } / count
    print(
      String(
        format: "tempo %.2f, key %.2f (related %.2f), metre %.2f, chords %.2f, beat F %.2f", share(\.tempo), share(\.key),
        share(\.relatedKey), share(\.metre), chords, outcomes.reduce(0) { $0 + $1.beats } / count))
    #expect(share(\.tempo) >= 0.9)
    #expect(share(\.key) >= 0.8)
    #expect(share(\.relatedKey) >= 0.9)
    #expect(share(\.metre) >= 0.8)
    #expect(chords >= 0.65)
  }

  /// The same key, its relative or parallel, or a fifth away.
  static func isRelated(_ found: Key?, _ truth: Key) -> Bool {
    guard let found else { return false }
    let step = (found.tonic.rawValue - truth.tonic.rawValue + 12) % 12
    if found.mode == truth.mode { return [0, 5, 7].contains(step) }
    return step == 0 || step == (truth.mode == .major ? 9 : 3)
  }

  /// The F-measure of beats within 70 ms.
  static func agreement(_ found: [Double], _ truth: [Double]) -> Double {
    guard !found.isEmpty, !truth.isEmpty else { return 0 }
    var free = found
    var hits = 0.0
    for beat in truth {
      guard let nearest = free.indices.min(by: { abs(free[$0] - beat) < abs(free[$1] - beat) }), abs(free[nearest] - beat) <= 0.07 else {
        continue
      }
      free.remove(at: nearest)
      hits += 1
    }
    return 2 * hits / Double(found.count + truth.count)
  }

  /// The share of the truth's time in which root and third are right.
  static func overlap(_ found: [RecognisedChord], _ truth: [JSON]) -> Double {
    var (right, total) = (0.0, 0.0)
    for item in truth {
      guard let start = item[0]?.double, let end = item[1]?.double, let name = item[2]?.string, let chord = Chord(parsing: name)
      else { continue }
      total += end - start
      let isMinor = chord.quality.intervals.contains(3)
      for candidate in found where candidate.label != nil {
        let shared = min(end, candidate.end) - max(start, candidate.start)
        guard shared > 0, let triad = candidate.label?.triad else { continue }
        if triad.root == chord.root.rawValue, (triad.kind == .minor) == isMinor { right += shared }
      }
    }
    return total > 0 ? right / total : 0
  }
}
