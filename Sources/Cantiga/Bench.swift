import ACEStep
import ArgumentParser
import Audio
import Foundation
import Generation
import JSON
import ScoreEngine
import Synchronization
import Tensor

/// Numbers separated by commas: seconds of music.
struct Lengths: ExpressibleByArgument, CustomStringConvertible {
  var values: [Double]

  init(values: [Double]) { self.values = values }

  init?(argument: String) {
    values = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Double($0) }
    guard !values.isEmpty, values.count == argument.split(separator: ",", omittingEmptySubsequences: false).count else { return nil }
  }

  var description: String { values.map { String(format: "%g", $0) }.joined(separator: ",") }
}

/// `cantiga bench`: how fast this machine makes songs. Ratios of one run compare; seconds of different machines don't.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure how fast songs are made here.")
  @Argument(help: "What to measure: score, the built-in engine; sing, a song with words and what each stage of singing costs; listen, what it costs to hear one; or neural, the networks of ACE-Step 1.5 in their true sizes, with weights of noise.")
  var engine = "score"
  @Flag(help: "sing: with the draft voice, even if the natural one is installed.") var draft = false
  @Option(help: "neural: fp32, bf16 or int8 (default: bf16 where the processor has it, else fp32).") var precision: Precision?
  @Option(help: "neural: 2b or xl.") var size = ReleasedSize.twoBillion
  @Option(help: "neural: threads to run on (default: as many as there are processors).") var threads = ThreadTeam.machineThreads
  @Option(help: "neural: what to measure, separated by commas: \(NeuralBenchmark.stageNames.joined(separator: ", ")) (default: all).")
  var stages: String?
  @Option(help: "neural: the most capable unit that may compute products: amx, avx512, avx2 or plain (default: what the processor has).")
  var unit: ProductUnit?
  @Option(help: "Seconds of music, 5 to 600; for neural several, separated by commas.") var seconds = Lengths(values: [60])
  @Option(help: "Songs to time after the first, 1 to 50; medians are printed.") var runs = 3
  @OptionGroup var data: DataOption
  @OptionGroup var place: VoicesOption
  @OptionGroup var listeners: ListenersOption
  @OptionGroup var soundFont: SoundFontOption
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard ["score", "sing", "listen", "neural"].contains(engine) else {
      throw ValidationError("What is measured must be score, sing, listen or neural.")
    }
    guard !draft || engine == "sing" else { throw ValidationError("--draft goes with sing.") }
    guard seconds.values.allSatisfy((5...600).contains) else { throw ValidationError("--seconds must be between 5 and 600.") }
    guard seconds.values.count == 1 || engine == "neural" else { throw ValidationError("Several --seconds go with neural.") }
    guard (1...256).contains(threads) else { throw ValidationError("--threads must be between 1 and 256.") }
    if let unknown = chosenStages?.subtracting(NeuralBenchmark.stageNames).sorted().first {
      throw ValidationError("--stages has no \(unknown), but \(NeuralBenchmark.stageNames.joined(separator: ", ")).")
    }
    guard (1...50).contains(runs) else { throw ValidationError("--runs must be between 1 and 50.") }
  }

  private var chosenStages: Set<String>? { stages.map { Set($0.split(separator: ",").map(String.init)) } }

  /// Of music; the one length, for what takes only one.
  var length: Double { seconds.values[0] }

  func run() throws {
    if engine == "sing" { return try runSinging() }
    if engine == "listen" { return try runListening() }
    if engine == "neural" {
      unit.map { ProductUnit.limit(to: $0) }
      let precision = precision ?? .fastest
      let benchmark = NeuralBenchmark(
        size: size, precision: precision, seconds: seconds.values, runs: runs, threads: threads, stages: chosenStages)
      return try NeuralReport(benchmark: benchmark, json: json).run()
    }
    let scoreEngine = ScoreEngine(soundFontPath: soundFont.path, voices: place.folder(in: data))
    var request = SongRequest(task: .prompt2instrumental)
    request.caption = "upbeat synth pop, bright"
    request.audioDuration = length
    let (song, first) = try time(scoreEngine, request, seed: 1)
    let encode = try AudioFormat.allCases.map { ($0.rawValue, try timeEncoding(song, as: $0)) }
    let warm = try (0..<runs).map { try time(scoreEngine, request, seed: UInt32($0 + 2)).timing }
    let gemm = gemmGigaflops()
    report(first: first, warm: warm, encode: encode, gemm: gemm)
  }

  struct Timing {
    let total: Double
    let stages: [(stage: Stage, seconds: Double)]
  }

  func time(_ engine: ScoreEngine, _ request: SongRequest, seed: UInt32) throws -> (song: Song, timing: Timing) {
    var request = request
    request.seed = seed
    let watch = StageWatch()
    let start = ContinuousClock.now
    let song = try engine.makeSong(request, progress: watch)
    return (song, Timing(total: start.duration(to: .now).seconds, stages: watch.stages()))
  }

  private func timeEncoding(_ song: Song, as format: AudioFormat) throws -> Double {
    let path = NSTemporaryDirectory() + "/cantiga-bench-\(ProcessInfo.processInfo.processIdentifier).\(format.rawValue)"
    defer { unlinkQuietly(path) }
    let start = ContinuousClock.now
    try AudioFile.write(song.audio, to: path, format: format)
    return start.duration(to: .now).seconds
  }

  private func unlinkQuietly(_ path: String) { _ = unsafe unlink(path) }

  /// Single-precision products of 512 x 512 matrices on one thread.
  private func gemmGigaflops() -> Double {
    let size = 512
    let a = [Float](repeating: 0.5, count: size * size)
    return gigaflops(2 * Double(size * size * size)) { _ = BLAS.multiply(a, a, m: size, k: size, n: size) }
  }

  /// What work of so many operations reaches: the median of nine runs, in billions a second.
  func gigaflops(_ operations: Double, _ work: () -> Void) -> Double {
    let rates = (0..<9).map { _ in
      let start = ContinuousClock.now
      work()
      return operations / start.duration(to: .now).seconds / 1e9
    }
    return median(rates)
  }

  /// The median of each stage over the warm songs, in the order of the first.
  func stageMedians(first: Timing, warm: [Timing]) -> [(name: String, seconds: Double)] {
    first.stages.map(\.stage).map { stage in
      (stage.rawValue, median(warm.compactMap { timing in timing.stages.first { $0.stage == stage }?.seconds }))
    }
  }

  /// Prints what took so long, and how much faster than so many seconds of sound it is.
  func line(_ name: String, _ value: Double, of sound: Double, _ note: String = "") {
    print(name.padding(toLength: 24, withPad: " ", startingAt: 0) + String(format: "%8.3f s  %6.1f x realtime", value, sound / value) + note)
  }

  private func report(first: Timing, warm: [Timing], encode: [(String, Double)], gemm: Double) {
    let total = median(warm.map(\.total))
    let stages = stageMedians(first: first, warm: warm)
    if json {
      print(
        JSON.object([
          "machine": ["processors": .int(ProcessInfo.processInfo.activeProcessorCount), "openblas_core": .string(BLAS.coreName)],
          "seconds_of_music": .double(length), "first_song_seconds": .double(first.total), "warm_song_seconds": .double(total),
          "times_realtime": .double(length / total),
          "stages": .array(stages.map { ["stage": .string($0.name), "seconds": .double($0.seconds)] }),
          "peak_memory_mib": .int(peakMebibytes),
          "encode": .object(.init(encode.map { ($0.0, JSON.double($0.1)) })), "sgemm_gflops": .double(gemm),
        ]).prettyText)
      return
    }
    print("\(Int(length)) s of music, \(ProcessInfo.processInfo.activeProcessorCount) processors, OpenBLAS \(BLAS.coreName) \(Int(gemm)) GFLOP/s a thread")
    line("first song", first.total, of: length)
    line("song, warm (median)", total, of: length)
    for (name, value) in stages { line("  \(name)", value, of: length) }
    for (name, value) in encode { line("encode \(name)", value, of: length) }
    print("peak memory             \(peakMebibytes) MiB")
  }

  /// The most memory that this process has had at any time.
  var peakMebibytes: Int {
    var usage = rusage()
    _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss >> 10
  }

  func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}

/// Notes when each stage begins.
private final class StageWatch: SongProgress {
  private let starts = Mutex<[(stage: Stage, instant: ContinuousClock.Instant)]>([])

  func report(_ stage: Stage, done: Int, total: Int) {
    starts.withLock { if $0.last?.stage != stage { $0.append((stage, .now)) } }
  }
  func checkCancellation() throws {}

  /// Seconds from each stage's first report to the next's; the last one's until now.
  func stages() -> [(stage: Stage, seconds: Double)] {
    let end = ContinuousClock.now
    return starts.withLock { list in
      list.indices.map { index in
        (list[index].stage, list[index].instant.duration(to: index + 1 < list.count ? list[index + 1].instant : end).seconds)
      }
    }
  }
}

extension Duration {
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
