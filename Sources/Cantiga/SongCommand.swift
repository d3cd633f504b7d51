import ACEStep
import ArgumentParser
import Audio
import Foundation
import Generation
import JSON
import Listening
import Music
import ScoreEngine
import Secrets

/// `cantiga song`: a song without a server.
struct SongCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "song", abstract: "Make a song and write it to a file.",
    discussion: #"Example: cantiga song "upbeat synth pop, 120 bpm, A minor" --duration 30 --seed 7 -o a.flac"#)

  @Argument(help: "What the music should be; with --from, how it is to be played ('' as it is written).") var caption: String
  @Option(name: [.short, .long], help: "The file to write; its ending (flac, wav, mp3, ogg) is the format.") var output: String
  @Option(help: "Seconds, 1 to 600; automatic when left out.") var duration: Double?
  @Option(help: "The same seed and settings give the same song.") var seed: UInt32?
  @Option(help: "A genre preset, such as Jazz.") var genre: String?
  @Option(help: "Beats a minute, 30 to 300.") var bpm: Int?
  @Option(help: "A key, such as 'A minor'.") var key: String?
  @Option(help: "A time signature: 2/4, 3/4, 4/4 or 6/8.") var meter: String?
  @Option(help: "A text file of lyrics.") var lyrics: String?
  @Option(help: "The language of the lyrics, such as en; detected when left out.") var language: String?
  @Option(help: "Who sings: female, male, child, deep, soft or powerful.") var voice: String?
  @Option(help: "text2music, prompt2instrumental, text2rap, lyric2vocals, text2samples, simple, cover, reference or extract.")
  var task: String = "text2music"
  @Option(help: "The recording that a cover, a reference or a stem starts from.") var source: String?
  @Option(help: "How close a cover is to its source, 0 to 1.") var strength: Double?
  @Option(help: "The stem to extract, such as vocals or drums.") var track: String?
  @Option(help: "A sample's kind: loop or one-shot.") var sampleType: String?
  @Option(help: "score or acestep.") var engine: String?
  @Option(help: "The checkpoint that acestep uses; the first that was added when left out.") var checkpoint: String?
  @Option(help: "Steps of acestep, 1 to 200.") var steps: Int?
  @Option(help: "Guidance of acestep, 0 to 15.") var guidance: Double?
  @Option(help: "Shift of acestep's steps, 1 to 5.") var shift: Double?
  @OptionGroup var precision: PrecisionOption
  @Option(help: "A score to play instead of composing one: MIDI, MusicXML (.mxl too) or ABC.") var from: String?
  @OptionGroup var data: DataOption
  @OptionGroup var place: VoicesOption
  @OptionGroup var listeners: ListenersOption
  @Option(help: "A folder for the stems, one FLAC file a part.") var stems: String?
  @Option(help: "A folder for the voices before the mix, dry and alone: one WAV file a singer.") var dry: String?
  @Option(help: "A file for the score; its ending (mid, abc, musicxml, json) is the format.") var score: String?
  @OptionGroup var soundFont: SoundFontOption
  @Flag(help: "Print what was made as JSON.") var json = false

  func run() throws {
    guard let task = from == nil ? MusicTask(rawValue: task) : .scoreGenerate else {
      throw ValidationError("--task must be one of \(MusicTask.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard let format = AudioFormat(rawValue: URL(fileURLWithPath: output).pathExtension.lowercased()) else {
      throw ValidationError("--output must end in .flac, .wav, .mp3 or .ogg.")
    }
    let scoreFormat = try score.map(ScoreFormat.init(path:))
    let models = ModelShelf(registry: try data.openRegistry(), precision: precision.value, idleSeconds: 0)
    let (parameters, checkpoint) = try order(task, models.checkpoints)
    let seed = seed ?? Secrets.randomUInt32()
    let request = SongRequest(task: task, parameters: parameters, seed: seed)
    let source = try recording(for: task)
    guard checkpoint == nil else {
      return try write(try models.makeSong(request, source: source, progress: Silence()), seed: seed, format: format)
    }
    let score = ScoreEngine(
      soundFontPath: soundFont.path, voices: place.folder(in: data),
      listener: Listener(listeners: listeners.folder(in: data), crew: .machineWide))
    let song = try score.makeSong(request, source: source, progress: Silence())
    try write(song, seed: seed, format: format)
    if let dry, let written = song.score {
      try FileManager.default.createDirectory(atPath: dry, withIntermediateDirectories: true)
      for voice in try score.sing(written, frames: song.audio.frames, progress: Silence()) {
        try AudioFile.write(voice.audio, to: "\(dry)/\(voice.part).wav", format: .wav)
      }
    }
    if let path = self.score, let written = song.score { try scoreFormat?.data(of: written).write(to: URL(fileURLWithPath: path)) }
  }

  /// What is asked for, checked and complete; and the checkpoint to make it with, where it takes one.
  private func order(_ task: MusicTask, _ checkpoints: [InstalledCheckpoint]) throws -> (JSON.Members, InstalledCheckpoint?) {
    let given = try given()
    do {
      let choice = EngineChoice(try ParameterSchema.normalise(given, for: task), task: task, checkpoints: checkpoints)
      let checkpoint = try choice.checkpoint()
      if let checkpoint, let duration { try choice.checkLength(duration, field: "audio_duration", of: checkpoint) }
      return (choice.completed(with: checkpoint, given: ParameterSchema.given(in: given, of: task)), checkpoint)
    } catch let error as InvalidParameters { throw ValidationError(error.description) }
  }

  private func score(in path: String) throws -> Score {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw ValidationError("\(path) can't be read.") }
    do { return try Score(document: Array(bytes)) } catch { throw ValidationError("\(path) is no score that can be read. \(error)") }
  }

  /// What the task starts from, where it starts from a recording.
  private func recording(for task: MusicTask) throws -> SourceSong? {
    guard task.usesRecording, let source else { return nil }
    let sound: StereoBuffer
    do { sound = try AudioFile.read(source) } catch { throw CommandFailure("\(source) can't be read. \(error)") }
    let decoded = StereoBuffer(
      left: try Resampler.resample(sound.left, from: sound.sampleRate, to: 48_000),
      right: try Resampler.resample(sound.right, from: sound.sampleRate, to: 48_000))
    return SourceSong { decoded }
  }

  /// The options under the names of the API, so that they obey its rules.
  private func given() throws -> JSON.Members {
    var members: JSON.Members = [from == nil ? "caption" : "style": .string(caption)]
    if let from { members["abc"] = .string(try score(in: from).abc()) }
    members["audio_duration"] = duration.map(JSON.double)
    members["genre_preset"] = genre.map(JSON.string)
    members["bpm"] = bpm.map(JSON.int)
    members["keyscale"] = key.map(JSON.string)
    members["timesignature"] = meter.map(JSON.string)
    members["vocal_language"] = language.map(JSON.string)
    members["voice_type"] = voice.map(JSON.string)
    members["sample_type"] = sampleType.map(JSON.string)
    for name in ["src_audio_url", "reference_audio_url"] { members[name] = source.map(JSON.string) }
    members["engine"] = engine.map(JSON.string)
    members["checkpoint"] = checkpoint.map(JSON.string)
    members["inference_steps"] = steps.map(JSON.int)
    members["guidance_scale"] = guidance.map(JSON.double)
    members["shift"] = shift.map(JSON.double)
    members["audio_cover_strength"] = strength.map(JSON.double)
    members["track_name"] = track.map(JSON.string)
    if let lyrics {
      guard let bytes = FileManager.default.contents(atPath: lyrics) else { throw ValidationError("\(lyrics) can't be read.") }
      members["lyrics"] = .string(String(decoding: bytes, as: UTF8.self))
    }
    return members
  }

  private func write(_ song: Song, seed: UInt32, format: AudioFormat) throws {
    var tags = AudioTags()
    tags.title = caption
    tags.genre = song.used.genre
    tags.bpm = song.used.bpm.map { Int($0.rounded()) }
    tags.key = song.used.key?.name
    tags.lyrics = song.used.lyrics
    tags.isAIGenerated = true
    tags.encoder = "Cantiga \(Cantiga.version)"
    try AudioFile.write(song.audio, to: output, format: format)
    try tags.write(to: output, format: format)
    if let stems {
      try FileManager.default.createDirectory(atPath: stems, withIntermediateDirectories: true)
      for stem in song.stems { try AudioFile.write(try stem.audio, to: "\(stems)/\(stem.name).flac", format: .flac) }
    }
    let loudness = try Loudness(of: song.audio)
    if json {
      print(
        JSON.object([
          "file": .string(output), "seed": .int(Int(seed)), "duration_seconds": .double(song.audio.durationSeconds),
          "bpm": .optional(song.used.bpm), "keyscale": .optional(song.used.key?.name),
          "timesignature": .optional(song.used.meter?.name), "genre": .optional(song.used.genre),
          "instruments": .array(song.used.instruments.map(JSON.string)),
          "sections": .array(
            song.used.sections.map { section in
              ["label": .string(section.label), "start_seconds": .double(section.startSeconds), "bars": .int(section.bars)]
            }),
          "loudness_lufs": .double(loudness.integrated), "true_peak_dbtp": .double(loudness.truePeak),
          "lyric_lines": .array(
            (song.lyrics?.lines ?? []).map { ["start": .double($0.startSeconds), "end": .double($0.endSeconds), "text": .string($0.text)] }),
          "warnings": .array(song.warnings.map(JSON.string)),
        ]).text)
      return
    }
    let facts = [
      "\(String(format: "%.3f", song.audio.durationSeconds)) s", song.used.genre, song.used.bpm.map { "\(Int($0.rounded())) bpm" },
      song.used.key?.name, song.used.meter?.name, song.used.checkpoint, song.used.precision, "seed \(seed)",
    ]
    print("\(output): \(facts.compactMap { $0 }.joined(separator: ", "))")
    for warning in song.warnings { print("note: \(warning)") }
  }
}

/// How a score is written, by the ending of its file.
private enum ScoreFormat: String, CaseIterable {
  case mid, abc, musicxml, json

  init(path: String) throws {
    guard let format = Self(rawValue: URL(fileURLWithPath: path).pathExtension.lowercased()) else {
      throw ValidationError("--score must end in \(Self.allCases.map { "." + $0.rawValue }.joined(separator: ", ")).")
    }
    self = format
  }

  func data(of score: Score) throws -> Data {
    switch self {
    case .mid: Data(score.midiFile())
    case .abc: Data(score.abc().utf8)
    case .musicxml: Data(score.musicXML().utf8)
    case .json: try score.json()
    }
  }
}

/// Progress that nobody watches.
struct Silence: SongProgress {
  func report(_ stage: Stage, done: Int, total: Int) {}
  func checkCancellation() throws {}
}
