import Audio
import Composer
import Foundation
import Generation
import Mix
import Music

/// Stems of recordings, and their notes (`api.md` 9.4, 19): true ones of songs that were made here, heard ones of any other.
extension SongMaking {
  /// One stem of the recording, as long as it is.
  func extractStem(_ track: StemTrack) throws -> Song {
    let source = try recording()
    if let score = source.score, source.manuscript != nil {
      let parts = score.parts.indices.filter { track.includes(score.parts[$0]) }
      let mixdown = try mixdown(of: score, source)
      var used = UsedParameters(caption: track.rawValue)
      used.instruments = parts.map { score.parts[$0].name }
      used.note = "A true stem, played from the song's score."
      let warnings = parts.isEmpty ? ["Nothing in this song plays \(track.rawValue): the stem is silent."] : []
      return Song(audio: try mixdown.sum(parts), stems: [], score: nil, used: used, warnings: warnings)
    }
    let stems = try heardStems([track], of: source.audio())
    guard let stem = stems.first else { throw GenerationError.failed("The stem was not made.") }
    var used = UsedParameters(caption: track.rawValue)
    used.note = stem.label
    return Song(
      audio: try stem.audio, stems: [], score: nil, used: used,
      warnings: ["This stem is taken out of a finished recording: \(stem.label). It is not the studio's own track."])
  }

  /// Several stems of the recording, and their sum.
  func separate(_ selection: StemSelection) throws -> Song {
    let source = try recording()
    if let score = source.score, source.manuscript != nil { return try trueStems(selection, of: score, source) }
    guard !selection.stems.isEmpty else {
      throw GenerationError.unsupported("The parts of a finished recording are not known: this way of splitting is for songs made here.")
    }
    if let strange = selection.stems.first(where: { !$0.isOfAnyRecording }) {
      throw GenerationError.unsupported("\(strange.title) can't be told from the other instruments of a finished recording. Vocals, drums, bass and other can.")
    }
    return try heardStems(selection, of: source.audio())
  }

  private func trueStems(_ selection: StemSelection, of score: Score, _ source: SourceSong) throws -> Song {
    var groups = selection.groups(of: score)
    var used = UsedParameters(caption: groups.map(\.name).joined(separator: ", "))
    used.stems = groups.map { group in
      UsedStem(name: group.name, label: "true stem", quality: 1, parts: group.parts.map { score.parts[$0].id })
    }
    let silent = groups.filter(\.parts.isEmpty).map(\.name)
    if selection.leavesOutSilent {
      groups.removeAll(where: \.parts.isEmpty)
      used.stems.removeAll(where: \.parts.isEmpty)
    }
    guard !groups.isEmpty else { throw GenerationError.unsupported("Nothing of what was asked for plays in this song.") }
    let mixdown = try mixdown(of: score, source)
    let stems = groups.map { group in Stem(name: group.name, title: group.title) { try mixdown.sum(group.parts) } }
    var sum = StereoBuffer(frames: mixdown.audio.frames)
    for stem in stems { sum.add(try stem.audio) }
    used.instruments = groups.flatMap(\.parts).map { score.parts[$0].name }
    used.note = "True stems, played from the song's score."
    let warnings = selection.leavesOutSilent ? [] : silent.map { "Nothing in this song plays \($0): the stem is silent." }
    return Song(audio: sum, stems: stems, score: nil, used: used, warnings: warnings)
  }

  private func heardStems(_ selection: StemSelection, of sound: StereoBuffer) throws -> Song {
    var tracks: [StemTrack] = []
    for stem in selection.stems where !tracks.contains(stem.track) { tracks.append(stem.track) }
    let heard = try heardStems(tracks, of: sound)
    var sounds: [StereoBuffer] = []
    var used = UsedParameters(caption: selection.stems.map(\.name).joined(separator: ", "))
    for stem in selection.stems {
      guard let found = heard.first(where: { $0.track == stem.track }) else { throw GenerationError.failed("The stem \(stem.name) was not made.") }
      let own = try found.audio
      sounds.append(stem.isRest ? sound.without(own) : own)
      used.stems.append(UsedStem(name: stem.name, label: stem.isRest ? "the recording without \(stem.track.rawValue): \(found.label)" : found.label, quality: found.quality))
    }
    var sum = StereoBuffer(frames: sound.frames)
    for sound in sounds { sum.add(sound) }
    used.note = "Taken out of a finished recording, not the studio's own tracks."
    return Song(
      audio: sum, stems: zip(selection.stems, sounds).map { stem(of: $0, $1) }, score: nil, used: used,
      warnings: ["These stems are taken out of a finished recording: \(used.stems.map { "\($0.name) – \($0.label)" }.joined(separator: "; "))."])
  }

  private func stem(of wanted: StemSelection.Stem, _ sound: StereoBuffer) -> Stem {
    Stem(name: wanted.name, title: wanted.title) { sound }
  }

  private func heardStems(_ tracks: [StemTrack], of sound: StereoBuffer) throws -> [SeparatedStem] {
    let listener = try ear()
    if let refusal = tracks.lazy.compactMap({ listener.refusal(of: $0) }).first { throw GenerationError.unavailable(refusal) }
    return try listener.stems(tracks, of: sound) { try reportHearing(.render, $0, $1) }
  }

  private func mixdown(of score: Score, _ source: SourceSong) throws -> Mixdown {
    let plan = try sourceMusic().1.plan
    return try Rendition(player: player, singer: singer, progress: progress).mixdown(
      of: score, frames: source.audio().frames, isLoop: plan.form == .loop, style: plan.style, genre: plan.genre, master: source.master
    ).mixdown
  }

  func recording() throws -> SourceSong {
    guard let source else { throw GenerationError.unsupported("The recording that this starts from is not there.") }
    return source
  }

  func ear() throws -> any SoundListener {
    guard let listener else { throw GenerationError.unavailable("Nothing here listens to recordings.") }
    return listener
  }
}

extension StemSelection {
  /// What a score's parts are called and put together to.
  struct Group {
    let name: String
    let title: String
    /// Places in the score.
    var parts: [Int]
  }

  /// One group a stem; of every part one each, the last of them with all that are too many.
  func groups(of score: Score) -> [Group] {
    guard !stems.isEmpty else {
      let all = score.parts.enumerated().map { Group(name: $1.id, title: $1.name.isEmpty ? $1.id : $1.name, parts: [$0]) }
      guard all.count > Self.maximum else { return all }
      return all.prefix(Self.maximum - 1) + [Group(name: "rest", title: "All others", parts: Array(Self.maximum - 1..<all.count))]
    }
    var groups = stems.map { Group(name: $0.name, title: $0.title, parts: []) }
    for (place, part) in score.parts.enumerated() {
      if let index = index(of: StemTrack.track(of: part)) { groups[index].parts.append(place) }
    }
    return groups
  }
}

extension Mixdown {
  /// Some parts together, as long as the song.
  fileprivate func sum(_ parts: [Int]) throws -> StereoBuffer {
    var sum = StereoBuffer(frames: audio.frames)
    for part in parts { sum.add(try stem(part)) }
    return sum
  }
}

extension StereoBuffer {
  /// Adds another's samples, as far as they go.
  fileprivate mutating func add(_ other: StereoBuffer) {
    for frame in 0..<min(frames, other.frames) {
      left[frame] += other.left[frame]
      right[frame] += other.right[frame]
    }
  }

  /// What another of the same length leaves.
  fileprivate func without(_ other: StereoBuffer) -> StereoBuffer {
    StereoBuffer(left: zip(left, other.left).map { $0 - $1 }, right: zip(right, other.right).map { $0 - $1 }, sampleRate: sampleRate)
  }
}

extension StemTrack {
  /// Whether a part of a score belongs to the stem.
  func includes(_ part: Part) -> Bool {
    let own = Self.track(of: part)
    return switch self {
    case .instrumental: own != .vocals && own != .backingVocals
    case .other: ![.vocals, .backingVocals, .drums, .percussion, .bass].contains(own)
    case .vocals: own == .vocals
    default: own == self
    }
  }

  static func track(of part: Part) -> StemTrack {
    switch part.role {
    case .vocal: return .vocals
    case .drums: return .drums
    case .percussion: return .percussion
    case .bass: return .bass
    case .effects: return .fx
    default: break
    }
    switch part.instrument {
    case .voice: return .backingVocals
    case .drumKit: return .drums
    case .synth(let name):
      return name == "distortedGuitar" ? .guitar : name == "fmKeys" ? .keyboard : name == "riser" || name == "reverseCymbal" ? .fx : .synth
    case .program(let number):
      switch number {
      case 0...23, 108: return .keyboard
      case 24...31, 104...107: return .guitar
      case 32...39: return .bass
      case 40...51, 110: return .strings
      case 52...54: return .backingVocals
      case 56...63: return .brass
      case 64...79, 109, 111: return .woodwinds
      case 112...119: return .percussion
      case 120...: return .fx
      default: return .synth
      }
    }
  }
}
