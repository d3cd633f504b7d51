import Foundation

/// A file of sampled instruments (SF2 or SF3) on this machine.
public struct SoundFont: Sendable, Hashable {
  public let path: String

  /// Where Debian's packages put General MIDI fonts, the first that is there is used unless another is named: FluidR3
  /// loads at once and has every program. MuseScore_General has more and better samples and plays strings and winds
  /// with swells inside their notes; its SF2 loads at once too, its SF3 decodes each instrument when it is first played.
  /// TimGM6mb is a toy for small machines.
  public static let usualPlaces = [
    "/usr/share/sounds/sf2/FluidR3_GM.sf2",
    "/usr/share/sounds/sf2/MuseScore_General_Full.sf2",
    "/usr/share/sounds/sf2/MuseScore_General.sf2",
    "/usr/share/sounds/sf3/MuseScore_General_Full.sf3",
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
    for path in places where isFile(path) { return SoundFont(path: path) }
    throw .noSoundFont(places: places)
  }

  /// Those of the usual places that are there, the default first; one file under several names counts once.
  public static var installed: [SoundFont] {
    var seen: Set<String> = []
    return usualPlaces.filter { isFile($0) && seen.insert(URL(fileURLWithPath: $0).resolvingSymlinksInPath().path).inserted }
      .map { SoundFont(path: $0) }
  }

  private static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      && FileManager.default.isReadableFile(atPath: path)
  }

  private init(path: String) { self.path = path }
}
