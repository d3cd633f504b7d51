import ArgumentParser
import Audio
import Foundation
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
    let report: SoundReport
    do {
      let sound = try AudioFile.read(file)
      report = try Listener(listeners: place.folder(in: data), crew: crew).report(
        on: sound, language: language, lyrics: !signalOnly, melody: !signalOnly)
    } catch { throw CommandFailure("\(file) can't be analysed. \(error)") }
    print(json ? report.json(file: file).text : report.summary(file: file))
  }
}

extension SoundReport {
  /// Everything, under the names that the API uses where it has them. Times in seconds; confidences 0 ... 1; null for what wasn't found.
  func json(file: String) -> JSON {
    var members: JSON.Members = ["file": .string(file), "duration_seconds": rounded(measures.duration)]
    members["bpm"] = .optional(signal.tempo.map { Int($0.bpm.rounded()) })
    members["tempo"] = signal.tempo.map(Self.json) ?? .null
    members["beats"] = .array(signal.beats.map { rounded($0) })
    members["downbeats"] = .array(signal.downbeats.map { rounded($0) })
    members["timesignature"] = .optional(signal.metre?.name)
    members["metre"] = signal.metre.map(Self.json) ?? .null
    members["keyscale"] = .optional(signal.key?.key.name)
    members["key"] = signal.key.map { Self.json($0, tuningCents: signal.tuningCents) } ?? .null
    let spelling = signal.key?.key ?? Key(tonic: PitchClass(rawValue: 0), mode: .major)
    members["chords"] = .array(signal.chords.map { Self.json($0, in: spelling) })
    members["sections"] = .array(signal.sections.map(Self.json))
    members["loudness"] = Self.loudness(measures)
    members["spectrum"] = Self.spectrum(measures)
    members["lyrics"] = lyrics.map(Self.json) ?? .null
    members["melody"] = melody.map { .array($0.map(Self.json)) } ?? .null
    members["notes"] = .array(notes.map(JSON.string))
    return .object(members)
  }

  private static func json(_ tempo: Tempo) -> JSON {
    let candidates = tempo.candidates.map { candidate -> JSON in
      ["bpm": rounded(candidate.bpm, 10), "strength": rounded(candidate.strength, 100)]
    }
    return [
      "bpm": rounded(tempo.bpm, 100), "confidence": rounded(tempo.confidence, 100), "variable": .bool(tempo.isVariable),
      "candidates": .array(candidates),
    ]
  }

  private static func json(_ metre: Metre) -> JSON {
    [
      "name": .string(metre.name), "beats_per_bar": .int(metre.beatsPerBar), "feel": .string(metre.feel.rawValue),
      "swing_ratio": .optional(metre.swingRatio), "confidence": rounded(metre.confidence, 100),
    ]
  }

  private static func json(_ key: KeyEstimate, tuningCents: Double) -> JSON {
    [
      "name": .string(key.key.name), "confidence": rounded(key.confidence, 100), "runner_up": .optional(key.runnerUp?.name),
      "tuning_cents": rounded(tuningCents, 10),
    ]
  }

  private static func json(_ chord: RecognisedChord, in key: Key) -> JSON {
    [
      "start": rounded(chord.start), "end": rounded(chord.end), "chord": .optional(chord.chord?.symbol(in: key)),
      "confidence": rounded(chord.confidence, 100),
    ]
  }

  private static func json(_ section: HeardSection) -> JSON {
    [
      "start": rounded(section.start), "end": rounded(section.end), "label": .string(section.letter),
      "confidence": rounded(section.confidence, 100),
    ]
  }

  private static func loudness(_ measures: SoundMeasures) -> JSON {
    [
      "integrated_lufs": rounded(measures.loudness.integrated, 10), "range_lu": rounded(measures.loudness.range, 10),
      "true_peak_dbtp": rounded(measures.loudness.truePeak, 10), "rms_dbfs": rounded(measures.rms, 10),
      "crest_db": rounded(measures.crest, 10), "silence_share": rounded(measures.silence),
      "clipped_runs_per_second": rounded(measures.clippedRunsPerSecond, 100), "dc_offset": rounded(measures.offset, 100_000),
    ]
  }

  private static func spectrum(_ measures: SoundMeasures) -> JSON {
    [
      "centroid_hz": rounded(measures.centroid, 1), "roll_off_hz": rounded(measures.rollOff, 1),
      "low_mid_high": .array(measures.balance.map { rounded($0) }), "stereo_correlation": rounded(measures.stereoCorrelation),
      "side_to_mid": rounded(measures.sideRatio),
    ]
  }

  private static func json(_ lyrics: HeardLyrics) -> JSON {
    [
      "language": .optional(lyrics.language), "language_confidence": rounded(lyrics.languageConfidence, 100),
      "text": .string(lyrics.lines.map(\.text).joined(separator: "\n")), "lines": .array(lyrics.lines.map(json)),
    ]
  }

  private static func json(_ line: HeardLyrics.Line) -> JSON {
    let words = line.words.map { word -> JSON in
      [
        "text": .string(word.text), "start": rounded(word.start), "end": rounded(word.end),
        "confidence": rounded(word.confidence, 100),
      ]
    }
    return ["start": rounded(line.start), "end": rounded(line.end), "text": .string(line.text), "words": .array(words)]
  }

  private static func json(_ note: HeardNote) -> JSON {
    [
      "start": rounded(note.start), "end": rounded(note.end), "midi": .int(note.midi), "confidence": rounded(note.amplitude, 100),
    ]
  }

  /// A few lines for people.
  func summary(file: String) -> String {
    func percent(_ confidence: Double) -> String { "\(Int((100 * confidence).rounded())) % sure" }
    var lines = [String(format: "%@: %.1f s, %.1f LUFS", file, measures.duration, measures.loudness.integrated)]
    if let tempo = signal.tempo {
      lines.append(String(format: "tempo     %.1f bpm%@", tempo.bpm, tempo.isVariable ? ", variable" : "") + ", \(percent(tempo.confidence))")
    } else { lines.append("tempo     none found") }
    if let metre = signal.metre { lines.append("metre     \(metre.name), \(metre.feel.rawValue), \(percent(metre.confidence))") }
    if let key = signal.key {
      let other = key.runnerUp.map { ", or \($0.name)" } ?? ""
      lines.append("key       \(key.key.name), \(percent(key.confidence))\(other)")
      lines.append("chords    " + signal.chords.prefix(16).compactMap { $0.chord?.symbol(in: key.key) }.joined(separator: " "))
    }
    lines.append("sections  " + signal.sections.map { String(format: "%@ %.0f s", $0.letter, $0.start) }.joined(separator: ", ") + " (estimated)")
    if let lyrics {
      let language = lyrics.language.map { "\($0), \(percent(lyrics.languageConfidence))" } ?? "none heard"
      lines.append("lyrics    \(language)")
      for line in lyrics.lines { lines.append(String(format: "  %6.2f  %@", line.start, line.text)) }
    }
    if let melody { lines.append("melody    \(melody.count) notes") }
    return (lines + notes).joined(separator: "\n")
  }
}

/// A number to so many parts of one; null where it is infinite.
private func rounded(_ value: Double, _ parts: Double = 1000) -> JSON {
  value.isFinite ? .double((value * parts).rounded() / parts) : .null
}
