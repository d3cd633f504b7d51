import Composer
import Generation
import Music
import Synth

extension SongMaking {
  /// What was decided for a song of so many frames.
  func used(_ manuscript: Manuscript, _ composition: Composition, frames: Int) -> UsedParameters {
    let plan = manuscript.plan
    let score = composition.score
    var instruments: [String] = []
    for part in score.parts where !instruments.contains(part.name) { instruments.append(part.name) }
    return UsedParameters(
      caption: manuscript.caption, genre: plan.genre,
      mood: plan.moods.isEmpty ? nil : plan.moods.joined(separator: ", "),
      bpm: plan.bpm, key: score.key, meter: score.meter, language: plan.language,
      lyrics: composition.usesVocal ? givenLyrics ?? plan.lyrics : nil, instruments: instruments, style: plan.style,
      form: SongForm(plan.form), feel: PulseFeel(plan.feel),
      sections: UsedSection.all(of: score, seconds: Double(frames) / Double(player.sampleRate)),
      understood: plan.topics)
  }
}

extension SongMaking {
  /// What is sung as it was given; nil where it was written here, or is what an edit made of it.
  private var givenLyrics: String? { hasLyrics && request.edit == nil ? request.lyrics : nil }
}

extension SongForm {
  init(_ form: CompositionBrief.Form) {
    self = switch form {
    case .song: .song
    case .loop: .loop
    case .oneShot: .oneShot
    }
  }
}

extension PulseFeel {
  init(_ feel: SongPlan.Feel) {
    self = switch feel {
    case .normal: .normal
    case .halfTime: .halfTime
    case .doubleTime: .doubleTime
    }
  }
}

extension UsedSection {
  /// A score's sections in the recording; the last one rings to its end.
  static func all(of score: Score, seconds: Double) -> [UsedSection] {
    let starts = score.sections.map { min(score.seconds(atTick: $0.startTick), seconds) }
    return score.sections.indices.map { index in
      let section = score.sections[index]
      return UsedSection(
        kind: section.kind.rawValue, label: section.label, bars: section.bars, startSeconds: starts[index],
        endSeconds: index + 1 < starts.count ? starts[index + 1] : seconds, energy: section.energy)
    }
  }
}

extension SongPlan {
  /// What the caption was understood to say, in words.
  fileprivate var topics: [PlanTopic: [String]] {
    let tempo = understood.bpm.map { "\(Self.short($0)) BPM" } ?? understood.speed.flatMap(Self.speedWord)
    let mode = understood.isMinor.map { $0 ? "minor" : "major" }
    let vocals = understood.wantsNoVocals ? "none" : understood.voice
    let all: [PlanTopic: [String?]] = [
      .genre: understood.genres, .mood: moods, .tempo: [tempo], .key: [understood.key?.name ?? mode],
      .meter: [understood.meter], .language: [understood.language], .vocals: [vocals],
      .instruments: onlyAskedInstruments ? instrumentsAsked + ["nothing else"] : instrumentsAsked,
      .without: instrumentsExcluded,
    ]
    return all.mapValues { $0.compactMap { $0 } }.filter { !$0.value.isEmpty }
  }

  private static func speedWord(_ speed: Double) -> String? {
    switch speed {
    case ...(-1.5): "very slow"
    case ..<0: "slow"
    case 1.5...: "very fast"
    case let speed where speed > 0: "fast"
    default: nil
    }
  }

  private static func short(_ number: Double) -> String {
    number == number.rounded() ? String(Int(number)) : String(number)
  }
}
