import ArgumentParser

/// The command line: a command a file.
@main struct Cantiga: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "cantiga", abstract: "A self-hosted AI music studio.",
    version: version,
    subcommands: [
      Serve.self, SongCommand.self, AnalyzeCommand.self, VoicesCommand.self, ListenersCommand.self, ModelsCommand.self, KeyCommand.self, UserCommand.self, Check.self, Bench.self, Version.self,
    ])
}

struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the version.")
  func run() { print("cantiga \(Cantiga.version)") }
}
