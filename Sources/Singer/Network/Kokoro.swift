public import Checkpoint
public import Tensor

/// Kokoro-82M, the network that speaks with our durations, pitch and energy: what the singing voice is made of (`singer.md` 2).
///
///     ids -> Albert -> DurationEncoder -> durations -> Prosody -> natural F0, energy
///     ids -> TextEncoder -> (repeated by frames) -> Trunk -> Generator <- HarmonicSource <- F0
///
/// A frame is 25 ms (600 samples), F0 and energy have two values a frame. A value of this type only holds weights: any number of
/// threads may use it at once. Every result is a pure function of the arguments.
public struct Kokoro: Sendable {
  /// Rows of the symbol table: ids are 0 ... 177.
  public static let symbols = 178
  /// Tokens in a phrase at most, the two pads included.
  public static let maximumTokens = 512
  /// Numbers in a style: 128 for the decoder, then 128 for the predictor.
  public static let styleCount = 256
  public static let sampleRate = 24_000
  public static let samplesPerFrame = 600

  /// How the network would speak a phrase.
  public struct Natural: Sendable {
    /// Frames of each token, as a real number.
    public let durations: [Float]
    /// The same rounded, at least 1; L together.
    public let frames: [Int]
    /// What each token sounds like, [512, T].
    public let text: Matrix
    /// In Hz, 2L values; small or negative where unvoiced.
    public let f0: [Float]
    /// On a scale like a logarithm, -10 ... 6, 2L values.
    public let energy: [Float]
  }

  let albert: Albert
  let durationEncoder: DurationEncoder
  let prosody: Prosody
  let textEncoder: TextEncoder
  let trunk: Trunk
  let generator: Generator
  private let clock: SingingClock

  /// Reads all weights and packs them.
  /// - Parameter precision: of the decoder's large convolutions, nearly all of the work; the rest is computed in fp32. Against fp32
  ///   the sound in bf16 is within 41 dB, and the vocoder finds in it the pitch within 0.2 cents and the envelope within 0.06 dB
  ///   (medians of three spoken lines; `KokoroPrecisionTests`).
  /// - Throws: `CheckpointError` where the file isn't one that `KokoroConversion` wrote.
  public init(weights file: SafetensorsFile, precision: Precision = .fastest, clock: SingingClock = .off) throws {
    self.clock = clock
    guard file.metadata["format"] == KokoroConversion.format else {
      throw CheckpointError.malformed(
        file: file.path, reason: "it is not a voice network of format \(KokoroConversion.format)")
    }
    let weights = Weights(file)
    albert = try Albert(weights)
    durationEncoder = try DurationEncoder(weights / "predictor")
    prosody = try Prosody(weights / "predictor")
    textEncoder = try TextEncoder(weights / "text_encoder")
    trunk = try Trunk(weights / "decoder", precision)
    generator = try Generator(weights / "decoder" / "generator", precision)
  }

  /// How the network would speak a phrase.
  /// - Parameters:
  ///   - ids: the tokens, a pad (0) at both ends; at most `maximumTokens`.
  ///   - style: a row of a voice pack, 256 numbers.
  public func natural(ids: [Int], style: [Float]) -> Natural {
    clock.measure(.text) { natural(ids: ids, style: style, inspect: { _, _ in }) }
  }

  func natural(ids: [Int], style: [Float], inspect: Inspect) -> Natural {
    precondition(ids.count <= Self.maximumTokens && ids.allSatisfy { (0..<Self.symbols).contains($0) }, "symbols of the table")
    precondition(style.count == Self.styleCount, "a style of 256 numbers")
    let style = Array(style[128...])
    let meaning = albert(ids, inspect: inspect)
    let (features, durations) = durationEncoder(meaning, style: style)
    inspect("d", features)
    let frames = durations.map { max(1, Int($0.rounded(.toNearestOrEven))) }
    let (f0, energy) = prosody(features, frames: frames, style: style, inspect: inspect)
    return Natural(durations: durations, frames: frames, text: textEncoder(ids), f0: f0, energy: energy)
  }

  /// The sound of a phrase with given durations, pitch and energy.
  /// - Parameters:
  ///   - text: `Natural.text`, [512, T].
  ///   - plan: which token sounds for how many frames, in order; L frames together, at least 1.
  ///   - f0: in Hz, 2L values; up to 10 is unvoiced.
  ///   - energy: 2L values.
  ///   - style: a row of a voice pack, 256 numbers.
  /// - Returns: 600 L samples at 24 kHz.
  public func sound(
    text: Matrix, plan: [(token: Int, frames: Int)], f0: [Float], energy: [Float], style: [Float], noise: HashNoise
  ) -> [Float] {
    sound(text: text, plan: plan, f0: f0, energy: energy, style: style, noise: noise, inspect: { _, _ in })
  }

  func sound(
    text: Matrix, plan: [(token: Int, frames: Int)], f0: [Float], energy: [Float], style: [Float], noise: HashNoise?,
    inspect: Inspect
  ) -> [Float] {
    let sounds = text.selectingColumns(plan.flatMap { Array(repeating: $0.token, count: max(0, $0.frames)) })
    precondition(sounds.columns > 0 && f0.count == 2 * sounds.columns && energy.count == f0.count, "two values a frame")
    precondition(style.count == Self.styleCount, "a style of 256 numbers")
    let style = Array(style[..<128])
    let features = clock.measure(.trunk, operations: Trunk.operations(frames: sounds.columns)) {
      trunk(sounds, f0: f0, energy: energy, style: style, inspect: inspect)
    }
    let source = clock.measure(.source) { generator.source(f0: f0, noise: noise) }
    inspect("source", Matrix(rows: 1, columns: source.count, values: source))
    let spectrum = clock.measure(.source) { ShortSpectrum.analyze(source) }
    inspect("har", spectrum)
    return clock.measure(.generator, operations: Generator.operations(frames: sounds.columns)) {
      generator(features, source: spectrum, style: style, inspect: inspect)
    }
  }
}

/// Is shown each stage's result by the name that the golden data has for it.
typealias Inspect = (_ stage: String, _ value: Matrix) -> Void
