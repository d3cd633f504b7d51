public import Foundation
public import Generation
public import Audio
public import Singer
import Composer
import Mix
public import Music
import Packs
import Synchronization
import Synth

/// The built-in engine: a song is composed as a score, played on a SoundFont and our own synths, mixed and
/// mastered. It needs no model weights and takes seconds.
///
/// The same request and seed give the same samples. Lyrics are sung by a neural voice where a voice pack is installed and
/// can pronounce the language, by espeak-ng's draft voice elsewhere; the song's warnings say so.
public final class ScoreEngine: SongEngine {
  public let name = "score"

  /// The folder of the voice pack (`Singer.VoicePack`), whether or not one is installed there.
  public let voices: URL?
  private let soundFontPath: String?
  private let clock: SingingClock
  private let listener: (any SoundListener)?
  private let loaded = Mutex<Studio?>(nil)

  /// What is loaded once and kept for every song.
  private struct Studio {
    var composer: Composer
    var player: ScorePlayer
    var singer: ScoreSinger
    /// Why the voice pack is not used, where there is one.
    var voiceProblem: String?
  }

  /// - Parameters:
  ///   - soundFontPath: the SoundFont to play with; nil takes the best one installed.
  ///   - voices: the folder of the voice pack; nil sings with the draft voice.
  ///   - clock: notes what singing costs.
  ///   - listener: hears recordings; without one there are no covers, references and stems of any.
  public init(
    soundFontPath: String? = nil, voices: URL? = nil, clock: SingingClock = .off, listener: (any SoundListener)? = nil
  ) {
    self.clock = clock
    self.listener = listener
    self.voices = voices
    self.soundFontPath = soundFontPath
  }

  /// Every task but those that add to a recording (those of recordings where something listens); of the parameters that steer a diffusion or language model only `use_cot_lyrics`, and none that
  /// choose an adapter.
  public var capabilities: EngineCapabilities {
    let modelGroups: Set<Parameter.Group> = [.diffusion, .languageModel, .lora]
    let unused = ParameterSchema.base.filter { modelGroups.contains($0.group) && $0.name != "use_cot_lyrics" }.map(\.name)
    return EngineCapabilities(
      tasks: Set(MusicTask.allCases.filter { listener != nil || !$0.usesRecording }).subtracting([.lego, .complete]),
      unusedParameters: Set(unused + ["edit_n_avg", "cfg_scale", "cot", "cover_noise_strength", "cover_nofsq"]), sings: true)
  }

  /// Loads the SoundFont, the styles and the lexicon.
  /// - Throws: `GenerationError.unavailable`, naming the package to install when there is no SoundFont.
  public func prepare() throws { _ = try studio() }

  private func studio() throws -> Studio {
    try loaded.withLock { loaded in
      if let loaded { return loaded }
      let studio = try Self.withReasons {
        let player = try ScorePlayer(soundFont: SoundFont.find(explicitPath: soundFontPath))
        let (singer, problem) = try Self.singer(voices: voices, clock: clock)
        let reader = singer.reader
        return Studio(
          composer: try Composer(syllables: SyllableReader { line, language in
            try? reader.syllables(of: line, language: language).map {
              Syllable(text: $0.text, stress: $0.stress, endsWord: $0.endsWord)
            }
          }), player: player, singer: singer, voiceProblem: problem)
      }
      loaded = studio
      return studio
    }
  }

  /// The singer with the voice pack if it is there and whole, and what is wrong with one that isn't.
  private static func singer(voices: URL?, clock: SingingClock) throws -> (ScoreSinger, problem: String?) {
    do {
      return (try ScoreSinger(pack: try voices.map { try VoicePack(folder: $0) }, clock: clock), nil)
    } catch PackError.notInstalled {
      return (try ScoreSinger(pack: nil, clock: clock), nil)
    } catch let error as LyricReaderError {
      throw error
    } catch {
      return (try ScoreSinger(pack: nil, clock: clock), "\(error)")
    }
  }

  /// Makes one variation. The length is exact to the sample where one was asked for.
  /// - Throws: `GenerationError` with a sentence for the user, or `CancellationError` within a second of the
  ///   wish.
  public func makeSong(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> Song {
    let making = try making(request, source: source, progress: progress)
    return try Self.withReasons { try making.make(unusedParameters: capabilities.unusedParameters) }
  }

  private func making(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> SongMaking {
    let studio = try studio()
    var composer = studio.composer
    composer.check = { try progress.checkCancellation() }
    return SongMaking(
      request: request, source: source, composer: composer, player: studio.player, singer: studio.singer,
      voiceProblem: studio.voiceProblem, listener: listener, progress: progress)
  }

  /// Plays a score again as `makeSong` did, and gives its stems.
  public func makeStems(of recipe: StemRecipe, progress: any SongProgress) throws -> [Stem] {
    let studio = try studio()
    return try Self.withReasons {
      try Rendition(player: studio.player, singer: studio.singer, progress: progress).mixdown(
        of: recipe.score, frames: recipe.frames, isLoop: recipe.form == .loop, style: recipe.style, genre: recipe.genre,
        master: recipe.master
      ).mixdown.stems(of: recipe.score)
    }
  }

  /// The voices of a score as they are sung, before any mixing, in score order; empty where nobody sings.
  /// - Parameter frames: the length of each.
  /// - Throws: as `makeSong`.
  public func sing(
    _ score: Score, frames: Int, progress: any SongProgress
  ) throws -> [(part: String, audio: StereoBuffer)] {
    let studio = try studio()
    return try Self.withReasons {
      try Singing(singer: studio.singer, progress: progress).sing(score, frames: frames).voices.sorted { $0.key < $1.key }
        .map { (part: score.parts[$0.key].id, audio: $0.value) }
    }
  }

  /// - Throws: as `makeSong`.
  public func writeScore(_ request: SongRequest, source: SourceSong?, progress: any SongProgress) throws -> WrittenScore {
    let making = try making(request, source: source, progress: progress)
    return try Self.withReasons { try making.write(unusedParameters: capabilities.unusedParameters) }
  }

  public func complaint(aboutInstruction instruction: String) -> String? {
    do { return try studio().composer.complaint(aboutInstruction: instruction) } catch { return "\(error)" }
  }

  /// Gives the errors of the parts the meaning they have for a caller of the engine.
  private static func withReasons<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as ComposerError {
      switch error {
      case .missingResource, .badResource: throw GenerationError.unavailable(error.description)
      case .unknownPreset, .outOfRange: throw GenerationError.unsupported(error.description)
      }
    } catch let error as EditError {
      throw GenerationError.unsupported(error.description)
    } catch let error as SynthError {
      switch error {
      case .noSoundFont, .unreadableSoundFont, .outOfMemory: throw GenerationError.unavailable(error.description)
      case .unknownSynth: throw GenerationError.failed(error.description)
      }
    } catch let error as AudioError {
      throw GenerationError.failed(error.description)
    } catch let error as SingerError {
      throw GenerationError.failed(error.description)
    } catch let error as LyricReaderError {
      throw GenerationError.unavailable(error.description)
    } catch let error as EspeakError {
      throw GenerationError.failed(error.description)
    }
  }
}
