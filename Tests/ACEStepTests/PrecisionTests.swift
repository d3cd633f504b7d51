import JSON
import Tensor
import Testing

@testable import ACEStep

/// What other precisions than fp32 do to the results. The tiny models' layers are narrow, so that errors average out less
/// than in the released ones.
@Suite struct PrecisionTests {
  /// The length of the difference over the length of what it should be.
  private func error(_ found: Matrix, _ expected: Matrix) -> Double {
    let difference = zip(found.values, expected.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    let length = expected.values.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (difference / length).squareRoot()
  }

  private struct Stages {
    var names: [String] = []
    var results: [Matrix] = []
    mutating func add(_ name: String, _ result: Matrix) {
      names.append(name)
      results.append(result)
    }
  }

  /// Every stage of a short song, each from the fixtures' input; the last is eight steps from noise to sound.
  private func stages(_ precision: Precision) throws -> Stages {
    let model = try #require(Fixtures.models.first { $0.style == "base" })
    let folder = try ModelFolder(path: Fixtures.path(model.folder), precision: precision)
    let text = try Golden("text_encoder")
    let sampler = try Golden("sampler")
    let condition = try Golden("condition_encoder_base").matrix("enc_hidden_single")
    let noise = try sampler.matrix("noise")
    let silence = try folder.silenceLatent()
    var stages = Stages()
    let tokens = TokenizerTests.integers(try Fixtures.json("expected/text_encoder.json")["text_ids"]?[0])
    stages.add("text encoder", try TextEncoder(folder: Fixtures.path("upstream/text_encoder"), precision: precision)(tokens))
    let encoder = try folder.conditionEncoder()
    stages.add("lyric encoder", encoder.lyric(try text.matrix("lyric_embeddings")))
    stages.add("timbre encoder", encoder.timbre(silence[rows: 0..<folder.configuration.timbreFrames]))
    stages.add("hints of codes", try folder.audioDetokenizer()(try Golden("fsq_base").matrix("quantized")))
    let transformer = try folder.diffusionTransformer()
    let context = transformer.context(source: silence[rows: 0..<noise.rows], mask: [Float](repeating: 1, count: noise.rows))
    let prepared = transformer.condition(condition)
    stages.add("velocity", transformer(noise, t: 1, condition: prepared, context: context))
    var denoising = Denoising(.init(schedule: Schedule(steps: 8, shift: 3)), noise: noise) { _ in noise }
    while !denoising.isFinished {
      denoising.advance { transformer($0.x, t: $0.time, condition: prepared, context: context) }
    }
    stages.add("eight steps", denoising.latents)
    let vae = try OobleckFolder(path: Fixtures.path("upstream/vae"), precision: precision)
    stages.add("VAE encoder", try vae.encoder()(try Golden("vae").matrix("wav")))
    stages.add("VAE decoder", try vae.decoder()(try Golden("vae").matrix("mean").transposed()))
    return stages
  }

  @Test func lessPrecisionCostsLittle() throws {
    let exact = try stages(.fp32)
    let (half, eighth) = (try stages(.bf16), try stages(.int8))
    for (index, name) in exact.names.enumerated() {
      let errors = [half, eighth].map { error($0.results[index], exact.results[index]) }
      print("relative error, \(name): bf16 \(errors[0]), int8 \(errors[1])")
      #expect(errors[0] < 0.03 && errors[0] > 0, "bf16, \(name)")
      #expect(errors[1] < 0.15 && errors[1] > 0, "int8, \(name)")
    }
  }
}
