import Checkpoint
import Tensor
import Testing

@testable import ACEStep

@Suite struct OobleckTests {
  private let folder: OobleckFolder
  private let golden: Golden

  init() throws {
    folder = try OobleckFolder(path: Fixtures.path("upstream/vae"))
    golden = try Golden("vae")
  }

  @Test func soundBecomesLatents() throws {
    let encoder = try folder.encoder()
    let sound = try golden.matrix("wav")
    let stages = try ["enc_conv1", "enc_block0", "enc_block_last"].reduce(into: [:]) { $0[$1] = try golden.matrix($1) }
    let last = folder.configuration.strides.count - 1
    let columns = encoder.moments(sound.transposed()) { stage, found in
      let x = found.transposed()
      for (name, at) in [("enc_conv1", "conv1"), ("enc_block0", "block0"), ("enc_block_last", "block\(last)")] where at == stage {
        let expected = stages[name] ?? Matrix(rows: 0, columns: 0)
        expectEqual(x[columns: 0..<min(x.columns, expected.columns)], expected, name)
      }
    }
    let moments = columns.transposed()
    let channels = folder.configuration.latentChannels
    let mean = try golden.matrix("mean")
    expectEqual(moments[rows: 0..<channels], mean, "mean")
    expectEqual(moments[rows: channels..<2 * channels], try golden.matrix("scale_raw"), "scale")
    expectEqual(try encoder(sound).transposed(), mean, "latents")
    expectEqual(try encoder(try golden.matrix("wav_ragged")).transposed(), try golden.matrix("mean_ragged"), "latents of a ragged sound")
  }

  @Test func latentsBecomeSound() throws {
    let decoder = try folder.decoder()
    let latents = try golden.matrix("mean")
    let stages = try ["dec_conv1", "dec_block0"].reduce(into: [:]) { $0[$1] = try golden.matrix($1) }
    let sound = decoder.sound(latents.transposed()) { stage, found in
      let x = found.transposed()
      for (name, at) in [("dec_conv1", "conv1"), ("dec_block0", "block0")] where at == stage {
        expectEqual(x, stages[name] ?? Matrix(rows: 0, columns: 0), name)
      }
    }
    expectEqual(sound.transposed(), try golden.matrix("decoded"), "sound")
  }

  @Test func tilesDontShow() throws {
    let decoder = try folder.decoder()
    let latents = try golden.matrix("long_latent").transposed()
    let whole = decoder.sound(latents) { _, _ in }.transposed()
    let expected = try golden.matrix("long_full_decode_strided16")
    let thinned = Matrix(
      rows: whole.rows, columns: expected.columns,
      values: (0..<whole.rows).flatMap { row in (0..<expected.columns).map { whole[row, 16 * $0] } })
    expectEqual(thinned, expected, "sound of a long latent")
    for tile in [7, 24, 64, 1000] {
      expectEqual(try decoder(latents, tileFrames: tile), whole, "decoded in tiles of \(tile)", within: 1e-5)
    }
    let encoder = try folder.encoder()
    let latent = try encoder(whole, tileFrames: 1000)
    for tile in [9, 33] { expectEqual(try encoder(whole, tileFrames: tile), latent, "encoded in tiles of \(tile)", within: 1e-5) }
  }

  @Test func weightsAreDirectionsOfALength() throws {
    let files = try SafetensorsFolder(path: Fixtures.path("upstream/vae"), name: "diffusion_pytorch_model")
    let weights = Weights(TensorLibrary(parts: [.init(prefix: "", folder: files)]))
    for (name, expected) in [
      ("encoder.block.0.conv1", "folded_enc_block0_conv1"), ("decoder.block.0.conv_t1", "folded_dec_block0_conv_t1"),
      ("decoder.conv2", "folded_dec_conv2"),
    ] {
      let shape = try golden.shape(expected)
      expectEqual(try weights.normalized(name, shape), try golden.floats(expected), expected, within: 1e-6)
    }
  }
}
