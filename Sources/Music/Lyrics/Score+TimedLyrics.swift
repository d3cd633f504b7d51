extension Score {
  /// The lyrics as this score's singer sings them: exact by construction, for the voice starts its vowels on the notes.
  /// - Parameters:
  ///   - lines: the sung lines as they were written, and the ticks from the first note of each to the end of its last.
  ///   - seconds: the length of the recording; no time lies after it.
  public func timedLyrics(lines: [(text: String, ticks: Range<Int>)], seconds: Double) -> TimedLyrics {
    let notes = sungNotes
    func time(_ tick: Int) -> Double { min(self.seconds(atTick: max(0, tick)), seconds) }
    var timed: [TimedLyrics.Line] = []
    var latest = 0.0
    for (text, ticks) in lines.sorted(by: { $0.ticks.lowerBound < $1.ticks.lowerBound }) {
      let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !text.isEmpty else { continue }
      var sung: [TimedLyrics.Syllable] = []
      var endsWord: [Bool] = []
      for note in notes where ticks.contains(note.startTick) {
        guard let syllable = note.syllable else { continue }
        let start = note.startTick + note.nudgeTicks
        let end = time(start + note.durationTicks)
        if syllable == "-" {
          // A melisma: the last syllable goes on.
          if !sung.isEmpty { sung[sung.count - 1].endSeconds = max(end, sung[sung.count - 1].endSeconds) }
          continue
        }
        latest = max(latest, time(start))
        // A note that is held into the next one ends where that begins.
        if let before = sung.last { sung[sung.count - 1].endSeconds = min(before.endSeconds, latest) }
        let goesOn = syllable.hasSuffix("-")
        sung.append(
          .init(startSeconds: latest, endSeconds: max(latest, end), text: goesOn ? String(syllable.dropLast()) : syllable))
        endsWord.append(!goesOn)
      }
      if sung.isEmpty { latest = max(latest, time(ticks.lowerBound)) }
      let start = sung.first?.startSeconds ?? latest
      if let before = timed.last { timed[timed.count - 1].endSeconds = min(before.endSeconds, start) }
      timed.append(
        .init(
          startSeconds: start, endSeconds: sung.last?.endSeconds ?? max(latest, time(ticks.upperBound)), text: text,
          words: LyricAlignment(text).words(of: sung) ?? LyricAlignment.words(of: sung, endsWord: endsWord)))
    }
    return TimedLyrics(lines: timed, language: language)
  }
}

/// Finds sung syllables in the line that they were taken from.
struct LyricAlignment {
  private let characters: [Character]

  init(_ text: String) { characters = Array(text) }

  /// The line's words with the syllables in them; nil where the syllables are not the line's letters in order.
  func words(of syllables: [TimedLyrics.Syllable]) -> [TimedLyrics.Word]? {
    if syllables.isEmpty { return [] }
    var starts: [Int] = []
    var place = 0
    for syllable in syllables {
      var isFirst = true
      for letter in syllable.text where !letter.isWhitespace {
        // What is not sung - punctuation, dashes - is passed over.
        while place < characters.count, !Self.same(characters[place], letter) {
          guard !Self.isSung(characters[place]) else { return nil }
          place += 1
        }
        guard place < characters.count else { return nil }
        if isFirst { starts.append(place) }
        isFirst = false
        place += 1
      }
      if isFirst { return nil }
    }
    guard !characters[place...].contains(where: Self.isSung) else { return nil }
    return cut(at: starts, syllables)
  }

  /// Cuts the line where syllables begin, and where the words do that they open. What is not sung stays with what is before
  /// it, so that the pieces make up the line.
  private func cut(at starts: [Int], _ syllables: [TimedLyrics.Syllable]) -> [TimedLyrics.Word] {
    let opens = starts.indices.map { $0 == 0 || characters[starts[$0 - 1]..<starts[$0]].contains(" ") }
    let cuts = starts.indices.map { index in
      index == 0 ? 0 : !opens[index] ? starts[index] : (characters[..<starts[index]].lastIndex(of: " ") ?? -1) + 1
    }
    var words: [TimedLyrics.Word] = []
    for (index, syllable) in syllables.enumerated() {
      var piece = characters[cuts[index]..<(index + 1 < cuts.count ? cuts[index + 1] : characters.count)]
      let endsInSpace = piece.last == " "
      if endsInSpace { piece.removeLast() }
      let sung = TimedLyrics.Syllable(
        startSeconds: syllable.startSeconds, endSeconds: syllable.endSeconds, text: String(piece))
      if opens[index] || Self.isUnspaced(characters[starts[index]]) {
        words.append(
          .init(
            startSeconds: sung.startSeconds, endSeconds: sung.endSeconds, text: sung.text, isFollowedBySpace: false,
            syllables: [sung]))
      } else {
        words[words.count - 1].text += sung.text
        words[words.count - 1].endSeconds = sung.endSeconds
        words[words.count - 1].syllables.append(sung)
      }
      words[words.count - 1].isFollowedBySpace = endsInSpace
    }
    return words
  }

  /// Words made of the syllables alone.
  static func words(of syllables: [TimedLyrics.Syllable], endsWord: [Bool]) -> [TimedLyrics.Word] {
    var words: [TimedLyrics.Word] = []
    var isOpen = false
    for (index, syllable) in syllables.enumerated() {
      if isOpen {
        words[words.count - 1].text += syllable.text
        words[words.count - 1].endSeconds = syllable.endSeconds
        words[words.count - 1].syllables.append(syllable)
      } else {
        words.append(.init(
          startSeconds: syllable.startSeconds, endSeconds: syllable.endSeconds, text: syllable.text,
          isFollowedBySpace: false, syllables: [syllable]))
      }
      isOpen = !endsWord[index]
      words[words.count - 1].isFollowedBySpace = !isOpen && index + 1 < syllables.count
    }
    return words
  }

  private static func same(_ one: Character, _ other: Character) -> Bool {
    one == other || one.lowercased() == other.lowercased()
  }

  private static func isSung(_ character: Character) -> Bool { character.isLetter || character.isNumber }

  /// Whether a character is of a script that has no blanks between words: Han, kana, Thai, Lao, Burmese, Khmer.
  static func isUnspaced(_ character: Character) -> Bool {
    guard let value = character.unicodeScalars.first?.value else { return false }
    return (0x0E00...0x0EFF).contains(value) || (0x1000...0x109F).contains(value) || (0x1780...0x17FF).contains(value)
      || (0x3040...0x30FF).contains(value) || (0x3400...0x9FFF).contains(value) || (0x20000...0x3FFFF).contains(value)
  }
}
