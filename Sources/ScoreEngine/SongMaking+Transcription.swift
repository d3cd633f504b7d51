import Audio
import Generation
import Music

/// The notes of a recording (`api.md` 19.2): the true score of a song that was made here, heard notes of any other.
extension SongMaking {
  func transcribe(_ wanted: [StemSelection.Stem]?, _ options: NoteOptions) throws -> WrittenScore {
    let source = try recording()
    if let score = source.score { return try trueNotes(wanted, of: score, options) }
    return try heardNotes(wanted, of: source, options)
  }

  /// What a recording is asked for where the request leaves it open.
  private static let usual = ["vocals", "bass", "piano"]

  private func trueNotes(_ wanted: [StemSelection.Stem]?, of score: Score, _ options: NoteOptions) throws -> WrittenScore {
    try report(.compose, 0, 1)
    let words = wanted?.map(\.name) ?? StemSelection.words.filter { $0 != "instrumental" }
    let selection: StemSelection
    do { selection = try StemSelection(named: words, leavesOutSilent: true) } catch { throw GenerationError.unsupported("stems \(error.words)") }
    let groups = selection.groups(of: score)
    var used = UsedParameters(
      caption: "MIDI", bpm: score.tempo.first.map { $0.quartersPerMinute }, key: score.key, meter: score.meter)
    var written = score
    let kept = Set(groups.flatMap(\.parts)).filter { !score.parts[$0].notes.isEmpty }
    written.parts = score.parts.indices.filter(kept.contains).map { score.parts[$0] }
    for group in groups {
      let parts = group.parts.filter(kept.contains).map { score.parts[$0] }
      if parts.isEmpty {
        if wanted != nil { used.skippedStems[group.name] = "Nothing in this song plays \(group.name)." }
      } else {
        used.stems.append(UsedStem(name: group.name, label: "the song's score", quality: 1, parts: parts.map(\.id)))
        used.instruments += parts.map(\.name)
      }
    }
    guard !used.stems.isEmpty else { throw GenerationError.unsupported("Nothing of what was asked for plays in this song.") }
    used.note = "The song's own score, note for note."
    let ignored = [
      ("onset_threshold", options.onsetThreshold), ("frame_threshold", options.frameThreshold), ("min_note_len_ms", options.leastSeconds),
      ("tempo_bpm", options.bpm),
    ].filter { $0.1 != nil }.map { "\($0.0) is not used: the song's score is known." }
    try report(.compose, 1, 1)
    return WrittenScore(score: written, manuscript: nil, used: used, warnings: ignored)
  }

  private func heardNotes(_ wanted: [StemSelection.Stem]?, of source: SourceSong, _ options: NoteOptions) throws -> WrittenScore {
    let listener = try ear()
    let isGiven = !source.stems.isEmpty
    let names = wanted?.map(\.name) ?? (isGiven ? source.stems.keys.sorted() : Self.usual)
    var used = UsedParameters(caption: "MIDI")
    var tracks: [StemTrack] = []
    var nameOf: [StemTrack: String] = [:]
    for name in names {
      guard let stem = StemSelection.Stem(named: name) else { continue }
      let given = isGiven && source.stems[name] != nil
      if let reason = stem.refusalOfNotes(isGiven: given) {
        used.skippedStems[name] = reason
      } else if isGiven, !given {
        used.skippedStems[name] = "The separation has no stem \(name)."
      } else if nameOf[stem.track] == nil {
        tracks.append(stem.track)
        nameOf[stem.track] = name
      }
    }
    guard !tracks.isEmpty else {
      throw GenerationError.unsupported("None of the stems can be written down. " + used.skippedStems.sorted { $0.key < $1.key }.map(\.value).joined(separator: " "))
    }
    var there: [StemTrack: @Sendable () throws -> StereoBuffer] = [:]
    for track in tracks { there[track] = nameOf[track].flatMap { source.stems[$0] } }
    let heard = try listener.transcribe(tracks, of: source.audio(), stems: there, options) { stage, share in
      try reportTranscribing(stage, share)
    }
    var score = heard.score
    for index in score.parts.indices {
      guard let track = StemTrack(rawValue: score.parts[index].id), let name = nameOf[track] else { continue }
      score.parts[index].id = name
      score.parts[index].name = name.prefix(1).uppercased() + name.dropFirst()
      used.stems.append(UsedStem(name: name, label: "heard, a draft to correct", parts: [name]))
    }
    for (track, reason) in heard.skipped { used.skippedStems[nameOf[track] ?? track.rawValue] = reason }
    guard !score.parts.isEmpty else { throw GenerationError.unsupported("No notes are heard in this recording.") }
    (used.bpm, used.key, used.meter) = (heard.bpm, score.key, score.meter)
    used.note = "Heard in the recording and drawn to its beats: a draft to correct."
    var warnings = used.skippedStems.sorted { $0.key < $1.key }.map(\.value)
    if !isGiven, nameOf[.keyboard] != nil {
      warnings.append("Piano has the notes of everything that voice, drums and bass leave: a mix doesn't tell its instruments apart.")
    }
    return WrittenScore(score: score, manuscript: nil, used: used, warnings: warnings)
  }

  /// Listening up to the stems is planning; the notes are composing.
  private func reportTranscribing(_ stage: HearingStage, _ share: Double) throws {
    guard stage == .notes else { return try reportHearing(.plan, stage, share) }
    try report(.compose, Int(100 * min(max(share, 0), 1)), 100)
  }
}
