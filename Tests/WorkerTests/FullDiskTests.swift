import Foundation
import Generation
import Store
import Testing

@testable import Worker

/// On a real file system with too little room; only root may mount one.
@Suite(.enabled(if: geteuid() == 0, "needs root, to mount a small file system"))
struct FullDiskTests {
  @Test(arguments: [400, 1200, 2600, 4000])
  func aFullDiskFailsTheJobWithAReasonAndTheServerLives(kibibytes: Int) throws {
    let mount = NSTemporaryDirectory() + "cantiga-small-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: mount) }
    guard try run("/bin/mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", mount) == 0 else {
      print("NOT TESTED: this machine lets nobody mount, so the full disk was not played")
      return
    }
    defer { _ = try? run("/bin/umount", mount) }
    // 20 s need some 10 MB in all formats.
    let studio = try Studio(FakeEngine(.song(20)), mediaPath: mount + "/media")
    try studio.worker.start()
    let id = try studio.enqueue()
    let failed = try studio.wait(for: id, seconds: 60) { $0.status.isFinished }
    #expect(failed.job.status == .failed)
    #expect(failed.job.errorMessage?.hasPrefix("The disk is full") == true, "\(failed.job.errorMessage ?? "")")
    #expect(studio.files("tmp").isEmpty && studio.files(failed.job.directory).isEmpty)

    studio.engine.become(.song(0.2))
    let small = try studio.enqueue()
    #expect(try studio.wait(for: small) { $0.status.isFinished }.job.status == .completed)
  }

  private func run(_ program: String, _ arguments: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
