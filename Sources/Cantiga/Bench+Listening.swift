import Audio
import Foundation
import Generation
import JSON
import Listening
import ScoreEngine
import Synchronization

/// `cantiga bench listen`: what hearing a song costs, stage by stage.
extension Bench {
  func runListening() throws {
    let scoreEngine = ScoreEngine(soundFontPath: soundFont.path, voices: place.folder(in: data))
    var request = SongRequest(task: .text2music)
    (request.caption, request.lyrics, request.vocalLanguage) = ("upbeat synth pop, bright", Self.lyrics, "en")
    request.audioDuration = length
    let song = try time(scoreEngine, request, seed: 1).song.audio
    let listener = Listener(listeners: listeners.folder(in: data), crew: .machineWide)

    let signal = try (0..<runs).map { _ in try heard(song, by: listener, HearingWishes(lyrics: false, melody: false)).total }
    var stages: [HearingStage: [Double]] = [:]
    if listener.complaint == nil {
      for _ in 0..<runs {
        for (stage, taken) in try heard(song, by: listener, HearingWishes()).stages where stage != .signal {
          stages[stage, default: []].append(taken)
        }
      }
    }
    var costs = [(HearingStage.signal, median(signal))]
    for stage in HearingStage.allCases { if let taken = stages[stage] { costs.append((stage, median(taken))) } }
    if json {
      print(
        JSON.object([
          "machine": ["processors": .int(ProcessInfo.processInfo.activeProcessorCount)], "seconds_of_music": .double(length),
          "stages": .array(
            costs.map { cost -> JSON in ["stage": .string(cost.0.rawValue), "seconds": .double(cost.1), "times_realtime": .double(length / cost.1)] }),
          "peak_memory_mib": .int(peakMebibytes), "missing": .optional(listener.complaint),
        ]).prettyText)
      return
    }
    print("\(Int(length)) s of a sung song, \(ProcessInfo.processInfo.activeProcessorCount) processors, \(peakMebibytes) MiB at most")
    for (stage, taken) in costs { line(stage.rawValue, taken, of: length) }
    if let complaint = listener.complaint { print(complaint) }
  }

  /// How long each stage takes, loading its network included.
  private func heard(
    _ sound: StereoBuffer, by listener: Listener, _ wishes: HearingWishes
  ) throws -> (total: Double, stages: [(HearingStage, Double)]) {
    let begun = Mutex<[(HearingStage, ContinuousClock.Instant)]>([])
    let start = ContinuousClock.now
    _ = try listener.hear(sound, wishes) { stage, _ in
      begun.withLock { if $0.last?.0 != stage { $0.append((stage, .now)) } }
    }
    let end = ContinuousClock.now
    let begins = begun.withLock { $0 }
    return (
      start.duration(to: end).seconds,
      begins.indices.map { index in
        (begins[index].0, begins[index].1.duration(to: index + 1 < begins.count ? begins[index + 1].1 : end).seconds)
      })
  }
}
