import Audio
import Foundation
import Music

/// A caption of measured words only (`listening.md` 5.11): no instrument is named, for none is recognised.
enum SoundWords {
  static func caption(_ report: SoundReport) -> String? {
    let (signal, measures) = (report.signal, report.measures)
    guard measures.loudness.integrated.isFinite, measures.silence < 0.8 else { return nil }
    var words: [String] = []
    if let tempo = signal.tempo {
      words.append(tempo.bpm < 76 ? "slow" : tempo.bpm < 110 ? "mid-tempo" : tempo.bpm < 140 ? "upbeat" : "fast")
      words.append("\(Int(tempo.bpm.rounded())) bpm")
    }
    if let key = signal.key { words.append(key.key.mode == .minor ? "minor key" : "major key") }
    if let metre = signal.metre {
      if metre.name != "4/4" { words.append(metre.name) }
      if metre.feel == .swing { words.append("swing") }
    }
    if let voice = report.voice { words.append(voice.isEmpty ? "instrumental" : self.voice(report.melody ?? [])) }
    words += pulse(signal)
    if measures.balance[0] > 0.75 { words.append("bass-heavy") }
    if measures.centroid > 2800 { words.append("bright") } else if measures.centroid < 1200 { words.append("dark") }
    if signal.onsetsPerBeat > 3.5 { words.append("dense") } else if signal.onsetsPerBeat > 0, signal.onsetsPerBeat < 1.2 { words.append("sparse") }
    if measures.loudness.range > 12 { words.append("dynamic") } else if measures.loudness.range < 3, measures.crest < 11 { words.append("compressed") }
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// By the middle of what is sung: above 190 Hz a woman, below 160 Hz a man.
  private static func voice(_ melody: [HeardNote]) -> String {
    let pitches = melody.map { 440 * pow(2, Double($0.midi - 69) / 12) }
    guard !pitches.isEmpty else { return "vocal" }
    return pitches.median > 190 ? "female vocal" : pitches.median < 160 ? "male vocal" : "vocal"
  }

  /// How strongly the beats are struck, and whether something low is on each.
  private static func pulse(_ signal: SignalAnalysis) -> [String] {
    guard signal.beats.count >= 8 else { return [] }
    let frames = signal.beats.map(OnsetStrength.frame)
    let all = signal.onsets.all
    let low = signal.onsets.low
    let struck = frames.map { all.highest($0 - 2...$0 + 2) ?? 0 }.mean / max(all.mean, 1e-9)
    let threshold = 3 * low.mean
    let onFloor = Double(frames.count { (low.highest($0 - 2...$0 + 2) ?? 0) > threshold }) / Double(frames.count)
    var words: [String] = []
    if struck > 3.2 { words.append("strong beat") } else if struck < 1.8 { words.append("soft pulse") }
    if onFloor > 0.85, signal.metre?.beatsPerBar == 4 { words.append("four-on-the-floor") }
    return words
  }
}
