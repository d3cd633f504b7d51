extension Part {
  /// Whether a singer takes it: a voice with words.
  public var isSung: Bool {
    guard case .voice = instrument else { return false }
    return notes.contains { $0.syllable != nil }
  }

  /// The notes of each line of the lyrics, as ranges of `notes`.
  ///
  /// Lines begin where `Note.startsLine` says so. Where no note does, as in scores from elsewhere, a rest of a quarter
  /// parts two lines, and a comma's rest of a sixteenth or more does once a line has twelve notes.
  /// - Complexity: O(number of notes).
  public var lyricLines: [Range<Int>] {
    guard notes.contains(where: { $0.syllable != nil }) else { return [] }
    let isMarked = notes.contains(where: \.startsLine)
    var lines: [Range<Int>] = []
    var start: Int?
    var end = 0
    for (index, note) in notes.enumerated() {
      let rest = note.startTick - end
      let count = start.map { index - $0 } ?? 0
      let isParted =
        rest >= Score.ticksPerQuarter || count >= 12 && rest >= Score.ticksPerQuarter / 4
        || count >= 32 && note.syllable != "-" && !(notes[index - 1].syllable?.hasSuffix("-") ?? true)
      if let first = start, isMarked ? note.startsLine : isParted {
        lines.append(first..<index)
        start = nil
      }
      // What comes before the first syllable is not sung.
      if start == nil, note.syllable != nil, note.syllable != "-" { start = index }
      end = max(end, note.startTick + note.durationTicks)
    }
    if let start { lines.append(start..<notes.count) }
    return lines
  }

  /// The words of a line, its syllables joined.
  public func text(ofLine line: Range<Int>) -> String {
    notes[line].reduce(into: "") { text, note in
      guard let syllable = note.syllable, syllable != "-" else { return }
      text += syllable.hasSuffix("-") ? String(syllable.dropLast()) : syllable + " "
    }.split(separator: " ").joined(separator: " ")
  }
}
