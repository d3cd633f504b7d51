import Composer
import Foundation
import Music
import Testing

/// The composer's quality in numbers: every preset over seeds and lengths. A sample runs with every test;
/// `CANTIGA_MEASURE=1` measures all of it and prints the tables:
///
///     CANTIGA_MEASURE=1 swift test --filter ComposerTests.MeasurementTests
@Suite struct MeasurementTests {
  static let isFull = ProcessInfo.processInfo.environment["CANTIGA_MEASURE"] != nil

  /// "Custom" stands for captions without a preset, one a seed.
  static let presets = CompositionTests.presets + ["Custom"]
  static let captions = [
    "a rainy night in the city, melancholy piano", "happy ukulele tune for a picnic", "dark ambient drone for a cave",
    "epic battle with choir and brass", "lo-fi beats to study to", "bossa nova at the beach", "irish jig with fiddle",
    "80s synthwave drive", "gospel choir celebration", "angry punk anthem", "trap beat with heavy 808", "slow waltz for strings",
    "drum and bass, 174 bpm", "funky disco party", "lullaby with music box", "tango in a smoky bar", "ska with horns",
    "deep house groove", "reggaeton summer hit", "sad country ballad with steel guitar",
  ]

  static func songs(_ preset: String, seeds: Range<UInt64>, seconds: Double) throws -> [SongMeasure] {
    try seeds.map { seed in
      let isCustom = preset == "Custom"
      let brief = CompositionBrief(
        caption: isCustom ? captions[Int(seed) % captions.count] : "", preset: isCustom ? nil : preset,
        durationSeconds: seconds, seed: seed)
      return SongMeasure(score: try CompositionTests.song(brief).made.score)
    }
  }

  /// One preset's sums.
  struct Row {
    var songs = 0
    var faults: [String] = []
    var unplayable: [String] = []
    var moves = 0
    var parallel = 0
    var longestParallel = 0
    var cadences = 0
    var repeats: [Double] = []
    var contrasts: [SongMeasure.Contrast] = []
    var strong = 0
    var unprepared = 0
    var layers = 0
    var crowded = 0

    mutating func add(_ song: SongMeasure) {
      songs += 1
      faults += song.faults
      unplayable += song.unplayable
      let parallels = song.parallels
      moves += parallels.moves
      parallel += parallels.parallel
      longestParallel = max(longestParallel, parallels.longest)
      cadences += song.hasFinalCadence ? 1 : 0
      if let share = song.chorusRepeat { repeats.append(share) }
      if let contrast = song.contrast { contrasts.append(contrast) }
      let beats = song.strongBeats
      strong += beats.notes
      unprepared += beats.unprepared
      layers += song.layers.pairs
      crowded += song.layers.crowded
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    private func share(_ part: Int, _ whole: Int) -> Double { 100 * Double(part) / Double(max(1, whole)) }

    var crowding: Double { share(crowded, layers) }
    var dissonance: Double { share(unprepared, strong) }
    var parallelShare: Double { share(parallel, moves) }
    var denser: Double { share(contrasts.filter { $0.density > 1 }.count, contrasts.count) }
    var higher: Double { share(contrasts.filter { $0.register > 0 }.count, contrasts.count) }

    func line(_ name: String) -> String {
      func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
      func number(_ value: Double, _ digits: Int = 1) -> String { String(format: "%.\(digits)f", value) }
      return name.padding(toLength: 12, withPad: " ", startingAt: 0) + pad("\(songs)", 5) + pad("\(faults.count)", 7)
        + pad("\(unplayable.count)", 7) + pad(number(parallelShare), 8) + pad("\(longestParallel)", 5)
        + pad(number(share(cadences, songs)), 7) + pad(number(100 * (repeats.min() ?? 1)), 8)
        + pad(number(mean(contrasts.map(\.energy)), 2), 8) + pad(number(mean(contrasts.map(\.density)), 2), 7)
        + pad(number(denser, 0), 5) + pad(number(mean(contrasts.map(\.register))), 7) + pad(number(higher, 0), 5)
        + pad(number(dissonance), 7) + pad(number(crowding, 0), 8)
    }

    static let head = """
      preset      songs faults ranges  par. %  run cad. % repeat%  energy+ dens.x  >1%   reg.+  >0%  diss%  crowd%
      """
  }

  @Test func songsOfEveryPresetKeepTheRulesOfTheirCraft() throws {
    let seeds: Range<UInt64> = Self.isFull ? 0..<20 : 0..<4
    var table = [Row.head]
    for preset in Self.presets {
      var row = Row()
      for seconds in Self.isFull ? [60.0, 180] : [75.0] {
        for song in try Self.songs(preset, seeds: seeds, seconds: seconds) { row.add(song) }
      }
      #expect(row.faults.isEmpty, "\(preset): \(row.faults.prefix(3))")
      #expect(row.unplayable.isEmpty, "\(preset): \(Set(row.unplayable).sorted().prefix(5))")
      #expect(row.longestParallel <= 4, "\(preset)")
      // A sample of four songs strays further from the mean than forty do.
      let limit = Self.isFull ? 20 : 10
      #expect(row.parallel <= max(6, row.moves / limit), "\(preset): \(row.parallel) of \(row.moves)")
      #expect(row.cadences == row.songs, "\(preset): \(row.cadences) of \(row.songs)")
      #expect(row.repeats.allSatisfy { $0 >= 0.6 }, "\(preset): \(row.repeats.min() ?? 1)")
      #expect(row.contrasts.allSatisfy { $0.energy > 0 && ($0.density > 1 || $0.register > 0) }, "\(preset)")
      if !row.contrasts.isEmpty { #expect(row.denser >= (Self.isFull ? 60 : 40) && row.higher >= 80, "\(row.line(preset))") }
      // Metal's two rhythm guitars play the same on purpose.
      if Self.isFull, preset != "Metal" { #expect(row.crowding <= 45, "\(preset): \(row.crowding) % of the layers share a register") }
      #expect(row.unprepared <= max(12, row.strong / limit), "\(preset): \(row.unprepared) of \(row.strong)")
      table.append(row.line(preset))
    }
    if Self.isFull { print(table.joined(separator: "\n")) }
  }

  /// Fifty seeds of one request: who shares a four-bar melody, who shares chord loop and drum pattern, and how far
  /// apart the songs are.
  @Test func seedsOfOneRequestAreOtherSongs() throws {
    let count: UInt64 = Self.isFull ? 50 : 12
    var table = ["preset       same 4 bars  same loop  same drums  both  loops  drums  distance min 5% 50% 95%"]
    for preset in Self.isFull ? Self.presets.dropLast() : ["Modern Pop", "Reggae", "Classical"] {
      let songs = try Self.songs(preset, seeds: 0..<count, seconds: 90)
      var shared = (melody: 0, loop: 0, drums: 0, both: 0)
      var distances: [Double] = []
      let melodies = songs.map(\.fourBarMelodies)
      let loops = songs.map(\.chordLoop)
      let drums = songs.map(\.drumPattern)
      // By chance alone, songs in one metre agree in loop and pattern as often as in each of them, multiplied.
      var chance: [String: (pairs: Double, loop: Double, drums: Double)] = [:]
      for a in songs.indices {
        for b in songs.indices where b > a {
          let hasDrums = !drums[a].isEmpty && !drums[b].isEmpty
          shared.melody += melodies[a].isDisjoint(with: melodies[b]) ? 0 : 1
          shared.loop += loops[a] == loops[b] ? 1 : 0
          shared.drums += hasDrums && drums[a] == drums[b] ? 1 : 0
          shared.both += hasDrums && loops[a] == loops[b] && drums[a] == drums[b] ? 1 : 0
          distances.append(SongMeasure.distance(songs[a], songs[b]))
          if songs[a].score.meter == songs[b].score.meter {
            var tally = chance[songs[a].score.meter.name] ?? (0, 0, 0)
            tally.pairs += 1
            tally.loop += loops[a] == loops[b] ? 1 : 0
            tally.drums += hasDrums && drums[a] == drums[b] ? 1 : 0
            chance[songs[a].score.meter.name] = tally
          }
        }
      }
      distances.sort()
      let pairs = distances.count
      func at(_ share: Double) -> String { String(format: "%.2f", distances[Int(share * Double(pairs - 1))]) }
      let expected = chance.values.reduce(0) { $0 + $1.loop * $1.drums / max(1, $1.pairs) }
      #expect(shared.melody == 0, "\(preset): \(shared.melody) pairs share four bars")
      #expect(Double(shared.both) <= expected + 3 * max(1, expected.squareRoot()), "\(preset): \(shared.both) of \(pairs)")
      #expect(distances[0] > 0.3, "\(preset): \(distances[0])")
      table.append(
        preset.padding(toLength: 12, withPad: " ", startingAt: 0)
          + String(
            format: "%13d%11d%12d%6d%7d%7d         ", shared.melody, shared.loop, shared.drums, shared.both,
            Set(loops).count, Set(drums).count) + [0, 0.05, 0.5, 0.95].map(at).joined(separator: " "))
    }
    if Self.isFull { print(table.joined(separator: "\n")) }
  }
}
