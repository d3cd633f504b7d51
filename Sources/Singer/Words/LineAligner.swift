public import Music

/// A line of lyrics ready to be sung: the network's symbols, and which notes each syllable has.
public struct SungPhrase: Sendable, Hashable {
  public struct Syllable: Sendable, Hashable {
    /// Its notes: indices into the notes that were given. Several make a melisma.
    public var notes: Range<Int>
    /// The letters, as far as they are known.
    public var text: String
    /// 0 (none), 1 (secondary), 2 (primary).
    public var stress: Int
    /// Whether a word begins with it.
    public var startsWord: Bool
  }
  /// In the order in which they are sung; never empty.
  public var syllables: [Syllable]
  /// Pad, symbols, full stop, pad: 510 symbols at most between the pads. A token's `syllable` is an index into `syllables`.
  public var tokens: [Token]
  /// What espeak-ng says for it, and in which voice: the words as it reads them.
  public var speech: String
  public var espeakVoice: String
}

/// What became of the notes of a line.
public struct LyricSetting: Sendable, Hashable {
  /// One, or several where the line has more symbols than the network takes at once.
  public var phrases: [SungPhrase]
  /// Words that nothing here can read, which are sung on "la".
  public var unread: [String]
  /// The ends of words that have too few notes.
  public var unsung: [String]
}

extension LyricReader {
  /// The symbols for a line of a finished score, note by note.
  ///
  /// The notes' syllables may come from the composer or from anybody's hand. Where a word has other numbers of syllables and
  /// notes than is spoken, neighbours share a note or a syllable takes several (`singer.md` 5.4); no note is left out.
  /// Notes without any text are sung on "la".
  /// - Parameters:
  ///   - notes: of one line, in order; their `syllable` as `Note` describes it.
  ///   - language: of the song, ISO 639; nil: each script is read in its commonest language.
  /// - Returns: a line without phrases where there are no notes.
  /// - Throws: `EspeakError`.
  public func line(_ notes: [Note], language: String?) throws -> LyricSetting {
    guard !notes.isEmpty else { return LyricSetting(phrases: [], unread: [], unsung: []) }
    let written = WrittenLine(notes.map(\.syllable))
    let readings = try readings(of: written.text, language: language)
    guard !readings.isEmpty else {
      let sung = notes.indices.map { SungReading(spoken: .la(startsWord: true), text: "", notes: $0..<($0 + 1), language: "", speech: "la", voice: "en-us") }
      return LyricSetting(phrases: Self.phrases(sung), unread: [], unsung: [])
    }
    var sung: [SungReading] = []
    var unsung: [String] = []
    for (group, slots) in written.groups(of: readings) {
      let setting = WordSetting(group, on: slots)
      sung += setting.solve()
      if !setting.unsung.isEmpty { unsung.append(setting.unsung) }
    }
    // Notes before the first syllable, and of words that have none, belong to their neighbours.
    for index in sung.indices {
      let start = index == 0 ? 0 : sung[index].notes.lowerBound
      let end = index + 1 < sung.count ? sung[index + 1].notes.lowerBound : notes.count
      sung[index].notes = start..<end
    }
    let unread = readings.filter(\.isUnread).reduce(into: [(word: Int, text: String)]()) { words, reading in
      if words.last?.word == reading.word { words[words.count - 1].text += reading.text } else { words.append((reading.word, reading.text)) }
    }
    return LyricSetting(phrases: Self.phrases(sung), unread: unread.map(\.text), unsung: unsung)
  }

  /// Cut at a word, where it can be, so that each has as many symbols as the network takes.
  private static func phrases(_ sung: [SungReading]) -> [SungPhrase] {
    var result: [SungPhrase] = []
    var start = 0
    var symbols = 1
    var lastWord = 0
    func close(_ end: Int) {
      if end > start { result.append(phrase(sung[start..<end])) }
      (start, lastWord) = (end, end)
      symbols = 1
    }
    var index = 0
    while index < sung.count {
      let count = sung[index].spoken.tokens(number: 0, rising: false).count + (sung[index].spoken.startsWord ? 1 : 0)
      if symbols + count > VoiceSymbols.phraseLimit, index > start {
        close(lastWord > start ? lastWord : index)
        index = start
        continue
      }
      if sung[index].spoken.startsWord { lastWord = index }
      symbols += count
      index += 1
    }
    close(sung.count)
    return result
  }

  private static func phrase(_ sung: ArraySlice<SungReading>) -> SungPhrase {
    var tokens = [Token(id: VoiceSymbols.pad, role: .pad)]
    for (number, reading) in sung.enumerated() {
      if reading.spoken.startsWord, number > 0 { tokens.append(Token(id: VoiceSymbols.space, role: .space, syllable: number)) }
      // A single syllable of more symbols than there is room for is cut; no language has one.
      tokens += reading.spoken.tokens(number: number, rising: reading.language == "zh").prefix(VoiceSymbols.phraseLimit - 1)
    }
    tokens.append(Token(id: VoiceSymbols.fullStop, role: .end))
    tokens.append(Token(id: VoiceSymbols.pad, role: .pad))
    return SungPhrase(
      syllables: sung.map {
        SungPhrase.Syllable(notes: $0.notes, text: $0.text, stress: $0.spoken.stress, startsWord: $0.spoken.startsWord)
      },
      tokens: tokens,
      speech: sung.map(\.speech).filter { !$0.isEmpty }.joined(separator: " "),
      espeakVoice: mostCommon(sung.map(\.voice).filter { !$0.isEmpty }) ?? "en-us")
  }

  private static func mostCommon(_ names: [String]) -> String? {
    let counts = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}

/// A syllable and its notes.
struct SungReading: Sendable {
  var spoken: SpokenSyllable
  var text: String
  var notes: Range<Int>
  var language: String
  /// As `Reading` has them.
  var speech = ""
  var voice = ""
}

/// The text under the notes of a line, put together again.
private struct WrittenLine {
  /// A note with a text, and those after it that go on with it.
  struct Slot {
    var notes: Range<Int>
    /// Where its text begins in the line, in characters.
    var start: Int
    /// Whether its word goes on in the next slot.
    var goesOn: Bool
  }
  var text = ""
  var slots: [Slot] = []

  init(_ syllables: [String?]) {
    for (index, syllable) in syllables.enumerated() {
      guard let syllable, syllable != "-", syllable != "_", !syllable.allSatisfy(\.isWhitespace) else {
        if !slots.isEmpty { slots[slots.count - 1].notes = slots[slots.count - 1].notes.lowerBound..<(index + 1) }
        continue
      }
      let goesOn = syllable.count > 1 && syllable.hasSuffix("-")
      if let last = slots.last, !last.goesOn { text += " " }
      slots.append(Slot(notes: index..<(index + 1), start: text.count, goesOn: goesOn))
      text += goesOn ? String(syllable.dropLast()) : syllable
    }
  }

  /// Written words, each with its syllables and its notes, in order. A word of no syllable is left out.
  func groups(of readings: [Reading]) -> [(readings: [Reading], slots: [Range<Int>])] {
    var starts: [Int] = []
    for index in slots.indices where index == 0 || !slots[index - 1].goesOn { starts.append(index) }
    var result: [(readings: [Reading], slots: [Range<Int>])] = []
    var rest = readings[...]
    for (number, first) in starts.enumerated() {
      let end = number + 1 < starts.count ? starts[number + 1] : slots.count
      let limit = end < slots.count ? slots[end].start : Int.max
      let own = rest.prefix { $0.anchor < limit }
      rest = rest.dropFirst(own.count)
      let notes = slots[first..<end].map(\.notes)
      if own.isEmpty {
        // Its notes go to the syllable before.
        continue
      }
      result.append((Array(own), notes))
    }
    return result
  }
}
