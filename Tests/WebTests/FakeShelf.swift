import Foundation
import Generation
import Synchronization

/// Checkpoints that a test puts there.
final class FakeShelf: CheckpointShelf {
  static let tasks: Set<MusicTask> = [.text2music, .simple, .repaint, .retake]
  private struct State {
    var checkpoints: [InstalledCheckpoint] = []
    var verified: [String] = []
    var unloads = 0
  }
  private let state = Mutex(State())

  func put(_ checkpoints: [InstalledCheckpoint]) { state.withLock { $0.checkpoints = checkpoints } }

  /// Which were asked to be verified.
  var verified: [String] { state.withLock { $0.verified } }
  var unloads: Int { state.withLock { $0.unloads } }

  var checkpoints: [InstalledCheckpoint] { state.withLock { $0.checkpoints } }
  var complaint: String? { nil }
  var freeMemory: Int? { 8 << 30 }
  func verify(_ name: String) { state.withLock { $0.verified.append(name) } }
  func unload() { state.withLock { $0.unloads += 1 } }
}
