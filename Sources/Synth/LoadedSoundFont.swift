import CFluidSynth

/// A SoundFont in memory, lent to one `FluidSynth` at a time.
///
/// It outlives them: a synthesiser is made anew for each part, because the library's voices remember how
/// loud they last were and fade from there, so that a used one would play the same notes differently.
/// Making one takes a millisecond; loading a font takes thirty and more.
@safe
final class LoadedSoundFont {
  let settings: OpaquePointer
  /// Owns the loader, whose functions the font calls for its samples.
  private let home: OpaquePointer
  let font: OpaquePointer

  init(_ soundFont: SoundFont, sampleRate: Int) throws(SynthError) {
    // The library's chatter about presets; failures come as return values.
    for level in [FLUID_ERR, FLUID_WARN, FLUID_INFO, FLUID_DBG] {
      _ = unsafe fluid_set_log_function(Int32(level.rawValue), nil, nil)
    }
    guard let settings = unsafe new_fluid_settings() else { throw .outOfMemory }
    unsafe fluid_settings_setnum(settings, "synth.sample-rate", Double(sampleRate))
    unsafe fluid_settings_setint(settings, "synth.dynamic-sample-loading", 1)
    unsafe fluid_settings_setint(settings, "synth.lock-memory", 0)
    unsafe fluid_settings_setint(settings, "synth.reverb.active", 0)
    unsafe fluid_settings_setint(settings, "synth.chorus.active", 0)
    unsafe fluid_settings_setint(settings, "synth.polyphony", 256)
    unsafe fluid_settings_setint(settings, "synth.threadsafe-api", 0)
    unsafe fluid_settings_setnum(settings, "synth.gain", 1)
    guard let home = unsafe new_fluid_synth(settings) else {
      unsafe delete_fluid_settings(settings)
      throw .outOfMemory
    }
    let id = unsafe fluid_synth_sfload(home, soundFont.path, 0)
    guard id != FLUID_FAILED, let font = unsafe fluid_synth_get_sfont_by_id(home, id) else {
      unsafe delete_fluid_synth(home)
      unsafe delete_fluid_settings(settings)
      throw .unreadableSoundFont(path: soundFont.path)
    }
    unsafe fluid_synth_remove_sfont(home, font)
    unsafe self.settings = unsafe settings
    unsafe self.home = unsafe home
    unsafe self.font = unsafe font
  }

  /// Where MuseScore_General keeps the presets that swell within a note (its readme, "Expressive Presets").
  static let expressiveBank: Int32 = 17

  /// Whether the font has this program as an expressive preset; other fonts have other things in that bank.
  func hasExpressivePreset(_ program: Int) -> Bool {
    // Bowed strings, choirs, brass, reeds and pipes: what a player can swell on.
    guard [40...44, 48...49, 52...54, 56...61, 64...79, 110...111].contains(where: { $0.contains(program) }),
      let preset = unsafe fluid_sfont_get_preset(font, Self.expressiveBank, Int32(program)),
      let name = unsafe fluid_preset_get_name(preset)
    else { return false }
    return unsafe String(cString: name).hasSuffix("Expr.")
  }

  deinit {
    // Deleting a synthesiser deletes the fonts it has.
    _ = unsafe fluid_synth_add_sfont(home, font)
    unsafe delete_fluid_synth(home)
    unsafe delete_fluid_settings(settings)
  }
}
