import Audio
import Foundation
import Generation
import Music
import Synchronization
import Testing

@testable import ScoreEngine

/// Edits down to the samples. The source is written to FLAC and read back, as the studio does.
@Suite(.serialized) struct EditTests {
  private static let engine = ScoreEngine()

  private struct Listener: SongProgress {
    func report(_ stage: Stage, done: Int, total: Int) {}
    func checkCancellation() throws {}
  }

  private static let source = Result { () throws -> (song: Song, source: SourceSong) in
    var request = SongRequest(task: .prompt2instrumental)
    request.caption = "upbeat synth pop, 120 bpm, A minor"
    request.audioDuration = 24
    request.seed = 7
    let song = try engine.makeSong(request, progress: Listener())
    let audio = try throughFile(song.audio)
    return (song, SourceSong(score: song.score, manuscript: song.manuscript, audio: { audio }))
  }

  private static func throughFile(_ audio: StereoBuffer) throws -> StereoBuffer {
    let path = "/tmp/cantiga-edit-\(UInt64.random(in: 0...UInt64.max)).flac"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AudioFile.write(audio, to: path, format: .flac)
    return try AudioFile.read(path)
  }

  private func edit(_ task: MusicTask, _ edit: SongEdit, caption: String = "", seed: UInt32 = 3) throws -> Song {
    var request = SongRequest(task: task)
    request.caption = caption
    request.seed = seed
    request.edit = edit
    return try Self.engine.makeSong(request, source: Self.source.get().source, progress: Listener())
  }

  /// The largest step between neighbouring samples around a place, against the largest anywhere else.
  private func step(_ audio: StereoBuffer, around frame: Int) -> (here: Float, elsewhere: Float) {
    var (here, elsewhere): (Float, Float) = (0, 0)
    for index in 1..<audio.frames {
      let size = max(abs(audio.left[index] - audio.left[index - 1]), abs(audio.right[index] - audio.right[index - 1]))
      if abs(index - frame) < 2400 { here = max(here, size) } else { elsewhere = max(elsewhere, size) }
    }
    return (here, elsewhere)
  }

  @Test func repaintKeepsEverySampleOutside() throws {
    let source = try Self.source.get().source.audio()
    let song = try edit(.repaint, .repaint(seconds: 8..<14.5), caption: "with strings, no drums")
    let made = try Self.throughFile(song.audio)
    #expect(made.frames == source.frames)
    let (start, end) = (8 * 48_000, Int(14.5 * 48_000))
    #expect(Array(made.left[..<start]) == Array(source.left[..<start]))
    #expect(Array(made.right[..<start]) == Array(source.right[..<start]))
    #expect(Array(made.left[end...]) == Array(source.left[end...]))
    #expect(Array(made.right[end...]) == Array(source.right[end...]))
    var difference: Float = 0
    for frame in start..<end { difference = max(difference, abs(made.left[frame] - source.left[frame])) }
    #expect(difference > 0.05, "something else is played inside")
    for seam in [start, end] {
      let (here, elsewhere) = step(made, around: seam)
      #expect(here <= elsewhere * 1.1, "a click at \(seam): \(here), elsewhere \(elsewhere)")
    }
    let loudness = try Loudness(of: made)
    #expect(abs(loudness.integrated + 14) < 1)
    #expect(loudness.truePeak <= -1)
  }

  @Test(arguments: [(0.0, 12.0), (9.5, 0), (5, 7.25)])
  func extendIsAsLongAsAskedAndKeepsTheMiddle(left: Double, right: Double) throws {
    let source = try Self.source.get().source.audio()
    let song = try edit(.extend, .extend(left: left, right: right))
    #expect(song.audio.frames == Int(((left + 24 + right) * 48_000).rounded()))
    let made = try Self.throughFile(song.audio)
    let shift = Int(left * 48_000)
    for frame in [6 * 48_000, 10 * 48_000, 15 * 48_000] {
      #expect(made.left[shift + frame] == source.left[frame])
    }
    #expect(try Loudness(of: made).truePeak <= -1)
    if left > 0 {
      let (here, elsewhere) = step(made, around: shift)
      #expect(here <= elsewhere * 1.1)
    }
    // It sounds in front and behind, and ends in silence.
    func level(_ range: Range<Int>) -> Float { range.reduce(0) { max($0, abs(made.left[$1])) } }
    if left > 0 { #expect(level(0..<shift) > 0.05) }
    if right > 0 { #expect(level((made.frames - 48_000 * 4)..<(made.frames - 48_000)) > 0.02) }
    #expect(abs(made.left[made.frames - 1]) < 0.001)
  }

  @Test func aRetakeAndARemixAreOtherSoundOfTheSameLength() throws {
    let source = try Self.source.get()
    for song in [
      try edit(.retake, .retake(variance: 0.7)),
      try edit(.edit, .edit(onlyLyrics: false, strength: 1), caption: "folk with acoustic guitar"),
    ] {
      #expect(song.audio.frames == source.song.audio.frames)
      #expect(song.score?.tempo == source.song.score?.tempo)
      #expect(song.audio.left != source.song.audio.left)
      #expect(song.manuscript != nil)
    }
    let same = try edit(.retake, .retake(variance: 0))
    #expect(same.audio.left == source.song.audio.left)
  }

  @Test func whatHasNoManuscriptIsRefusedWithAReason() throws {
    var request = SongRequest(task: .retake)
    request.edit = .retake(variance: 0.5)
    let silent = SourceSong(score: nil, manuscript: nil, audio: { StereoBuffer(frames: 0) })
    for source in [nil, silent, SourceSong(score: try Self.source.get().song.score, manuscript: Array("{".utf8), audio: { StereoBuffer(frames: 0) })] {
      #expect(throws: GenerationError.self) {
        try Self.engine.makeSong(request, source: source, progress: Listener())
      }
    }
  }

  @Test func whatAnEditCannotUseIsSaid() throws {
    func warnings(_ task: MusicTask, _ edit: SongEdit, given: Set<String>, lyrics: String? = nil) throws -> [String] {
      var request = SongRequest(task: task)
      request.edit = edit
      request.given = given
      request.vocalLanguage = "fr"
      request.lyrics = lyrics
      return try Self.engine.makeSong(request, source: Self.source.get().source, progress: Listener()).warnings
    }
    let retake = try warnings(.retake, .retake(variance: 0.1), given: ["genre_preset", "vocal_language"])
    #expect(retake.contains { $0.hasPrefix("genre_preset changes nothing") })
    #expect(retake.contains { $0.hasPrefix("vocal_language changes nothing") })
    let remix = SongEdit.edit(onlyLyrics: false, strength: 0.1)
    #expect(try warnings(.edit, remix, given: ["vocal_language"]).contains { $0.contains("without new lyrics") })
    let sung = try warnings(.edit, remix, given: ["vocal_language"], lyrics: "[verse]\nla lune est belle")
    #expect(!sung.contains { $0.hasPrefix("vocal_language") })
  }
}
