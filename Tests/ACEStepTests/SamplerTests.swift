import Checkpoint
import Generation
import JSON
import Tensor
import Testing

@testable import ACEStep

@Suite struct SamplingTests {
  @Test func schedulesAreUpstreams() throws {
    let expected = try #require(try Fixtures.json("expected/schedules.json").members)
    #expect(!expected.pairs.isEmpty)
    for pair in expected.pairs {
      let parts = pair.key.dropFirst().split(separator: "_")
      let steps = try #require(Int(parts[0]))
      let shift = try #require(Double(parts[1].dropFirst("shift".count)))
      let times = pair.value.array?.compactMap(\.double).map(Float.init) ?? []
      expectEqual(Schedule(steps: steps, shift: shift).times, times, pair.key, within: 1e-6)
    }
    #expect(Schedule(times: []) == nil)
    #expect(Schedule(times: [0, 0]) == nil)
    #expect(Schedule(times: [0.5, 0.7]) == nil)
    #expect(Schedule(times: [.nan]) == nil)
    #expect(Schedule(times: [0.9, 0.2, 0])?.times == [0.9, 0.2, 0])
  }

  @Test func noiseIsThatOfCUDA() throws {
    let expected = try Fixtures.json("expected/philox.json")
    let words = { (key: String) in (expected[key]?.array ?? []).compactMap(\.int).map(UInt32.init) }
    let zeros = PhiloxNoise.words(SIMD4(0, 0, 0, 0), key: 0)
    #expect((0..<4).map { zeros[$0] } == words("kat_counter0_key0"))
    let ones = PhiloxNoise.words(SIMD4(repeating: .max), key: .max)
    #expect((0..<4).map { ones[$0] } == words("kat_counter_ff_key_ff"))
    for pair in expected.members?.pairs ?? [] {
      guard pair.key.hasPrefix("seed_"), let seed = UInt64(pair.key.dropFirst(5)) else { continue }
      let values = pair.value["f32"]?.array?.compactMap(\.double).map(Float.init) ?? []
      let noise = PhiloxNoise(seed: seed)
      expectEqual(noise.matrix(frames: values.count / 4, channels: 4).values, values, pair.key, within: 2e-6)
    }
    #expect(PhiloxNoise(seed: 1).normal(3, stream: 1) != PhiloxNoise(seed: 1).normal(3))
  }

  @Test func guidanceIsUpstreams() throws {
    let golden = try Golden("guidance")
    for item in 0..<(try golden.items("s0.cond").count) {
      var projected = ProjectedGuidance(scale: 7)
      for step in 0..<3 {
        let get = { (name: String) in try golden.items("s\(step).\(name)")[item] }
        let (cond, uncond, x) = try (get("cond"), get("uncond"), get("x"))
        let sigma = try golden.floats("s\(step).sigma")[0]
        expectEqual(
          projected(conditional: cond, unconditional: uncond), try get("apg_scale7"), "APG, step \(step), item \(item)")
        for (scale, other, name) in [(Float(7), uncond, "adg_scale7"), (1.5, uncond, "adg_scale1p5"), (7, cond, "adg_same")] {
          let found = angularGuidance(scale: scale, conditional: cond, unconditional: other, x: x, sigma: sigma)
          expectEqual(found, try get(name), "\(name), step \(step), item \(item)", within: 2e-4)
        }
      }
    }
  }

  @Test func repaintingKeepsTheRest() throws {
    let golden = try Golden("repaint_helpers")
    let mask = try golden.integers("mask")
    for (item, x) in try golden.items("x").enumerated() {
      let window = mask[item * x.rows..<(item + 1) * x.rows].enumerated().filter { $0.element == 1 }.map(\.offset)
      var repainting = Repainting(
        window: window[0]..<window[window.count - 1] + 1, clean: try golden.items("clean")[item], injectionRatio: 0,
        crossfadeFrames: 10)
      var injected = x
      repainting.inject(into: &injected, noise: try golden.items("noise")[item], time: 0.4)
      expectEqual(injected, try golden.items("inject_t0p4")[item], "injection, item \(item)", within: 1e-6)
      var blended = x
      repainting.blend(into: &blended)
      expectEqual(blended, try golden.items("blend_cf10")[item], "blend, item \(item)", within: 1e-6)
      repainting.crossfadeFrames = 0
      blended = x
      repainting.blend(into: &blended)
      #expect(blended == x)
    }
    let source = try golden.matrix("wav_src")
    let sample = { (seconds: Double) in Int(seconds * 48000) }
    expectEqual(
      Repainting.splice(
        try golden.matrix("wav_pred"), into: source, window: sample(0.02)..<sample(0.06), ramp: sample(0.005)),
      try golden.matrix("wav_splice_0p02_0p06_cf0p005"), "splice", within: 1e-6)
    #expect(Repainting(window: 0..<1, clean: source, injectionRatio: 0.5, crossfadeFrames: 0).injections(of: 5) == 2)
  }
}

/// Whole samplers on the tiny base model.
@Suite struct SamplerTests {
  private let golden: Golden
  private let folder: ModelFolder
  private let transformer: DiffusionTransformer
  private let conditions: ConditionEncoder
  private let silence, usual: Matrix
  private let noise: Matrix

  init() throws {
    golden = try Golden("sampler")
    let model = try #require(Fixtures.models.first { $0.style == "base" })
    folder = try model.open()
    transformer = try folder.diffusionTransformer()
    conditions = try folder.conditionEncoder()
    noise = try golden.matrix("noise")
    silence = try folder.silenceLatent()[rows: 0..<noise.rows]
    usual = try Golden("condition_encoder_base").matrix("enc_hidden_single")
  }

  /// A condition with the source that belongs to it.
  private struct Start {
    var condition: Matrix
    var source: Matrix
    var mask: [Float]
  }

  private var plain: Start { Start(condition: usual, source: silence, mask: ones) }
  private var ones: [Float] { [Float](repeating: 1, count: noise.rows) }

  /// Runs a sampler and compares every evaluation's time, input and velocity that the file has, and the result.
  @discardableResult private func run(
    _ name: String, _ settings: DenoisingSettings, noise: Matrix? = nil, from start: Matrix? = nil, repainting: Repainting? = nil,
    _ first: Start? = nil, then: Start? = nil, item: Int = 0
  ) throws -> Matrix {
    let renoise = try? golden.items(name + ".renoise")
    var denoising = Denoising(settings, noise: noise ?? self.noise, start: start, repainting: repainting) { step in
      renoise?[step] ?? Matrix(rows: 0, columns: 0)
    }
    let times = try golden.floats(name + ".timesteps")
    let inputs = try? golden.items(name + ".step_inputs")
    let velocities = try? golden.items(name + ".step_velocities")
    let branches = settings.guidance == .none ? 1 : 2
    let starts = [first ?? plain, then ?? first ?? plain].map {
      (transformer.condition($0.condition), transformer.context(source: $0.source, mask: $0.mask))
    }
    let none = transformer.unconditional(conditions.null)
    var asked: [Float] = []
    while !denoising.isFinished {
      denoising.advance { evaluation in
        let (condition, context) = starts[evaluation.isPastCover ? 1 : 0]
        if evaluation.isConditional { asked.append(evaluation.time) }
        let at = (asked.count - 1) * branches + (evaluation.isConditional ? 0 : 1)
        let velocity = transformer(
          evaluation.x, t: evaluation.time, condition: evaluation.isConditional ? condition : none, context: context)
        if let inputs { expectEqual(evaluation.x, inputs[at], "\(name), input of evaluation \(at)", within: 1e-3) }
        if let velocities { expectEqual(velocity, velocities[at], "\(name), velocity of evaluation \(at)", within: 1e-3) }
        return velocity
      }
    }
    expectEqual(asked, times, "\(name), times", within: 1e-6)
    expectEqual(denoising.latents, try golden.items(name + ".out")[item], name, within: 1e-3)
    return denoising.latents
  }

  private func turbo(_ shift: Double = 3) -> DenoisingSettings { DenoisingSettings(schedule: Schedule(steps: 8, shift: shift)) }

  private func base(_ shift: Double, _ guidance: Guidance, steps: Int = 4) -> DenoisingSettings {
    DenoisingSettings(schedule: Schedule(steps: steps, shift: shift), guidance: guidance)
  }

  @Test func turboRuns() throws {
    try run("turbo8", turbo())
    try run("turbo8_shift2", turbo(2))
    var settings = turbo()
    settings.schedule = try #require(Schedule(times: golden.floats("turbo_custom.timesteps")))
    try run("turbo_custom", settings)
    settings = turbo()
    settings.method = .sde
    try run("turbo8_sde", settings)
  }

  @Test func guidanceRuns() throws {
    try run("base4_apg", base(3, .apg(scale: 7)))
    try run("base4_adg", base(3, .adg(scale: 7)))
    try run("base4_nocfg", base(1, .none))
    var settings = base(1, .apg(scale: 5), steps: 6)
    settings.guidanceInterval = 0.3...0.8
    try run("base6_apg_interval", settings)
    settings = base(3, .apg(scale: 4))
    settings.velocityLimit = 0.9
    settings.velocitySmoothing = 0.1
    try run("base4_normclamp_ema", settings)
    settings = base(3, .apg(scale: 4))
    settings.method = .heun
    try run("base4_heun", settings)
  }

  /// The condition of one of the two items of prompts and lyrics, unpadded.
  private func condition(lyric: Int, text: Int, reference: Matrix? = nil) throws -> Matrix {
    let golden = try Golden("text_encoder")
    func valid(_ name: String, _ mask: String, _ item: Int) throws -> Matrix {
      let (all, mask) = (try golden.items(name)[item], try golden.integers(mask))
      return all[rows: 0..<mask[item * all.rows..<(item + 1) * all.rows].count { $0 == 1 }]
    }
    let latents = try reference ?? folder.silenceLatent()[rows: 0..<folder.configuration.timbreFrames]
    return try conditions(
      lyric: valid("lyric_embeddings", "lyric_mask", lyric), timbres: [conditions.timbre(latents)],
      text: valid("text_hidden_states", "text_mask", text))
  }

  /// Upstream pads the items of a batch, and its network attends to what it padded with; here no item is padded. Of the file's
  /// batch one item is the longest, so that it has no padding there either.
  @Test func itemsOfABatchAreIndependent() throws {
    let noises = try golden.items("noise_b2")
    try run(
      "base4_apg_item1_unpadded", base(3, .apg(scale: 7)), noise: noises[1],
      Start(condition: condition(lyric: 1, text: 1), source: silence, mask: ones))
    let golden = try Golden("text_encoder")
    let (lyrics, text) = try (golden.integers("lyric_mask"), golden.integers("text_mask"))
    let isWhole = (0..<2).map { item in
      [lyrics, text].allSatisfy { !$0[item * $0.count / 2..<(item + 1) * $0.count / 2].contains(0) }
    }
    for item in 0..<2 where isWhole[item] {
      try run(
        "base4_apg_b2", base(3, .apg(scale: 7)), noise: noises[item],
        Start(condition: condition(lyric: item, text: item), source: silence, mask: ones), item: item)
    }
  }

  /// Upstream takes the next time without the shift on base models; here it is the schedule's. The pieces are the same.
  @Test func stochasticStepsOfUpstreamsTimesAreReproduced() throws {
    let settings = base(3, .apg(scale: 4))
    var guidance = ProjectedGuidance(scale: 4)
    let (condition, none) = (transformer.condition(usual), transformer.unconditional(conditions.null))
    let context = transformer.context(source: silence, mask: ones)
    var x = noise
    for (step, noise) in try golden.items("base4_sde.renoise").enumerated() {
      let t = settings.schedule.times[step]
      let v = guidance(
        conditional: transformer(x, t: t, condition: condition, context: context),
        unconditional: transformer(x, t: t, condition: none, context: context))
      x = Denoising.renoised(x, v, t: t, next: 1 - Float(step + 1) / 4, noise: noise)
    }
    expectEqual(x, try golden.matrix("base4_sde.out"), "base4_sde", within: 1e-3)
  }

  @Test func codesAndCoversRun() throws {
    let hints = try golden.matrix("hints_25hz")
    let tokenizer = try folder.audioTokenizer()
    let detokenizer = try folder.audioDetokenizer()
    let codes = try golden.integers("codes")
    let detokenized = detokenizer(tokenizer.quantizer.embeddings(of: codes))
    let have = min(detokenized.rows, hints.rows)
    expectEqual(detokenized[rows: 0..<have], hints[rows: 0..<have], "hints")
    try run("turbo_codes", turbo(), Start(condition: usual, source: hints, mask: ones))

    let source = try golden.matrix("src_latents")
    let longSilence = try folder.silenceLatent()
    let roundTrip = detokenizer(tokenizer.quantizer.embeddings(of: tokenizer.codes(of: source, silence: longSilence)))
    let context = try golden.matrix("cover.context")
    expectEqual(roundTrip[rows: 0..<source.rows], context[columns: 0..<source.columns], "the cover's source")
    let cover = Start(condition: try golden.matrix("cover.enc_hidden"), source: roundTrip[rows: 0..<source.rows], mask: ones)

    // Past the switch: the other prompt, the same lyrics and timbre, silence.
    let switched = Start(
      condition: try condition(lyric: 0, text: 1, reference: try golden.matrix("ref_latents")), source: silence, mask: ones)
    var settings = turbo()
    settings.coverStrength = 0.5
    try run("turbo_cover05", settings, cover, then: switched)
    settings = turbo()
    settings.schedule = settings.schedule.starting(near: 1 - 0.3)
    try run("turbo_covernoise03", settings, from: source, cover)
    settings = base(1, .apg(scale: 3))
    settings.coverStrength = 0.5
    try run("base4_cover05_cfg", settings, cover, then: switched)
  }

  @Test func repaintRuns() throws {
    let source = try golden.matrix("src_latents")
    let mask = try golden.integers("repaint_mask")
    let first = try #require(mask.firstIndex(of: 1))
    let window = first..<first + mask.count { $0 == 1 }
    var silenced = source
    for row in window { for column in 0..<source.columns { silenced[row, column] = silence[row, column] } }
    try run(
      "turbo_repaint", turbo(),
      repainting: Repainting(window: window, clean: source, injectionRatio: 0.5, crossfadeFrames: 3),
      Start(condition: usual, source: silenced, mask: mask.map(Float.init)))
  }
}
