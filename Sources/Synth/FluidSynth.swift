import CFluidSynth

/// One libfluidsynth synthesiser with one dry stereo output, for one part, on channel 0.
///
/// Time passes in blocks of 64 frames, the library's own step: an event sounds from the next block on.
@safe
final class FluidSynth {
  static let blockFrames = 64

  private let synth: OpaquePointer
  private let fontID: Int32
  private let loaded: LoadedSoundFont
  /// Whether loudness and tone follow the breath controller and not the stroke: then `control(2, ...)` must say how
  /// loud each note is.
  let isExpressive: Bool

  /// - Precondition: no other synthesiser has the font now.
  init(_ loaded: LoadedSoundFont, program: Int, isDrumKit: Bool) throws(SynthError) {
    guard let synth = unsafe new_fluid_synth(loaded.settings) else { throw .outOfMemory }
    unsafe self.synth = unsafe synth
    self.loaded = loaded
    fontID = unsafe fluid_synth_add_sfont(synth, loaded.font)
    let program = min(max(program, 0), 127)
    isExpressive = !isDrumKit && loaded.hasExpressivePreset(program)
    takeUp(program: program, bank: isDrumKit ? 128 : isExpressive ? LoadedSoundFont.expressiveBank : 0)
    // The fonts' filters close the orchestra's strings and winds by half above 8 kHz, as if it sat behind a curtain.
    if !isDrumKit, !isExpressive, (40...79).contains(program) {
      unsafe fluid_synth_set_gen(synth, 0, Int32(GEN_FILTERFC.rawValue), 1200)
    }
  }

  deinit {
    unsafe fluid_synth_remove_sfont(synth, loaded.font)
    unsafe delete_fluid_synth(synth)
  }

  private func takeUp(program: Int, bank: Int32) {
    unsafe fluid_synth_set_channel_type(
      synth, 0, Int32(bank == 128 ? CHANNEL_TYPE_DRUM.rawValue : CHANNEL_TYPE_MELODIC.rawValue))
    // A small font may lack a program: then the first of its family, then the first of all.
    for candidate in [program, program / 8 * 8, 0] {
      if unsafe fluid_synth_program_select(synth, 0, fontID, bank, Int32(candidate)) == FLUID_OK {
        // Pinned samples stay in memory for the next song.
        unsafe fluid_synth_pin_preset(synth, fontID, bank, Int32(candidate))
        return
      }
    }
  }

  func noteOn(key: Int, velocity: Int) {
    unsafe fluid_synth_noteon(synth, 0, Int32(key), Int32(velocity))
  }

  /// Strikes a drum a little differently each time: no two strokes on a skin are alike.
  func noteOn(key: Int, velocity: Int, variation: StrokeVariation) {
    noteOn(key: key, velocity: velocity)
    let most = 256
    unsafe withUnsafeTemporaryAllocation(of: OpaquePointer?.self, capacity: most) { voices in
      unsafe voices.initialize(repeating: nil)
      unsafe fluid_synth_get_voicelist(synth, voices.baseAddress, Int32(most), -1)
      // The newest of this key, not those that still ring.
      var newest: UInt32 = 0
      for index in 0..<most {
        guard let voice = unsafe voices[index] else { break }
        if unsafe fluid_voice_get_key(voice) == Int32(key) { newest = max(newest, unsafe fluid_voice_get_id(voice)) }
      }
      for index in 0..<most {
        guard let voice = unsafe voices[index] else { break }
        guard unsafe fluid_voice_get_id(voice) == newest else { continue }
        for (generator, amount) in [(GEN_FINETUNE, variation.cents), (GEN_FILTERFC, variation.filterCents)] {
          unsafe fluid_voice_gen_incr(voice, Int32(generator.rawValue), amount)
          unsafe fluid_voice_update_param(voice, Int32(generator.rawValue))
        }
      }
    }
  }

  func noteOff(key: Int) { unsafe fluid_synth_noteoff(synth, 0, Int32(key)) }

  func control(_ number: Int, _ value: Int) {
    unsafe fluid_synth_cc(synth, 0, Int32(number), Int32(min(max(value, 0), 127)))
  }

  /// -200...200 cents: the library's wheel range as it starts.
  func bend(cents: Double) {
    let wheel = 8192 + (cents / 200 * 8192).rounded()
    unsafe fluid_synth_pitch_bend(synth, 0, Int32(min(max(wheel, 0), 16383)))
  }

  /// False once every note has died away.
  var isSounding: Bool { unsafe fluid_synth_get_active_voice_count(synth) > 0 }

  /// Adds the next frames to what the spans hold.
  /// - Parameter frames: a multiple of `blockFrames`, so that events stay on block boundaries.
  func render(
    into left: inout MutableSpan<Float>, _ right: inout MutableSpan<Float>, from start: Int, frames: Int
  ) {
    precondition(
      frames % Self.blockFrames == 0 && start + frames <= left.count && start + frames <= right.count)
    unsafe left.withUnsafeMutableBufferPointer { left in
      unsafe right.withUnsafeMutableBufferPointer { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return }
        var outputs: [UnsafeMutablePointer<Float>?] = unsafe [left + start, right + start]
        unsafe fluid_synth_process(synth, Int32(frames), 0, nil, 2, &outputs)
      }
    }
  }
}
