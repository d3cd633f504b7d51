/// One voice while it is read.
struct ABCVoiceState {
  var voice: ABCTune.Voice
  var bars: [ABCTune.Bar] = []
  var bar: ABCTune.Bar
  /// Where the next note begins in the bar, in tune units.
  var cursor = 0
  /// Accidentals of this bar by letter, or by letter and octave (`propagation`).
  var accidentals: [Int: Int] = [:]
  var signature: [Int]
  /// Notes yet to come of a tuplet and the factor of their lengths.
  var tuplet: (left: Int, numerator: Int, denominator: Int)?
  /// Of `A>B`: the factor of the next note's length, over a power of two.
  var broken: (numerator: Int, denominator: Int)?
  var velocity: Int?
  var endings: Set<Int> = []
  var startsRepeat = false
  /// Where the music line that the next `w:` belongs to begins, and how many `w:` lines it has had.
  var lyricStart = (bar: 0, event: 0)
  var lyricVerses = 0
  var unitLength: Int?

  init(id: String, signature: [Int], place: ABCTune.Place) {
    voice = ABCTune.Voice(id: id)
    bar = ABCTune.Bar(place: place)
    self.signature = signature
  }

  /// Ends the bar that is being read, if anything is in it.
  /// - Returns: whether there was a bar.
  @discardableResult
  mutating func close(place: ABCTune.Place) -> Bool {
    bar.length = max(bar.length, cursor)
    guard bar.length > 0 || bar.restBars != 1 else { return false }
    bar.startsRepeat = startsRepeat
    bar.endings = endings
    startsRepeat = false
    bars.append(bar)
    bar = ABCTune.Bar(place: place)
    cursor = 0
    accidentals = [:]
    return true
  }
}

extension ABCReader {
  /// `V:2 clef=bass name="Bass"`: makes the voice current, and new when it is.
  mutating func voice(_ text: String, at place: ABCTune.Place) {
    var scanner = ABCScanner(text, line: place.line)
    var id = ""
    while let character = scanner.next, !character.isWhitespace, id.count < 40 {
      id.append(character)
      scanner.index += 1
    }
    guard !id.isEmpty else { return report(at: place, "V: needs the name of a voice: V:1, for example.") }
    guard select(voice: id, at: place) else { return }
    while !scanner.isAtEnd {
      scanner.skipSpaces()
      var name = ""
      while let character = scanner.next, !character.isWhitespace, character != "=" {
        name.append(character)
        scanner.index += 1
      }
      guard scanner.take("=") else {
        if ["treble", "bass", "alto", "tenor", "perc", "none"].contains(where: name.hasPrefix) { voices[current].voice.clef = name }
        if name.isEmpty { break }
        continue
      }
      var value = ""
      if scanner.take("\"") {
        value = scanner.text(upTo: "\"") ?? ""
      } else {
        while let character = scanner.next, !character.isWhitespace {
          value.append(character)
          scanner.index += 1
        }
      }
      switch name {
      case "clef": voices[current].voice.clef = String(value.prefix(20))
      case "name", "nm": voices[current].voice.name = String(value.replacing("\\%", with: "%").prefix(100))
      default: break
      }
    }
  }

  private mutating func select(voice id: String, at place: ABCTune.Place) -> Bool {
    if let index = voices.firstIndex(where: { $0.voice.id == id }) {
      current = index
      return true
    }
    guard voices.count < ABCLimits.voices else {
      report(.limit, at: place, "There are more than \(ABCLimits.voices) voices.")
      return false
    }
    voices.append(ABCVoiceState(id: id, signature: signature, place: place))
    current = voices.count - 1
    return true
  }

  /// The voice that music without a `V:` belongs to.
  mutating func needVoice(at place: ABCTune.Place) { if voices.isEmpty { _ = select(voice: "1", at: place) } }

  mutating func mark(_ mark: ABCTune.Mark) {
    needVoice(at: .init(line: 1, column: 1))
    let at = voices[current].cursor
    guard (voices[current].bar.marks[at]?.count ?? 0) < 8 else { return }
    voices[current].bar.marks[at, default: []].append(mark)
  }

  mutating func directive(_ text: Substring, number: Int) {
    let words = text.split(separator: " ", omittingEmptySubsequences: true)
    switch words.first {
    case "cantiga-score":
      // One space belongs to the directive; what follows is data to the letter.
      tune.scoreJSON += text.dropFirst("cantiga-score ".count).filter { !$0.isNewline }
    case "cantiga-part" where words.count >= 4 && !voices.isEmpty:
      voices[current].voice.partID = String(words[1].prefix(100))
      voices[current].voice.role = Part.Role(rawValue: String(words[2]))
      voices[current].voice.instrument = Instrument(parsing: words.dropFirst(3).joined(separator: " "))
    case "MIDI" where words.count >= 3 && !voices.isEmpty:
      midi(words.dropFirst().map(String.init))
    case "propagate-accidentals" where words.count >= 2: propagation = String(words[1])
    default: break
    }
  }

  private mutating func midi(_ words: [String]) {
    switch words[0] {
    case "program":
      if let number = words.last.flatMap({ Int($0) }), (0...127).contains(number) { voices[current].voice.program = number }
    case "channel":
      if let number = Int(words[1]), (1...16).contains(number) { voices[current].voice.channel = number }
    case "drummap" where words.count == 3:
      var scanner = ABCScanner(words[1], line: 1)
      if let key = Int(words[2]), (0...127).contains(key), let note = Self.pitch(&scanner),
        voices[current].voice.drumMap.count < 128 {
        voices[current].voice.drumMap[note.midi(alter: note.alter ?? 0)] = key
      }
    default: break
    }
  }

  // MARK: Lyrics

  /// A `w:` line: one syllable a note of the music line above it (ABC 2.1, 5).
  mutating func lyrics(_ text: Substring, line: Int) {
    guard !voices.isEmpty else { return }
    var (bar, event) = voices[current].lyricStart
    let verse = voices[current].lyricVerses
    guard verse < 20 else { return }
    voices[current].lyricVerses += 1
    let bars = voices[current].bars.count

    func written(_ bar: Int, _ index: Int) -> ABCTune.Event? {
      let events = bar < bars ? voices[current].bars[bar].events : bar == bars ? voices[current].bar.events : []
      return index < events.count ? events[index] : nil
    }
    /// Moves to the next note; false at the end of the line.
    func advance() -> Bool {
      while bar <= bars {
        if let found = written(bar, event) {
          if !found.notes.isEmpty { return true }
          event += 1
        } else {
          bar += 1
          event = 0
        }
      }
      return false
    }
    var given: [(bar: Int, event: Int, syllable: String?)] = []
    for word in ABCLyrics.words(text) {
      switch word {
      case .bar:
        if event > 0 || bar == voices[current].lyricStart.bar { bar += 1 }
        event = 0
        continue
      case .syllable(let text):
        guard advance() else { break }
        given.append((bar, event, text))
      case .hold:
        guard advance() else { break }
        given.append((bar, event, "-"))
      case .skip:
        guard advance() else { break }
        given.append((bar, event, nil))
      }
      event += 1
    }
    for item in given {
      if item.bar < bars {
        voices[current].bars[item.bar].events[item.event].set(item.syllable, verse: verse)
      } else {
        voices[current].bar.events[item.event].set(item.syllable, verse: verse)
      }
    }
  }
}

extension ABCTune.Event {
  fileprivate mutating func set(_ syllable: String?, verse: Int) {
    while syllables.count < verse { syllables.append(nil) }
    if syllables.count == verse { syllables.append(syllable) }
  }
}

/// The words of a `w:` line.
enum ABCLyrics {
  enum Word: Hashable {
    /// Ends in a hyphen where its word goes on.
    case syllable(String)
    case hold, skip, bar
  }

  static func words(_ line: Substring) -> [Word] {
    var result: [Word] = []
    var text = ""
    func end() {
      if !text.isEmpty { result.append(.syllable(text)) }
      text = ""
    }
    var isEscaped = false
    for character in line {
      if isEscaped {
        text.append(character)
        isEscaped = false
        continue
      }
      if text.count >= ABCLimits.syllableCharacters { end() }
      switch character {
      case "\\": isEscaped = true
      case "-":
        if text.isEmpty {
          result.append(.hold)
        } else {
          text.append("-")
          end()
        }
      case "_":
        end()
        result.append(.hold)
      case "*":
        end()
        result.append(.skip)
      case "|":
        end()
        result.append(.bar)
      case "~": text.append(" ")
      case _ where character.isWhitespace: end()
      default: text.append(character)
      }
    }
    end()
    return result
  }
}
