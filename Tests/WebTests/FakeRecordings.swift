import Foundation
import Generation
import JSON
import Synchronization

/// Keeps and hears nothing: it gives what a test wants to be answered, and notes what it was asked.
final class FakeRecordings: RecordingKeeper, RecordingAnalyst {
  let receivingFolder = NSTemporaryDirectory() + "/cantiga-web-received-\(UUID().uuidString)"
  /// What the next files are refused with.
  let refusal = Mutex<RecordingRefusal?>(nil)
  let hearing = Mutex<Hearing>(.waiting)
  let asked = Mutex<[RecordingSource]>([])

  init() { try? FileManager.default.createDirectory(atPath: receivingFolder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(atPath: receivingFolder) }

  /// The names of the files that nobody took or removed.
  var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: receivingFolder)) ?? [] }

  func keep(fileAt path: String) throws -> KeptRecording {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    try FileManager.default.removeItem(atPath: path)
    if let refusal = refusal.withLock({ $0 }) { throw refusal }
    let id = String(repeating: "0", count: 60) + String(bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFF } + 0x1000, radix: 16)
    return KeptRecording(
      id: id, contentType: "audio/wav", bytes: bytes.count, durationSeconds: 12.5, sampleRate: 44_100, channels: 2, isCut: false,
      waveformPath: "M0 50H1000")
  }

  func hearing(of source: RecordingSource, _ depth: HearingDepth, begins: Bool, waiting seconds: Double) -> Hearing {
    asked.withLock { $0.append(source) }
    return hearing.withLock { $0 }
  }
}
