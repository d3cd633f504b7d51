import ArgumentParser
import Foundation

/// The option of every command that plays music.
struct SoundFontOption: ParsableArguments {
  @Option(
    name: [.customLong("soundfont"), .customLong("sound-font")],
    help: "The SoundFont (SF2 or SF3) to play with (environment: CANTIGA_SOUNDFONT; default: the first installed, FluidR3 before MuseScore_General).")
  private var named: String?

  /// What was asked for; nil leaves the choice to what is installed.
  var path: String? {
    let environment = ProcessInfo.processInfo.environment["CANTIGA_SOUNDFONT"] ?? ""
    return named ?? (environment.isEmpty ? nil : environment)
  }
}
