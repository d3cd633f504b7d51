import Foundation
import Generation
import JSON
import ScoreEngine
import Singer
import Tensor

/// `cantiga bench sing`: a song with words, and what each stage of singing costs.
extension Bench {
  static let lyrics = """
    [Verse]
    Streetlights fade along the river
    Every shadow knows my name
    I was waiting for an answer
    But the silence stayed the same

    [Chorus]
    Carry me over the water tonight
    Carry me into the morning light
    Nothing can hold us and nothing can break
    Every tomorrow is ours to make

    [Verse]
    Now the city wakes in colours
    And the trains begin to roll
    There is music in the traffic
    There is fire in my soul

    [Chorus]
    Carry me over the water tonight
    Carry me into the morning light
    Nothing can hold us and nothing can break
    Every tomorrow is ours to make

    [Bridge]
    And if the night should fall again
    I will be there beside you then
    And if the road is dark and long
    We will remember every song
    """

  func runSinging() throws {
    let clock = SingingClock()
    let scoreEngine = ScoreEngine(soundFontPath: soundFont.path, voices: draft ? nil : place.folder(in: data), clock: clock)
    var request = SongRequest(task: .text2music)
    request.caption = "upbeat synth pop, bright"
    request.lyrics = Self.lyrics
    request.vocalLanguage = "en"
    request.audioDuration = length
    // The first song loads the voice, and isn't counted.
    let first = try time(scoreEngine, request, seed: 1).timing
    let loaded = clock.take()
    guard loaded.phraseSeconds > 0 else { throw GenerationError.unavailable("Nothing was sung: is espeak-ng installed?") }
    let warm = try (0..<runs).map { try time(scoreEngine, request, seed: UInt32($0 + 2)).timing }
    let (sung, costs) = clock.take()
    let isNatural = costs.contains { $0.stage == .generator }
    let precision = Precision.fastest
    let peaks = Precision.allCases.map { ($0, gemmGigaflops(in: $0)) }
    let peak = peaks.first { $0.0 == precision }?.1 ?? 0
    report(
      first: first, warm: warm, sung: sung, costs: costs, isNatural: isNatural, precision: precision, peak: peak, peaks: peaks)
  }

  /// Products of a linear layer on one thread, weights packed and input rounded as in use: 512 rows, 1,024 inputs and outputs.
  private func gemmGigaflops(in precision: Precision) -> Double {
    let (rows, size) = (512, 1_024)
    let layer = Linear(
      weight: (0..<size * size).map { Float($0 % 97) / 97 - 0.5 }, layout: .outputsFirst, inputs: size, outputs: size,
      precision: precision)
    let x = Matrix(rows: rows, columns: size, repeating: 0.5)
    return gigaflops(2 * Double(rows * size * size)) { _ = layer(x) }
  }

  private func report(
    first: Timing, warm: [Timing], sung: Double, costs: [(stage: SingingClock.Stage, cost: SingingClock.Cost)],
    isNatural: Bool, precision: Precision, peak: Double, peaks: [(Precision, Double)]
  ) {
    let total = median(warm.map(\.total))
    let songStages = stageMedians(first: first, warm: warm)
    let sungPerSong = sung / Double(runs)
    func share(_ cost: SingingClock.Cost) -> Double? {
      cost.operations > 0 && cost.seconds > 0 ? cost.operations / cost.seconds / 1e9 / peak : nil
    }
    if json {
      print(
        JSON.object([
          "machine": ["processors": .int(ProcessInfo.processInfo.activeProcessorCount), "openblas_core": .string(BLAS.coreName)],
          "voice": .string(isNatural ? "natural" : "draft"), "precision": .string(precision.rawValue),
          "seconds_of_music": .double(length), "seconds_sung": .double(sungPerSong),
          "first_song_seconds": .double(first.total), "warm_song_seconds": .double(total),
          "times_realtime": .double(length / total),
          "song_stages": .array(songStages.map { ["stage": .string($0.name), "seconds": .double($0.seconds)] }),
          "stages": .array(
            costs.map { entry in
              [
                "stage": .string(entry.stage.rawValue), "seconds": .double(entry.cost.seconds / Double(runs)),
                "times_realtime": .double(sung / entry.cost.seconds), "flops": .double(entry.cost.operations / Double(runs)),
                "share_of_peak": .optional(share(entry.cost)),
              ]
            }),
          "gemm_gflops": .object(.init(peaks.map { ($0.0.rawValue, JSON.double($0.1)) })),
          "peak_memory_mib": .int(peakMebibytes),
        ]).prettyText)
      return
    }
    let rates = peaks.map { "\($0.0.rawValue) \(Int($0.1))" }.joined(separator: ", ")
    print("\(Int(length)) s of music, \(String(format: "%.1f", sungPerSong)) s of it sung by the \(isNatural ? "natural" : "draft") voice, \(ProcessInfo.processInfo.activeProcessorCount) processors")
    print("products a thread       \(rates) GFLOP/s")
    line("first song", first.total, of: length)
    line("song, warm (median)", total, of: length)
    for (name, value) in songStages { line("  \(name)", value, of: length) }
    print("a song's singing, processor time of all threads; operations as of direct convolutions, of which some are saved")
    for entry in costs {
      let note = share(entry.cost).map { String(format: "  %.0f GFLOP, %.0f %% of the \(precision.rawValue) rate", entry.cost.operations / Double(runs) / 1e9, 100 * $0) }
      line("  \(entry.stage.rawValue)", entry.cost.seconds / Double(runs), of: sungPerSong, note ?? "")
    }
    print("peak memory             \(peakMebibytes) MiB")
  }
}
