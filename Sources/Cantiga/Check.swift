import ACEStep
import ArgumentParser
import Foundation
import Generation
import Listening
import Packs
import ScoreEngine
import Singer
import Store
import Synth
import Tensor

/// `cantiga check`: what this machine has, and what is missing.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print what was found on this machine; exit code 1 when songs can't be made.")
  @OptionGroup var data: DataOption
  @OptionGroup var place: VoicesOption
  @OptionGroup var listeners: ListenersOption
  @OptionGroup var soundFont: SoundFontOption

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    row("version", Cantiga.version)
    row("processors", "\(ProcessInfo.processInfo.activeProcessorCount)")
    row("openblas", "core \(BLAS.coreName), \(BLAS.threadsPerCall) thread a call, \(BLAS.configuration)")
    for name in ["OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"] {
      if let value = environment[name] { row("", "\(name)=\(value) in the environment chooses the kernels: unset it unless you mean it") }
    }
    var canMakeSongs = true
    do {
      let font = try SoundFont.find(explicitPath: soundFont.path)
      row("soundfont", font.path)
      let others = SoundFont.installed.map(\.path).filter { $0 != font.path }
      if !others.isEmpty { row("", "also installed, for --soundfont: \(others.joined(separator: ", "))") }
    } catch {
      canMakeSongs = false
      row("soundfont", "missing: \(error)")
    }
    do {
      let pack = try VoicePack(folder: place.folder(in: data)).pack
      row("voices", "\(pack.manifest.name), \(pack.manifest.items.count) voices, \(megabytes(pack.bytes)) in \(pack.folder.path)")
    } catch { row("voices", "\(error)") }
    do {
      let pack = try ListeningPack(folder: listeners.folder(in: data)).pack
      row("listeners", "\(pack.manifest.items.joined(separator: ", ")), \(megabytes(pack.bytes)) in \(pack.folder.path)")
    } catch { row("listeners", "\(error)") }
    do {
      let models = try data.openRegistry().models()
      if models.isEmpty { row("checkpoints", "none added: the score engine makes the songs") }
      for (index, model) in models.enumerated() {
        let state: String
        do {
          let facts = try ModelCheck(path: model.path, precision: .fastest).facts()
          state = "\(facts.variant) \(facts.family), \(megabytes(facts.bytes)) in \(model.path)"
        } catch { state = "can't be used: \(error)" }
        row(index == 0 ? "checkpoints" : "", "\(model.name): \(state)")
      }
    } catch { row("checkpoints", "\(error)") }
    do {
      let folder = try data.open()
      let store = try folder.openStore()
      let queue = try store.queueLength()
      row("data", "\(folder.path): \(try store.users().count) users, \(queue.waiting) jobs waiting, \(queue.running) running")
      let faults = try store.ledgerFaults()
      row("ledger", faults.isEmpty ? "adds up" : faults.joined(separator: "; "))
      let free = try FileManager.default.attributesOfFileSystem(forPath: folder.path)[.systemFreeSize] as? NSNumber
      row("disk", free.map { "\($0.int64Value >> 20) MiB free" } ?? "unknown")
    } catch {
      canMakeSongs = false
      row("data", "\(error)")
    }
    if !canMakeSongs { throw ExitCode(1) }
  }

  private func row(_ name: String, _ value: String) {
    print(name.padding(toLength: 12, withPad: " ", startingAt: 0) + value)
  }
}
