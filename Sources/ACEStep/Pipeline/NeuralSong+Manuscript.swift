import Foundation
import Generation
import Music

extension NeuralSong {
  /// What is kept beside a song, so that it can be made again or changed.
  struct Manuscript: Codable, Equatable {
    var engine = "acestep"
    var caption: String
    var lyrics: String
    var language: String?
    var bpm: Int?
    /// Beats of a bar, as prompts have them: "4".
    var meter: String?
    /// "C major"
    var key: String?
    var noise: [NoiseShare]
    /// What was asked of the sampler.
    var diffusion: DiffusionParameters?
    /// What the song is a cover of, and the share of the steps that saw it.
    var codes: [Int]?
    var coverStrength: Double?
    /// Of a reference.
    var timbre: [Float]?
    /// Whether the song was made over a recording that is not kept, so that no other take of it can be made.
    var needsSource: Bool?
  }

  /// What the request says, or what the source was made of where it is silent.
  func manuscript() throws -> Manuscript {
    var asked = Manuscript(
      caption: caption, lyrics: request.instrumental ? "" : request.lyrics ?? "", language: request.vocalLanguage,
      bpm: request.bpm, meter: request.meter.map { String($0.beats) }, key: request.key.map(Self.name),
      noise: [NoiseShare(seed: request.seed, weight: 1)], diffusion: request.diffusion)
    switch (request.edit, request.sourceUse) {
    case (nil, nil), (nil, .reference): return asked
    case (nil, _):
      completeFromSource(&asked)
      return asked
    case (let edit?, _): return try changed(asked, by: edit)
    }
  }

  /// What an edit makes of the source's manuscript.
  private func changed(_ asked: Manuscript, by edit: SongEdit) throws -> Manuscript {
    guard let kept = try keptManuscript() else {
      switch edit {
      case .repaint, .extend: return asked
      case .retake, .edit:
        throw GenerationError.unsupported("The song that this starts from was not made by this engine; retakes and edits need that.")
      }
    }
    var result = kept
    result.noise = asked.noise
    result.diffusion = request.diffusion.completed(by: kept.diffusion ?? DiffusionParameters())
    if case .retake(let variance) = edit {
      guard kept.needsSource != true else {
        throw GenerationError.unsupported("The song was made over a recording that is not kept with it; make it from the recording again.")
      }
      result.noise = NoiseShare.retaking(kept.noise, seed: request.seed, variance: variance)
    } else {
      if !asked.caption.isEmpty { result.caption = asked.caption }
      if !asked.lyrics.isEmpty { result.lyrics = asked.lyrics }
      result.language = asked.language ?? kept.language
    }
    return result
  }

  /// What this engine kept with the source; nil where that was made otherwise.
  func keptManuscript() throws -> Manuscript? {
    guard let bytes = source?.manuscript else { return nil }
    struct Origin: Decodable { var engine: String? }
    let data = Data(bytes)
    guard let origin = try? JSONDecoder().decode(Origin.self, from: data), origin.engine == "acestep" else { return nil }
    do { return try JSONDecoder().decode(Manuscript.self, from: data) } catch {
      throw GenerationError.unsupported("The notes kept with the song that this starts from can't be read.")
    }
  }

  /// What is known of a recording and wasn't said: a cover keeps its words, tempo, key and metre.
  private func completeFromSource(_ manuscript: inout Manuscript) {
    if let kept = try? keptManuscript() {
      if manuscript.caption.isEmpty { manuscript.caption = kept.caption }
      if manuscript.lyrics.isEmpty, !request.instrumental {
        (manuscript.lyrics, manuscript.language) = (kept.lyrics, manuscript.language ?? kept.language)
      }
      (manuscript.bpm, manuscript.meter, manuscript.key) =
        (manuscript.bpm ?? kept.bpm, manuscript.meter ?? kept.meter, manuscript.key ?? kept.key)
    } else if let score = source?.score {
      manuscript.bpm = manuscript.bpm ?? score.tempo.first.map { Int($0.quartersPerMinute.rounded()) }
      manuscript.key = manuscript.key ?? Self.name(score.key)
    }
  }

  /// The description with what the task and the voice add to it.
  private var caption: String {
    var parts = [request.fullCaption]
    let words = request.fullCaption.lowercased()
    if request.task == .text2rap, !words.split(whereSeparator: { !$0.isLetter }).contains(where: { $0.hasPrefix("rap") }) {
      parts.append("rap")
    }
    if request.task == .lyric2vocals, !words.contains("cappella") { parts.append("a cappella vocals") }
    if let voice = request.voice, !request.instrumental { parts.append(voice.tag) }
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// As prompts have it: "C# minor".
  private static func name(_ key: Key) -> String { "\(key.tonicName) \(key.mode.title.lowercased())" }
}

extension VoiceKind {
  /// As a description calls it.
  fileprivate var tag: String {
    switch self {
    case .female: "female vocals"
    case .male: "male vocals"
    case .child: "child vocals"
    case .deep: "deep male bass vocals"
    case .soft: "soft breathy female vocals"
    case .powerful: "powerful belting female vocals"
    }
  }
}
