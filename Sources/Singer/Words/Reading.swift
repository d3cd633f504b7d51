/// A sung syllable and what was written for it.
struct Reading: Sendable, Hashable {
  var spoken: SpokenSyllable
  var glyphs: [LyricText.Glyph]
  /// Where in the line the word begins that has its vowel.
  var anchor: Int
  /// Number of the written word.
  var word: Int
  var language: String
  /// What espeak-ng is told to say, at the first syllable of what it is told at once, and in which voice.
  var speech = ""
  var voice = ""
  /// Whether nothing here could read the word: it is sung on "la".
  var isUnread = false

  var text: String { glyphs.map(\.written).joined() }

  /// A word in a script that nothing here reads.
  static func unread(_ unit: LyricText.Unit) -> [Reading] {
    guard let first = unit.glyphs.first else { return [] }
    return stride(from: 0, to: unit.glyphs.count, by: 2).map { start in
      let glyphs = Array(unit.glyphs[start..<min(start + 2, unit.glyphs.count)])
      return Reading(
        spoken: .la(startsWord: start == 0), glyphs: glyphs, anchor: first.offset, word: unit.word, language: "", speech: "la",
        voice: "en-us", isUnread: true)
    }
  }

  /// A mark, to be joined to a neighbour: a word that is all consonants.
  static func silent(_ item: SpokenItem) -> Reading {
    Reading(
      spoken: SpokenSyllable(), glyphs: item.glyphs, anchor: item.glyphs.first?.offset ?? 0, word: item.word, language: "",
      speech: item.text)
  }

  /// The letters of words without a syllable go to the syllable after them, at the end of the line to the one before.
  static func withNothingLost(_ readings: [Reading]) -> [Reading] {
    var result: [Reading] = []
    var waiting: [LyricText.Glyph] = []
    var unsaid = ""
    var word: Int?
    for reading in readings {
      // A space where the letters of two words meet on one note.
      let glyphs = joined(waiting, reading.glyphs, isOneWord: word == nil || word == reading.word)
      word = reading.word
      if reading.spoken.phones.isEmpty {
        waiting = glyphs
        unsaid += reading.speech + " "
      } else {
        var reading = reading
        reading.glyphs = glyphs
        reading.speech = unsaid + reading.speech
        unsaid = ""
        waiting = []
        result.append(reading)
      }
    }
    if let last = result.last {
      result[result.count - 1].glyphs = joined(last.glyphs, waiting, isOneWord: last.word == word)
    }
    return result
  }

  private static func joined(
    _ first: [LyricText.Glyph], _ second: [LyricText.Glyph], isOneWord: Bool
  ) -> [LyricText.Glyph] {
    guard !first.isEmpty, var next = second.first else { return first + second }
    if !isOneWord { next.written = " " + next.written }
    return first + [next] + second.dropFirst()
  }
}

extension SpokenSyllable {
  /// What words are sung on that can't be read.
  static func la(startsWord: Bool) -> SpokenSyllable {
    var syllable = SpokenSyllable(startsWord: startsWord)
    syllable.append(Phone(text: "l", stress: 0, isNucleus: false, symbols: ["l"]), .onset)
    syllable.append(Phone(text: "a", stress: 0, isNucleus: true, symbols: ["a"]), .nucleus)
    return syllable
  }
}
