import Checkpoint
import Foundation
import Tensor
import Testing

@testable import Singer

/// The voice network against the reference implementation (`singer.md` 2; names and tolerances are the golden data's own).
///
/// Needs the installed voice pack, in the folder CANTIGA_VOICES or in data/voices; without it these tests are skipped, and say so.
@Suite(.enabled(if: NetworkGolden.network != nil, "no voice pack: run `cantiga voices install` or set CANTIGA_VOICES"))
struct KokoroTests {
  let kokoro: Kokoro

  init() throws { kokoro = try NetworkGolden.loaded.get() }

  @Test func eachStageEqualsTheReference() throws {
    let golden = try NetworkGolden("mini")
    let tolerances: [String: Float] = ["bert": 1e-3, "d_en": 1e-3, "d": 1e-4, "shared": 1e-4]
    let natural = kokoro.natural(ids: golden.ids, style: golden.style) { stage, value in
      guard let tolerance = tolerances[stage], let expected = try? golden.matrix(stage) else { return }
      NetworkGolden.compare(stage, value, expected, tolerance)
    }
    NetworkGolden.compare("t_en", natural.text, try golden.matrix("t_en"), 1e-4)
    NetworkGolden.compare("durations", natural.durations, try golden.floats("durations"), 1e-3)
    #expect(natural.frames == golden.frames)
    NetworkGolden.compare("f0", natural.f0, try golden.floats("f0"), 0.02)
    NetworkGolden.compare("n", natural.energy, try golden.floats("n"), 1e-3)
  }

  /// Stages after the spectrum are compared from its stored value: at the ends, where the signal is mirrored, a phase of pi may as
  /// well be -pi, which the layers after it see.
  @Test func theSoundsStagesEqualTheReference() throws {
    let golden = try NetworkGolden("mini")
    let wave = kokoro.sound(
      text: try golden.matrix("t_en"), plan: golden.plan, f0: try golden.floats("f0"), energy: try golden.floats("n"),
      style: golden.style, noise: HashNoise(seed: 0)
    ) { stage, value in
      let name = stage.hasPrefix("trunk") ? stage : "hash." + stage
      guard let expected = try? golden.matrix(name) else { return }
      switch stage {
      case "source": NetworkGolden.compare(stage, value, expected, 1e-5)
      case "har": NetworkGolden.compareSpectra(value, expected)
      case _ where stage.hasPrefix("trunk"): NetworkGolden.compare(stage, value, expected, 1e-3)
      default: break
      }
    }
    let expected = try golden.floats("hash.wave")
    NetworkGolden.compare("wave", wave, expected, 1e-3)
    #expect(NetworkGolden.signalToNoise(wave, expected) > 60)
  }

  @Test(arguments: ["hash", "zero"])
  func theGeneratorEqualsTheReferenceFromItsStoredInput(_ noise: String) throws {
    let golden = try NetworkGolden("mini")
    let wave = kokoro.generator(
      try golden.matrix("trunk.decode3"), source: try golden.matrix(noise + ".har"), style: Array(golden.style[..<128])
    ) { stage, value in
      guard let expected = try? golden.matrix("\(noise).\(stage)") else { return }
      // Excerpts of the second half start at a column that the golden data names.
      let from = stage.hasSuffix("1") || stage == "conv_post" ? 3_720 : 0
      let largest = expected.values.reduce(0) { max($0, abs($1)) }
      NetworkGolden.compare(stage, value.columns(from: from), expected, stage == "conv_post" ? 1e-2 : 1e-3 * largest)
    }
    NetworkGolden.compare("\(noise).wave from har", wave, try golden.floats(noise + ".wave"), 1e-4)
  }

  @Test(arguments: ["en", "es", "ja"])
  func speechEqualsTheReference(_ language: String) throws {
    let golden = try NetworkGolden(language)
    let natural = kokoro.natural(ids: golden.ids, style: golden.style)
    NetworkGolden.compare("\(language) durations", natural.durations, try golden.floats("durations"), 1e-3)
    #expect(natural.frames == golden.frames)
    NetworkGolden.compare("\(language) f0", natural.f0, try golden.floats("f0"), 0.02)
    NetworkGolden.compare("\(language) n", natural.energy, try golden.floats("n"), 1e-3)
    let expected = try golden.floats("hash.wave")
    let commanded = kokoro.sound(
      text: natural.text, plan: golden.plan, f0: try golden.floats("f0"), energy: try golden.floats("n"), style: golden.style,
      noise: HashNoise(seed: 0))
    NetworkGolden.compare("\(language) wave", commanded, expected, 1e-3)
    #expect(NetworkGolden.signalToNoise(commanded, expected) > 60)
    // With its own F0, whose errors add up in the phase.
    let own = kokoro.sound(
      text: natural.text, plan: golden.plan, f0: natural.f0, energy: natural.energy, style: golden.style,
      noise: HashNoise(seed: 0))
    #expect(NetworkGolden.signalToNoise(own, expected) > 30)
  }

  @Test func twoThreadsAtOnceGiveTheSameSamples() async throws {
    let golden = try NetworkGolden("mini")
    let kokoro = kokoro
    let (text, f0, n, plan, style) =
      (try golden.matrix("t_en"), try golden.floats("f0"), try golden.floats("n"), golden.plan, golden.style)
    func sing() -> [Float] {
      kokoro.sound(text: text, plan: plan, f0: f0, energy: n, style: style, noise: HashNoise(seed: 7))
    }
    async let one = Task.detached { sing() }.value
    async let other = Task.detached { sing() }.value
    let alone = sing()
    #expect(await one == alone)
    #expect(await other == alone)
  }

  @Test func aFileOfAnotherKindIsRefused() throws {
    let path = NSTemporaryDirectory() + "kokoro-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsFile.write([], to: path)
    #expect(throws: CheckpointError.self) { try Kokoro(weights: SafetensorsFile(path: path)) }
    try SafetensorsFile.write([], metadata: ["format": KokoroConversion.format], to: path)
    #expect(throws: CheckpointError.missingTensor(file: path, tensor: "bert.embeddings.word_embeddings.weight")) {
      try Kokoro(weights: SafetensorsFile(path: path))
    }
  }
}

/// What needs no weights.
@Suite struct SourceAndSpectrumTests {
  /// The golden source is what tanh and nine weights make of nine sines and noise: the weights are in the file of the network, so
  /// here one harmonic is heard alone.
  @Test func aSteadyPitchGivesASine() {
    let source = HarmonicSource(weight: [1, 0, 0, 0, 0, 0, 0, 0, 0], bias: 0)
    let samples = source(f0: [Float](repeating: 240, count: 80), noise: nil)
    #expect(samples.count == 24_000)
    // Up to the centre of the first value the phase stands at 300 samples' worth, 3 whole cycles here.
    for sample in 150..<23_800 {
      let expected = tanh(0.1 * sin(2 * .pi * 240 * (Double(sample) + 0.5 + 150) / 24_000))
      #expect(abs(Double(samples[sample]) - expected) < 1e-6)
    }
    #expect(source(f0: [0, -3, 10], noise: nil) == [Float](repeating: 0, count: 900))
  }

  @Test func theSpectrumOfTheGoldenSourceIsTheGoldenSpectrum() throws {
    let golden = try NetworkGolden("mini")
    NetworkGolden.compareSpectra(ShortSpectrum.analyze(try golden.floats("hash.source")), try golden.matrix("hash.har"))
  }

  @Test func aSpectrumIsTurnedBackIntoItsSignal() {
    let signal = (0..<600).map { Float(sin(Double($0) * 0.3) + 0.4 * cos(Double($0) * 1.1)) }
    var spectrum = ShortSpectrum.analyze(signal)
    for bin in 0..<11 {
      for frame in 0..<spectrum.columns {
        spectrum[bin, frame] = log(max(spectrum[bin, frame], 1e-12))
        // The phase is the sine of what the network says, so beyond a radian a cosine of the sign is left: skip these.
      }
    }
    // Magnitudes of a signal whose phases are all within a radian: an impulse at the centre of a frame.
    var impulse = Matrix(rows: 22, columns: 5, repeating: -40)
    for bin in 0..<11 {
      impulse[bin, 2] = 0
      impulse[11 + bin, 2] = 0
    }
    let samples = ShortSpectrum.synthesize(impulse)
    #expect(samples.count == 20)
    // Frame 2 starts at padded sample 10; its impulse is at its first sample, where the window is zero.
    #expect(samples.allSatisfy { abs($0) < 1e-6 })
    #expect(spectrum.columns == 121)
  }
}

/// The golden data of one phrase, and how it is compared.
struct NetworkGolden {
  let file: SafetensorsFile
  let ids: [Int]
  let frames: [Int]
  let style: [Float]
  var plan: [(token: Int, frames: Int)] { frames.enumerated().map { ($0.offset, $0.element) } }

  static let network: String? = {
    let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = ProcessInfo.processInfo.environment["CANTIGA_VOICES"] ?? repository.path + "/data/voices"
    let path = folder + "/kokoro.safetensors"
    return FileManager.default.fileExists(atPath: path) ? path : nil
  }()
  /// Once for all tests.
  static let loaded = Result { try Kokoro(weights: SafetensorsFile(path: network ?? ""), precision: .fp32) }

  init(_ phrase: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
    file = try SafetensorsFile(path: "\(folder)/kokoro-\(phrase).safetensors")
    ids = try file.integers("ids", shape: file.entry("ids")?.shape ?? [])
    frames = try file.integers("frames", shape: file.entry("frames")?.shape ?? [])
    style = try file.floats("style", shape: [256])
  }

  func floats(_ name: String) throws -> [Float] { try file.floats(name, shape: file.entry(name)?.shape ?? []) }
  /// A vector is one row.
  func matrix(_ name: String) throws -> Matrix {
    let shape = file.entry(name)?.shape ?? []
    return Matrix(rows: shape.count == 2 ? shape[0] : 1, columns: shape.last ?? 0, values: try floats(name))
  }

  /// Compares the rows and columns that the golden data has.
  static func compare(_ stage: String, _ found: Matrix, _ expected: Matrix, _ tolerance: Float) {
    guard found.rows >= expected.rows, found.columns >= expected.columns else {
      Issue.record("\(stage) is [\(found.rows), \(found.columns)], not [\(expected.rows), \(expected.columns)]")
      return
    }
    var worst: Float = 0
    for row in 0..<expected.rows {
      for (a, b) in zip(found.row(row), expected.row(row)) {
        let error = abs(a - b)
        worst = error > worst || error.isNaN ? error : worst
      }
    }
    if ProcessInfo.processInfo.environment["CANTIGA_SHOW_ERRORS"] != nil { print("\(stage): \(worst) of \(tolerance)") }
    #expect(worst <= tolerance, "\(stage) differs by \(worst)")
  }

  static func compare(_ stage: String, _ found: [Float], _ expected: [Float], _ tolerance: Float) {
    #expect(found.count == expected.count, "\(stage)")
    compare(
      stage, Matrix(rows: 1, columns: found.count, values: found), Matrix(rows: 1, columns: expected.count, values: expected),
      tolerance)
  }

  /// Magnitudes to 1e-4; phases modulo 2 pi to 1e-2 where there is anything to have a phase.
  static func compareSpectra(_ found: Matrix, _ expected: Matrix) {
    #expect(found.rows == 22 && found.columns == expected.columns)
    var (magnitude, phase): (Float, Float) = (0, 0)
    for bin in 0..<11 {
      for frame in 0..<expected.columns {
        magnitude = max(magnitude, abs(found[bin, frame] - expected[bin, frame]))
        if expected[bin, frame] > 1e-4 {
          let turn = found[11 + bin, frame] - expected[11 + bin, frame]
          phase = max(phase, abs(turn - (turn / (2 * .pi)).rounded() * 2 * .pi))
        }
      }
    }
    if ProcessInfo.processInfo.environment["CANTIGA_SHOW_ERRORS"] != nil { print("har: \(magnitude) of 1e-4, \(phase) of 1e-2") }
    #expect(magnitude <= 1e-4)
    #expect(phase <= 1e-2)
  }

  /// In dB.
  static func signalToNoise(_ found: [Float], _ expected: [Float]) -> Double {
    var (signal, noise) = (0.0, 0.0)
    for (a, b) in zip(found, expected) {
      signal += Double(b) * Double(b)
      noise += (Double(a) - Double(b)) * (Double(a) - Double(b))
    }
    let ratio = 10 * log10(signal / max(noise, 1e-30))
    if ProcessInfo.processInfo.environment["CANTIGA_SHOW_ERRORS"] != nil { print("SNR \(ratio) dB") }
    return ratio
  }
}

extension Matrix {
  /// The columns from a number on.
  func columns(from start: Int) -> Matrix { selectingColumns(Array(min(start, columns)..<columns)) }
}
