import ArgumentParser
import Audio
import Foundation
import Generation
import JSON
import Listening
import Music

/// `cantiga analyze`: what is heard in a sound file.
struct AnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Print what is heard in a sound file: tempo, beats, metre, key, chords, sections, loudness, lyrics, melody.",
    discussion: """
      All of it is a guess, with a confidence from 0 to 1. Lyrics and melody need the networks that `cantiga listeners install` \
      fetches; the rest works without.
      """)
  @Argument(help: "The sound file: WAV, FLAC, MP3, Ogg and what else libsndfile reads, at most 20 minutes.") var file: String
  @OptionGroup var data: DataOption
  @OptionGroup var place: ListenersOption
  @Option(help: "The language of the lyrics (en, es, ja ...), if you know it.") var language: String?
  @Option(help: "Threads; by default one a core, at most 4.") var threads: Int?
  @Flag(help: "Leave out what needs the networks.") var signalOnly = false
  @Flag(help: "Print everything as JSON.") var json = false

  func validate() throws {
    if let threads, !(1...64).contains(threads) { throw ValidationError("--threads must be 1 to 64.") }
  }

  func run() throws {
    let crew = threads.map { Crew(threads: $0) } ?? .machineWide
    let heard: HeardSong
    do {
      let sound = try AudioFile.read(file)
      heard = try Listener(listeners: place.folder(in: data), crew: crew).hear(
        sound, HearingWishes(lyrics: !signalOnly, melody: !signalOnly, language: language)) { _, _ in }
    } catch { throw CommandFailure("\(file) can't be analysed. \(error)") }
    guard json else { return print(heard.summary(file: file)) }
    var members = heard.json.members ?? [:]
    members["file"] = .string(file)
    print(JSON.object(members).text)
  }
}

extension HeardSong {
  /// A few lines for people.
  func summary(file: String) -> String {
    func percent(_ confidence: Double) -> String { "\(Int((100 * confidence).rounded())) % sure" }
    var lines = [String(format: "%@: %.1f s, %.1f LUFS", file, durationSeconds, level.loudness.integrated)]
    if let tempo = tempo {
      lines.append(String(format: "tempo     %.1f bpm%@", tempo.bpm, tempo.isVariable ? ", variable" : "") + ", \(percent(tempo.confidence))")
    } else { lines.append("tempo     none found") }
    if let metre = metre { lines.append("metre     \(metre.name), \(metre.feel), \(percent(metre.confidence))") }
    if let key = key {
      let other = key.runnerUp.map { ", or \($0.name)" } ?? ""
      lines.append("key       \(key.key.name), \(percent(key.confidence))\(other)")
      lines.append("chords    " + chords.prefix(16).compactMap { $0.chord?.symbol(in: key.key) }.joined(separator: " "))
    }
    lines.append("sections  " + sections.map { String(format: "%@ %.0f s", $0.letter, $0.start) }.joined(separator: ", ") + " (estimated)")
    if let lyrics {
      let language = lyrics.language.map { "\($0), \(percent(lyrics.languageConfidence))" } ?? "none heard"
      lines.append("lyrics    \(language)")
      for line in lyrics.lines { lines.append(String(format: "  %6.2f  %@", line.start, line.text)) }
    }
    if let melody { lines.append("melody    \(melody.count) notes") }
    if let caption { lines.append("caption   \(caption)") }
    if let score = quality?.score { lines.append(String(format: "quality   %.2f of 1, as far as faults can be measured", score)) }
    return (lines + notices).joined(separator: "\n")
  }
}
