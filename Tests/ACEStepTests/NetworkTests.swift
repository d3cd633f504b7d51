import Checkpoint
import JSON
import Tensor
import Testing

@testable import ACEStep

/// Each network against the reference implementations, stage by stage: the first one that differs is named.
@Suite struct NetworkTests {
  @Test func theTextEncoderReadsPrompts() throws {
    let golden = try Golden("text_encoder")
    let encoder = try TextEncoder(folder: Fixtures.path("upstream/text_encoder"))
    let ids = try Fixtures.json("expected/text_encoder.json")
    for (index, expected) in try golden.items("text_hidden_states").enumerated() {
      let tokens = TokenizerTests.integers(ids["text_ids"]?[index])
      expectEqual(try encoder(tokens), expected[rows: 0..<tokens.count], "hidden states of prompt \(index)")
    }
    for (index, expected) in try golden.items("lyric_embeddings").enumerated() {
      let tokens = TokenizerTests.integers(ids["lyric_ids"]?[index])
      expectEqual(try encoder.embeddings(of: tokens), expected[rows: 0..<tokens.count], "embeddings of lyrics \(index)")
    }
    #expect(throws: TokenError.self) { try encoder([encoder.configuration.vocabulary]) }
  }

  @Test(arguments: Fixtures.models) func theConditionIsLyricsTimbreAndText(_ model: Fixtures.Model) throws {
    let golden = try model.expected("condition_encoder")
    let text = try Golden("text_encoder")
    let folder = try model.open()
    let encoder = try folder.conditionEncoder()
    let hidden = try valid(text, "text_hidden_states", mask: "text_mask")
    let lyrics = try valid(text, "lyric_embeddings", mask: "lyric_mask")
    for (index, expected) in try golden.items("text_proj").enumerated() {
      expectEqual(encoder.text(hidden[index]), expected[rows: 0..<hidden[index].rows], "projected prompt \(index)")
    }
    for (index, expected) in try golden.items("lyric_out").enumerated() {
      expectEqual(encoder.lyric(lyrics[index]), expected[rows: 0..<lyrics[index].rows], "lyrics \(index)")
    }
    let order = try golden.integers("ref_order")
    let references = try golden.items("ref_latents").map(encoder.timbre)
    let timbres = (0..<hidden.count).map { item in zip(order, references).filter { $0.0 == item }.map(\.1) }
    for (index, expected) in try golden.items("timbre_out").enumerated() {
      expectEqual(.stacking(timbres[index]), expected[rows: 0..<timbres[index].count], "timbres of item \(index)")
    }
    let mask = try golden.integers("enc_mask")
    for (index, expected) in try golden.items("enc_hidden").enumerated() {
      let count = mask[index * expected.rows..<(index + 1) * expected.rows].count { $0 == 1 }
      expectEqual(
        encoder(lyric: lyrics[index], timbres: timbres[index], text: hidden[index]), expected[rows: 0..<count],
        "condition of item \(index)")
    }
    let silence = try folder.silenceLatent()
    let timbre = encoder.timbre(silence[rows: 0..<folder.configuration.timbreFrames])
    expectEqual(timbre, try golden.matrix("timbre_silence"), "timbre of silence")
    expectEqual(
      encoder(lyric: lyrics[0], timbres: [timbre], text: hidden[0]), try golden.matrix("enc_hidden_single"),
      "condition without a reference")
  }

  /// The rows of each item that are no padding.
  private func valid(_ golden: Golden, _ name: String, mask: String) throws -> [Matrix] {
    let mask = try golden.integers(mask)
    return try golden.items(name).enumerated().map { index, item in
      item[rows: 0..<mask[index * item.rows..<(index + 1) * item.rows].count { $0 == 1 }]
    }
  }

  @Test(arguments: Fixtures.models) func latentsBecomeCodesAndBack(_ model: Fixtures.Model) throws {
    let golden = try model.expected("fsq")
    let folder = try model.open()
    let tokenizer = try folder.audioTokenizer()
    let detokenizer = try folder.audioDetokenizer()
    let silence = try folder.silenceLatent()
    let pooled = try golden.items("pooled")
    let indices = try golden.integers("indices")
    for (item, latents) in try golden.items("latents").enumerated() {
      let frames = folder.configuration.codeFrames
      let missing = (frames - latents.rows % frames) % frames
      expectEqual(
        tokenizer.pooled(.stacking([latents, silence[rows: 0..<missing]])), pooled[item], "pooled groups of item \(item)")
      expectEqual(tokenizer.quantizer.projected(pooled[item]), try golden.items("project_in")[item], "projection of item \(item)")
      let codes = tokenizer.codes(of: latents, silence: silence)
      #expect(codes == Array(indices[item * pooled[item].rows..<(item + 1) * pooled[item].rows]))
      let embeddings = tokenizer.quantizer.embeddings(of: codes)
      expectEqual(embeddings, try golden.items("quantized")[item], "embedded codes of item \(item)")
      expectEqual(detokenizer(embeddings), try golden.items("detokenized")[item], "hints of item \(item)")
    }
    let codes = try golden.integers("codes")
    expectEqual(tokenizer.quantizer.vectors(of: codes), try golden.matrix("code_vectors"), "vectors of codes")
    let embeddings = tokenizer.quantizer.embeddings(of: codes)
    expectEqual(embeddings, try golden.matrix("codes_quantized"), "embedded codes")
    expectEqual(detokenizer(embeddings), try golden.matrix("codes_detokenized"), "hints of codes")
    #expect(tokenizer.quantizer.vectors(of: [-1, .max]) == tokenizer.quantizer.vectors(of: [0, tokenizer.quantizer.codeCount - 1]))
  }

  @Test(arguments: Fixtures.models) func theDiffusionTransformerGivesTheVelocity(_ model: Fixtures.Model) throws {
    let golden = try model.expected("dit")
    let folder = try model.open()
    let transformer = try folder.diffusionTransformer()
    let conditions = try golden.items("enc_hidden")
    for length in ["even", "odd"] {
      let contexts = try golden.items(length + "_ctx")
      for (item, x) in try golden.items(length + "_xt").enumerated() {
        let channels = x.columns
        let context = transformer.context(
          source: contexts[item][columns: 0..<channels], mask: Array(contexts[item][columns: channels..<channels + 1].values))
        let condition = transformer.condition(conditions[item])
        let t = try golden.floats(length + "_t")[item]
        let velocity = transformer(x, t: t, condition: condition, context: context) { layer, tokens in
          let name = layer < 0 ? "even_proj_in" : "even_layer\(layer)"
          if length == "even", let expected = try? golden.items(name) {
            expectEqual(tokens, expected[item], "\(name) of item \(item)")
          }
        }
        expectEqual(velocity, try golden.items(length + "_v")[item], "velocity, \(length), item \(item)")
        expectEqual(
          transformer(x, t: t, r: try golden.floats(length + "_t_r")[item], condition: condition, context: context),
          try golden.items(length + "_v_tr")[item], "velocity of a leap, \(length), item \(item)")
      }
    }
    for (item, t) in [Float(0.9), 0.3, 0, 1].enumerated() {
      let expected = try golden.matrix("sinusoid").row(item)
      expectEqual(TimestepEmbedding.sinusoids(t), Array(expected), "sinusoids of \(t)")
    }
  }

  @Test(arguments: Fixtures.models) func withoutAConditionEveryLengthIsTheSame(_ model: Fixtures.Model) throws {
    let golden = try model.expected("dit")
    let folder = try model.open()
    let transformer = try folder.diffusionTransformer()
    let null = try folder.conditionEncoder().null
    let x = try golden.items("even_xt")[0]
    let context = transformer.context(source: x, mask: [Float](repeating: 1, count: x.rows))
    let constant = transformer(x, t: 0.5, condition: transformer.unconditional(null), context: context)
    let repeated = Matrix.stacking(Array(repeating: null, count: 7))
    expectEqual(
      constant, transformer(x, t: 0.5, condition: transformer.condition(repeated), context: context),
      "constant vectors in place of attention to equal elements", within: 1e-5)
  }
}
