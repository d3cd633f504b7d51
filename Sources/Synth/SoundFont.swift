import Foundation

/// A file of sampled instruments (SF2 or SF3) on this machine.
public struct SoundFont: Sendable, Hashable {
  public let path: String

  /// Where Debian's packages put General MIDI fonts, the best for us first: FluidR3 loads at once and has
  /// every program; MuseScore_General decodes Vorbis for seconds; TimGM6mb is a toy for small machines.
  public static let usualPlaces = [
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/MuseScore_General.sf2",
    "/usr/share/sounds/sf3/MuseScore_General.sf3",
    "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
    "/usr/share/sounds/sf3/FluidR3Mono_GM.sf3",
    "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf3/default-GM.sf3",
    "/usr/share/sounds/sf2/TimGM6mb.sf2",
  ]

  /// The named file, or the first of the usual places that exists.
  /// - Throws: `SynthError.noSoundFont`, naming the package to install.
  public static func find(explicitPath: String? = nil) throws(SynthError) -> SoundFont {
    let places = explicitPath.map { [$0] } ?? usualPlaces
    for path in places where FileManager.default.isReadableFile(atPath: path) {
      return SoundFont(path: path)
    }
    throw .noSoundFont(places: places)
  }

  private init(path: String) { self.path = path }
}
